"""`Header`: what the routes say of a scapy packet that stands for one frame, for all packets that go the same way."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Final

from rawkit.craft.alike import is_single
from rawkit.craft.packets import build
from rawkit.facts import ethernet, ethertypes
from rawkit.run.send.fill import SOURCE, TARGET
from rawkit.values import dataclass
from rawkit.wire.address import MAC_LEN, IPAddress, mac_text

WayKey = tuple[object, ...]
TYPES: Final = {"IP": ethertypes.IPV4, "IPv6": ethertypes.IPV6, "ARP": ethertypes.ARP}


def way_key(packet: Any) -> WayKey | None:
    """What decides how a packet is sent; None where it stands for many, or is not of Ethernet, IP or ARP.

    >>> from scapy.layers.inet import ICMP, IP
    >>> way_key(IP(dst="192.0.2.20") / ICMP(seq=7)) == way_key(IP(dst="192.0.2.20") / ICMP(seq=8))
    True
    >>> way_key(IP(dst="192.0.2.20") / ICMP(seq=[7, 8]))
    """
    kind = type(packet).__name__
    net, link = packet, tuple[object, ...]()
    if kind == "Ether":
        net, link = packet.payload, (packet.getfieldval("dst"), packet.getfieldval("src"))
        kind = type(net).__name__
    if kind not in SOURCE or (not is_single(packet) and packet.__iterlen__() != 1):
        return None
    found = (*link, kind, net.getfieldval(TARGET[kind]), net.getfieldval(SOURCE[kind]))
    for one in found:
        if one is not None and not isinstance(one, str):
            return None
    return found


def target_of(key: WayKey) -> Iterator[IPAddress]:
    """The destination that a key has, where it is an address.

    >>> list(target_of(("IP", "192.0.2.20", None)))
    [IPv4Address('192.0.2.20')]
    """
    try:
        yield ip_address(str(key[-2]))
    except ValueError:
        return


@dataclass(frozen=True, slots=True)
class Header:
    """What a packet leaves open.

    Attributes:
        macs: the addresses of the Ethernet header, that of the next hop first; empty on a link without one.
        source: the address that the packet comes from.
        hardware: the same of an ARP packet's Ethernet address.
        status: of the frame.
    """

    macs: bytes
    source: str
    hardware: str | None
    status: int

    @classmethod
    def of(cls, filled: Any, frame: bytes, status: int) -> Header:
        """That of a packet in which all is filled in, and of its frame."""
        net = _net(filled)
        kind = type(net).__name__
        return cls(
            macs=frame[: ethernet.TYPE] if type(filled).__name__ == "Ether" else b"",
            source=str(net.getfieldval(SOURCE[kind])),
            hardware=str(net.hwsrc) if kind == "ARP" else None,
            status=status,
        )

    def frame(self, packet: Any) -> bytes:
        """The frame of a packet; what it says itself stays."""
        whole = packet.copy()
        is_framed, net = type(whole).__name__ == "Ether", _net(whole)
        open_fields = [(net, SOURCE[type(net).__name__], self.source), (net, "hwsrc", self.hardware)]
        if is_framed:
            open_fields += [
                (whole, "dst", mac_text(self.macs[:MAC_LEN])),
                (whole, "src", mac_text(self.macs[MAC_LEN:])),
            ]
        for layer, name, value in open_fields:
            if value is not None and layer.getfieldval(name) is None:
                layer.fields[name] = value
        made = build(whole)
        if is_framed or not self.macs:
            return made
        return self.macs + TYPES[type(net).__name__].to_bytes(2) + made


def _net(packet: Any) -> Any:
    """The network header of a packet, behind that of Ethernet where it has one."""
    return packet.payload if type(packet).__name__ == "Ether" else packet
