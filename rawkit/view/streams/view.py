"""Streams to bytes for people and programs: text and hex in lines, raw, JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Final, Literal, get_args

from rawkit.streams.values import SIDES, Conflict, Gap, Piece, Run, Side, Stream
from rawkit.view.colors import BOLD, CYAN, RED, YELLOW, painted
from rawkit.view.lines import json_line
from rawkit.view.packets.dump import ALONE, BESIDE
from rawkit.view.streams import words
from rawkit.view.text import epoch

Format = Literal["text", "hex", "raw", "json"]
FORMATS: Final = get_args(Format)
MARKS: Final[dict[Side, tuple[str, str]]] = {"client": ("> ", RED), "server": ("< ", CYAN)}
"""What stands before the lines of a side, and their colour, which is Wireshark's."""
A_LINE: Final = 16
"""Bytes in a line of hex."""


class StreamView:
    r"""Shows streams, and parts of them, one after another.

    Args:
        format: how.
        side: of which side; None for both.
        color: whether lines have colours.

    >>> from rawkit.api.streams import read_streams
    >>> stream, = read_streams("captures/tcp-urgent-data.pcap")
    >>> print(StreamView("hex").show(stream).decode().splitlines()[1])
    > 00000000  6f 72 64 69 6e 61 72 79  0a                       ordinary.
    """

    def __init__(self, format: Format, side: Side | None = None, *, color: bool = False) -> None:
        self._sides = SIDES if side is None else (side,)
        self._color = color
        self._open = ""  # the side whose line goes on
        self._last: tuple[str, int] | None = None
        makers: dict[str, Callable[[Stream], Iterator[bytes]]] = {
            "text": self._text, "hex": self._hex, "raw": self._raw, "json": self._json,
        }  # fmt: skip
        self._make = makers[format]

    def show(self, stream: Stream) -> bytes:
        """What is shown of it."""
        return b"".join(self._make(stream))

    def remarks(self, stream: Stream) -> bytes:
        """What there is to say of it, without its bytes."""
        told: list[Gap | Conflict] = [one for one in stream.gaps if one.side in self._sides]
        told += [one for one in stream.conflicts if one.side in self._sides]
        return self._heading(stream) + b"".join([self._remark(one) for one in told]) if told else b""

    def rest(self) -> bytes:
        """What is left at the end: the end of a line that went on."""
        return self._line_end()

    def _text(self, stream: Stream) -> Iterator[bytes]:
        yield self._heading(stream)
        for one in stream:
            if one.side not in self._sides:
                continue
            if not isinstance(one, Piece):
                yield self._line_end() + self._remark(one)
                continue
            mark, color = MARKS[one.side]
            for part in _printed(one.data).splitlines(keepends=True):
                goes_on = self._open == one.side
                before = b"" if goes_on else self._line_end()
                text = "" if goes_on else mark
                yield before + self._painted(text + part.rstrip("\n"), color) + b"\n" * part.endswith("\n")
                self._open = "" if part.endswith("\n") else one.side

    def _hex(self, stream: Stream) -> Iterator[bytes]:
        yield self._heading(stream)
        for one in stream:
            if one.side not in self._sides:
                continue
            if not isinstance(one, Piece):
                yield self._remark(one)
                continue
            mark, color = MARKS[one.side]
            for place in range(0, len(one.data), A_LINE):
                line = _hex_line(one.offset + place, one.data[place : place + A_LINE])
                yield self._painted(mark + line, color) + b"\n"

    def _raw(self, stream: Stream) -> Iterator[bytes]:
        for run in stream.content:
            if isinstance(run, Run) and len(self._sides) == len(SIDES):
                yield run.data
            elif isinstance(run, Run):
                yield from map(bytes, run.of(SIDES.index(self._sides[0])))

    def _json(self, stream: Stream) -> Iterator[bytes]:
        ends = {"client": str(stream.client_endpoint), "server": str(stream.server_endpoint)}
        first = {"protocol": stream.protocol, "stream": stream.number, **ends}
        for one in stream:
            if one.side in self._sides:
                yield json_line(first | _values(one)).encode() + b"\n"

    def _heading(self, stream: Stream) -> bytes:
        key = stream.protocol, stream.number
        if key == self._last:
            return b""
        before = self._line_end() + b"\n" * (self._last is not None)
        self._last = key
        return before + self._painted(words.heading(stream), BOLD) + b"\n"

    def _remark(self, one: Gap | Conflict) -> bytes:
        said = words.gap(one) if isinstance(one, Gap) else words.conflict(one)
        return self._painted(f"! {said}", YELLOW) + b"\n"

    def _line_end(self) -> bytes:
        ends, self._open = bool(self._open), ""
        return b"\n" * ends

    def _painted(self, text: str, style: str) -> bytes:
        return (painted(text, style) if self._color else text).encode()


def _printed(data: bytes) -> str:
    """Lines of what can be printed; what cannot is a dot."""
    return data.replace(b"\r\n", b"\n").translate(ALONE).decode("ascii")


def _hex_line(offset: int, data: bytes) -> str:
    r"""A line as of `hexdump -C`.

    >>> _hex_line(16, b"GET / \x1b")
    '00000010  47 45 54 20 2f 20 1b                              GET./..'
    """
    half = A_LINE // 2
    numbers = f"{data[:half].hex(' '):<{3 * half}} {data[half:].hex(' ')}"
    return f"{offset:08x}  {numbers:<{3 * A_LINE}}  {data.translate(BESIDE).decode('ascii')}".rstrip()


def _values(one: Piece | Gap | Conflict) -> dict[str, object]:
    """What JSON has of it; bytes are base64 (RFC 4648)."""
    if isinstance(one, Piece):
        kind, more = "data", {"time": epoch(one.time_ns), "size": len(one.data), "data": _base64(one.data)}
    elif isinstance(one, Gap):
        kind, more = "gap", {"size": one.size, "reason": one.reason}
    else:
        kind, more = "conflict", {"size": len(one.kept), "kept": _base64(one.kept), "other": _base64(one.other)}
    return {"kind": kind, "side": one.side, "frame": one.frame, "offset": one.offset} | more


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
