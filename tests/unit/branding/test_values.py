"""Brand values: each has its words, takes what it should and refuses the rest with a way out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.branding.values import (
    IMAGES,
    LINKS,
    VALUES,
    ValueKind,
    check_value,
    find_value,
    shown,
)
from siappakai.errors import InvalidInput
from siappakai.products import RECIPES
from siappakai.products.brand import PUBLIC_SIZES
from siappakai.products.brand_slots.documents import SOCIAL_KEYS, TEXT_KEYS
from siappakai.products.brand_slots.laravel import opendk_slots, openkab_slots, pbb_slots
from siappakai.products.brand_slots.opensid import opensid_slots

KEYS = (
    "app_name site_title login_title admin_title village_word regency_word footer_text "
    "contact_address contact_phone contact_email facebook instagram youtube x tiktok whatsapp "
    "ribbon_text primary_colour secondary_colour accent_colour heading_font body_font admin_skin "
    "ribbon_kind theme logo emblem favicon login_picture site_picture letter_logo"
)
EXPECTED = KEYS.split()


def test_the_catalogue_is_whole_and_every_value_is_explained() -> None:
    assert list(VALUES) == EXPECTED
    for key, value in VALUES.items():
        assert value.key == key and value.label and value.help and value.max_length
        assert value.products and set(value.products) <= set(RECIPES)
        assert (value.kind == ValueKind.CHOICE) == bool(value.choices)
        assert (value.kind == ValueKind.LINK) == bool(value.hosts)


def test_every_value_names_the_products_that_have_a_place_for_it() -> None:
    slots = {
        "opensid": opensid_slots("kunci", "desa", "Kabupaten", "a@b.id"),
        "pbb": pbb_slots("73.05.05.2001"),
        "opendk": opendk_slots("Kecamatan Galesong"),
        "openkab": openkab_slots("OpenKab", "Kabupaten", "Desa"),
    }
    for product, places in slots.items():
        assert {each.key for each in places}
        for each in places:
            assert product in VALUES[each.key].products, (product, each.key)
    documented = {*TEXT_KEYS, *SOCIAL_KEYS, *PUBLIC_SIZES}
    for key in documented:
        assert "mobile_api" in VALUES[key].products, key


@pytest.mark.parametrize(
    ("key", "text", "kept"),
    [
        ("app_name", "  Takalar   Cerdas ", "Takalar Cerdas"),
        ("village_word", "Nagari", "Nagari"),
        ("contact_phone", "(0418) 21-333", "(0418) 21-333"),
        ("contact_email", "kominfo@takalarkab.go.id", "kominfo@takalarkab.go.id"),
        ("facebook", "facebook.com/pemkab", "https://facebook.com/pemkab"),
        ("facebook", "http://m.facebook.com/pemkab", "https://m.facebook.com/pemkab"),
        ("youtube", "https://www.youtube.com/@pemkab", "https://www.youtube.com/@pemkab"),
        ("whatsapp", "0812-3456-7890", "https://wa.me/6281234567890"),
        ("whatsapp", "https://chat.whatsapp.com/AbC", "https://chat.whatsapp.com/AbC"),
        ("primary_colour", "0F7", "#00ff77"),
        ("heading_font", "lora", "lora"),
        ("admin_skin", "skin-green-light", "skin-green-light"),
        ("ribbon_kind", "none", "none"),
        ("theme", "esensi", "esensi"),
        ("theme", "nusantara@1.2.0", "nusantara@1.2.0"),
        ("theme", "desa/Tema Kami_2", "desa/Tema Kami_2"),
        ("logo", "a" * 64, "a" * 64),
    ],
)
def test_good_input_is_kept_in_its_one_form(key: str, text: str, kept: str) -> None:
    assert check_value(key, text) == kept
    assert check_value(key, kept) == kept


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("app_name", " "),
        ("app_name", "x" * 41),
        ("app_name", "Takalar\nCerdas"),
        ("app_name", "Takalar\u202ecerdas"),
        ("app_name", "a\x00b"),
        ("footer_text", "<script>alert(1)</script>"),
        ("village_word", "Desa 2"),
        ("contact_phone", "112"),
        ("contact_phone", "telepon kami"),
        ("contact_email", "kominfo@localhost"),
        ("contact_email", "a" * 35 + "@takalarkab.go.id"),
        ("contact_email", "a..b@takalar.go.id"),
        ("facebook", "https://facebook.com.jahat.example/pemkab"),
        ("facebook", "javascript:alert(1)//facebook.com"),
        ("facebook", "https://orang@facebook.com/x"),
        ("facebook", "https://facebook.com:99999/x"),
        ("facebook", 'https://facebook.com/"onload=x'),
        ("instagram", "https://facebook.com/pemkab"),
        ("whatsapp", "wa.me.jahat.example/62"),
        ("primary_colour", "merah"),
        ("heading_font", "comic-sans"),
        ("admin_skin", "skin-pink"),
        ("theme", "desa/../natra"),
        ("theme", "/etc/passwd"),
        ("theme", "Nusantara@1"),
        ("logo", "logo.png"),
        ("logo", "A" * 64),
        ("nama", "x"),
    ],
)
def test_bad_input_is_refused_and_says_what_to_do(key: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_value(key, text)
    assert caught.value.message and caught.value.hint


@given(st.sampled_from(EXPECTED), st.text(max_size=90))
@settings(max_examples=300)
def test_whatever_is_typed_is_kept_clean_or_refused(key: str, text: str) -> None:
    try:
        kept = check_value(key, text)
    except InvalidInput:
        return
    assert kept and kept == kept.strip() and len(kept) <= max(find_value(key).max_length, 64)
    assert kept.isprintable() and not set("<>") & set(kept)
    assert check_value(key, kept) == kept


def test_people_read_choices_by_name_and_pictures_by_the_start_of_their_hash() -> None:
    assert shown("ribbon_kind", "merah_putih") == "Merah putih"
    assert shown("logo", "0123456789") == "gambar 01234567"
    assert shown("app_name", "Takalar") == "Takalar" and "logo" in IMAGES and "x" in LINKS
