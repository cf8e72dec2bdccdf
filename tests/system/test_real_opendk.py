"""What only the real OpenDK can show: its own log-in behind a captcha, its pages, its migrations.

SIAPPAKAI_SUMBER_OPENDK=<git directory whose tags hold vendor/>
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from siappakai.provision.http_probe import Answer
from siappakai.provision.order import order_update
from tests.fleet import Fleet
from tests.system.opendk_districts import (
    RECIPE,
    OpenDkDistrict,
    add_opendk,
    finished,
    install_districts,
)

SOURCE = os.environ.get("SIAPPAKAI_SUMBER_OPENDK", "")
OLDER, NEWER = "v2512.0.0", "v2606.0.0"  # PHP 8.2 with Laravel 10, PHP 8.4 with Laravel 11
CAPTCHA = "abcde"
# Gives a visitor's session a captcha that we can read, by the application's own parts.
KNOWN_CAPTCHA = r"""
chdir('/var/www/app'); require 'vendor/autoload.php'; $app = require 'bootstrap/app.php';
$app->make(Illuminate\Contracts\Console\Kernel::class)->bootstrap();
$crypt = $app->make('encrypter');
$file = 'storage/framework/sessions/%s';
$session = unserialize($crypt->decrypt(file_get_contents($file)));
$key = $crypt->encrypt(password_hash('%s', PASSWORD_BCRYPT));
$session['captcha'] = ['key' => $key, 'encrypt' => true] + $session['captcha'];
Illuminate\Support\Facades\Cache::put('captcha_' . md5($key), 1, 60);
file_put_contents($file, $crypt->encrypt(serialize($session)));
"""
PAGES = (
    "/dashboard",
    "/data/profil",
    "/data/penduduk",
    "/data/penduduk/export-excel",
    "/informasi/artikel",
    "/setting/aplikasi",
    "/setting/themes",
    "/setting/user",
)

pytestmark = [
    pytest.mark.system,
    pytest.mark.real_source("OPENDK"),
    pytest.mark.timeout(1800),
]


@dataclass
class Browser:
    """Keeps cookies, as a browser does, on the instance's own socket."""

    district: OpenDkDistrict
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._keep(self.district.ask("GET", path, headers=self._headers()))

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self._keep(self.district.post(path, fields, self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, answer: Answer) -> Answer:
        told = answer.headers.get("set-cookie", "")
        self.cookies |= dict(re.findall(r"(?:^|, )([\w-]+)=([^;]*);", told))
        return answer

    def log_in(self, email: str, password: str) -> str:
        """Where the application sends who signs in so."""
        page = self.get("/login")
        token = re.search(r'name="_token" value="([^"]+)"', page.text)
        assert token and self.get("/captcha/default").status == 200
        sessions = (self.district.paths.home / "sessions").iterdir()
        newest: Path = max(sessions, key=lambda one: one.stat().st_mtime_ns)
        code, out = self.district.run("php", "-r", KNOWN_CAPTCHA % (newest.name, CAPTCHA))
        assert code == 0, out
        fields = {"_token": token[1], "email": email, "password": password, "captcha": CAPTCHA}
        answer = self.post("/login", fields)
        assert answer.status == 302
        return answer.headers["location"].rpartition("/")[2]


@pytest.fixture(scope="module")
def districts(fleet: Fleet) -> Iterator[list[OpenDkDistrict]]:
    release_id = add_opendk(fleet, OLDER, SOURCE)
    fleet.start_worker()
    yield install_districts(fleet, release_id, first=2)
    fleet.stop_workers()


def test_only_the_made_password_signs_in_and_the_pages_behind_it_answer(
    districts: list[OpenDkDistrict],
) -> None:
    for district, other in (districts, districts[::-1]):
        for password in ("password", other.password().reveal()):
            assert Browser(district).log_in(RECIPE.first_admin, password) != "dashboard"
        browser = Browser(district)
        assert browser.log_in(RECIPE.first_admin, district.password().reveal()) == "dashboard"
        assert {path: browser.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_its_installer_is_closed_and_its_forms_and_theme_are_there(
    districts: list[OpenDkDistrict],
) -> None:
    for district in districts:
        for path in ("/install", "/install/database", "/index.php/install", "/_ignition/x"):
            assert district.ask("GET", path).status == 404, path
        form = "/storage/template_upload/penduduk_22_12_2020_opendk.zip"
        assert district.get(form).status == 200
        page = district.get("/")
        own = rf'(?:src|href)="https://{re.escape(district.domain)}[^/"]*(/[^"?]+\.(?:css|js|png))'
        found = re.findall(own, page.text)
        assert len(set(found)) > 10
        broken = {path: district.get(path).status for path in set(found)}
        assert {path: status for path, status in broken.items() if status != 200} == {}


def test_the_next_php_and_laravel_leave_no_account_that_everybody_can_open(
    fleet: Fleet, districts: list[OpenDkDistrict]
) -> None:
    newer = add_opendk(fleet, NEWER, SOURCE)
    renamed, plain = districts
    renamed.query("UPDATE users SET email = 'camat@contoh.invalid'")
    ids = []
    for district in districts:
        with fleet.app.app_context():
            ids.append(order_update(district.instance_id, newer, by="uji"))
    fleet.wait_finished(ids, 400)
    closed = [
        step.result["accounts_closed"]
        for one in ids
        for step in finished(fleet, one).steps
        if step.name == "migrate"
    ]
    assert [len(each) for each in closed] == [1, 0]
    for district, email in ((renamed, "camat@contoh.invalid"), (plain, RECIPE.first_admin)):
        assert NEWER in district.get("/login").text
        assert Browser(district).log_in(RECIPE.first_admin, "password") != "dashboard"
        assert Browser(district).log_in(email, district.password().reveal()) == "dashboard"
