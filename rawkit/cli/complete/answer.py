"""What can stand where the cursor is: answered from tables, without click and NumPy, while somebody waits for a key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rawkit.cli.commands import COMMANDS, FRONT_OPTIONS
from rawkit.cli.complete.word import Word

FILES = "<files>"
"""In place of words: whatever files there are, which the shell knows best."""


def answer(words: Sequence[str], current: str) -> list[Word] | str:
    """What may stand at the cursor: words that begin with what is there, or `FILES`.

    Args:
        words: those before the one at the cursor, the program's name left out.
        current: what of that one is there.

    >>> [word.text for word in answer(["sniff", "--view"], "h")]
    ['handshakes']
    >>> [word.text for word in answer([], "s")]
    ['sniff', 'send', 'synscan', 'summary', 'sockets']
    """
    name, rest = _command(words)
    if name == "":
        found: Iterable[Word] = _front(current)
    elif name in ("help", "lab") and not rest and not current.startswith("-"):
        found = _commands(name)
    else:
        given = _within(name, rest, current)
        if isinstance(given, str):
            return given
        found = given
    return [word for word in found if word.text.startswith(current)]


def _front(current: str) -> list[Word]:
    table = FRONT_OPTIONS if current.startswith("-") else COMMANDS
    return [Word(one, text) for names, text in table.items() for one in names.split(", ")]


def _commands(name: str) -> list[Word]:
    """Those that `help` tells of, or those of a group."""
    from rawkit.cli.complete.table import OPTIONS

    if name == "help":
        return [Word(*entry) for entry in COMMANDS.items()]
    return [Word(one.partition(" ")[2]) for one in OPTIONS if one.startswith(f"{name} ")]


def _command(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command, with that of a group behind it, and the words behind both; empty where there is none yet."""
    from rawkit.cli.complete.table import OPTIONS

    left = [*words]
    while left and left[0].startswith("-"):
        left.pop(0)
    if not left:
        return "", []
    name = left.pop(0)
    while left and f"{name} {left[0]}" in OPTIONS:
        name = f"{name} {left.pop(0)}"
    return name, left


def _within(name: str, words: Sequence[str], current: str) -> list[Word] | str:
    from rawkit.cli.complete.table import ARGUMENTS, OPTIONS

    options = OPTIONS.get(name, {})
    if words and words[-1] in options and (kind := options[words[-1]][0]) is not None:
        return _values(kind, current)
    if current.startswith("-"):
        return [Word(option, text) for option, (_, text) in options.items()]
    return _values(ARGUMENTS.get(name, ""), current)


def _values(kind: str, current: str) -> list[Word] | str:
    """The values of a kind: of `choice a b` the words a and b."""
    from rawkit.cli.complete import sources

    if kind == "file":
        return FILES
    if kind.startswith("choice "):
        return [Word(one) for one in kind.split()[1:]]
    if kind in ("fields", "filter"):
        before, name = _last_name(current)
        known = sources.fields() if kind == "fields" else sources.filter_names()
        return [Word(before + one.text, one.help) for one in known if one.text.startswith(name)]
    find = getattr(sources, kind, None)
    return [] if find is None else find()


def _last_name(text: str) -> tuple[str, str]:
    """What stands before the last name, and the name as far as it is there.

    >>> _last_name("ip.src,tcp.f"), _last_name("!(tcp.fl")
    (('ip.src,', 'tcp.f'), ('!(', 'tcp.fl'))
    """
    found = re.search(r"[\w.]*$", text)
    size = len(found.group()) if found else 0
    return text[: len(text) - size], text[len(text) - size :]
