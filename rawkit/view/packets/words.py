"""What packets' messages say, put into the lines of text that a kernel has written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from rawkit.decode import Packets
from rawkit.decode.layout import END
from rawkit.flow.words.describing import Protocol, describe
from rawkit.frames import Bytes, Int64s
from rawkit.view.packets import layout
from rawkit.view.text import escaped

PROTOCOLS: Final[dict[int, Protocol]] = {
    layout.SAYS_DNS: "dns",
    layout.SAYS_DNS_STREAM: "dns stream",
    layout.SAYS_DHCP: "dhcp",
    layout.SAYS_NTP: "ntp",
    layout.SAYS_TLS: "tls",
    layout.SAYS_HTTP: "http",
    layout.SAYS_LLDP: "lldp",
    layout.SAYS_PPPOE: "pppoe",
    layout.SAYS_STP: "stp",
}
BEFORE: Final[dict[Protocol, str]] = {"dns": "DNS ", "dns stream": "DNS ", "dhcp": "DHCP "}
"""What these do not say of themselves."""
MOST_NOTES: Final = 4096


def room_for_notes() -> Int64s:
    """What the kernel notes packets in: it comes back when it is full."""
    return np.zeros(1 + layout.NOTE_WIDTH * MOST_NOTES, dtype=np.int64)


def with_words(text: Bytes, notes: Int64s, packets: Packets) -> bytes:
    """The lines with the words of those packets that are noted in their places, escaped."""
    return b"".join(_pieces(text.data, notes, packets)) if notes[0] else text.tobytes()


def _pieces(text: memoryview, notes: Int64s, packets: Packets) -> Iterator[bytes | memoryview]:
    begin, ends = 0, packets.rows[:, END]
    noted = notes[1 : 1 + layout.NOTE_WIDTH * int(notes[0])].reshape(-1, layout.NOTE_WIDTH)
    for at, row, kind, place in noted.tolist():
        start, protocol = int(packets.batch.offset[row]), PROTOCOLS[kind]
        words = describe(protocol, packets.batch.data[start + place : start + max(place, int(ends[row]))].tobytes())
        if words:
            yield text[begin:at]
            yield f": {BEFORE.get(protocol, '')}{escaped(words)}".encode("ascii")
            begin = at
    yield text[begin:]
