"""A frame as the headers that it is put together from, and the row of the decoder that follows from them.

The headers are scapy's, or hex with its source beside it. Nothing of rawkit's decoding is used here: a place is the sum
of the sizes before it, and tshark is asked whether it finds the same headers at the same places (test_layers.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scapy.packet import Packet, Raw

from rawkit import linktypes
from rawkit.decode import layout

NETWORKS = {layout.IPV4: 0x0800, layout.IPV6: 0x86DD, layout.ARP: 0x0806}
TRANSPORTS = {
    layout.TCP: 6, layout.UDP: 17, layout.UDPLITE: 136, layout.ICMP: 1, layout.ICMPV6: 58, layout.SCTP: 132,
    layout.DCCP: 33, layout.IGMP: 2, layout.OSPF: 89,
}  # fmt: skip
"""IANA's protocol numbers, which are what the row has of a transport header."""
OF_IP = (layout.PROTOCOL, layout.TRANSPORT, layout.PAYLOAD, layout.QUOTE, layout.FRAGMENT, layout.FRAGMENT_ID)
PLACES = (layout.QUOTE, layout.FRAGMENT_ID, layout.WIRE_END)
PAYLOAD = 0
"""In place of a header's layer: bytes that nobody takes apart."""


@dataclass(frozen=True, slots=True)
class Header:
    """One header of a frame.

    Attributes:
        layer: what rawkit calls it (`rawkit.decode.layout`); `PAYLOAD` for bytes that are no header.
        packet: its bytes.
        enters: whether a tunnel begins with it.
        peek: bytes behind it that say what it carries, so that it cannot be read without them.
        silent: of less than so many bytes nobody can tell what it is: cut there, its carrier carries plain bytes.
        silent_on_wire: the same, of the bytes that were on the wire, wherever the capture was cut.
        vlan: the id of a VLAN tag.
        hidden: whether tshark has no header of its own for it.
        trailer: bytes at the end of the frame, as it was on the wire, that belong to no packet.
        columns: what else the row has where this header is whole (`FRAGMENT`, `ETHERTYPE`, ...); of a place
            (`PLACES`) the distance from the header's first byte.
    """

    layer: int
    packet: Packet
    enters: bool = False
    peek: int = 0
    silent: int = 0
    silent_on_wire: int = 0
    vlan: int | None = None
    hidden: bool = False
    trailer: int = 0
    columns: dict[int, int] = field(default_factory=dict)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", len(self.packet))


@dataclass(frozen=True, slots=True)
class Case:
    """A frame, and what must be found in it.

    Attributes:
        name: what the test is called.
        headers: from the first byte to the last.
        link_type: its LINKTYPE.
        padding: bytes behind the packet that belong to the frame.
        stop: why decoding stops in the last header, 0 where all is read.
        tshark: why tshark 4.0 is not asked, "" where it is.
    """

    name: str
    headers: tuple[Header, ...]
    link_type: int = 1
    padding: bytes = b""
    stop: int = 0
    tshark: str = ""

    @property
    def frame(self) -> bytes:
        stack = self.headers[0].packet
        for header in self.headers[1:]:
            stack = stack / header.packet
        return bytes(stack) + self.padding

    @property
    def stop_layer(self) -> int:
        """The last header that is one."""
        return [header.layer for header in self.headers if header.layer != PAYLOAD][-1]

    @property
    def layers(self) -> set[int]:
        return {header.layer for header in self.headers} - {PAYLOAD}

    def places(self) -> Iterator[tuple[int, Header]]:
        """Each header and its first byte."""
        at = 0
        for header in self.headers:
            yield at, header
            at += header.size

    def first_cut(self, size: int, wire: int) -> int:
        """The number of the header that is the first not to be whole; how many there are, if none.

        `size` bytes of the frame were captured, and `wire` bytes sent.
        """
        for number, (at, header) in enumerate(self.places()):
            if header.layer == PAYLOAD:
                continue
            if at + max(header.size + header.peek, header.silent) > size or at + header.silent_on_wire > wire:
                return number
            wire -= header.trailer
            size = min(size, wire)
        return len(self.headers)

    def is_seen(self, number: int, captured: int, wire: int) -> bool:
        """Whether a header that is cut can be told from plain bytes."""
        at, header = list(self.places())[number]
        seen = not header.silent or captured >= at + header.silent
        return seen and (not header.silent_on_wire or wire >= at + header.silent_on_wire)

    def row(self, captured: int | None = None, wire: int | None = None) -> dict[int, int]:
        """The row by column, as the headers that are whole in `captured` bytes (all, if None) make it."""
        end = sum(header.size for header in self.headers)
        length = end + len(self.padding)
        captured = length if captured is None else captured
        wire = length if wire is None else wire
        row = dict.fromkeys(range(layout.WIDTH), -1)
        row |= {layout.STOP: 0, layout.NET_KIND: 0, layout.DEPTH: 0, layout.VLANS: 0, layout.LINK_TYPE: self.link_type}
        row[layout.WIRE_END] = length
        cut = self.first_cut(captured, wire)
        for at, header in list(self.places())[:cut]:
            note(row, at, header, end)
        if cut < len(self.headers):
            row[layout.DEPTH] += self.headers[cut].enters and self.is_seen(cut, captured, wire)
        row[layout.END] = row[layout.WIRE_END]
        if self.stop:
            row[layout.STOP] = self.stop_layer << 8 | self.stop
        return row


def note(row: dict[int, int], at: int, header: Header, end: int) -> None:
    """Writes down what a whole header at `at` says; the packets inside all end at `end`."""
    row[layout.DEPTH] += header.enters
    row[layout.WIRE_END] -= header.trailer
    if header.layer == layout.ETHERNET:
        row |= {layout.LINK: at, layout.LINK_TYPE: 1}
    if header.layer in (layout.WLAN, layout.WLAN_PADDED):
        row |= {layout.LINK: at, layout.LINK_TYPE: linktypes.IEEE802_11}
    if header.vlan is not None:
        outer = row[layout.VLANS] >> 16 or header.vlan + 1
        row[layout.VLANS] = outer << 16 | header.vlan + 1
    if header.layer in NETWORKS:
        row |= dict.fromkeys(OF_IP, -1) | {layout.NET: at, layout.NET_KIND: NETWORKS[header.layer]}
        row[layout.WIRE_END] = end
    if header.layer in TRANSPORTS:
        row[layout.PROTOCOL] = TRANSPORTS[header.layer]
        row |= {layout.TRANSPORT: at, layout.PAYLOAD: at + header.size}
    for column, value in header.columns.items():
        row[column] = value + at if column in PLACES else value


def hexed(text: str) -> Packet:
    """A header that scapy does not know."""
    return Raw(bytes.fromhex(text))


def rest(text: bytes = b"payload") -> Header:
    """Bytes that are no header."""
    return Header(PAYLOAD, Raw(text))
