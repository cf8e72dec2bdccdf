"""Sample sources with a version and a content of their own, so that each test builds anew."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from siappakai.models import ACTIVE, Release, Task, db
from siappakai.provision.discovery import add_named
from siappakai.provision.image_claims import drop_claims
from siappakai.provision.release_tags import NamedRelease
from siappakai.tasks.refill import refill_tasks
from tests.fleet import SAMPLES, Fleet

HELPER = "donjo-app/helpers/opensid_helper.php"


def make_source(fleet: Fleet, version: str) -> Path:
    """A folder like our sample v2410.0.0 that calls itself `version`."""
    folder = fleet.home / "sumber-uji" / version
    shutil.copytree(SAMPLES / "v2410.0.0", folder)
    helper = folder / HELPER
    helper.write_text(helper.read_text().replace("2410.0.0", version))
    (folder / "catatan_rilis.md").write_text(f"Catatan **{version}** {secrets.token_hex(8)}\n")
    return folder


def name_release(fleet: Fleet, version: str, folder: Path | None = None) -> int:
    """The release stands in the catalogue, not built."""
    origin = str(folder or make_source(fleet, version))
    with fleet.app.app_context():
        found = add_named("opensid", origin, [NamedRelease(version, f"v{version}")], by="uji")
        return found[0].release_id


def wait_for_task(fleet: Fleet, task_id: int, timeout_s: float = 240) -> Task:
    """Tick like the ticker does until the task has ended."""

    def is_done() -> bool:
        refill_tasks()
        return db.session.get_one(Task, task_id).state not in ACTIVE

    fleet.wait_for(is_done, timeout_s, f"task {task_id}")
    with fleet.app.app_context():
        task = db.session.get_one(Task, task_id)
        db.session.expunge(task)
        return task


def read_release(fleet: Fleet, release_id: int) -> Release:
    with fleet.app.app_context():
        release = db.session.get_one(Release, release_id)
        db.session.expunge(release)
        return release


def forget_images(fleet: Fleet) -> None:
    """Nothing that this fleet built or claimed stays on the engine."""
    client = fleet.tools.engine.client
    drop_claims(fleet.tools.engine)
    with fleet.app.app_context():
        digests = {each.digest for each in db.session.query(Release) if "sumber-uji" in each.origin}
    for image in client.images.list():
        if image.id in digests:
            client.images.remove(image.id, force=True)
