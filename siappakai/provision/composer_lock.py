"""Think: what a composer.lock promises, and the copies of it that one run of composer is given.

The format is composer's (https://getcomposer.org/doc/01-basic-usage.md, `Locker.php`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from siappakai.errors import InvalidInput
from siappakai.provision.php_versions import accepts

Json = dict[str, Any]
PackageKey = tuple[str, str]
# Where a run sees the offline folder; a lock made from it names its packages by this path.
PACKAGES_TARGET = "/paket"
COMPOSER_PHP = ("8.2", "8.4")
PHP_NAMES = ("php", "php-64bit")
# What composer's content-hash is made of, besides `config.platform`.
HASHED = (
    *("name", "version", "require", "require-dev", "conflict", "replace", "provide"),
    *("minimum-stability", "prefer-stable", "repositories", "extra"),
)


def read_object(text: bytes, name: str) -> Json:
    """The JSON object in `text`; InvalidInput when it is anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(
            f"{name} milik rilis ini rusak.", hint="Unduh ulang rilis dari sumber resminya."
        )
    return found


def package_key(name: str, version: str) -> PackageKey:
    """The same for `v1.2` and `1.2.0`, as composer sees them."""
    plain = version.strip().lower().split(" as ")[0]
    match = re.fullmatch(r"v?(\d+(?:\.\d+){0,3})(.*)", plain)
    if not match:
        return name.lower(), plain
    parts = match[1].split(".")
    return name.lower(), ".".join([*parts, "0", "0", "0"][:4]) + match[2]


def wanted_packages(lock: Json, *, with_dev: bool) -> list[Json]:
    """The packages an installation needs, in the lock's order."""
    sections = ("packages", "packages-dev") if with_dev else ("packages",)
    found = [one for section in sections for one in lock.get(section) or ()]
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("name"), str)]


def fitting_php(lock: Json, *, with_dev: bool) -> tuple[str, ...]:
    """The bases on which every locked package may run; InvalidInput names who forbids all.

    A lock often asks for more than its composer.json: PBB v2603 says ^8.1 and locks a package
    that wants 8.3. A constraint that can't be read here is left to composer itself.
    """
    fitting = COMPOSER_PHP
    for name, constraint in _php_constraints(lock, with_dev=with_dev):
        left = tuple(base for base in fitting if _may_accept(constraint, base))
        if not left:
            raise InvalidInput(
                f'Paket {name} meminta PHP "{constraint}", yang tidak tersedia untuk rilis ini.',
                hint=f"PHP yang tersedia dan cocok dengan paket lain: {', '.join(fitting)}.",
            )
        fitting = left
    return fitting


def _php_constraints(lock: Json, *, with_dev: bool) -> Iterator[tuple[str, str]]:
    for package in wanted_packages(lock, with_dev=with_dev):
        required = package.get("require")
        for php in PHP_NAMES:
            if isinstance(required, dict) and isinstance(required.get(php), str):
                yield package["name"], required[php]


def _may_accept(constraint: str, base: str) -> bool:
    try:
        return accepts(constraint, base)
    except InvalidInput:
        return True


def run_project(project: Json, *, offline: bool, require_dev: bool = True) -> Json:
    """The composer.json of one run: no faked platform, and offline no address outside.

    Without `require_dev` what only development needs is not asked for, so not locked either.
    """
    made = dict(project)
    config = made.get("config")
    if isinstance(config, dict):
        made["config"] = {key: value for key, value in config.items() if key != "platform"}
    if offline:
        made["repositories"] = _path_repositories(made.get("repositories"))
    if not require_dev:
        made.pop("require-dev", None)
    return made


def _path_repositories(repositories: object) -> list[Json]:
    listed = repositories.values() if isinstance(repositories, dict) else repositories
    found = [one for one in listed or () if isinstance(one, dict)]  # type: ignore[attr-defined]
    return [one for one in found if one.get("type") == "path"]


def run_lock(lock: Json, project: Json, run_project: Json) -> Json:
    """The lock of one run: its platform is the real one, and it is as fresh as the given one."""
    made = {key: value for key, value in lock.items() if key != "platform-overrides"}
    if lock.get("content-hash") == content_hash(project):
        made["content-hash"] = content_hash(run_project)
    return made


def content_hash(project: Json) -> str:
    """Composer's own sum over what of a composer.json decides a lock."""
    relevant = {key: project[key] for key in HASHED if key in project}
    config = project.get("config")
    if isinstance(config, dict) and "platform" in config:
        relevant["config"] = {"platform": config["platform"]}
    text = json.dumps(_as_php(dict(sorted(relevant.items()))), separators=(",", ":"))
    return hashlib.md5(text.replace("/", "\\/").encode(), usedforsecurity=False).hexdigest()


def _as_php(value: Any) -> Any:
    """PHP knows one kind of array: an empty object comes out as an empty list."""
    if isinstance(value, dict):
        return {key: _as_php(one) for key, one in value.items()} or []
    return [_as_php(one) for one in value] if isinstance(value, list) else value


def local_packages(lock: Json, *, with_dev: bool) -> list[str]:
    """Names of packages that only the offline folder can give, for the lock was made from it."""
    return [one["name"] for one in wanted_packages(lock, with_dev=with_dev) if _is_local(one)]


def _is_local(package: Json) -> bool:
    dist = package.get("dist")
    return isinstance(dist, dict) and str(dist.get("url")).startswith(PACKAGES_TARGET + "/")


def missing_packages(
    lock: Json, available: Mapping[PackageKey, str], *, with_dev: bool
) -> list[str]:
    """`name version` of every wanted package that the offline folder lacks."""
    return [
        f"{one['name']} {one.get('version')}"
        for one in wanted_packages(lock, with_dev=with_dev)
        if _is_fetched(one) and _key(one) not in available
    ]


def offline_lock(lock: Json, available: Mapping[PackageKey, str]) -> Json:
    """The lock with each package's address replaced by its file below the offline folder."""
    sections = {
        section: [_offline(one, available) for one in lock.get(section) or ()]
        for section in ("packages", "packages-dev")
    }
    return {**lock, **sections}


def _offline(package: Json, available: Mapping[PackageKey, str]) -> Json:
    file = available.get(_key(package))
    if file is None or not _is_fetched(package):
        return package
    old = package.get("dist") or {}
    # A folder's file is packed anew (it has to carry its version), so only a sum that was
    # taken from this very folder can be held against it.
    dist = {
        "type": "zip",
        "url": f"{PACKAGES_TARGET}/{file}",
        "reference": old.get("reference"),
        "shasum": old.get("shasum", "") if _is_local(package) else "",
    }
    return {key: value for key, value in package.items() if key != "source"} | {"dist": dist}


def _is_fetched(package: Json) -> bool:
    dist = package.get("dist")
    is_path = isinstance(dist, dict) and dist.get("type") == "path"
    return package.get("type") != "metapackage" and not is_path


def _key(package: Json) -> PackageKey:
    return package_key(str(package.get("name")), str(package.get("version")))


def settled_installed(installed: Json, lock: Json) -> Json:
    """installed.json as the lock describes it, wherever the packages were taken from."""
    locked = {_key(one): one for one in wanted_packages(lock, with_dev=True)}
    packages = [_settled(one, locked.get(_key(one))) for one in installed.get("packages") or ()]
    return {**installed, "packages": packages}


def _settled(package: Json, locked: Json | None) -> Json:
    if locked is None:
        return package
    rest = {key: value for key, value in package.items() if key not in ("source", "dist")}
    places = {key: locked[key] for key in ("source", "dist") if key in locked}
    return {**rest, **places}


def json_text(value: Json) -> bytes:
    """JSON as composer writes it."""
    return (json.dumps(value, indent=4, ensure_ascii=False) + "\n").encode()


def named(names: Sequence[str], most: int = 8) -> str:
    """A list for a sentence, cut when it is long."""
    more = f" dan {len(names) - most} lagi" if len(names) > most else ""
    return ", ".join(names[:most]) + more
