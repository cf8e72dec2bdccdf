"""Whose rows a table holds, derived from keys and a few stated facts."""

from __future__ import annotations

import pytest

from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.ownership import Direct, Shared, Through, derive_ownership
from siappakai.combined.references import derive_references
from siappakai.combined.rules import Reference, Rules
from siappakai.combined.schema import Column, ForeignKey, Schema, Table
from siappakai.errors import Refused

RULES = Rules(
    product="Contoh",
    root="config",
    key="config_id",
    code_column="kode_desa",
    name_column="nama_desa",
    app_key_column="app_key",
    schema_version_sql="",
    shared={"agama": "daftar pilihan"},
)


def table(name: str, *columns: str, parents: tuple[str, ...] = (), engine: str = "InnoDB") -> Table:
    """A table with an id; `parents` are texts such as `orang_id>orang`."""
    links = [each.split(">") for each in parents]
    names = ("id", *columns, *(column for column, _ in links))
    keys = tuple(ForeignKey((column,), target, ("id",)) for column, target in links)
    found = tuple(Column(each, "int(11)") for each in sorted(set(names)))
    return Table(name, found, ("id",), keys, engine)


def schema(*tables: Table) -> Schema:
    return Schema({each.name: each for each in (table("config"), *tables)})


def test_a_village_is_found_directly_or_through_a_chain_of_parents() -> None:
    made = derive_ownership(
        schema(
            table("lampiran", parents=("surat_id>surat",)),
            table("surat", parents=("orang_id>orang", "agama_id>agama")),
            table("orang", "config_id"),
            table("agama"),
        ),
        RULES,
    )
    assert made.owners["orang"] == Direct("config_id")
    assert made.owners["lampiran"] == Through("surat_id", "surat", "id")
    assert made.owners["agama"] == Shared("daftar pilihan")
    assert made.village_tables == ("config", "lampiran", "orang", "surat")
    assert made.condition("lampiran", 3) == (
        "`surat_id` IN (SELECT `id` FROM `surat` WHERE "
        "`orang_id` IN (SELECT `id` FROM `orang` WHERE `config_id` = 3))"
    )
    assert made.removal_order("config") == ("lampiran", "surat", "orang", "config")


def test_every_unknown_table_is_named_and_no_known_one() -> None:
    strange = table("teka_teki")
    below = table("anak_teka_teki", parents=("id_induk>teka_teki",))
    with pytest.raises(Refused) as caught:
        derive_ownership(schema(strange, below, table("orang", "config_id")), RULES)
    assert "teka_teki" in caught.value.message and "anak_teka_teki" in caught.value.message
    assert "orang" not in caught.value.message


def test_only_a_shared_parent_or_itself_says_nothing_of_an_owner() -> None:
    for parents in (("agama_id>agama",), ("induk>sendiri",)):
        with pytest.raises(Refused, match="sendiri"):
            derive_ownership(schema(table("agama"), table("sendiri", parents=parents)), RULES)


def test_two_parents_need_a_stated_choice() -> None:
    parts = (
        table("master", "config_id"),
        table("periode", "config_id"),
        table("hasil", parents=("id_master>master", "id_periode>periode")),
    )
    with pytest.raises(Refused, match="hasil"):
        derive_ownership(schema(*parts), RULES)
    rules = Rules(**{**_fields(RULES), "owners": {"hasil": ("id_periode", "id_master")}})
    made = derive_ownership(schema(*parts), rules)
    other = Through("id_master", "master", "id")
    assert made.owners["hasil"] == Through("id_periode", "periode", "id", other)
    assert made.condition("hasil", 1) == (
        "(`id_periode` IN (SELECT `id` FROM `periode` WHERE `config_id` = 1) OR "
        "(`id_periode` IS NULL AND "
        "`id_master` IN (SELECT `id` FROM `master` WHERE `config_id` = 1)))"
    )


def test_a_row_between_two_villages_belongs_to_neither_where_that_is_stated() -> None:
    rules = Rules(**{**_fields(RULES), "torn": {"hak": "uji"}})
    parts = (table("grup", "config_id"), table("hak", "config_id", parents=("id_grup>grup",)))
    made = derive_ownership(schema(*parts), rules)
    below = "`id_grup` IN (SELECT `id` FROM `grup` WHERE `config_id` = 2)"
    assert made.condition("hak", 2) == f"`config_id` = 2 AND {below}"
    assert made.removal_order("config") == ("hak", "grup", "config"), "while the group still tells"


def test_a_table_that_no_transaction_protects_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="catatan"):
        derive_ownership(schema(table("catatan", "config_id", engine="MyISAM")), RULES)


def test_ids_are_followed_to_the_table_that_gave_them_out() -> None:
    person = table("orang", "config_id", parents=("ayah>orang",))
    more = Table(
        "warga",
        (Column("config_id", "int(11)"), Column("id_pend", "int(11)")),
        ("id_pend",),
        (ForeignKey(("id_pend",), "orang", ("id",)),),
    )
    message = Table(
        "pesan",
        (Column("config_id", "int(11)"), Column("id", "int(11)"), Column("untuk", "int(11)")),
        ("id",),
        (ForeignKey(("untuk",), "warga", ("id_pend",)),),
    )
    made = schema(person, more, message)
    found = derive_references(made, derive_ownership(made, RULES), RULES)
    spaces = {name: {x.column: x.space for x in links} for name, links in found.links.items()}
    assert spaces["orang"] == {"ayah": "orang", "config_id": "config", "id": "orang"}
    assert spaces["warga"] == {"id_pend": "orang", "config_id": "config"}
    assert spaces["pesan"] == {"id": "pesan", "untuk": "orang", "config_id": "config"}
    assert set(found.spaces) == {"config", "orang", "pesan"}


def test_what_looks_like_a_reference_and_is_not_explained_is_named() -> None:
    made = schema(table("surat", "config_id", "id_misteri", "id_tahu", "jumlah"))
    rules = Rules(
        **{
            **_fields(RULES),
            "references": (Reference("surat", "id_tahu", "surat", "uji"),),
        }
    )
    found = derive_references(made, derive_ownership(made, rules), rules)
    assert found.suspects == ("surat.id_misteri",)


def test_a_rule_about_a_column_this_release_lacks_says_nothing() -> None:
    made = schema(table("menu", "config_id"))
    found = derive_references(made, derive_ownership(made, OPENSID), OPENSID)
    assert [each.column for each in found.links["menu"]] == ["config_id", "id"]


def test_every_stated_fact_about_opensid_names_its_source() -> None:
    assert all(each.source for each in OPENSID.references)
    assert all(OPENSID.shared.values())
    names = [each.name + each.pattern + str(each.when) for each in OPENSID.references]
    assert len(names) == len(set(names))


def _fields(rules: Rules) -> dict[str, object]:
    return {name: getattr(rules, name) for name in rules.__slots__}
