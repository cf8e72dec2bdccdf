"""Touch: what a release is made of, read from its composer files.

The list is CycloneDX 1.6 JSON and depends on those files only: same files, same bytes.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from siappakai.errors import InvalidInput
from siappakai.provision.php_versions import choose_php

__all__ = ["choose_php", "component_list", "php_requirement"]

SERIAL_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://siappakai.example/daftar-komponen")
LARGEST_BYTES = 64 * 1024 * 1024
Package = Mapping[str, Any]


def component_list(tree: Path) -> bytes:
    """CycloneDX JSON of the release in `tree`.

    What lies in `vendor/` counts (`vendor/composer/installed.json`); without it, what
    `composer.lock` promises. Without both the list has no components.
    """
    project = _read(tree / "composer.json") or {}
    packages, optional, origin = _packages(tree)
    bom = Bom(serial_number=uuid.uuid5(SERIAL_SPACE, _content(project, packages)))
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.metadata.component = root = _project(project)
    made = [
        (package, _component(package, package["name"] in optional, origin)) for package in packages
    ]
    bom.components.update(component for _, component in made)
    bom.register_dependency(root, _required(project, made) or [component for _, component in made])
    for package, component in made:
        bom.register_dependency(component, _required(package, made))
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    return (
        json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ).encode()


def php_requirement(tree: Path) -> str | None:
    """The PHP constraint of the release's composer.json, if it states one."""
    required = (_read(tree / "composer.json") or {}).get("require")
    php = required.get("php") if isinstance(required, dict) else None
    return php if isinstance(php, str) and php.strip() else None


def _packages(tree: Path) -> tuple[list[Package], set[str], str]:
    installed = _read(tree / "vendor" / "composer" / "installed.json")
    if isinstance(installed, list):  # composer 1 wrote a plain list
        installed = {"packages": installed}
    if installed and installed.get("packages"):
        optional = set(installed.get("dev-package-names") or ())
        return _named(installed["packages"]), optional, "vendor/composer/installed.json"
    locked = _read(tree / "composer.lock") or {}
    return _named(locked.get("packages") or ()), set(), "composer.lock"


def _named(packages: Iterable[Any]) -> list[Package]:
    named = [p for p in packages if isinstance(p, dict) and isinstance(p.get("name"), str)]
    return sorted(named, key=lambda package: (package["name"], str(package.get("version"))))


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InvalidInput(f"{path.name} terlalu besar.", hint="Periksa sumber rilis ini.")
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{path.name} milik rilis ini rusak.", hint="Unduh ulang rilis dari sumber resminya."
        ) from error


def _project(project: Package) -> Component:
    group, name = _split_name(str(project.get("name") or "rilis"))
    version = project.get("version")
    return Component(
        type=ComponentType.APPLICATION,
        group=group,
        name=name,
        version=version if isinstance(version, str) else None,
        bom_ref="rilis",
        licenses=_licences(project),
    )


def _component(package: Package, is_optional: bool, origin: str) -> Component:
    group, name = _split_name(package["name"])
    version = str(package.get("version") or "")
    purl = PackageURL(type="composer", namespace=group, name=name, version=version or None)
    return Component(
        group=group,
        name=name,
        version=version or None,
        purl=purl,
        bom_ref=purl.to_string(),
        scope=ComponentScope.OPTIONAL if is_optional else ComponentScope.REQUIRED,
        licenses=_licences(package),
        external_references=_references(package),
        properties=[Property(name="siappakai:asal", value=origin), *_commit(package)],
    )


def _required(package: Package, made: list[tuple[Package, Component]]) -> list[Component]:
    required = package.get("require")
    names = required if isinstance(required, dict) else {}
    # A name may stand twice: v2409.0.0 of OpenSID ships such an installed.json.
    return [component for other, component in made if other["name"] in names]


def _split_name(full: str) -> tuple[str | None, str]:
    group, _, name = full.rpartition("/")
    return group or None, name


def _licences(package: Package) -> list[License]:
    stated = package.get("license") or []
    names = [stated] if isinstance(stated, str) else [n for n in stated if isinstance(n, str)]
    if not names:
        return []
    # Composer: several licences mean any of them (https://getcomposer.org/doc/04-schema.md#license).
    text = names[0] if len(names) == 1 else "(" + " OR ".join(names) + ")"
    return [LicenseFactory().make_from_string(text)]


def _references(package: Package) -> list[ExternalReference]:
    kinds = (("source", ExternalReferenceType.VCS), ("dist", ExternalReferenceType.DISTRIBUTION))
    found = []
    for key, kind in kinds:
        place = package.get(key)
        address = _public_address(place.get("url")) if isinstance(place, dict) else None
        if address:
            found.append(ExternalReference(type=kind, url=XsUri(address)))
    return found


def _public_address(url: object) -> str | None:
    """The address without user, password and query, where private mirrors keep tokens."""
    if not isinstance(url, str) or not re.match(r"https?://", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _commit(package: Package) -> list[Property]:
    for key in ("source", "dist"):
        place = package.get(key)
        reference = place.get("reference") if isinstance(place, dict) else None
        if isinstance(reference, str) and reference:
            return [Property(name="siappakai:commit", value=reference)]
    return []


def _content(project: Package, packages: list[Package]) -> str:
    return json.dumps([project, packages], sort_keys=True, separators=(",", ":"))
