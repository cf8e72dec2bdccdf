"""What a rehearsal found becomes green, yellow or red, and equal causes read as one."""

from __future__ import annotations

import pytest

from siappakai.models.rehearsal import Verdict
from siappakai.products.balance import command_for
from siappakai.products.data_checks import Finding, Severity
from siappakai.rollout import verdicts
from siappakai.rollout.verdicts import Found, ItemView, causes, spoken_causes, verdict_of

NIK = "Duplicate entry '1-7305052001990001' for key 'nik_tunggal'"
COMMAND = "siappakai rilis neraca opensid 2410.0.0 --edisi umum BERKAS.toml"
HOME = "Halaman / di dalam: menjawab 500, seharusnya 200."


def finding(severity: Severity, code: str = "kosong:klasifikasi_surat.nama") -> Finding:
    return Finding(code, severity, 3, "", "3 baris kosong (misalnya id 1, 2).", "Isi namanya.")


def item(name: str, *found: Found) -> ItemView:
    return ItemView(name, verdict_of(found), [each.to_json() for each in found])


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((), Verdict.GREEN),
        ((verdicts.migration_failed("gagal", NIK),), Verdict.RED),
        ((verdicts.migration_hangs(600),), Verdict.RED),
        ((verdicts.page_wrong("halaman", HOME, ""),), Verdict.RED),
        ((verdicts.page_wrong("tidak_sehat", "tidak terbukti sehat.", ""),), Verdict.RED),
        ((verdicts.lost("rows.penduduk", "Penduduk: 7 → 3 (berkurang 4)", COMMAND),), Verdict.RED),
        ((verdicts.dirty(finding(Severity.RED)),), Verdict.RED),
        ((verdicts.dirty(finding(Severity.YELLOW)),), Verdict.YELLOW),
        ((verdicts.neighbour_ill("PBB", HOME, "", was_ill=False),), Verdict.RED),
        ((verdicts.neighbour_ill("PBB", HOME, "", was_ill=True),), Verdict.YELLOW),
        (tuple(verdicts.logged({"Undefined variable $x": 2})), Verdict.YELLOW),
        (tuple(verdicts.slow({"hold_s": 90})), Verdict.YELLOW),
        (tuple(verdicts.slow({"first_page_s": 9})), Verdict.YELLOW),
        (tuple(verdicts.slow({"hold_s": 9, "first_page_s": 0.4})), Verdict.GREEN),
        ((verdicts.not_rehearsed("MariaDB tidak menjawab.", "Ulangi."),), Verdict.UNKNOWN),
    ],
)
def test_the_gravest_finding_gives_the_verdict(found: tuple[Found, ...], verdict: Verdict) -> None:
    slow = verdicts.slow({"hold_s": 90}) if verdict is Verdict.RED else []
    assert verdict_of([*slow, *found]) is verdict


def test_what_only_the_schema_foretold_is_yellow_where_the_migration_went_well() -> None:
    assert verdicts.dirty(finding(Severity.RED), is_disproven=True).severity is Verdict.YELLOW
    assert verdicts.dirty(finding(Severity.RED), is_disproven=False).severity is Verdict.RED


def test_what_happened_comes_before_what_the_data_lets_fear() -> None:
    found = verdicts.in_order(
        [
            *verdicts.slow({"hold_s": 90}),
            verdicts.dirty(finding(Severity.RED)),
            verdicts.migration_failed("gagal", NIK),
        ]
    )
    assert [each.code for each in found] == [
        "pemindahan",
        "data:kosong:klasifikasi_surat.nama",
        "lambat",
    ]


def test_every_finding_says_what_mends_it() -> None:
    found = [
        verdicts.migration_failed("gagal", NIK),
        verdicts.migration_failed("gagal", "sesuatu yang belum pernah terlihat"),
        verdicts.migration_hangs(600),
        verdicts.page_wrong("halaman", HOME, ""),
        verdicts.lost("rows.penduduk", "Penduduk: 7 → 3 (berkurang 4)", COMMAND),
        verdicts.dirty(finding(Severity.RED)),
        *verdicts.logged({"Undefined variable $x": 2}),
        *verdicts.slow({"hold_s": 90, "first_page_s": 9}),
    ]
    for each in found:
        assert each.sentence and each.remedy and each.key and each.title
        assert set(each.to_json()) >= {"code", "severity", "sentence", "remedy", "fingerprint"}


def test_a_loss_that_is_meant_to_be_is_written_down_by_the_command_named() -> None:
    assert COMMAND in verdicts.lost("rows.a", "A: 7 → 3", COMMAND).remedy
    assert command_for("opensid", "2410.0.0", "umum") == COMMAND


def test_nothing_shown_holds_a_persons_number_or_name() -> None:
    tail = f"{NIK}\nIncorrect value 'SITI AMINAH' for column 'tweb_penduduk.nama' 73050520-0000009"
    found = verdicts.migration_failed("gagal", tail)
    text = " ".join(found.to_json().values())
    assert "7305052001990001" not in text and "AMINAH" not in text
    assert "nik_tunggal" in text


def test_many_failures_read_as_few_causes() -> None:
    """37 villages, three causes: twin numbers, one hanging, pages that fail."""
    twins = [
        item(
            f"Desa {number}",
            verdicts.migration_failed("gagal", NIK.replace("2001", str(2001 + number))),
            verdicts.dirty(finding(Severity.RED, "ganda:tweb_penduduk(config_id,nik)")),
        )
        for number in range(20)
    ]
    pages = [
        item(f"Desa {number}", verdicts.page_wrong("halaman", HOME, "")) for number in range(20, 36)
    ]
    hanging = [item("Desa 36", verdicts.migration_hangs(600), *verdicts.slow({"hold_s": 90}))]
    green = [item(f"Desa {number}") for number in range(40, 50)]
    yellow = [item("Desa 51", verdicts.dirty(finding(Severity.YELLOW)))]
    everyone = [*twins, *pages, *hanging, *green, *yellow]
    found = causes(everyone)
    assert [each.count for each in found] == [20, 16, 1]
    assert spoken_causes(found) == "37 gagal karena 3 sebab"
    assert [each.count for each in causes(everyone, Verdict.YELLOW)] == [1]
    assert spoken_causes(causes(green)) == ""


def test_a_village_that_is_red_by_its_data_alone_counts_under_each_kind_of_dirt() -> None:
    both = item(
        "Desa 1",
        verdicts.dirty(finding(Severity.RED, "yatim:tweb_penduduk.id_kk")),
        verdicts.dirty(finding(Severity.RED, "kader_bidang_tak_dikenal")),
    )
    found = causes([both, item("Desa 2")])
    assert {each.key for each in found} == {
        "data:yatim:tweb_penduduk.id_kk",
        "data:kader_bidang_tak_dikenal",
    }
    assert spoken_causes(found) == "1 gagal karena 2 sebab"
