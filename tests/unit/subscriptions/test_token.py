"""Rules of reading a token: liberal in what is told, strict in shape, silent about its content."""

from __future__ import annotations

import traceback
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.subscriptions.token import LONGEST, fingerprint_of, read_token
from tests.unit.subscriptions.tokens import (
    BONTOKANANG,
    HEADER,
    TAMASAJU,
    make_token,
    part,
    payload_of,
)

SIGNATURE = part(b"tanda tangan uji")


def refused(text: str) -> InvalidInput:
    """The refusal, proven to show no part of the token, not even in its traceback."""
    with pytest.raises(InvalidInput) as caught:
        read_token(text)
    error = caught.value
    told = f"{error.message} {error.hint} {error.log_tail} {error!r}"
    told += "".join(traceback.format_exception_only(error)) + repr(error.__cause__)
    told += repr(error.__context__)
    for piece in text.split("."):
        assert len(piece) < 8 or piece not in told
    assert error.message and error.hint
    return error


@pytest.mark.parametrize("code", [TAMASAJU, BONTOKANANG])
@pytest.mark.parametrize(
    "written", ["2026-07-31", "2026-07-31 23:59:59", "2026-07-31T00:00:00.000000Z", " 2026-07-31 "]
)
def test_code_and_last_day_are_read_from_every_form_seen(code: str, written: str) -> None:
    dotted = f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:]}"
    for told in (code, dotted, int(code)):
        facts = read_token(f"{part(HEADER)}.{part(payload_of(told, written))}.{SIGNATURE}")
        assert (facts.village_code, facts.dotted_code) == (code, dotted)
        assert (facts.starts_on, facts.ends_on) == (date(2026, 1, 1), date(2026, 7, 31))


def test_the_written_day_counts_whatever_zone_follows_because_opensid_compares_the_text() -> None:
    token = make_token(TAMASAJU, "2026-07-31T17:00:00.000000Z")
    assert read_token(token).ends_on == date(2026, 7, 31)


def test_a_token_without_a_first_day_is_still_good() -> None:
    for start in (None, "", "kapan-kapan", 7):
        assert (
            read_token(make_token(TAMASAJU, "2026-07-31", masa={"mulai": start})).starts_on is None
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "kosong"),
        ("satu.dua", "3 bagian"),
        (f"{part(HEADER)}..{SIGNATURE}", "kosong"),
        (f"{part(HEADER)}.{part(payload_of(TAMASAJU, '2026-07-31'))}.", "kosong"),
        (f"{part(HEADER)}.a+b/c=.{SIGNATURE}", "tidak boleh ada"),
        (f"{part(b'bukan json')}.{part({})}.{SIGNATURE}", "Bagian pertama"),
        (f"{part(HEADER)}.{part(b'[' * 5000)}.{SIGNATURE}", "tidak dapat dibaca"),
        (f"{part(HEADER)}.{part(b'9' * 5000)}.{SIGNATURE}", "tidak dapat dibaca"),
        (f"{part(HEADER)}.{part([TAMASAJU])}.{SIGNATURE}", "tidak dapat dibaca"),
        (f"{part(HEADER)}.{part(bytes(range(128, 200)))}.{SIGNATURE}", "tidak dapat dibaca"),
        ("a" * (LONGEST + 1), "terlalu panjang"),
        (make_token("7305052001999", "2026-07-31"), "kode desa"),
        (make_token("73.05", "2026-07-31"), "kode desa"),
        (f"{part(HEADER)}.{part(payload_of(True, '2026-07-31'))}.{SIGNATURE}", "kode desa"),
        (f"{part(HEADER)}.{part({'desa_id': TAMASAJU})}.{SIGNATURE}", "masa berlangganan"),
        (make_token(TAMASAJU, "2026-02-30"), "tanggal akhir"),
        (make_token(TAMASAJU, "0000-00-00"), "tanggal akhir"),
        (make_token(TAMASAJU, "31/07/2026"), "tanggal akhir"),
        (make_token(TAMASAJU, "2025-12-31"), "sebelum mulai"),
    ],
)
def test_a_wrong_shape_is_told_with_what_to_do(text: str, words: str) -> None:
    assert words in refused(text).message


@pytest.mark.parametrize("algorithm", ["none", "None", " NONE ", "", None, 5])
def test_a_token_that_nobody_signed_is_refused(algorithm: object) -> None:
    payload = part(payload_of(TAMASAJU, "2026-07-31"))
    assert "tidak bertanda tangan" in refused(f"{part({'alg': algorithm})}.{payload}.x").message


def test_two_tokens_have_two_fingerprints_that_tell_nothing() -> None:
    first, second = (make_token(code, "2026-07-31") for code in (TAMASAJU, BONTOKANANG))
    assert fingerprint_of(first) != fingerprint_of(second)
    assert len(fingerprint_of(first)) == 12 and fingerprint_of(first) not in first


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "desa_id": JSON,
        "tanggal_berlangganan": JSON
        | st.fixed_dictionaries({}, optional={"mulai": JSON, "akhir": JSON | st.dates().map(str)}),
    },
)


def read_or_refuse(text: str) -> None:
    try:
        facts = read_token(text)
    except InvalidInput:
        refused(text)
    else:
        assert len(facts.village_code) == 10 and facts.fingerprint == fingerprint_of(text)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
@example("\ud800.\ud800.\ud800")
@example("..")
def test_any_text_is_read_or_refused_without_an_echo(text: str) -> None:
    read_or_refuse(text)


@given(st.binary(max_size=200), st.binary(max_size=400), st.binary(max_size=80))
def test_any_bytes_in_three_parts_are_read_or_refused(head: bytes, body: bytes, end: bytes) -> None:
    read_or_refuse(".".join(map(part, (head, body, end))))


@given(JSON | st.just(HEADER), JSON | PAYLOADS)
@example(HEADER, {"desa_id": "\ud800", "tanggal_berlangganan": {"akhir": "9999-12-31 23:59:59"}})
def test_any_json_in_the_right_places_is_read_or_refused(header: object, payload: object) -> None:
    read_or_refuse(f"{part(header)}.{part(payload)}.{SIGNATURE}")


@given(st.data())
def test_a_token_broken_anywhere_never_becomes_another_villages(data: st.DataObject) -> None:
    whole = make_token(TAMASAJU, "2026-07-31")
    cut = whole[: data.draw(st.integers(0, whole.rindex(".") + 1))]
    refused(cut)
