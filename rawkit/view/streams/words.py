"""What is said of a stream beside its bytes."""

from __future__ import annotations

from rawkit.streams.values import REASONS, Conflict, Gap, Stream
from rawkit.view.text import counted

MOST_SHOWN = 16
"""Bytes of a conflict that are shown."""


def heading(stream: Stream) -> str:
    """Which stream it is."""
    return f"{stream.protocol} {stream.number}: {stream.client_endpoint} > {stream.server_endpoint}"


def gap(found: Gap) -> str:
    """What is missing, where and why.

    >>> gap(Gap("client", 3, 6, 5, "not seen"))
    'client: 6 bytes missing at offset 3: not in the capture (frame 5)'
    """
    size = f"{counted(found.size, 'byte')} missing at offset {found.offset}"
    return f"{found.side}: {size}: {REASONS[found.reason]} (frame {found.frame})"


def conflict(found: Conflict) -> str:
    """What was sent twice, and not the same.

    >>> conflict(Conflict("client", 5, b"good", b"evil", 4))
    'client: 4 bytes at offset 5 were sent twice, not the same: "good" stays, "evil" is left out (frame 4)'
    """
    place = f"{counted(len(found.kept), 'byte')} at offset {found.offset}"
    stays, left = shown(found.kept), shown(found.other)
    said = f"{place} were sent twice, not the same: {stays} stays, {left} is left out"
    return f"{found.side}: {said} (frame {found.frame})"


def shown(data: bytes) -> str:
    r"""The first bytes in quotation marks, those that are no letters as escapes.

    >>> print(shown(b'a"\x1b'), shown(b"x" * 20))
    "a\"\x1b" "xxxxxxxxxxxxxxxx"...
    """
    text = data[:MOST_SHOWN].decode("latin-1").translate({34: '\\"', 92: "\\\\"})
    escapes = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in escapes)
    return f'"{printable}"' + "..." * (len(data) > MOST_SHOWN)
