"""Dirty data: which questions two schemas lead to, how an answer is told, what is never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.products import RECIPES
from siappakai.products.data_checks import (
    Finding,
    Question,
    Severity,
    find_checks,
    make_finding,
    mask,
    plan_questions,
    read_shape,
)
from siappakai.products.data_checks.listed import Effect, ProductChecks

NOW = """CREATE TABLE `keluarga` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
CREATE TABLE `orang` (
  `id` int(11) NOT NULL,
  `config_id` int(11) DEFAULT NULL,
  `nik` varchar(20) DEFAULT NULL,
  `nama` varchar(100) DEFAULT NULL COMMENT 'jangan NOT NULL, kata orang',
  `id_kk` int(11) DEFAULT NULL,
  `lahir` date DEFAULT NULL,
  `isi` longtext DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `kk` (`id_kk`)
) ENGINE=InnoDB;
INSERT INTO `orang` VALUES (1,1,'CREATE TABLE `palsu` (',NULL,NULL,NULL,NULL);
"""
TARGET = """CREATE TABLE `keluarga` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
CREATE TABLE `orang` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `config_id` int(11) NOT NULL,
  `nik` varchar(16) NOT NULL,
  `nama` varchar(100) DEFAULT NULL,
  `id_kk` int(11) DEFAULT NULL,
  `lahir` date DEFAULT NULL,
  `isi` longtext CHARACTER SET utf8mb4 DEFAULT NULL CHECK (json_valid(`isi`)),
  PRIMARY KEY (`id`),
  UNIQUE KEY `nik_config` (`config_id`,`nik`),
  CONSTRAINT `orang_kk` FOREIGN KEY (`id_kk`) REFERENCES `keluarga` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB;
"""
EXPECTED = {
    "tanggal_nol:orang.lahir": Severity.YELLOW,
    "yatim:orang.id_kk": Severity.RED,
    "ganda:orang(config_id,nik)": Severity.RED,
    "kosong:orang.config_id": Severity.RED,
    "kosong:orang.nik": Severity.RED,
    "panjang:orang.nik": Severity.RED,
    "bukan_json:orang.isi": Severity.RED,
    "otomatis:orang.id": Severity.RED,
}


def plan(now: str = NOW, target: str = TARGET, **checks: object) -> dict[str, Question]:
    questions = plan_questions(
        read_shape([now]),
        read_shape([target]) if target else None,
        ProductChecks(**checks),  # type: ignore[arg-type]
        "config_id",
        is_combined=True,
    )
    return {each.code: each for each in questions}


def test_what_the_new_schema_demands_and_the_old_one_does_not_is_asked() -> None:
    assert {code: each.severity for code, each in plan().items()} == EXPECTED


def test_an_equal_schema_leaves_only_what_was_wrong_all_along() -> None:
    found = plan(now=TARGET)
    assert set(found) == {"tanggal_nol:orang.lahir", "yatim:orang.id_kk"}
    assert found["yatim:orang.id_kk"].severity is Severity.YELLOW


def test_without_a_target_only_questions_about_the_present_are_asked() -> None:
    assert set(plan(target="")) == {"tanggal_nol:orang.lahir"}


def test_a_combined_database_is_asked_village_by_village() -> None:
    found = plan()
    assert found["yatim:orang.id_kk"].group == "t.`config_id`"
    assert "config_id" not in found["ganda:orang(config_id,nik)"].words


def test_what_a_product_knows_of_a_kind_or_one_finding_wins() -> None:
    effects = {
        "kosong": Effect("kosong", Severity.YELLOW, "diisi sendiri", ""),
        "kosong:orang.nik": Effect("kosong:orang.nik", Severity.RED, "gagal", "Isi NIK-nya."),
    }
    found = plan(effects=effects)
    assert found["kosong:orang.config_id"].severity is Severity.YELLOW
    nik = found["kosong:orang.nik"]
    assert nik.words.endswith("; gagal") and nik.remedy == "Isi NIK-nya."


def test_a_zero_that_means_nobody_is_no_orphan() -> None:
    assert "<> 0" in plan(zero_is_none=True)["yatim:orang.id_kk"].source
    assert "<> 0" not in plan()["yatim:orang.id_kk"].source


def test_rows_that_look_like_statements_are_no_tables() -> None:
    assert set(read_shape([NOW])) == {"keluarga", "orang"}
    assert read_shape([NOW])["orang"].columns["nama"].is_nullable


def test_a_finding_is_one_sentence_with_masked_examples() -> None:
    question = plan()["ganda:orang(config_id,nik)"]
    labels = {"orang": "Penduduk"}
    found = make_finding(question, 1200, "7305012001", "7305011203990001", labels)
    assert found.sentence == (
        "1.200 baris Penduduk berisi nik yang sama, padahal harus berbeda "
        "(misalnya nomor 7305••••••••0001)."
    )
    assert Finding.from_json(found.to_json()) == found


@given(st.text(max_size=30))
def test_only_ids_and_masked_numbers_are_ever_shown(value: str) -> None:
    shown = mask(value)
    is_id = value.isascii() and value.isdigit() and len(value) < 12
    assert shown == value if is_id else (shown != value or set(value) <= set("0123456789abcdef-•"))


@given(st.from_regex(r"\A[0-9]{16}\Z"))
def test_a_nik_is_never_shown_whole(nik: str) -> None:
    shown = mask(nik)
    assert shown != nik and shown[4:12] == "•" * 8


@pytest.mark.parametrize("product", sorted(RECIPES))
def test_every_shipped_list_can_be_read(product: str) -> None:
    checks = find_checks(product, "2408.0.0", "2410.0.0")
    codes = [each.code for each in checks.listed]
    assert len(codes) == len(set(codes))
    assert all(each.label and each.remedy for each in checks.listed)


def test_a_question_of_certain_releases_is_asked_for_those_only() -> None:
    code = "kader_bidang_tak_dikenal"
    assert code in {each.code for each in find_checks("opensid", "2408.0.0", "2410.0.0").listed}
    assert code not in {each.code for each in find_checks("opensid", "2411.0.0", "2412.0.0").listed}
