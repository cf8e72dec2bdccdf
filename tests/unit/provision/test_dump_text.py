"""A dump is cut at the end of statements only, whatever its values look like."""

from __future__ import annotations

import pytest

from siappakai.provision.dump_text import pieces, without_account

TABLE = [
    b"CREATE TABLE `penduduk` (\n",
    b"  `nama` text COMMENT 'a;b'\n",
    b");\n",
    b"INSERT INTO `penduduk` VALUES\n",
    b"('satu;\\nDELIMITER ;;'),\n",
    b"('dua');\n",
]
TRIGGER = [
    b"DELIMITER ;;\n",
    b"/*!50003 CREATE*/ /*!50017 DEFINER=`siappakai`@`localhost`*/ /*!50003 TRIGGER t\n",
    b"BEGIN SET @a = 1;\n",
    b"END */;;\n",
    b"DELIMITER ;\n",
    b"SET @b = 2;\n",
]


@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_pieces_hold_all_the_text_and_end_with_a_statement(size: int) -> None:
    cut = list(pieces(TABLE, size))
    assert b"".join(cut) == b"".join(TABLE)
    assert all(piece.rstrip().endswith(b";") for piece in cut)


def test_a_piece_is_not_much_longer_than_asked() -> None:
    row = b"INSERT INTO `a` VALUES (1);\n"
    sizes = [len(piece) for piece in pieces([row] * 1000, 500)]
    assert sum(sizes) == len(row) * 1000
    assert max(sizes) < 500 + len(row)


def test_what_stands_between_delimiter_lines_is_one_statement_without_delimiter() -> None:
    cut = list(pieces([*TABLE, *TRIGGER], 1))
    [trigger] = [piece for piece in cut if b"TRIGGER" in piece]
    assert trigger.endswith(b"END */")
    assert b"BEGIN SET @a = 1;\n" in trigger
    assert not [piece for piece in cut if b"DELIMITER ;\n" in piece]
    assert cut[-1] == b"SET @b = 2;\n"


def test_a_dump_that_breaks_off_gives_its_rest_for_the_server_to_refuse() -> None:
    assert list(pieces(TABLE[:5]))[-1].endswith(b"('satu;\\nDELIMITER ;;'),\n")


def test_the_account_goes_from_definitions_and_stays_in_values() -> None:
    text = b"DEFINER=`siappakai`@`localhost` SQL SECURITY DEFINER"
    assert without_account(b"/*!50013 " + text) == b"/*!50013 SQL SECURITY DEFINER"
    for row in (b"('" + text + b"'),\n", b"INSERT INTO `a` VALUES ('" + text + b"');\n"):
        assert without_account(row) == row
