"""Think: keys and password hashes in the forms PHP applications read."""

from __future__ import annotations

import base64
import secrets as random_source

import bcrypt

from siappakai.secret import Secret


def new_app_key() -> Secret:
    """Laravel's form: `base64:` and 32 random bytes; no newline, OpenSID compares the raw file."""
    return Secret("base64:" + base64.b64encode(random_source.token_bytes(32)).decode())


def php_bcrypt(password: Secret) -> str:
    """bcrypt as PHP's password_verify reads it: `$2y$` names the same algorithm as `$2b$`."""
    hashed = bcrypt.hashpw(password.reveal().encode(), bcrypt.gensalt(rounds=10)).decode()
    return "$2y$" + hashed[4:]
