"""The table of options that a shell's completion is answered from, out of the commands themselves."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import click

from generating.text import python
from rawkit.cli.commands import COMMANDS
from rawkit.decode.fields import ALL_FIELDS
from rawkit.query.names import OWN, UNIONS

_KINDS = {
    "FILE": "file",
    "BASE": "file",
    "IN": "file",
    "OUT": "file",
    "IFACE": "interfaces",
    "IFACE|ADDRESS": "interfaces",
    "USER": "users",
    "FILTER": "filter",
    "NAME,...": "fields",
    "TARGET": "hosts",
}
_ARGUMENTS = {"host": "lab_hosts", "spec": "scenarios", "lab down name": "labs"}


def table(_present: str) -> str:
    """`rawkit/cli/complete/table.py`."""
    options: dict[str, dict[str, tuple[str | None, str]]] = {}
    arguments: dict[str, str] = {}
    for name, command in commands():
        options[name] = {option: entry for one in command.params for option, entry in _option(name, one)}
        options[name]["--help"] = (None, "Show what the command does, and its options.")
        arguments[name] = next((kind for one in command.params if (kind := _argument(name, one))), "")
    fields = {name: field.doc.splitlines()[0] for name, field in sorted(ALL_FIELDS.items())}
    own = {name: f"{' or '.join(parts)}" for name, parts in UNIONS.items()} | {one.name: one.doc for one in OWN}
    code = f'''"""Options of all commands, with the kind of their value (None for none) and help; fields of packets."""

from __future__ import annotations

from typing import Final

OPTIONS: Final[dict[str, dict[str, tuple[str | None, str]]]] = {options!r}
ARGUMENTS: Final = {arguments!r}
FIELDS: Final = {fields!r}
FILTER_NAMES: Final = {own!r}
"""What a display filter can ask for besides."""
'''
    return python("the commands", code.replace('"""Options', '# ruff: noqa: E501\n"""Options', 1))


def commands() -> list[tuple[str, click.Command]]:
    """All commands by their names, those of a group behind the group."""
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command: Any = import_module(f"rawkit.cli.{name}.command").command
        found.append((name, command))
        found += [(f"{name} {one}", sub) for one, sub in getattr(command, "commands", {}).items()]
    return found


def _option(name: str, one: click.Parameter) -> list[tuple[str, tuple[str | None, str]]]:
    if not isinstance(one, click.Option):
        return []
    kind = None if one.is_flag or one.count else _kind(name, one)
    text = re.sub(r"\s+", " ", re.sub(r"  \[.*", "", one.help or "")).strip()
    return [(option, (kind, text)) for option in one.opts]


def _kind(name: str, one: click.Option) -> str:
    if isinstance(one.type, click.Choice):
        return "choice " + " ".join(map(str, one.type.choices))
    if name.startswith("lab") and one.name == "name" and "--lab" in one.opts:
        return "labs"
    if name == "sniff" and one.name == "interfaces":
        return "all_interfaces"
    return _KINDS.get(one.metavar or "", "")


def _argument(name: str, one: click.Parameter) -> str:
    if not isinstance(one, click.Argument):
        return ""
    known = _ARGUMENTS.get(f"{name} {one.name}") or (_ARGUMENTS.get(one.name or "") if name.startswith("lab") else None)
    return known or _KINDS.get((one.metavar or "").strip("[]").partition(".")[0].partition("]")[0], "")
