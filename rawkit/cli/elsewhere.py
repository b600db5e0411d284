"""A command with many options: what -h shows, and what those of the tools that users come from are called here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

import click


class Command(click.Command):
    """A command of click's; `--help` shows all, `-h` what fits on a screen.

    Args:
        elsewhere: options of other tools that are not known here, and what to do in their place.
        also: names that other tools have for options that are here, and what those are called.
        rare: groups of options that only `--help` shows, by their titles.

    >>> command = Command("sniff", elsewhere={"-l": "leave it out"})
    >>> command.main(["-l"], standalone_mode=False)
    Traceback (most recent call last):
    click.exceptions.UsageError: -l is not known here: leave it out
    """

    def __init__(
        self,
        *args: Any,
        elsewhere: Mapping[str, str] | None = None,
        also: Mapping[str, str] | None = None,
        rare: Mapping[str, Sequence[str]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._elsewhere, self._also, self._rare = elsewhere or {}, also or {}, rare or {}
        screen = click.Option(
            ["-h"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=self._on_a_screen,
            help="Show the options that are used most.",
        )
        self.params.append(screen)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """All options: those that are used most, then the groups of the others."""
        for title, options in self._groups(ctx):
            with formatter.section(title or "Options"):
                formatter.write_dl([record for one in options if (record := one.get_help_record(ctx)) is not None])

    def _groups(self, ctx: click.Context) -> list[tuple[str, list[click.Option]]]:
        """Options by the titles of their groups; first those of none."""
        found: dict[str, list[click.Option]] = {title: [] for title in ("", *self._rare)}
        for one in self.get_params(ctx):
            if isinstance(one, click.Option):
                title = next((title for title, names in self._rare.items() if set(names) & set(one.opts)), "")
                found[title].append(one)
        return list(found.items())

    def _on_a_screen(self, ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
        """Prints the first sentence and the options that are used most, a line each, and ends."""
        if not asked or ctx.resilient_parsing:
            return
        formatter = ctx.make_formatter()
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(self.get_short_help_str(200))
        (_, common), *groups = self._groups(ctx)
        records = [_record(one, ctx) for one in common]
        room = formatter.width - max(len(names) for names, _ in records) - 4
        with formatter.section("Options"):
            formatter.write_dl([(names, _line(text, room)) for names, text in records])
        more = ", ".join(title.lower() for title, _ in groups)
        formatter.write_paragraph()
        formatter.write_text(f"'{ctx.command_path} --help' shows all" + (f": {more}." if more else "."))
        click.echo(formatter.getvalue().rstrip("\n"))
        ctx.exit()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for given in takewhile("--".__ne__, args):
            self._advise(given)  # before click takes -oA for -o A
        try:
            return super().parse_args(ctx, self._named_here(args))
        except click.NoSuchOption as error:
            self._advise(error.option_name)
            raise

    def _named_here(self, args: list[str]) -> list[str]:
        """The words with options by their names here, before a `--`."""
        named: list[str] = []
        for place, word in enumerate(args):
            if word == "--":
                return named + args[place:]
            option, has_value, value = word.partition("=")
            named += [self._also[option], *([value] if has_value else [])] if option in self._also else [word]
        return named

    def _advise(self, option: str) -> None:
        if option in self._elsewhere:
            raise click.UsageError(f"{option} is not known here: {self._elsewhere[option]}")


def _line(text: str, room: int) -> str:
    """As much of an option's help as fits into a line: without limits, then the first part, then cut.

    >>> _line("Stop after N frames.  [x>=1]", 30), _line("No times; -tt: since 1970, -ttt: more", 20)
    ('Stop after N frames.', 'No times.')
    """
    text = text.partition("  [")[0]
    for end in (". ", "; ", ": ", ", ", " ("):
        if len(text) > room:
            text = text.partition(end)[0].rstrip(".") + "."
    return text if len(text) <= room else text[: room - 3].rstrip() + "..."


def _record(one: click.Option, ctx: click.Context) -> tuple[str, str]:
    """An option and its help; of one that takes a word out of several, these."""
    names, text = one.get_help_record(ctx) or ("", "")
    if isinstance(one.type, click.Choice):
        *words, last = map(str, one.type.choices)
        return f"{', '.join(one.opts)} WHAT", f"{', '.join(words)} or {last}"
    return names, text
