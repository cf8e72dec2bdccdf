"""Composer's words, as 2.5.5 and 2.8.8 wrote them here, become what an admin can act upon."""

from __future__ import annotations

import pytest

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.composer_failure import explain_failure, is_hopeless, trim_line

NO_HOST = (
    "Failed to download psr/log from dist: curl error 6 while downloading "
    "https://api.github.com/repos/php-fig/log/zipball/ef29f6d: "
    "Could not resolve host: api.github.com"
)
LIST = (
    "curl error 6 while downloading https://repo.packagist.org/packages.json: "
    "Could not resolve host: repo.packagist.org"
)
REFUSED = (
    "Failed to download uji/tertutup from dist: The "
    '"https://paket.invalid/a.zip" file could not be downloaded (HTTP/2 401 )'
)
GONE = (
    "Failed to download uji/lama from dist: The "
    '"https://paket.invalid/b.zip" file could not be downloaded (HTTP/2 404 )'
)
IMAGICK = (
    "- Root composer.json requires PHP extension ext-imagick * but it is missing from your "
    "system. Install or enable PHP's imagick extension."
)
SOAP = "- uji/dua 2.0.1 requires ext-soap * -> it is missing from your system. Install or enable"
PHP = (
    "- maennchen/zipstream-php 3.2.1 requires php-64bit ^8.3 -> your php-64bit version (8.2.36) "
    "does not satisfy that requirement."
)
UNKNOWN = "- Root composer.json requires uji/satu, it could not be found in any version, there may"
RANGE = "- Root composer.json requires uji/dua ^2.0, it could not be found in any version, there"


@pytest.mark.parametrize(
    ("lines", "kind", "words"),
    [
        ([NO_HOST], Unavailable, "paket psr/log dari api.github.com"),
        ([LIST], Unavailable, "mengambil https://repo.packagist.org/packages.json."),
        ([GONE], StepFailed, "paket uji/lama dari paket.invalid"),
        ([REFUSED], StepFailed, "paket uji/tertutup dari paket.invalid"),
        ([IMAGICK, SOAP], StepFailed, "PHP 8.2 tidak memiliki ekstensi .*: imagick, soap"),
        ([PHP], StepFailed, r"maennchen/zipstream-php 3\.2\.1 meminta PHP \^8\.3"),
        ([UNKNOWN, RANGE], StepFailed, "tidak ada di .*: uji/dua, uji/satu"),
        (["apa saja"], StepFailed, "gagal menyusun vendor/"),
    ],
)
def test_a_failure_says_what_lacks(lines: list[str], kind: type[Exception], words: str) -> None:
    error = explain_failure(["Installing", *lines], "8.2", offline=False)
    assert type(error) is kind and error.hint
    with pytest.raises(kind, match=words):
        raise error
    assert lines[-1] in error.log_tail


def test_a_source_that_wants_a_key_is_answered_with_the_key_file_not_with_waiting() -> None:
    for line in (REFUSED, "Failed to download a/b from dist: GitHub API limit (60 calls/hr)"):
        error = explain_failure([line], "8.2", offline=False)
        assert "--berkas-auth-composer" in error.hint and not error.retryable


def test_only_a_download_that_failed_is_hopeless() -> None:
    assert is_hopeless("    " + NO_HOST)
    assert not is_hopeless("  - Downloading psr/log (3.0.0)")
    assert not is_hopeless(LIST)


def test_lines_are_shown_without_noise_keys_and_endless_tails() -> None:
    assert trim_line("  - Installing uji/satu  ") == "- Installing uji/satu"
    assert trim_line("    - /etc/php/8.2/cli/conf.d/20-zip.ini") == ""
    assert trim_line("In CurlDownloader.php line 365:") == ""
    assert trim_line("GET https://desa:kunci@paket.invalid/x") == "GET https://***@paket.invalid/x"
    assert trim_line("token kunci-4711 salah", ("kunci-4711",)) == "token *** salah"
    assert len(trim_line("x" * 5000)) == 300
