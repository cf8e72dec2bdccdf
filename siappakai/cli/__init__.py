"""The command `siappakai`: one group a noun, everything a person reads in Indonesian."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from siappakai import create_app
from siappakai.errors import SiapPakaiError
from siappakai.log import configure_logging


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application; an expected error becomes its message and hint."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            with create_app().app_context():
                return command(*args, **kwargs)
        except SiapPakaiError as error:
            show_error(error)
            sys.exit(1)

    return run


def show_error(error: SiapPakaiError) -> None:
    click.secho(f"Gagal: {error.message}", fg="red", err=True)
    if error.log_tail:
        click.echo(error.log_tail.rstrip(), err=True)
    if error.hint:
        click.echo(f"Langkah berikutnya: {error.hint}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help", "--bantuan"]})
def main() -> None:
    """Dasbor SiapPakai: pasang, perbarui, dan rawat aplikasi semua desa."""
    configure_logging("teks")


def _register() -> None:
    from siappakai.cli import (
        brand,
        combined,
        database,
        egress,
        instances,
        people,
        policies,
        processes,
        rehearsals,
        release_balance,
        release_states,
        releases,
        rollouts,
        servers,
        subscriptions,
        themes,
        villages,
    )

    nouns = (
        brand,
        combined,
        database,
        egress,
        instances,
        people,
        policies,
        processes,
        rehearsals,
        release_balance,
        release_states,
        releases,
        rollouts,
        servers,
        subscriptions,
        themes,
        villages,
    )
    for module in nouns:
        module.register(main)


_register()
