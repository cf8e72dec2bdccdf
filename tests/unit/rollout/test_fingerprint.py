"""The same cause gives the same key, whatever the village, the row, the hour."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.products.data_checks import Finding, Severity
from siappakai.rollout.fingerprint import Trouble, dirt, fingerprint, group, normalised, trouble

FAILED = "Perintah migrate milik OpenSID gagal (kode 70)."
# Two of the five have no name of their own in the list of known errors.
SEEDED = (
    (FAILED, "SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry '{id}-{nik}' "
     "for key 'nik_config' (SQL: update `tweb_penduduk` set `id` = {id})"),
    (FAILED, "[{time}] ERROR Incorrect date value: '0000-00-00' for column "
     "`{database}`.`tweb_penduduk`.`tanggallahir` at row {id}"),
    ("Halaman / lewat pintu masuk: menjawab 500, seharusnya 200.", "Desa {name} sedang galat"),
    ("Modul lampiran desa {name} menolak berkas {id} pada {time}.", "{time} galat lampiran {hash}"),
    ("Peta wilayah Desa {name} tidak dapat digambar: sudut {id} di luar batas.",
     "/srv/data/instances/opensid-{code}/logs/log-{time}.php: galat sudut {id}"),
)  # fmt: skip
NAMES = ("Uji Satu", "Bontokanang", "Tamasaju Timur", "Ni'mah", "Ko'mara")


def values(number: int, chance: random.Random) -> dict[str, str]:
    code = str(7305012001 + number)
    return {
        "id": str(chance.randint(1, 10**7)),
        "nik": str(chance.randint(10**15, 10**16 - 1)),
        "code": code,
        "database": f"sid_{code}",
        "name": chance.choice(NAMES),
        "time": f"2026-11-{chance.randint(10, 28)} 0{chance.randint(1, 9)}:11:12",
        "hash": f"{chance.getrandbits(160):040x}",
    }


@settings(max_examples=60)
@given(st.integers(), st.permutations([number % 5 for number in range(60)]))
def test_sixty_failures_of_five_causes_read_as_five(seed: int, order: list[int]) -> None:
    chance = random.Random(seed)
    troubles, truth = [], {}
    for number, cause in enumerate(order):
        message, log = (text.format(**values(number, chance)) for text in SEEDED[cause])
        subject = str(7305012001 + number)
        troubles.append(trouble(subject, message, log))
        truth[subject] = cause
    causes = group(troubles)
    assert len(causes) == 5 and sum(each.count for each in causes) == 60
    for each in causes:
        assert len({truth[subject] for subject in each.subjects}) == 1


KNOWN = [
    ("Duplicate entry 'x' for key 'orang.nik_config'", "data_ganda:orang.nik_config"),
    ("Unknown column 'komentar.jenis' in 'where clause'", "kolom:komentar.jenis"),
    ("Table 'sid_7305012001.suplemen' doesn't exist", "tabel:suplemen"),
    ("Cannot add or update a child row: a foreign key constraint fails (`sid_1234`.`artikel`, "
     "CONSTRAINT `artikel_kategori_fk` FOREIGN KEY (`id_kategori`)", "yatim:artikel_kategori_fk"),
    ("Can't create table `sid_7305012001`.`artikel` (errno: 150 \"x", "kunci_asing:artikel"),
    ("Data too long for column 'kode_surat' at row 12", "panjang:kode_surat"),
    ("Column 'id' cannot be null", "kosong:id"),
    ("1364 Field 'id' doesn't have a default value (SQL: insert into `widget`", "otomatis:id"),
    ("Illegal mix of collations (utf8_general_ci,IMPLICIT)", "kolasi"),
    ("PHP Fatal error: Allowed memory size of 134217728 bytes exhausted", "memori"),
    ("Perintah aplikasi tidak selesai dalam 30 detik, lalu dihentikan.", "waktu"),
    ("PHP Fatal error: Uncaught Error: Call to undefined function ci_route() in /var/x.php:12",
     "fungsi:ci_route"),
    ("Undefined constant \"openkab\"", "konstanta:openkab"),
    ("Cannot redeclare LogKeluarga::kodePeristiwaAll()", "ulang:logkeluarga::kodeperistiwaall"),
    ("View [laporan.index] not found", "tampilan:laporan.index"),
    ("No space left on device", "disk"),
    ("Halaman /siteman di dalam: menjawab 500, seharusnya 200.", "halaman:/siteman 500"),
]  # fmt: skip


@pytest.mark.parametrize(("log", "key"), KNOWN)
def test_known_errors_have_a_name_a_title_and_a_way_out(log: str, key: str) -> None:
    found = fingerprint(FAILED, log)
    assert found.key == key
    assert found.hint and "{" not in found.title and found.title[0].isupper()


def test_causes_that_name_different_things_stay_apart() -> None:
    keys = {fingerprint("", f"Unknown column '{name}' in 'field list'").key for name in "abc"}
    assert len(keys) == 3


def test_an_error_of_the_database_wins_over_the_symptom_it_leads_to() -> None:
    page = "Halaman / di dalam: menjawab 500, seharusnya 200."
    found = fingerprint(page, "Unknown column 'tipe' in 'WHERE'\nMaximum execution time exceeded")
    assert found.key == "kolom:tipe"


def test_the_first_of_several_errors_is_the_cause() -> None:
    log = "Unknown column 'a' in 'WHERE'\nTable 'sid_7305012001.b' doesn't exist"
    assert fingerprint(FAILED, log).key == "kolom:a"


def test_a_subject_counts_once_a_cause_and_the_widest_cause_comes_first() -> None:
    troubles = [
        trouble("a", "Illegal mix of collations"),
        trouble("b", "Unknown column 'x'"),
        trouble("c", "Unknown column 'x'"),
        trouble("c", "Unknown column 'x'"),
    ]
    causes = group(troubles)
    assert [(each.key, each.subjects) for each in causes] == [
        ("kolom:x", ("b", "c")),
        ("kolasi", ("a",)),
    ]


def test_data_findings_group_by_their_code_and_carry_their_remedy() -> None:
    def found(village: str, count: int) -> Trouble:
        sentence = f"{count} baris Penduduk berisi nik yang sama (misalnya nomor 7305••••••••0001)."
        finding = Finding("ganda:orang(nik)", Severity.RED, count, village, sentence, "Betulkan.")
        return dirt(village, finding)

    (cause,) = group([found("7305012001", 2), found("7305012002", 31)])
    assert cause.title == "Baris Penduduk berisi nik yang sama" and cause.hint == "Betulkan."
    assert cause.count == 2


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_a_fingerprint_and_always_the_same(message: str, log: str) -> None:
    found = fingerprint(message, log)
    assert found == fingerprint(message, log) and found.key and found.title


def test_a_title_shows_no_name_and_no_number_of_one_village() -> None:
    shown = normalised("Desa Uji Satu (7305012001) gagal: 'Budi' di sid_7305012001, uji@desa.id")
    for secret in ("Uji", "7305", "Budi", "@"):
        assert secret not in shown
