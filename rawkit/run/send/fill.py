"""What an expression leaves open, filled in from the routes: interface, source address, MAC addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final

from rawkit import linktypes
from rawkit.craft import Parsed, Template
from rawkit.craft.dissection import LINK_TYPES
from rawkit.craft.packets import layers_of
from rawkit.craft.quiet import scapy_module
from rawkit.craft.sources import some_seed
from rawkit.craft.volatiles import seeded
from rawkit.errors import SendError, TargetError
from rawkit.frames import FrameBatch
from rawkit.run.send.hops import Hops
from rawkit.run.send.paced import check_link, ready
from rawkit.sockets.interfaces import SystemInterface, interface, interfaces
from rawkit.sockets.pausing import Course, Steps
from rawkit.values import dataclass
from rawkit.wire.address import BROADCAST, IPAddress, mac_text

ADDRESS_AT: Final = {"IP": (16, 4), "IPv6": (24, 16), "ARP": (24, 4)}
"""Where the destination stands in the header, and its size."""
TARGET: Final = {"IP": "dst", "IPv6": "dst", "ARP": "pdst"}
"""The field that says where to."""
SOURCE: Final = {"IP": "src", "IPv6": "src", "ARP": "psrc"}
BLANK: Final = {"IP": "0.0.0.0", "IPv6": "::", "ARP": "0.0.0.0"}  # noqa: S104  (an address, not a socket's)
LOOKED_AT: Final = 256
"""Frames whose destinations are looked up before anything is sent."""
NO_MAC: Final = bytes(6)


@dataclass(frozen=True, slots=True)
class Filled:
    """An expression that is ready to be sent.

    Attributes:
        template: its frames.
        link: the interface to send on.
        hops: puts in the next hop's MAC address where destinations differ; None where none is to be put in.
    """

    template: Template
    link: SystemInterface
    hops: Hops | None

    def finish(self, batch: FrameBatch) -> Steps[FrameBatch]:
        """The frames with the MAC address of the next hop of each; those that have none are left out."""
        return (yield from self.hops.fill(batch)) if self.hops else batch

    def finished(self, batches: Iterable[FrameBatch]) -> Course[FrameBatch]:
        """Several batches, likewise."""
        for batch in batches:
            yield (yield from self.finish(batch))


def fill(parsed: Parsed, name: str | None = None, count: int | None = None) -> Steps[Filled]:
    """Fills in what is left open: an Ethernet header, its addresses, the source address of IP, IPv6 and ARP.

    What the user wrote stays. Inner packets of tunnels are left to scapy. Raises TargetError where there is no route,
    no interface or no answer from the next hop, SendError where the layers do not fit the interface.

    Args:
        parsed: the expression.
        name: the interface; without it the one that an address names, or the route to the first destination has.
        count: so many frames are wanted; None for all.
    """
    packet = parsed.packet.copy()
    layers = layers_of(packet)
    vary = seeded(parsed.vary, some_seed)
    link = _link(name, parsed.link)
    net = next((depth for depth, layer in enumerate(layers) if type(layer).__name__ in SOURCE), None)
    outer = type(layers[0]).__name__
    if outer not in LINK_TYPES and outer != "ARP":
        raise SendError(f"{outer} cannot be the outermost layer: begin with Ether, IP, IPv6 or ARP")
    if net is None or outer not in ("Ether", "Dot3", *SOURCE):
        return _without_network(packet, link, vary)
    return (yield from _routed(packet, net, link, vary, count))


def _link(name: str | None, named: str | None) -> SystemInterface | None:
    """The interface that is asked for; SendError where an address names another."""
    if named is not None:
        from rawkit.run.names import link_name

        named = link_name(named)
        if name not in (None, named):
            raise SendError(f"-i {name}: the destination is on {named}, as its address says: leave one out")
    return ready(name or named or "") if name or named else None


def _without_network(packet: Any, link: SystemInterface | None, vary: Mapping[str, Any]) -> Filled:
    """Frames that no route is for."""
    if _is_open(packet, "Ether", "src") and link and link.mac:
        packet.src = mac_text(link.mac)
    if link is None:
        raise TargetError("no IP address says which interface to send on: give -i")
    return _filled(packet, link, vary, None)


def _routed(
    packet: Any, net: int, link: SystemInterface | None, vary: Mapping[str, Any], count: int | None
) -> Steps[Filled]:
    """Frames with an IP or ARP header in front of any other."""
    layer = layers_of(packet)[net]
    kind = type(layer).__name__
    no_source = layer.getfieldval(SOURCE[kind]) is None and f"{kind}:1.{SOURCE[kind]}" not in vary
    is_bare = net == 0
    no_mac = kind != "ARP" and (is_bare or _is_open(packet, "Ether", "dst"))
    if not (no_source or no_mac or is_bare or link is None):
        return _filled(_with_own_mac(packet, link), link, vary, None)
    if no_source:
        setattr(layer, SOURCE[kind], BLANK[kind])
    targets = _one_target(layer, kind, vary) or _targets(_sample(layer, vary, count), kind)
    if kind == "ARP":
        return _arp(packet, layer, targets[0], link, no_source, vary)
    hops = Hops(link.name if link else None, None if no_source else _source(layer, kind, vary))
    yield from hops.begin(targets)
    link = interface(hops.first.interface)
    if no_source:
        layer.src = str(hops.first.source).partition("%")[0]
    if link.mac is None:
        return _filled(packet, link, vary, None)
    packet = _ether(packet, link.mac, hops.first.destination_mac if no_mac else None)
    filled = _filled(packet, link, vary, hops if no_mac else None)
    hops.locate(_size_before(packet, layer, vary), *ADDRESS_AT[kind])
    return filled


def _size_before(packet: Any, layer: Any, vary: Mapping[str, Any]) -> int:
    """Bytes of the headers in front of a layer."""
    outer = _ether(packet.copy(), NO_MAC, NO_MAC)
    next(one for one in layers_of(outer) if type(one.payload) is type(layer)).remove_payload()
    return int(next(Template(outer, vary=_own(outer, vary)).batches(1)).length[0])


def _own(packet: Any, vary: Mapping[str, Any]) -> dict[str, Any]:
    """What varies in the layers of a part of the packet."""
    names = {type(one).__name__ for one in layers_of(packet)}
    return {name: value for name, value in vary.items() if name.partition(":")[0] in names}


def _source(layer: Any, kind: str, vary: Mapping[str, Any]) -> IPAddress | None:
    """The one source address of all packets; None where they have several."""
    return None if f"{kind}:1.{SOURCE[kind]}" in vary else ip_address(layer.getfieldval(SOURCE[kind]))


def _arp(
    packet: Any, layer: Any, target: IPAddress, link: SystemInterface | None, no_source: bool, vary: Mapping[str, Any]
) -> Filled:
    """An ARP packet goes to all on the link; which link that is, the addresses of this host tell."""
    link = link or _on_link(target)
    if no_source:
        layer.psrc = str(_address_beside(target, link))
    own = link.mac or NO_MAC
    if layer.getfieldval("hwsrc") is None:
        layer.hwsrc = mac_text(own)
    return _filled(_ether(packet, own, BROADCAST), link, vary, None)


def _filled(packet: Any, link: SystemInterface, vary: Mapping[str, Any], hops: Hops | None) -> Filled:
    template = Template(packet, vary=vary)
    check_link(template.link_type, link)
    return Filled(template, link, hops)


def _one_target(layer: Any, kind: str, vary: Mapping[str, Any]) -> list[IPAddress]:
    """The destination, where it is an address and the same in all frames; else empty."""
    value = layer.getfieldval(TARGET[kind])
    if f"{kind}:1.{TARGET[kind]}" in vary or not isinstance(value, str):
        return []
    try:
        return [ip_address(value)]
    except ValueError:
        return []


def _targets(sample: FrameBatch, kind: str) -> list[IPAddress]:
    """The destinations of the first frames, each once, in order."""
    at, size = ADDRESS_AT[kind]
    packed = dict.fromkeys(frame[at : at + size] for frame in sample.frames() if len(frame) >= at + size)
    return [ip_address(one) for one in packed]


def _sample(layer: Any, vary: Mapping[str, Any], count: int | None) -> FrameBatch:
    """The first frames, from a layer on, without those around it."""
    template = Template(layer, link_type=linktypes.RAW, vary=_own(layer, vary))
    return next(template.batches(min(LOOKED_AT, count or template.total or 1)))


def _is_open(packet: Any, kind: str, field: str) -> bool:
    """Whether the outermost layer is of that kind, and the field is not set."""
    return type(packet).__name__ == kind and packet.getfieldval(field) is None


def _with_own_mac(packet: Any, link: SystemInterface | None) -> Any:
    return _ether(packet, link.mac, None) if link and link.mac and _is_open(packet, "Ether", "src") else packet


def _ether(packet: Any, source: bytes, destination: bytes | None) -> Any:
    """The packet with an Ethernet header, whose open addresses are set."""
    ether = packet if type(packet).__name__ in ("Ether", "Dot3") else scapy_module("scapy.layers.l2").Ether() / packet
    for field, value in (("src", source), ("dst", destination)):
        if value is not None and ether.getfieldval(field) is None:
            setattr(ether, field, mac_text(value))
    return ether


def _on_link(target: IPAddress) -> SystemInterface:
    for link in interfaces():
        if link.is_up and any(target in address.network for address in link.addresses):
            return link
    raise TargetError(f"{target}: on no network of this host: give -i")


def _address_beside(target: IPAddress, link: SystemInterface) -> IPAddress:
    """The interface's address on the target's network, else its first of the same IP version."""
    same = [address for address in link.addresses if address.version == target.version]
    beside = [address for address in same if target in address.network]
    if not same:
        raise TargetError(f"{link.name} has no IPv{target.version} address to send from: give psrc")
    return (beside or same)[0].ip
