"""Errors that a command's help has the answer to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from rawkit.errors import MissingError


@contextmanager
def asking() -> Iterator[None]:
    """What was not named in the body is an error of usage: it is said with where the command's help is.

    >>> with asking():
    ...     raise MissingError("no target: name one")
    Traceback (most recent call last):
    click.exceptions.UsageError: no target: name one
    """
    try:
        yield
    except MissingError as error:
        raise click.UsageError(str(error)) from None
