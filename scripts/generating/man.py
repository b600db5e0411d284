"""Manual pages (man(7)), a page a command, out of what `--help` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import click

import rawkit
from generating.completion import commands
from rawkit.cli.commands import COMMANDS, FRONT_OPTIONS, pages

DATE: Final = "2026-11-28"
"""When what is written in this file last changed."""


def path(name: str) -> str:
    """Where the page of a command is, below the top of the checkout.

    >>> path("lab up")
    'man/rawkit-lab-up.1'
    """
    return f"man/rawkit{'-' if name else ''}{name.replace(' ', '-')}.1"


def names() -> list[str]:
    """The commands, and those of groups."""
    return [name for name, _ in commands()]


def page(name: str) -> str:
    """The page of a command; of rawkit itself for no name."""
    lines = [*_front()] if not name else [*_of(name, dict(commands())[name])]
    title = path(name).removeprefix("man/").removesuffix(".1").upper()
    head = [
        ".\\\" Written by scripts/generate from the command's own help: change it there, not here.",
        f'.TH {title} 1 {DATE} "rawkit {rawkit.__version__}"',
    ]
    return "\n".join([*head, *lines]) + "\n"


def _front() -> Iterator[str]:
    yield from (".SH NAME", r"rawkit \- raw sockets for Linux: see and send what is on the wire")
    yield from (".SH SYNOPSIS", ".B rawkit", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGS\fR]...")
    yield ".SH COMMANDS"
    for name, text in COMMANDS.items():
        yield from (".TP", f".BR rawkit\\-{name} (1)", _escaped(text[0].upper() + text[1:] + "."))
    yield ".SH OPTIONS"
    for option, text in FRONT_OPTIONS.items():
        yield from (".TP", f".B {_escaped(option)}", _escaped(text[0].upper() + text[1:] + "."))
    yield ".SH EXIT STATUS"
    yield "0 where all went well, 2 for what cannot be, with one line that says why, 130 after Ctrl\\-C."
    yield from (".SH FILES", "The folder with the pages and captures to try is named by", r".BR "
                r'"rawkit help" .')  # fmt: skip


def _of(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"rawkit {name}", **command.context_settings)
    summary = COMMANDS.get(name) or (command.help or "").strip().split("\n\n")[0].rstrip(".")
    yield from (".SH NAME", f"rawkit\\-{name.replace(' ', '-')} \\- {_escaped(summary[0].lower() + summary[1:])}")
    yield from (".SH SYNOPSIS", f".B rawkit {name}", _escaped(" ".join(command.collect_usage_pieces(context))))
    yield ".SH DESCRIPTION"
    yield from _text(command.help or "")
    subcommands = getattr(command, "commands", {})
    if subcommands:
        yield ".SH COMMANDS"
    for one, sub in subcommands.items():
        yield from (".TP", f".BR rawkit\\-{name}\\-{one} (1)", _escaped(sub.get_short_help_str(200)))
    yield ".SH OPTIONS"
    for one in command.get_params(context):
        if (record := one.get_help_record(context)) is not None:
            yield from (".TP", f".B {_escaped(record[0])}", _escaped(re.sub(r"\s+", " ", record[1])))
    above = f"rawkit\\-{name.partition(' ')[0]}" if " " in name else "rawkit"
    yield from (".SH SEE ALSO", f".BR {above} (1)")


def _text(text: str) -> Iterator[str]:
    """Paragraphs; what follows \\b stands as it is."""
    paragraphs = re.split(r"\n\s*\n", re.sub(rf"{re.escape(pages())}/?", "", text).strip())
    for place, paragraph in enumerate(paragraphs):
        lines = [line.strip() for line in paragraph.splitlines()]
        is_verbatim = lines[0] == "\b"
        if place:
            yield ".PP"
        if not is_verbatim:
            yield _escaped(" ".join(lines))
            continue
        yield from (".nf", ".RS", *map(_escaped, lines[1:]), ".RE", ".fi")


def _escaped(text: str) -> str:
    """Text that man(7) takes as it stands.

    >>> print(_escaped("-r 'a'"))
    \\-r \\(aqa\\(aq
    """
    for plain, written in (
        ("\\", r"\e"),
        ("…", "..."),
        ("-", r"\-"),
        ("'", r"\(aq"),
        ("`", r"\(ga"),
        ("^", r"\(ha"),
        ("~", r"\(ti"),
    ):
        text = text.replace(plain, written)
    return r"\&" + text if text.startswith((".", "'")) else text
