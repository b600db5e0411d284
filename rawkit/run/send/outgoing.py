"""What is to go out: the frames of an expression or of a template file, and the interface that takes them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from ipaddress import IPv4Address
from itertools import chain, count
from typing import TYPE_CHECKING, Protocol

from rawkit import linktypes
from rawkit.craft import plain
from rawkit.craft.quiet import without_routes
from rawkit.errors import SendError, TargetError
from rawkit.facts import ethernet, ethertypes, ipv4
from rawkit.frames import FrameBatch
from rawkit.run.send.hops import Hops
from rawkit.run.send.paced import check_link, check_size, ready
from rawkit.run.send.request import SendRequest
from rawkit.run.send.supply import FULL, Rounds, Supply
from rawkit.sockets.interfaces import SystemInterface, interface
from rawkit.sockets.pausing import Course, Pause, Steps
from rawkit.sockets.way.ways import has_many_routes
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.ethernet import Ethernet

if TYPE_CHECKING:
    from rawkit.craft import Parsed


class Reached(Protocol):
    """Knows which destinations nothing can be sent to, and whether one is this host itself."""

    @property
    def silent(self) -> Collection[IPAddress]: ...

    @property
    def has_own(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Frames and where they go.

    Attributes:
        link: the interface.
        supply: gives the frames, in batches of a size, and whether they begin again at the end.
        hops: knows whose next hop was silent; None where MAC addresses were given.
        built: the fields that scapy draws by itself, frame by frame.
    """

    link: SystemInterface
    supply: Callable[[int, bool], Supply]
    hops: Reached | None
    built: tuple[str, ...] = ()

    @property
    def link_type(self) -> int:
        """LINKTYPE number of the frames."""
        assert self.link.takes is not None  # else there were none to be sent
        return self.link.takes

    def batches(self, size: int, loop: bool) -> Steps[Course[FrameBatch]]:
        """The frames, up to `size` in a batch, none larger than the interface takes, and pauses between.

        The first batch is made before this returns, so that what is wrong with it is known while nothing is sent.
        """
        checked = self._checked(self.supply(size, loop).batches(size))
        for first in checked:
            if not isinstance(first, Pause):
                return chain([first], checked)
            yield first
        return checked

    def _checked(self, batches: Course[FrameBatch]) -> Course[FrameBatch]:
        for batch in batches:
            yield batch if isinstance(batch, Pause) else check_size(batch, self.link)


def outgoing(request: SendRequest, full: int = FULL) -> Steps[Outgoing]:
    """What is asked for; an expression that is wrong, a route that is missing are errors here.

    Args:
        request: which frames.
        full: of a batch of what a program gives, at most.
    """
    if has_many_routes():
        without_routes()
    if request.template is not None:
        return (yield from _template(request))
    packet = plain.read(request.expression) if request.expression else None
    if packet is not None:
        return (yield from _plain(request, packet))
    from rawkit.run.send.given import taken

    parsed = taken(request.what if request.expression is None else request.expression, _address)
    return (yield from _given(request, full) if parsed is None else _expression(request, parsed))


def _plain(request: SendRequest, packet: plain.PlainPacket) -> Steps[Outgoing]:
    """One packet that takes no scapy: what it leaves open is filled in as `fill` does it."""
    named = ready(request.interface).name if request.interface else None
    hops = Hops(named, packet.source)
    yield from hops.begin([packet.target])
    link, source = interface(hops.first.interface), hops.first.source
    assert isinstance(source, IPv4Address)  # as the packet is
    frame = packet.pack(source)
    if link.mac is None:
        check_link(linktypes.RAW, link)
        bare = FrameBatch.from_frames([frame], link_type=linktypes.RAW)
        return Outgoing(link, lambda size, loop: Supply(lambda: [bare], request.count, loop), None)
    check_link(linktypes.ETHERNET, link)
    hops.locate(ethernet.HEADER_LEN, ipv4.DST, len(packet.target.packed))
    header = Ethernet(hops.first.destination_mac or bytes(6), link.mac, ethertypes.IPV4)
    batch = FrameBatch.from_frames([header.pack(frame)])

    def once() -> Course[FrameBatch]:
        yield (yield from hops.fill(batch))

    return Outgoing(link, lambda size, loop: Supply(once, request.count, loop), hops)


def _expression(request: SendRequest, parsed: Parsed) -> Steps[Outgoing]:
    from rawkit.craft.volatiles import lasting
    from rawkit.run.send.fill import fill

    filled = yield from fill(parsed, request.interface, request.count)
    goes_on, total = any(map(lasting, parsed.vary.values())), filled.template.total

    def supply(size: int, loop: bool) -> Supply:
        length = request.count or (max(size, total or 1) if loop else total or 1)
        rounds = count()

        def once() -> Course[FrameBatch]:
            if not goes_on:
                return filled.finished(filled.template.batches(size, request.count))
            return filled.finished(filled.template.part(size, next(rounds) * length, length))

        return Supply(once, request.count, loop, same=not goes_on)

    return Outgoing(filled.link, supply, filled.hops, parsed.built)


def _address(name: str, version: int) -> str:
    """The address of a name, with its interface where it has one."""
    from rawkit.run.names import resolver

    return resolver(4 if version == 4 else 6)(name).text


def _given(request: SendRequest, full: int) -> Steps[Outgoing]:
    """Frames of a program: what it gives is gone through once, and kept where that is not enough."""
    from rawkit.run.send.given import Framed

    framing = Framed(request.interface, _address, full)
    rounds = Rounds(framing.batches(request.what), keep=request.reply or request.loop or request.count is not None)
    yield from rounds.begin()
    if framing.link is None:
        raise SendError("there is no frame to send: give one")
    return Outgoing(framing.link, lambda size, loop: Supply(rounds, request.count, loop), framing)


def _template(request: SendRequest) -> Steps[Outgoing]:
    from rawkit.run.send.template import destination, framed, open_template

    found = open_template(request.template or "-")
    link = ready(request.interface) if request.interface else None
    hops = None
    if found.link_type in linktypes.BARE and (link is None or link.mac is not None):
        first = next(iter(found.batches()))
        hops = Hops(request.interface)
        yield from hops.begin([destination(frame) for frame in first.select(slice(0, 256)).frames()])
        link = interface(hops.first.interface)
    if link is None:
        raise TargetError("frames of a file do not say which interface to send on: give -i")
    own = link.mac
    if hops is None or own is None:
        check_link(found.link_type, link, "give others, or a capture to `rawkit replay --to-link`")
        return Outgoing(link, lambda size, loop: Supply(found.batches, request.count, loop), None)

    def once() -> Course[FrameBatch]:
        for batch in found.batches():
            yield (yield from framed(batch, hops, own))

    return Outgoing(link, lambda size, loop: Supply(once, request.count, loop), hops)
