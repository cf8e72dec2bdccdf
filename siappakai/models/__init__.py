"""What the control plane remembers: one noun a file, all of them gathered here."""

from siappakai.models.base import Base, db, transaction, utc_now
from siappakai.models.batch import Batch, BatchRow, BatchState
from siappakai.models.brand import (
    BrandAsset,
    BrandLayer,
    BrandRecord,
    BrandVersion,
    InstanceBrand,
    LayerKind,
    VersionOrigin,
)
from siappakai.models.brand_preview import BrandPreview, BrandPreviewItem
from siappakai.models.calendar_day import CalendarDay, DayKind
from siappakai.models.database_group import DatabaseGroup, DatabaseMode
from siappakai.models.event import Event, append_event
from siappakai.models.instance import Instance, LicenceState, ObservedState, WantedState
from siappakai.models.instance_policy import Channel, InstancePolicy
from siappakai.models.operation import (
    ACTIVE,
    FINISHED,
    MOVES,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
)
from siappakai.models.region import Region
from siappakai.models.rehearsal import Rehearsal, RehearsalItem, RehearsalState, Verdict
from siappakai.models.release import Edition, Release, ReleaseState, TemplateDump
from siappakai.models.rollout import (
    ItemState,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
)
from siappakai.models.server import Server, ServerState
from siappakai.models.setting import Setting, read_setting, write_setting
from siappakai.models.stored_secret import StoredSecret
from siappakai.models.subscription import (
    Subscription,
    SubscriptionCheck,
    SubscriptionLine,
    SubscriptionPush,
)
from siappakai.models.task import Task, TaskKind
from siappakai.models.theme import Theme, ThemeState, ThemeVersion
from siappakai.models.user import Role, User
from siappakai.models.version_record import VersionRecord
from siappakai.models.village import Village

__all__ = [
    "ACTIVE",
    "FINISHED",
    "MOVES",
    "Base",
    "Batch",
    "BatchRow",
    "BatchState",
    "BrandAsset",
    "BrandLayer",
    "BrandPreview",
    "BrandPreviewItem",
    "BrandRecord",
    "BrandVersion",
    "CalendarDay",
    "Channel",
    "DatabaseGroup",
    "DatabaseMode",
    "DayKind",
    "Edition",
    "Event",
    "Instance",
    "InstanceBrand",
    "InstancePolicy",
    "ItemState",
    "LayerKind",
    "LicenceState",
    "ObservedState",
    "Operation",
    "OperationKind",
    "OperationState",
    "Region",
    "Rehearsal",
    "RehearsalItem",
    "RehearsalState",
    "Release",
    "ReleaseState",
    "Role",
    "Rollout",
    "RolloutItem",
    "RolloutState",
    "RolloutWave",
    "Server",
    "ServerState",
    "Setting",
    "Step",
    "StepState",
    "StoredSecret",
    "Subscription",
    "SubscriptionCheck",
    "SubscriptionLine",
    "SubscriptionPush",
    "Task",
    "TaskKind",
    "TemplateDump",
    "Theme",
    "ThemeState",
    "ThemeVersion",
    "User",
    "Verdict",
    "VersionOrigin",
    "VersionRecord",
    "Village",
    "WantedState",
    "append_event",
    "db",
    "read_setting",
    "transaction",
    "utc_now",
    "write_setting",
]
