"""What each slot becomes: the kit's value, or the village's own to the letter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siappakai.errors import StepErrored
from siappakai.products.brand import Picture, SlotState
from siappakai.products.brand_slots.opensid import THEME, opensid_slots
from siappakai.provision.brand_dress import first_base, settle, wanted_files
from siappakai.provision.brand_plan import (
    Wardrobe,
    files_of,
    plan_states,
    split_files,
    with_block,
    without_block,
)

SLOTS = opensid_slots("kunci", "desa", "kabupaten", "")
LOGO = "a" * 64
SITE = "b" * 64
WARDROBE = Wardrobe(
    pictures={
        (LOGO, "logo-512.png"): Picture("c" * 64, "png"),
        (SITE, "background-1920.jpg"): Picture("d" * 64, "jpg"),
    },
    packages={"nusantara@1.0.0": "e" * 64},
)
SITE_PICTURE = "setting_aplikasi.latar_website"


def state(address: str, text: str | None, **more: str) -> SlotState:
    key = next(each.key for each in SLOTS if each.address == address)
    return SlotState(address, key, more.pop("value", text or ""), text, **more)


def fresh() -> dict[str, SlotState]:
    """What a release leaves behind, as it is read."""
    found = {}
    for slot in SLOTS:
        text = slot.fresh[0] if slot.cell is not None else None
        value = "" if slot.folder or slot.file else text or ""
        found[slot.address] = SlotState(slot.address, slot.key, value, text)
    found[THEME] = state(THEME, "natra")
    return found


def planned(values: dict[str, str], present=None, base=None, wardrobe: Wardrobe = WARDROBE):
    present = present or fresh()
    return plan_states(SLOTS, values, wardrobe, present, base or first_base(SLOTS, present))


def test_without_values_nothing_at_all_is_changed() -> None:
    assert planned({}) == first_base(SLOTS, fresh())


def test_a_text_goes_into_its_row_and_a_word_in_small_letters() -> None:
    states = planned({"site_title": "Situs Takalar", "village_word": "Nagari"})
    assert states["setting_aplikasi.website_title"].text == "Situs Takalar"
    assert states["setting_aplikasi.sebutan_desa"].text == "nagari"


def test_a_picture_is_named_by_its_content_so_that_the_same_one_gets_the_same_name() -> None:
    first, second = planned({"logo": LOGO}), planned({"logo": LOGO})
    assert first == second
    assert first["config.logo"].file == f"desa/logo/logo-{'c' * 16}.png"
    assert first["config.logo"].sha256 == "c" * 64


def test_what_is_worn_already_keeps_the_name_it_has() -> None:
    present = fresh()
    present["config.logo"] = state(
        "config.logo", "lama.png", value=LOGO, file="desa/logo/lama.png", sha256=LOGO
    )
    assert planned({"logo": LOGO}, present)["config.logo"].text == "lama.png"


def test_a_value_that_no_layer_gives_any_more_goes_back_to_the_village_s_own() -> None:
    base = first_base(SLOTS, fresh())
    base["config.logo"] = state(
        "config.logo", "desa.png", value="f" * 64, file="desa/logo/desa.png", sha256="f" * 64
    )
    worn = planned({"logo": LOGO}, fresh(), base)
    back = planned({}, {**fresh(), **worn}, base)
    assert back["config.logo"] == base["config.logo"]


def test_a_package_is_worn_by_a_link_and_a_folder_of_the_village_s_own_is_left_alone() -> None:
    states = planned({"theme": "nusantara@1.0.0"})
    assert states[THEME].text == "desa/nusantara"
    assert states[THEME].link.endswith("e" * 64)
    own = replace(WARDROBE, own_themes=frozenset({"nusantara"}))
    assert planned({"theme": "nusantara@1.0.0"}, wardrobe=own)[THEME].text != "desa/nusantara"


def test_a_theme_that_the_village_does_not_have_is_refused() -> None:
    with pytest.raises(StepErrored):
        planned({"theme": "desa/tidak-ada"})


def test_the_site_s_picture_lies_with_the_theme_that_is_worn() -> None:
    natra = planned({"site_picture": SITE})
    assert natra[SITE_PICTURE].file.startswith("desa/pengaturan/natra/images/")
    other = planned({"site_picture": SITE, "theme": "nusantara@1.0.0"}, {**fresh(), **natra})
    assert other[SITE_PICTURE].file.startswith("desa/pengaturan/nusantara/images/")
    assert other[SITE_PICTURE].text == natra[SITE_PICTURE].text


@pytest.mark.parametrize("wrong", ["desa/..", "desa/" + "x" * 201, "", ".."])
def test_under_a_theme_that_can_t_name_a_folder_its_picture_is_left_as_it_is(wrong: str) -> None:
    present = {**fresh(), THEME: state(THEME, wrong, value="")}
    assert planned({"site_picture": SITE}, present)[SITE_PICTURE] == present[SITE_PICTURE]
    natra = planned({"site_picture": SITE, "theme": "natra"}, present)
    assert natra[SITE_PICTURE].file.startswith("desa/pengaturan/natra/images/")


def test_a_package_that_is_gone_from_the_panel_is_told() -> None:
    with pytest.raises(StepErrored, match="tidak ada lagi di panel"):
        planned({"theme": "nusantara@9.9"})


def test_only_what_we_laid_ourselves_and_nobody_changed_goes_away() -> None:
    ours, theirs, changed = "desa/logo/logo-1.png", "desa/logo/desa.png", "desa/logo/logo-2.png"
    worn = {ours: LOGO, theirs: SITE, changed: LOGO, "config/merek.json": LOGO}
    before = {**worn, changed: SITE, "desa/logo/tamu.png": SITE}
    laid, gone = split_files({"config/merek.json": SITE}, before, worn, frozenset({theirs}))
    assert laid == {"config/merek.json": SITE}
    assert gone == {ours: ""}


def test_a_link_and_a_file_both_stand_in_the_file_map() -> None:
    states = planned({"logo": LOGO, "theme": "nusantara@1.0.0"})
    files = wanted_files(SLOTS, states, [])
    assert files["desa/themes/nusantara"].startswith("→/var/lib/siappakai/tema/")
    assert files[states["config.logo"].file] == "c" * 64
    assert files["desa/logo/favicon.ico"] == ""
    assert files_of(states).keys() <= files.keys()


@pytest.mark.parametrize("own", [b"", b"body { color: red }", b"a {}\n", "/* é */\r\n".encode()])
def test_our_lines_in_a_village_s_file_come_out_again_to_the_byte(own: bytes) -> None:
    once = with_block(own, ".a { color: blue }")
    assert without_block(once) == own
    assert with_block(without_block(once), ".b {}") == with_block(own, ".b {}")
    assert with_block(own, "") == own


# --- whose choice a difference is


def changed_title(by: str) -> dict[str, SlotState]:
    address = "setting_aplikasi.website_title"
    return {**fresh(), address: state(address, by)}


def test_a_free_value_that_the_village_changed_is_its_own_from_now_on() -> None:
    base = first_base(SLOTS, fresh())
    settled = settle(SLOTS, changed_title("Punya Kami"), fresh(), base, frozenset())
    assert settled.adopted == ("setting_aplikasi.website_title",)
    own = settled.base["setting_aplikasi.website_title"]
    assert (own.text, own.is_own) == ("Punya Kami", True)


@pytest.mark.parametrize("locked, is_nobodys", [(frozenset({"site_title"}), False), ((), True)])
def test_a_locked_or_restored_value_is_put_back(locked, is_nobodys: bool) -> None:
    base = first_base(SLOTS, fresh())
    settled = settle(
        SLOTS,
        changed_title("Punya Kami"),
        fresh(),
        base,
        frozenset(locked),
        is_nobodys=is_nobodys,
    )
    assert settled.returned == ("setting_aplikasi.website_title",)
    assert settled.base == base


def test_a_picture_that_was_lost_is_no_choice_and_is_put_back() -> None:
    worn = {**fresh(), **planned({"logo": LOGO})}
    lost = {**worn, "config.logo": replace(worn["config.logo"], value="", file="", sha256="")}
    settled = settle(SLOTS, lost, worn, first_base(SLOTS, fresh()), frozenset())
    assert settled.returned == ("config.logo",)


def test_a_village_that_only_changes_its_theme_has_not_given_up_its_picture() -> None:
    worn = {**fresh(), **planned({"site_picture": SITE})}
    away = replace(worn[SITE_PICTURE], value="", file="", sha256="")
    seen = {**worn, THEME: state(THEME, "esensi"), SITE_PICTURE: away}
    settled = settle(SLOTS, seen, worn, first_base(SLOTS, fresh()), frozenset())
    assert settled.adopted == (THEME,)
    assert settled.returned == ()


def test_what_an_installation_leaves_is_nobody_s_choice_and_anything_else_is() -> None:
    base = first_base(SLOTS, changed_title("Selamat datang"))
    own = [address for address, each in base.items() if each.is_own]
    assert own == ["setting_aplikasi.website_title"]
