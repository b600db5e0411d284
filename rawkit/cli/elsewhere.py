"""A command that says what an option of the tool that users come from is called here, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

import click


class Command(click.Command):
    """A command of click's.

    Args:
        elsewhere: options of other tools that are not known here, and what to do in their place.

    >>> command = Command("sniff", elsewhere={"-l": "leave it out"})
    >>> command.main(["-l"], standalone_mode=False)
    Traceback (most recent call last):
    click.exceptions.UsageError: -l is not known here: leave it out
    """

    def __init__(self, *args: Any, elsewhere: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._elsewhere = elsewhere

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for given in takewhile("--".__ne__, args):
            self._advise(given)  # before click takes -oA for -o A
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            self._advise(error.option_name)
            raise

    def _advise(self, option: str) -> None:
        if option in self._elsewhere:
            raise click.UsageError(f"{option} is not known here: {self._elsewhere[option]}")
