"""What only the real OpenKab, Satu Data API and OpenSID can show together."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.fleet import Fleet
from tests.system.regency import API, Regency, add_product, install_products, start_villages

OPENKAB = os.environ.get("SIAPPAKAI_SUMBER_OPENKAB", "")  # git directories, vendor/ in their tags
SATU_DATA = os.environ.get("SIAPPAKAI_SUMBER_SATU_DATA_API", "")
FIRST, EACH = 70, 4
STRANGER, OWN = "203.0.113.5", "127.0.0.1"

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        not (OPENKAB and SATU_DATA),
        reason="SIAPPAKAI_SUMBER_OPENKAB dan SIAPPAKAI_SUMBER_SATU_DATA_API tidak diisi",
    ),
]

SHIPPED = {
    "admin": "password",
    "synchronize": "synch@89!OK",
    "superadmin_daerah": "daerah@89!OK",
    "kabupaten": "kabupaten@89!OK",
}
OF_ALL_VILLAGES = ("setting-modul", "config", "desa", "penduduk", "wilayah/desa")
PAGES = (
    "/dasbor",
    "/penduduk",
    "/statistik/penduduk",
    "/desa",
    "/pengaturan/identitas",
    "/satu-data/dtks/papan",  # OpenKab's own: the API must not stand in its way
)


@pytest.fixture(scope="module")
def regency(fleet: Fleet, real_release: int) -> Iterator[Regency]:
    """Three real villages with people, in one combined database, and both real products."""
    satu_data = add_product(fleet, "satu_data_api", "v2506.0.0", SATU_DATA)
    openkab = add_product(fleet, "openkab", "v2509.0.0", OPENKAB)
    fleet.start_worker()
    fleet.start_worker()
    villages = start_villages(fleet, real_release, FIRST)
    install_products(fleet, openkab, satu_data)
    made = Regency(fleet, villages)
    add_people(made)
    yield made
    fleet.stop_workers()


def add_people(regency: Regency) -> None:
    with regency.fleet.tools.databases._cursor(regency.combined_name()) as cursor:
        cursor.execute("SELECT id, nama_desa FROM config")
        for config_id, village in cursor.fetchall():
            cursor.execute(
                "INSERT INTO tweb_wil_clusterdesa (config_id, rt, rw, dusun) "
                "VALUES (%s, '1', '1', 'Dusun Satu')",
                (config_id,),
            )
            hamlet = cursor.lastrowid
            for number in range(EACH):
                cursor.execute(
                    "INSERT INTO tweb_penduduk (config_id, nama, nik, sex, tempatlahir, "
                    "tanggallahir, agama_id, id_cluster, status, status_dasar, warganegara_id, "
                    "golongan_darah_id, status_kawin, created_by) VALUES "
                    "(%s, %s, %s, %s, 'Takalar', '1990-01-01', 1, %s, 1, 1, 1, 13, 1, 1)",
                    (
                        config_id,
                        f"Warga {village} {number}",
                        f"73051{config_id:03d}{number:08d}",
                        number % 2 + 1,
                        hamlet,
                    ),
                )


def test_the_api_answers_for_all_villages_and_gives_no_village_key_away(regency: Regency) -> None:
    for path in OF_ALL_VILLAGES:
        answer = regency.api(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        assert "app_key" not in answer.text
    for path in ("config", "wilayah/desa", "penduduk"):
        text = regency.api(path).text
        assert all(name in text for name in regency.names), path
    assert len(regency.api("penduduk").json()["data"]) == 3 * EACH
    for path in ("wilayah/penduduk", "statistik-web/get-list-coordinate", "data-website"):
        answer = regency.visit(f"{API}/{path}")
        assert answer.status_code == 200 and "app_key" not in answer.text, path


def test_what_openkab_2509_asks_of_people_is_answered_and_an_unknown_filter_refused(
    regency: Regency,
) -> None:
    unknown = "filter[pekerja_migran]={}&filter[akta_lahir]=&filter[sex]="
    empty = regency.api("penduduk?" + unknown.format(""))
    assert empty.status_code == 200 and len(empty.json()["data"]) == 3 * EACH
    assert regency.api("penduduk?" + unknown.format("1")).status_code == 400


def test_what_a_visitor_sends_as_a_code_is_never_sql(regency: Regency) -> None:
    district = regency.villages[0][0][:6]
    right = regency.api(f"penduduk?kode_kabupaten=7305&kode_kecamatan={district}")
    assert right.json()["data"]
    for wrong in ("kode_kabupaten=0 or 1=1", "kode_kecamatan=0 or 1=1"):
        assert regency.api(f"penduduk?{wrong}").json()["data"] == []


def test_a_nik_alone_tells_a_passer_by_nothing(regency: Regency) -> None:
    nik = regency.api("penduduk").json()["data"][0]["attributes"]["nik"]
    path = f"{API}/opendk/penduduk-nik-tanggalahir"
    seen = {address: regency.post_from(address, path, nik=nik) for address in (STRANGER, OWN)}
    assert (seen[STRANGER].status, nik in seen[STRANGER].text) == (404, False)
    assert (seen[OWN].status, nik in seen[OWN].text) == (200, True)  # OpenDK, on this server


def test_the_api_cannot_write_into_the_combined_database(regency: Regency) -> None:
    answer = regency.api("kategori/hapus", "POST", id="1")
    assert answer.status_code == 500
    deleted = regency.api("point/hapus/1", "DELETE")
    assert deleted.status_code == 500 and "denied" in deleted.text


def test_no_shipped_account_logs_in_and_the_admin_sees_every_page(regency: Regency) -> None:
    for username, password in SHIPPED.items():
        stranger = Regency(regency.fleet, regency.villages)
        answer = stranger.log_in(username, password)
        assert answer.headers["location"].endswith("/login"), username
    admin = Regency(regency.fleet, regency.villages)
    answer = admin.log_in("admin", regency.secret("openkab", "admin_password"))
    assert answer.status_code == 302 and answer.headers["location"].endswith("/dasbor")
    token = regency.secret("satu_data_api", "api_token")
    for path in PAGES:
        page = admin.visit(path)
        assert page.status_code == 200, (path, page.text[-600:])
    assert token in admin.visit("/penduduk").text


def test_a_visitor_who_is_not_logged_in_never_sees_the_token(regency: Regency) -> None:
    token = regency.secret("satu_data_api", "api_token")
    for path in ("/", "/login", "/statistik-penduduk"):
        answer = Regency(regency.fleet, regency.villages).visit(path)
        assert answer.status_code == 200, (path, answer.text[-600:])
        assert token not in answer.text, path


def test_visits_leave_no_error_in_openkabs_log(regency: Regency) -> None:
    """Neither the place of a visitor nor OpenDesa's statistics are asked for in vain."""
    before = _errors(regency)
    for _ in range(2):
        assert Regency(regency.fleet, regency.villages).visit("/").status_code == 200
    assert _errors(regency) == before


def _errors(regency: Regency) -> list[str]:
    logs = regency.fleet.root / "instances" / "openkab-7305" / "logs"
    lines = [line for log in logs.glob("*.log") for line in log.read_text().splitlines()]
    found = [line for line in lines if ".ERROR" in line or ".WARNING" in line]
    return [line for line in found if "pwnedpasswords" not in line]  # asked at each log-in
