"""A village list comes in: read, check, report what is wrong. Nothing here saves anything."""

from siappakai.intake.check import check_rows
from siappakai.intake.columns import Columns, Field, find_columns
from siappakai.intake.pick import pick_districts, pick_regency, table_of
from siappakai.intake.read import read_table
from siappakai.intake.report import wrong_rows_sheet
from siappakai.intake.result import (
    Change,
    CheckContext,
    CheckedRow,
    CheckResult,
    ExistingVillage,
    Problem,
    RowStatus,
    VillageValues,
)
from siappakai.intake.table import Table, TableRow

__all__ = [
    "Change",
    "CheckContext",
    "CheckResult",
    "CheckedRow",
    "Columns",
    "ExistingVillage",
    "Field",
    "Problem",
    "RowStatus",
    "Table",
    "TableRow",
    "VillageValues",
    "check_rows",
    "find_columns",
    "pick_districts",
    "pick_regency",
    "read_table",
    "table_of",
    "wrong_rows_sheet",
]
