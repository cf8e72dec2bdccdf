"""What OpenSID's theme, the guard of locks and phones are told, and what never is."""

from __future__ import annotations

import json

from siappakai.products.brand import Picture, SlotState, Wear
from siappakai.products.brand_slots.mobile_api import MANIFEST, mobile_files
from siappakai.products.brand_slots.opensid import (
    BRAND_FILE,
    LOCK_FILE,
    LOGIN_CSS,
    opensid_files,
    opensid_proofs,
)

KEY = "kunci-rahasia-desa"
LOGO = SlotState("config.logo", "logo", "a" * 64, "logo-a.png", "desa/logo/logo-a.png", "b" * 64)
TITLE = SlotState("setting_aplikasi.website_title", "site_title", "Situs Kita", "Situs Kita")
LINK = SlotState("media_sosial.facebook", "facebook", "https://facebook.com/a", "https://fb/a")
THEME = SlotState("setting_aplikasi.web_theme", "theme", "nusantara@1", "desa/nusantara")
VALUES = {
    "site_title": "Situs Kita",
    "logo": "a" * 64,
    "primary_colour": "#0f766e",
    "facebook": "https://facebook.com/a",
    "ribbon_kind": "merah_putih",
    "ribbon_text": "Merdeka",
}


def wear(*locked: str, **values: str) -> Wear:
    states = {each.address: each for each in (LOGO, TITLE, LINK, THEME)}
    return Wear(
        12, values or VALUES, frozenset(locked), states, {}, {"192": Picture("c" * 64, "png")}, True
    )


def written(worn: Wear) -> dict[str, str | None]:
    return {file.path: file.content for file in opensid_files(worn)}


def test_the_theme_is_told_names_colours_pictures_and_the_ribbon() -> None:
    told = json.loads(written(wear())[BRAND_FILE] or "")
    assert told["version"] == 12
    assert told["names"] == {"site_title": "Situs Kita"}
    assert told["tokens"]["--sp-primary"].startswith("#")
    assert told["images"]["logo"] == "/desa/logo/logo-a.png"
    assert told["images"]["icons"]["192"].startswith("/desa/merek/")
    assert told["ribbon"] == {"kind": "merah_putih", "text": "Merdeka"}
    assert told["social"] == {"facebook": "https://facebook.com/a"}


def test_without_a_brand_there_is_no_file_at_all() -> None:
    files = opensid_files(Wear(0))
    assert all(file.content is None and not file.block for file in files)
    assert {file.path for file in files} == {BRAND_FILE, LOCK_FILE, LOGIN_CSS}


def test_only_what_is_locked_stands_in_the_guard_s_rules() -> None:
    rules = json.loads(written(wear("site_title", "logo", "facebook"))[LOCK_FILE] or "")["rules"]
    by_label = {rule["label"]: rule for rule in rules}
    assert by_label["Judul website"]["fields"] == {"website_title": "Situs Kita"}
    assert by_label["Judul website"]["paths"] == []
    assert by_label["Logo"]["uploads"] == ["logo"]
    assert by_label["Logo"]["paths"] == ["identitas_desa"]
    assert by_label["Facebook"]["paths"] == ["sosmed/update/facebook"]
    assert len(rules) == 3


def test_a_locked_background_is_sent_empty_which_means_as_it_is() -> None:
    state = SlotState(
        "setting_aplikasi.latar_login", "login_picture", "a" * 64, "x.jpg", "d/x.jpg", "b" * 64
    )
    worn = Wear(1, {}, frozenset({"login_picture"}), {state.address: state}, is_branded=True)
    (rule,) = json.loads(written(worn)[LOCK_FILE] or "")["rules"]
    assert rule["fields"] == {"latar_login": ""}
    assert rule["uploads"] == ["latar_login"]


def test_the_home_page_must_name_the_folder_of_the_theme_that_is_worn() -> None:
    home, login = opensid_proofs(wear())
    assert home.must_hold == ("desa/themes/nusantara/",)
    assert login.must_hold == ("desa/logo/logo-a.png",)


def test_phones_are_told_whole_addresses_and_nothing_without_a_brand() -> None:
    logo = Picture("d" * 64, "png")
    worn = Wear(3, VALUES, pictures={"logo": logo}, is_branded=True)
    manifest, picture = mobile_files(worn, "https://barana.id", "Barana")
    told = json.loads(manifest.content or "")
    assert told["api"] == "https://barana.id/api"
    assert told["images"]["logo"] == f"https://barana.id/{picture.path}"
    assert told["village"] == "Barana"
    (absent,) = mobile_files(Wear(0), "https://barana.id", "Barana")
    assert (absent.path, absent.content) == (MANIFEST, None)


def test_no_file_of_the_look_holds_the_village_s_key() -> None:
    texts = [text or "" for text in written(wear("site_title")).values()]
    assert not any(KEY in text for text in texts)
