"""One event, one line: the same for every view, as text, JSON, CSV and Zeek log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Literal, TypeVar

from rawkit.values import dataclass
from rawkit.view.text import Number, escaped

Format = Literal["text", "json", "csv", "zeek"]
Values = dict[str, Any]
Event_contra = TypeVar("Event_contra", contravariant=True)


Shape = Literal["text", "number", "time", "address", "flag", "texts", "numbers"]
"""What the value of a field is, for those who compare it (`rawkit.query`)."""


@dataclass(frozen=True, slots=True)
class LineField(Generic[Event_contra]):
    """A field that JSON and CSV have of an event.

    Attributes:
        name: its name.
        doc: what it is, in Markdown, as docs/views.md has it.
        value: finds it: a number, a text, True, or a list of them; None where the event has none.
        shape: what it is; a `time` is seconds since the epoch, in digits.
    """

    name: str
    doc: str
    value: Callable[[Event_contra], Any]
    shape: Shape = "text"


def json_line(values: Values) -> str:
    r"""One JSON object, without the fields that are None; control characters and non-ASCII are escaped.

    >>> json_line({"a": 1, "b": None, "c": "\x1b\x9b"})
    '{"a":1,"c":"\\u001b\\u009b"}'
    """
    fields = (f'"{name}":{_json(value)}' for name, value in values.items() if value is not None)
    return "{" + ",".join(fields) + "}"


def _json(value: Any) -> str:
    if isinstance(value, Number):
        return value
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")


def csv_line(cells: Iterable[Any]) -> str:
    r"""One CSV record (RFC 4180) without its line end; lists are joined with `;`, None is empty.

    >>> csv_line(["a,b", None, [1, 2], "\x1b"])
    '"a,b",,1;2,\\x1b'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(escaped(str(part)) for part in value)
    return escaped(str(value))


def writer(format: Format, line: Callable[[Any], str], fields: Sequence[LineField[Any]]) -> Callable[[Any], str]:
    """The function that makes a line of an event, in the given format."""
    if format == "json":
        return lambda event: json_line({field.name: field.value(event) for field in fields})
    if format == "csv":
        return lambda event: csv_line(field.value(event) for field in fields)
    return line
