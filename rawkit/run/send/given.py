"""What a program gives to be sent: packets of scapy, templates, expressions, bytes, batches, captures, and any of them
one after the other; as frames that are ready for an interface."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rawkit import linktypes
from rawkit.craft import Parsed, Template, parse
from rawkit.craft.alike import Alike, alike
from rawkit.craft.packets import build
from rawkit.errors import SendError, TargetError
from rawkit.facts.status import TO_SELF
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.run.send.fill import BLANK, SOURCE, fill
from rawkit.run.send.headers import Header, WayKey, target_of, way_key
from rawkit.run.send.hex_text import bare_packet
from rawkit.run.send.hops import Hops
from rawkit.run.send.paced import check_link, ready
from rawkit.run.send.template import destination, framed
from rawkit.sockets.interfaces import SystemInterface, interface
from rawkit.sockets.pausing import Course, Pause, Steps
from rawkit.wire.address import IPAddress

TOGETHER: Final = 4096
"""Frames of a list that make a batch."""
FULL: Final = 65536
TAKEN: Final = (
    "give a scapy packet, a rawkit.Template, an expression, bytes, a FrameBatch, a capture, the pathlib.Path of one, "
    "or a list of them"
)
Resolve = Callable[[str, int], str]


def is_packet(what: object) -> bool:
    """Whether it is a packet of scapy, which is not loaded to know that."""
    scapy = sys.modules.get("scapy.packet")
    return scapy is not None and isinstance(what, scapy.Packet)


def taken(what: object, resolve: Resolve | None = None) -> Parsed | None:
    """What stands for frames by itself: an expression, a packet or a template; None for anything else."""
    if isinstance(what, str):
        return parse(what, resolve)
    if is_packet(what):
        return Parsed(what, {})
    parts = what.parts() if isinstance(what, Template) else None
    return Parsed(*parts) if parts is not None else None


def items(what: Any) -> Iterator[tuple[Any, bool]]:
    """What is given, flat, and whether more follow at once: packets, templates and expressions, or batches of frames.

    SendError for what is none of them.
    """
    if isinstance(what, (str, Template, FrameBatch)) or is_packet(what):
        yield what, False
    elif isinstance(what, (bytes, bytearray, memoryview)):
        yield _bytes(bytes(what)), False
    elif isinstance(what, Path):
        with open_capture(str(what)) as capture:
            yield from ((batch, False) for batch in capture)
    elif hasattr(what, "link_type") and isinstance(getattr(what, "bytes", None), bytes):
        yield FrameBatch.from_frames([what.bytes], link_type=int(what.link_type)), False
    elif callable(getattr(what, "batches", None)):
        yield from ((batch, False) for batch in what.batches())
    elif callable(getattr(what, "read", None)):
        yield from ((batch, False) for batch in _read(what))
    elif isinstance(what, Iterable) and not isinstance(what, Mapping):
        many = isinstance(what, Sequence)
        for one in what:
            if is_packet(one):
                yield one, many
            else:
                yield from ((item, many or more) for item, more in items(one))
    else:
        raise SendError(f"a {type(what).__name__} cannot be sent: {TAKEN}")


def _read(source: Any) -> Iterator[FrameBatch]:
    while (batch := source.read()) is not None:
        if not isinstance(batch, FrameBatch):
            raise SendError(f"a {type(source).__name__} cannot be sent: {TAKEN}")
        yield batch.copy()  # it is valid until the next read, and may be kept longer


def _bytes(frame: bytes) -> FrameBatch:
    packet = bare_packet(frame, "bytes")
    whole, kind = (frame, linktypes.ETHERNET) if packet is None else (packet, linktypes.RAW)
    return FrameBatch.from_frames([whole], link_type=kind)


class Framed:
    """Makes of each thing that is given frames for one interface: that which is named, else that of the first route.

    Args:
        name: of the interface; None for that of the first route.
        resolve: gives the address of a name in an expression.
        full: frames of a batch at most.

    Attributes:
        link: the interface, as soon as it is known.
        silent: destinations so far that nothing can be sent to.
        has_own: whether one so far is this host itself.
    """

    def __init__(self, name: str | None, resolve: Resolve | None = None, full: int = FULL) -> None:
        self.link: SystemInterface | None = ready(name) if name else None
        self.has_own = False
        self._name, self._resolve, self._full = name, resolve, full
        self._silent: set[IPAddress] = set()
        self._hops: list[Hops] = []
        self._for_bare: Hops | None = None
        self._known: dict[WayKey, Header | TargetError] = {}
        self._error: TargetError | None = None

    @property
    def silent(self) -> set[IPAddress]:
        """Destinations so far that nothing can be sent to."""
        return self._silent.union(*(hops.silent for hops in self._hops))

    def batches(self, what: object) -> Course[FrameBatch]:
        """All frames once; TargetError where there is no way to any of the destinations."""
        waiting: list[tuple[WayKey, Any]] = []
        gave = False
        for item, more in items(what):
            key = way_key(item) if is_packet(item) else None
            if key is not None:
                waiting.append((key, item))
            if key is None or not more or len(waiting) >= min(TOGETHER, self._full):
                for batch in self._singles(waiting):
                    gave = gave or _has_frames(batch)
                    yield batch
                waiting = []
            for batch in self._many(item) if key is None else ():
                gave = gave or _has_frames(batch)
                yield batch
        for batch in self._singles(waiting):
            gave = gave or _has_frames(batch)
            yield batch
        if not gave and self._error is not None:
            raise self._error

    def _singles(self, waiting: list[tuple[WayKey, Any]]) -> Course[FrameBatch]:
        """The frames of packets that stand for one each: all at once where they are alike."""
        found = alike([packet for _, packet in waiting]) if self._may_be_alike(waiting) else None
        if found is not None:
            yield from self._alike(found)
            return
        made = []
        for key, packet in waiting:
            header = yield from self._way(key, packet)
            if header is not None:
                made.append((header.frame(packet), header.status))
        if made:
            yield self._joined([frame for frame, _ in made], [status for _, status in made])

    def _may_be_alike(self, waiting: list[tuple[WayKey, Any]]) -> bool:
        """Whether all are bare IP packets, whose headers are known when they are made; and the source is open, or one.

        Rules of the kernel's may send those of other sources another way.
        """
        return bool(waiting) and all(key[0] in ("IP", "IPv6") and key[-1] == waiting[0][0][-1] for key, _ in waiting)

    def _joined(self, frames: list[bytes], own: list[int]) -> FrameBatch:
        assert self.link is not None
        assert self.link.takes is not None
        batch = FrameBatch.from_frames(frames, link_type=self.link.takes)
        batch.status[:] = own
        return batch

    def _way(self, key: WayKey, packet: Any) -> Steps[Header | None]:
        """The header for a packet that stands for one alone; None where it has no way."""
        if key not in self._known:
            try:
                self._known[key] = yield from self._header(packet)
            except TargetError as error:
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, TargetError):
            self._error = self._error or known
            self._silent.update(target_of(key))
            return None
        self.has_own = self.has_own or bool(known.status)
        return known

    def _header(self, packet: Any) -> Steps[Header]:
        """What is in front of a packet, and where it comes from: found once for all that go the same way."""
        filled = yield from fill(Parsed(packet, {}), self._name)
        self._take(filled.link)
        first = yield from filled.finish(next(filled.template.batches(1)))
        if not len(first):
            raise TargetError("no answer from the next hop")
        return Header.of(filled.template.outermost, first.frame(0), int(first.status[0]))

    def _many(self, item: Any) -> Course[FrameBatch]:
        if isinstance(item, FrameBatch):
            yield from self._whole(item)
            return
        parsed = taken(item, self._resolve)
        if parsed is None:
            yield from self._template(item)
            return
        filled = yield from fill(parsed, self._name)
        self._take(filled.link)
        if filled.hops is not None:
            self._hops.append(filled.hops)
            self.has_own = self.has_own or filled.hops.has_own
        yield from filled.finished(filled.template.batches(self._full))

    def _alike(self, found: Alike) -> Course[FrameBatch]:
        """The frames of packets that are alike; one template is made of them, when the source address is known."""
        kind = type(found.first).__name__
        fields = {}
        if found.first.getfieldval(SOURCE[kind]) is None:
            blank = found.first.copy()
            blank.fields[SOURCE[kind]] = BLANK[kind]
            first = FrameBatch.from_frames([build(blank)], link_type=linktypes.RAW)
            fields[SOURCE[kind]] = _text((yield from self._bare_hops(first)).first.source)
        for batch in found.template(**fields).batches(self._full):
            yield from self._whole(batch)

    def _template(self, template: Template) -> Course[FrameBatch]:
        """The frames of a template of bytes, or with fields that go together."""
        kind = type(template.outermost).__name__
        field = SOURCE.get(kind)
        if field and template.outermost.getfieldval(field) is None and not template.varies(0, field):
            blank = template.with_values(0, **{field: BLANK[kind]})
            first = next(blank.batches(1))
            source = (yield from self._bare_hops(first)).first.source
            template = template.with_values(0, **{field: _text(source)})
        for batch in template.batches(self._full):
            yield from self._whole(batch)

    def _whole(self, batch: FrameBatch) -> Course[FrameBatch]:
        """Frames that are complete: with a link header, or IP packets that get one."""
        kinds = np.unique(batch.link_type).tolist()
        for kind in kinds:
            part = batch if len(kinds) == 1 else batch.select(batch.link_type == kind)
            yield (yield from self._with_header(part)) if kind in linktypes.BARE else self._as_it_is(part, kind)

    def _as_it_is(self, batch: FrameBatch, kind: int) -> FrameBatch:
        if self.link is None:
            raise TargetError("frames do not say which interface to send on: give -i (interface=...)")
        check_link(kind, self.link, "give others, or a capture to `rawkit replay --to-link`")
        return batch

    def _with_header(self, batch: FrameBatch) -> Steps[FrameBatch]:
        if self.link is not None and self.link.mac is None:
            return batch
        hops = yield from self._bare_hops(batch)
        assert self.link is not None
        if self.link.mac is None:
            return batch
        made = yield from framed(batch, hops, self.link.mac)
        self.has_own = self.has_own or bool((made.status & TO_SELF).any())
        return made

    def _bare_hops(self, batch: FrameBatch) -> Steps[Hops]:
        if self._for_bare is None:
            targets = list(dict.fromkeys(map(destination, batch.select(slice(0, 256)).frames())))
            hops = Hops(self._name)
            yield from hops.begin(targets)
            self._for_bare = hops
            self._hops.append(self._for_bare)
            self._take(interface(self._for_bare.first.interface))
        return self._for_bare

    def _take(self, link: SystemInterface) -> None:
        """Notes the interface; SendError where it is another than that of what came before."""
        if self.link is not None and self.link.name != link.name:
            raise SendError(f"the destinations leave by {self.link.name} and {link.name}: give -i, or send them apart")
        self.link = self.link or link


def _text(address: IPAddress) -> str:
    """An address as it stands in a packet: without an interface."""
    return str(address).partition("%")[0]


def _has_frames(batch: Pause | FrameBatch) -> bool:
    return isinstance(batch, FrameBatch) and len(batch) > 0
