"""Subscription tokens: read, checked, kept in the vault, watched until they end, and obeyed."""

from siappakai.subscriptions.expiry import (
    SubscriptionState,
    local_date,
    subscription_state,
    warning_stage,
    written_date,
)
from siappakai.subscriptions.gate import release_allowed, version_month
from siappakai.subscriptions.keep import has_previous, keep_token, return_token, token_for
from siappakai.subscriptions.offers import token_gate
from siappakai.subscriptions.push import (
    instances_to_push,
    needs_push,
    note_pushed,
    villages_to_push,
)
from siappakai.subscriptions.token import TokenFacts, fingerprint_of, read_token
from siappakai.subscriptions.warn import tend_subscriptions, warn_expiring

__all__ = [
    "SubscriptionState",
    "TokenFacts",
    "fingerprint_of",
    "has_previous",
    "instances_to_push",
    "keep_token",
    "local_date",
    "needs_push",
    "note_pushed",
    "read_token",
    "release_allowed",
    "return_token",
    "subscription_state",
    "tend_subscriptions",
    "token_for",
    "token_gate",
    "version_month",
    "villages_to_push",
    "warn_expiring",
    "warning_stage",
    "written_date",
]
