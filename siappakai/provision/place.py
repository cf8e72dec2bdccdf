"""Touch: an instance's place: its region, databases and secrets, read from the rows."""

from __future__ import annotations

from flask import current_app

from siappakai import vault
from siappakai.config import Settings
from siappakai.local_words import word_of_village
from siappakai.models import Instance, Region, Village
from siappakai.products.contract import DatabaseAccess, Place, Recipe, RegionFacts
from siappakai.provision.naming import database_name
from siappakai.provision.peers import peer_secrets
from siappakai.provision.way_out import licence_url
from siappakai.secret import Secret
from siappakai.subscriptions.keep import token_for


def make_place(instance: Instance, recipe: Recipe) -> Place:
    """The instance's place with all its secrets; those that don't exist yet are made and kept."""
    secrets = _secrets(instance, recipe)
    settings: Settings = current_app.extensions["siappakai_settings"]
    group, reads = instance.database_group, instance.reads_group
    user = database_name(recipe.database.prefix, instance.scope_code)
    password = secrets["database_password"]
    return Place(
        region=region_facts(instance.home),
        database=DatabaseAccess(group.database_name, user, password),
        secrets=secrets,
        village_word=word_of_village(instance.village_code) if instance.village_code else "desa",
        local_time_zone=settings.local_time_zone,
        is_combined=group.is_combined,
        reads=DatabaseAccess(reads.database_name, user, password) if reads else None,
        peer_secrets=peer_secrets(instance, recipe),
        premium_token=_premium_token(instance, recipe),
        licence_url=licence_url(),
        public_port=instance.server.https_port,
    )


def _secrets(instance: Instance, recipe: Recipe) -> dict[str, Secret]:
    owner = f"instance:{instance.id}"
    return {
        name: vault.keep_secret(owner, name, make) for name, make in recipe.secret_makers().items()
    }


def _premium_token(instance: Instance, recipe: Recipe) -> Secret | None:
    is_given = recipe.takes_token or recipe.needs_token
    if not is_given or instance.village_code is None:
        return None
    return token_for(instance.village_code)


def region_facts(home: Village | Region) -> RegionFacts:
    names = RegionFacts.__dataclass_fields__
    return RegionFacts(**{name: getattr(home, name) for name in names if hasattr(home, name)})
