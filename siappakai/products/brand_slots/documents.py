"""Think: the two files that tell OpenSID its look and its locks, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from siappakai.branding.fonts import font_files, fonts_of
from siappakai.branding.tokens import make_tokens, palette_of
from siappakai.products.brand import BrandSlot, SlotKind, SlotState, Wear

TEXT_KEYS = (
    "app_name",
    "site_title",
    "login_title",
    "admin_title",
    "village_word",
    "regency_word",
    "footer_text",
    "contact_address",
    "contact_phone",
    "contact_email",
)
SOCIAL_KEYS = ("facebook", "instagram", "youtube", "x", "tiktok", "whatsapp")
# picture of the document → the slot whose file a visitor can already get
SHOWN = {
    "logo": "config.logo",
    "favicon": "desa.favicon",
    "site_picture": "setting_aplikasi.latar_website",
    "login_picture": "setting_aplikasi.latar_login",
}

NOTICED = ("setting", "identitas_desa", "sosmed")  # addresses of the forms that send these
NOTICE = "Ditetapkan oleh kabupaten, tidak berubah bila disimpan di sini: {}."


def brand_document(wear: Wear, public_folder: str) -> str:
    """`merek.json`, read by Nusantara on each page; addresses begin at the site's root."""
    values = wear.values
    return _text(
        {
            "format": 1,
            "version": wear.number,
            "names": named(values, TEXT_KEYS),
            "tokens": make_tokens(*palette_of(values)) if values.get("primary_colour") else {},
            "fonts": _fonts(values, public_folder),
            "images": _images(wear, public_folder),
            "ribbon": _ribbon(values),
            "social": named(values, SOCIAL_KEYS),
        }
    )


def lock_document(wear: Wear, slots: Sequence[BrandSlot]) -> str:
    """`kunci.json`: what the guard puts back or drops in a form that the village sends."""
    rules = [
        _rule(slot, wear.states[slot.address])
        for slot in slots
        if slot.form is not None and slot.key in wear.locked and slot.address in wear.states
    ]
    labels = ", ".join(rule["label"] for rule in rules)
    notice = {"paths": list(NOTICED), "text": NOTICE.format(labels)}
    return _text({"format": 1, "version": wear.number, "rules": rules, "notice": notice})


def named(values: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    """Those of the keys that have a value."""
    return {key: values[key] for key in keys if values.get(key)}


def _rule(slot: BrandSlot, state: SlotState) -> dict[str, Any]:
    """A picture's text field only announces an upload: locked, it is always sent empty."""
    form = slot.form
    assert form is not None
    text = "" if slot.kind is SlotKind.PICTURE else state.text or ""
    return {
        "label": slot.label,
        "paths": list(form.paths),
        "fields": dict.fromkeys(form.fields, text),
        "uploads": list(form.uploads),
    }


def _images(wear: Wear, public_folder: str) -> dict[str, Any]:
    images: dict[str, Any] = {}
    for name, address in SHOWN.items():
        state = wear.states.get(address)
        if state is not None and state.sha256:
            images[name] = f"/{state.file}"
    if picture := wear.pictures.get("emblem"):
        images["emblem"] = f"/{public_folder}/{picture.name}"
    icons = {size: f"/{public_folder}/{each.name}" for size, each in wear.icons.items()}
    return {**images, "icons": icons} if icons else images


def _ribbon(values: Mapping[str, str]) -> dict[str, str]:
    kind = values.get("ribbon_kind", "")
    if kind in ("", "none"):
        return {"kind": "", "text": ""}
    return {"kind": kind, "text": values.get("ribbon_text", "")}


def font_keys(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(values[key] for key in ("heading_font", "body_font") if values.get(key))


def _fonts(values: Mapping[str, str], public_folder: str) -> dict[str, Any]:
    """Nothing while no font is chosen: the theme then uses its own."""
    keys = font_keys(values)
    if not keys:
        return {}
    heading, body = fonts_of(values)
    faces = [
        {
            "family": each.family,
            "weight": each.weight,
            "style": each.style,
            "url": f"/{public_folder}/{each.sha256}{each.path.suffix}",
        }
        for each in font_files((heading.key, body.key))
    ]
    return {"heading": heading.stack, "body": body.stack, "faces": faces}


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
