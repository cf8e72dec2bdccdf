"""The list of villages: every filter, every order, every page, and what is exported."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from siappakai.models import (
    ObservedState,
    OperationKind,
    Village,
    WantedState,
    db,
    transaction,
)
from siappakai.provision.progress import FleetCounts, fleet_counts
from siappakai.regions import villages_of_regency
from siappakai.web import queries_villages
from tests.integration.web import family_rows, fleet_rows
from tests.integration.web.visitor import Visitor

ROW = re.compile(r'href="/desa/([0-9]{10})"')
ALL = villages_of_regency("7305")


@pytest.fixture
def regency(app: Flask, ani: Visitor) -> Visitor:
    """All 110 villages of Takalar, none installed."""
    with app.app_context(), transaction() as session:
        session.add_all(fleet_rows.make_village(v.code, v.name) for v in ALL)
    return ani


def codes(person: Visitor, address: str) -> list[str]:
    answer = person.get(address)
    assert answer.status_code == 200
    return ROW.findall(answer.text)


@pytest.mark.parametrize("few", [0, 2000])
@pytest.mark.parametrize("order", ["nama", "-nama", "kode", "-kode", "domain", "-domain"])
def test_pages_together_hold_every_village_once_in_order(
    regency: Visitor, order: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_villages, "FEW", few)
    pages = [codes(regency, f"/desa?urut={order}&hal={n}&cari=desa.test") for n in range(1, 6)]
    assert [len(page) for page in pages] == [25, 25, 25, 25, 10]
    found = [code for page in pages for code in page]
    names = {v.code: v.name for v in ALL}
    key = (lambda c: (names[c], c)) if "nama" in order else (lambda c: c)
    assert found == sorted(names, key=key, reverse=order.startswith("-"))


def test_without_a_filter_pages_together_hold_every_village_once(regency: Visitor) -> None:
    found = [c for n in range(1, 6) for c in codes(regency, f"/desa?urut=kode&hal={n}")]
    assert found == [v.code for v in ALL]


@pytest.mark.parametrize("size", [25, 50, 100])
def test_the_page_size_is_as_asked(regency: Visitor, size: int) -> None:
    assert len(codes(regency, f"/desa?ukuran={size}")) == size


def test_a_page_beyond_the_end_is_the_last_page(regency: Visitor) -> None:
    assert codes(regency, "/desa?hal=999") == codes(regency, "/desa?hal=5")


@pytest.mark.parametrize(
    "query",
    ["hal=-1", "hal=abc", "hal=99999999999", "ukuran=7", "urut=; drop", "rilis=x", "kecamatan=%27"],
)
def test_an_odd_address_never_breaks_the_page(regency: Visitor, query: str) -> None:
    assert codes(regency, f"/desa?{query}")


def test_search_finds_name_code_domain_and_district(regency: Visitor) -> None:
    one = ALL[7]
    district = fleet_rows.make_village(one.code, one.name).district_name
    for text in (one.name, one.name.upper(), one.code, one.dotted, f"d{one.code}.desa"):
        assert one.code in codes(regency, f"/desa?ukuran=100&cari={text}")
    found = codes(regency, f"/desa?ukuran=100&cari={district}")
    assert one.code in found
    assert codes(regency, f"/desa?cari={one.code}") == [one.code]


def test_every_word_of_a_search_must_be_found(regency: Visitor) -> None:
    one, other = ALL[0], ALL[1]
    assert codes(regency, f"/desa?cari={one.name}+{one.code}") == [one.code]
    assert codes(regency, f"/desa?cari={one.code}+{other.code}") == []


def test_wildcards_are_only_letters_in_a_search(regency: Visitor) -> None:
    for text in ("%25", "_", "%25%25", "/"):
        assert codes(regency, f"/desa?cari={text}") == []


def test_the_district_filter_keeps_only_its_villages(regency: Visitor) -> None:
    wanted = [v.code for v in ALL if v.district_code == ALL[0].district_code]
    found = codes(regency, f"/desa?ukuran=100&kecamatan={ALL[0].district_code}")
    assert sorted(found) == wanted


@pytest.mark.parametrize("few", [0, 2000])
def test_each_state_filter_finds_the_villages_in_that_state(
    ani: Visitor, fleet: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_villages, "FEW", few)
    first = [v.code for v in ALL[:6]]
    for state, places in {
        "sehat": [0],
        "bermasalah": [5],
        "gagal": [1],
        "proses": [2, 3, 4],
        "terpasang": [0, 5],
        "belum": [1, 2, 3, 4],
        "dilepas": [],
    }.items():
        expected = [first[at] for at in places]
        assert codes(ani, f"/desa?urut=kode&keadaan={state}") == expected, state


def test_the_release_filter_and_a_state_filter_work_together(ani: Visitor, fleet: int) -> None:
    assert codes(ani, "/desa?urut=kode&rilis=1") == [ALL[0].code, ALL[5].code]
    assert codes(ani, "/desa?rilis=1&keadaan=sehat") == [ALL[0].code]
    assert codes(ani, "/desa?rilis=2") == []


def test_links_keep_what_was_asked(regency: Visitor) -> None:
    text = regency.get("/desa?cari=desa.test&urut=-kode&ukuran=50").text
    assert "cari=desa.test&amp;urut=-kode&amp;ukuran=50&amp;hal=2" in text


def test_a_search_without_a_result_says_so(regency: Visitor) -> None:
    assert "Tidak ada yang cocok" in regency.get("/desa?cari=zzzz").text


def test_the_export_holds_exactly_the_filtered_list(ani: Visitor, fleet: int) -> None:
    text = ani.get("/desa/ekspor.csv?keadaan=terpasang&urut=kode").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text), delimiter=";"))
    assert [row["Kode Desa"] for row in rows] == [ALL[0].dotted, ALL[5].dotted]
    assert [row["Versi"] for row in rows] == ["2410.0.0", "2410.0.0"]
    sheet = ani.get("/desa/ekspor.xlsx?keadaan=terpasang&urut=kode").get_data()
    table = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in table[1:]] == [ALL[0].dotted, ALL[5].dotted]


def test_a_name_that_looks_like_a_formula_is_exported_as_text(app: Flask, ani: Visitor) -> None:
    with app.app_context(), transaction():
        for at, name in enumerate(("=1+1", "@SUM(A1)")):
            db.session.add(fleet_rows.make_village(ALL[at].code, name))
    text = ani.get("/desa/ekspor.csv").get_data().decode("utf-8-sig")
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text


def test_a_village_without_an_installation_can_be_opened(app: Flask, regency: Visitor) -> None:
    with app.app_context():
        assert db.session.get(Village, ALL[1].code) is not None
    assert "Belum ada aplikasi" in regency.get(f"/desa/{ALL[1].code}").text


@pytest.fixture
def families(app: Flask, ani: Visitor) -> None:
    """Village 0: well. 1: PBB in trouble. 2: PBB removed. 3: its update failed. 4: nothing."""
    with app.app_context(), transaction() as session:
        home = family_rows.add_home()
        pbb = fleet_rows.add_release("2603.0.0", product="pbb")
        session.add(pbb)
        session.flush()
        for at in range(5):
            village = family_rows.add_village(at)
            if at == 4:
                continue
            family_rows.install(village, home.release, home.server)
            seen = ObservedState.STOPPED if at == 1 else ObservedState.HEALTHY
            second = family_rows.install(village, pbb, home.server, seen=seen)
            if at == 2:
                second.wanted_state = WantedState.REMOVED
                second.observed_state = ObservedState.UNKNOWN
            if at == 3:
                family_rows.stop(second, pbb, OperationKind.UPDATE)


@pytest.mark.parametrize("few", [0, 2000])
def test_a_village_is_healthy_only_when_all_its_applications_are(
    ani: Visitor, families: None, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_villages, "FEW", few)
    for query, places in {
        "keadaan=sehat": [0, 2, 3],
        "keadaan=bermasalah": [1],
        "keadaan=gagal": [3],
        "keadaan=belum": [4],
        "keadaan=dilepas": [2],
        "aplikasi=opensid&keadaan=sehat": [0, 1, 2, 3],
        "aplikasi=pbb&keadaan=sehat": [0, 3],
        "aplikasi=pbb": [0, 1, 2, 3],
        "aplikasi=pbb&keadaan=belum": [4],
        "aplikasi=opensid&keadaan=bermasalah": [],
        "aplikasi=pbb&rilis=2": [0, 1, 2, 3],
        "aplikasi=opensid&rilis=2": [],
        "aplikasi=bukan-aplikasi": [0, 1, 2, 3, 4],
    }.items():
        expected = [ALL[at].code for at in places]
        assert codes(ani, f"/desa?urut=kode&{query}") == expected, query


def test_home_counts_each_village_once_and_agrees_with_the_list(
    app: Flask, ani: Visitor, families: None
) -> None:
    with app.app_context():
        counts = fleet_counts()
    assert counts == FleetCounts(
        villages=5, healthy=3, unhealthy=1, installing=0, failed=1, not_installed=1
    )
    for state, count in {"sehat": 3, "bermasalah": 1, "gagal": 1, "belum": 1, "proses": 0}.items():
        assert len(codes(ani, f"/desa?keadaan={state}")) == count, state


def test_a_row_has_one_badge_for_each_application_the_website_first(
    ani: Visitor, families: None
) -> None:
    row = ani.get("/desa").text.split(f"/desa/{ALL[1].code}")[1].split("</tr>")[0]
    badges = row.split('class="panel-app"')[1:]
    assert ["OpenSID" in badges[0], "PBB" in badges[1], len(badges)] == [True, True, 2]
    assert "2410.0.0" in badges[0] and "2603.0.0" in badges[1]
    assert 'visually-hidden">Sehat' in badges[0] and 'text-red">Berhenti' in badges[1]
