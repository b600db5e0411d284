"""Golden files: what a test found once, read by a person, and held to from then on."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

import pytest

from rawkit.flow.event_names import Name
from rawkit.testing.recorded import Recorded

VIEWS: Final[tuple[Name, ...]] = ("handshakes", "teardowns", "udp", "flows")
EPHEMERAL: Final = 32768
"""Linux gives clients ports from here on (net.ipv4.ip_local_port_range, Documentation/networking/ip-sysctl.rst)."""
VOLATILE: Final = re.compile(
    r"ts|uid|(tcp|udp)\.stream|frames|duration|community_id|tunnel_parents|orig_fin|resp_fin|.*_ns"
)
"""Names of fields that are others each time: times and pauses, what is numbered or named by the capture."""
ENDS: Final = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
LONGEST: Final = 120


class Golden:
    """Compares values with the golden files of a test; the fixture `golden` makes one.

    Args:
        folder: where the files are.
        test: the test's name: a file without a name of its own is called like it.
        update: whether they are written.
    """

    def __init__(self, folder: Path, test: str, *, update: bool) -> None:
        self._folder, self._test, self._update = folder, test, update
        self._names: set[str] = set()

    def __call__(
        self,
        value: Recorded | str | os.PathLike[str],
        name: str | None = None,
        *,
        views: Collection[Name] = VIEWS,
        keep: Collection[str] = (),
    ) -> None:
        """Fails the test where the value is not that of the file, with the lines that differ.

        Args:
            value: a capture, or the `Path` of one, whose events are compared; or a text.
            name: the file's, without `.txt`; a test that compares twice has to give one.
            views: of a capture, which events.
            keep: of a capture, fields that are compared though they are another each time as a rule: `frames`,
                `id.orig_p`, `duration`, ... by the names that JSON has.

        Raises TypeError for other values, ValueError for a name that the test used before.
        """
        text = _text(value, views, frozenset(keep))
        path = self._folder / f"{self._name(name)}.txt"
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists():
            pytest.fail(f"there is no {path}: write it with --update-golden, read it, and commit it", pytrace=False)
        elif (before := path.read_text()) != text:
            pytest.fail(_difference(before, text, path), pytrace=False)

    def _name(self, given: str | None) -> str:
        name = re.sub(r"[^\w.-]+", "-", given or self._test).strip("-.")[:LONGEST]
        if name in self._names:
            raise ValueError(f"this test has compared with {name}.txt before: give this value a name of its own")
        self._names.add(name)
        return name


def _text(value: Any, views: Collection[Name], keep: frozenset[str]) -> str:
    if isinstance(value, str):
        return value if value.endswith("\n") else f"{value}\n"
    if isinstance(value, os.PathLike):
        value = Recorded(value)
    if not isinstance(value, Recorded):
        raise TypeError(f"golden compares captures, their paths and texts, not {type(value).__name__}: give str(...)")
    return "".join(f"{line}\n" for view in views for line in section(view, value.rows(view), keep))


def section(view: Name, rows: Sequence[Mapping[str, Any]], keep: frozenset[str] = frozenset()) -> Iterator[str]:
    """The events of a view as lines: a title, and for each event its ends and, below, its fields.

    They are sorted: which of two that go on side by side comes first is another each time.

    >>> print(*section("flows", [{"ts": 1.5, "id.orig_h": "192.0.2.1", "id.orig_p": 40000, "id.resp_h": "192.0.2.2",
    ...     "id.resp_p": 80, "conn_state": "SF"}]), sep="\\n")
    flows: 1
      192.0.2.1:* > 192.0.2.2:80
        conn_state: SF
    """
    yield f"{view}: {len(rows)}"
    for event in sorted([_ends(row, keep), *_fields(row, keep)] for row in rows):
        yield f"  {event[0]}"
        yield from (f"    {line}" for line in event[1:])


def _ends(row: Mapping[str, Any], keep: frozenset[str]) -> str:
    orig, orig_port, resp, resp_port = (row.get(name) for name in ENDS)
    return f"{_end(orig, orig_port, 'id.orig_p' in keep)} > {_end(resp, resp_port, 'id.resp_p' in keep)}"


def _end(address: Any, port: Any, is_kept: bool) -> str:
    told = "*" if isinstance(port, int) and port >= EPHEMERAL and not is_kept else port
    return f"[{address}]:{told}" if ":" in str(address) else f"{address}:{told}"


def _fields(row: Mapping[str, Any], keep: frozenset[str]) -> list[str]:
    return [
        f"{name}: {value}"
        for name, value in row.items()
        if name not in ENDS and (name in keep or not VOLATILE.fullmatch(name))
    ]


def _difference(before: str, now: str, path: Path) -> str:
    lines = unified_diff(before.splitlines(), now.splitlines(), str(path), "now", n=3, lineterm="")
    return "\n".join(["what was found is not what the golden file has (--update-golden takes it):", *lines])
