"""Settings come from the environment, complain all at once, and never default a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from siappakai.config import load_settings
from siappakai.errors import SettingsError
from siappakai.secret import Secret, random_password
from tests.conftest import make_settings


def test_all_missing_names_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    for name in ("SESSION_KEY", "VAULT_KEY", "REDIS_URL"):
        assert f"SIAPPAKAI_{name} (atau SIAPPAKAI_{name}_FILE)" in caught.value.message


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    key = tmp_path / "kunci"
    key.write_text("dari-berkas\n")
    settings = make_settings(tmp_path, SESSION_KEY="", SESSION_KEY_FILE=str(key))
    assert settings.session_key.reveal() == "dari-berkas"


def test_an_unreadable_file_is_a_complaint_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SIAPPAKAI_REDIS_URL_FILE tidak dapat dibaca"):
        make_settings(tmp_path, REDIS_URL="", REDIS_URL_FILE=str(tmp_path / "tidak-ada"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PORT", "70000"),
        ("WORKERS", "nol"),
        ("FLEET", "Dua Kata"),
        ("VAULT_KEY", "pendek"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"SIAPPAKAI_{name}"):
        make_settings(tmp_path, **{name: value})


def test_a_secret_hides_itself_everywhere_but_in_reveal() -> None:
    secret = Secret("jangan-tampil")
    shown = f"{secret} {secret!r} {[secret]} { ({'a': secret}) }"
    assert "jangan-tampil" not in shown
    assert secret.reveal() == "jangan-tampil"


def test_first_passwords_meet_the_rule_of_opensid_and_never_repeat() -> None:
    made = {random_password().reveal() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert 8 <= len(password) <= 20
        assert any(each.islower() for each in password) and any(each.isupper() for each in password)
        assert any(each.isdigit() for each in password)
        assert any(not each.isalnum() for each in password)
