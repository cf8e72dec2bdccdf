"""A village whose application is a table in memory and a folder: dressed by the real steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from siappakai.errors import StepFailed
from siappakai.models import (
    Instance,
    InstanceBrand,
    Operation,
    OperationState,
    Step,
    StepState,
    db,
    transaction,
)
from siappakai.products.brand import BrandSlot
from siappakai.products.contract import Statement
from siappakai.provision.brand_remember import remember
from siappakai.provision.brand_steps import lay_files, record_brand, write_values
from siappakai.provision.job import load_job
from siappakai.provision.order_brand import order_brand
from siappakai.provision.run import move
from siappakai.provision.step_context import StepContext
from siappakai.provision.tools import Tools

THEME, TITLE = "setting_aplikasi.web_theme", "setting_aplikasi.website_title"
LOGIN, SITE = "setting_aplikasi.login_title", "setting_aplikasi.latar_website"


class Table:
    """The rows of one village's slots, by address; a row that is popped is gone."""

    def __init__(self, slots: Sequence[BrandSlot]) -> None:
        cells = [each for each in slots if each.cell is not None]
        self.texts: dict[str, str | None] = {each.address: each.fresh[0] for each in cells}
        self.reads = {each.cell.read(): each.address for each in cells if each.cell}
        self.writes = {
            (sql, values[1:]): each.address
            for each in cells
            for sql, values in [each.cell.write("")]  # type: ignore[union-attr]
        }
        self.asked = ""

    @contextmanager
    def connection(self, _database: str) -> Iterator[Table]:
        yield self

    @contextmanager
    def cursor(self) -> Iterator[Table]:
        yield self

    def execute(self, sql: str, values: tuple[str, ...]) -> None:
        self.asked = self.reads[sql, values]

    def fetchone(self) -> tuple[str | None] | None:
        return (self.texts[self.asked],) if self.asked in self.texts else None

    def run(self, _database: str, statements: Sequence[Statement]) -> None:
        for each in statements:
            address = self.writes[each.sql, tuple(each.values[1:])]
            if address not in self.texts:
                raise StepFailed(f"{each.expects_one} tidak ada")
            self.texts[address] = each.values[0]


class WornVillage:
    """One village; `apply` does all of an operation that needs neither Docker nor pages."""

    def __init__(self, instance_id: int) -> None:
        self.id = instance_id
        self.table: Table | None = None
        self.code = db.session.get_one(Instance, instance_id).scope_code
        self.home = Path()

    def order(self, version_id: int | None) -> StepContext:
        """A queued operation's context, the village's folder and rows being there."""
        operation_id = order_brand(self.id, version_id, by="ani")
        job = load_job(operation_id)
        self.home = job.paths.home
        for folder in ("config", "desa/logo", "desa/themes", "desa/pengaturan/siteman/images"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        self.table = self.table or Table(job.recipe.brand_slots(job.place))
        return StepContext(job, self.tools(), {"start": {"spec_sha256": "a" * 64}})

    def tools(self) -> Tools:
        return Tools(engine=None, databases=self.table)  # type: ignore[arg-type]

    def apply(self, version_id: int | None) -> dict[str, Any]:
        """It wears the version; the plan by which it does."""
        context = self.order(version_id)
        context.results["remember"] = plan = dict(remember(context))
        for step in (lay_files, write_values, record_brand):
            step(context)
        self.end(context.job.operation_id, OperationState.SUCCEEDED)
        return plan

    def end(self, operation_id: int, state: OperationState) -> None:
        with transaction():
            row = db.session.get_one(Operation, operation_id)
            move(row, OperationState.RUNNING, by="pekerja")
            move(row, state, by="pekerja")
            for step in row.steps:
                step.state = StepState.DONE

    @property
    def texts(self) -> dict[str, str | None]:
        assert self.table is not None
        return self.table.texts

    def brand(self) -> InstanceBrand:
        db.session.expire_all()
        return db.session.get_one(InstanceBrand, self.id)

    def steps(self) -> list[Step]:
        return list(db.session.query(Step).join(Operation).filter_by(instance_id=self.id))
