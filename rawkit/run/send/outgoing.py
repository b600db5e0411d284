"""What is to go out: the frames of an expression or of a template file, and the interface that takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from rawkit import linktypes
from rawkit.craft import Counter, Random, parse
from rawkit.craft.quiet import without_routes
from rawkit.errors import SendError, TargetError
from rawkit.frames import FrameBatch
from rawkit.run.send.fill import check_link, fill
from rawkit.run.send.hops import Hops
from rawkit.run.send.paced import check_size, ready
from rawkit.run.send.request import SendRequest
from rawkit.run.send.supply import Supply
from rawkit.sockets.interfaces import SystemInterface, interface
from rawkit.sockets.way.ways import has_many_routes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Frames and where they go.

    Attributes:
        link: the interface.
        supply: gives the frames, in batches of a size.
        hops: knows whose next hop was silent; None where MAC addresses were given.
    """

    link: SystemInterface
    supply: Callable[[int], Supply]
    hops: Hops | None

    @property
    def link_type(self) -> int:
        """LINKTYPE number of the frames."""
        assert self.link.takes is not None  # else there were none to be sent
        return self.link.takes

    def batches(self, size: int) -> Iterator[FrameBatch]:
        """The frames, up to `size` in a batch, none larger than the interface takes.

        The first batch is made before this returns, so that what is wrong with it is known while nothing is sent.
        """
        checked = (check_size(batch, self.link) for batch in self.supply(size).batches(size))
        first = next(checked, None)
        return chain([] if first is None else [first], checked)


def outgoing(request: SendRequest) -> Outgoing:
    """What is asked for; an expression that is wrong, a route that is missing are errors here."""
    if has_many_routes():
        without_routes()
    return _expression(request) if request.expression is not None else _template(request)


def _expression(request: SendRequest) -> Outgoing:
    parsed = parse(request.expression or "")
    filled = fill(parsed, request.interface)
    if filled.template.total is None and request.count is None and not request.loop:
        raise SendError("the expression has no last frame: give --count, or --loop for as long as it may take")
    drawn = any(isinstance(value, Counter | Random) for value in parsed.vary.values())

    def supply(size: int) -> Supply:
        def once() -> Iterator[FrameBatch]:
            return map(filled.finish, filled.template.batches(size, request.count))

        return Supply(once, request.count, request.loop, same=not drawn)

    return Outgoing(filled.link, supply, filled.hops)


def _template(request: SendRequest) -> Outgoing:
    from rawkit.run.send.template import destination, framed, open_template

    found = open_template(request.template or "-")
    link = ready(request.interface) if request.interface else None
    hops = None
    if found.link_type in linktypes.BARE and (link is None or link.mac is not None):
        first = next(iter(found.batches()))
        hops = Hops(request.interface, [destination(frame) for frame in first.select(slice(0, 256)).frames()])
        link = interface(hops.first.interface)
    if link is None:
        raise TargetError("frames of a file do not say which interface to send on: give -i")
    own = link.mac
    if hops is None or own is None:
        check_link(found.link_type, link, "give others, or a capture to `rawkit replay --to-link`")
        return Outgoing(link, lambda size: Supply(found.batches, request.count, request.loop), None)

    def once() -> Iterator[FrameBatch]:
        return (framed(batch, hops, own) for batch in found.batches())

    return Outgoing(link, lambda size: Supply(once, request.count, request.loop), hops)
