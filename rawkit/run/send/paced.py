"""`PacedSender`: frames out of an interface when they are due, and how fast they really went."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.errors import SendError, TargetError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch, Int64s
from rawkit.run.pace import SECOND, Pace, until
from rawkit.run.send.request import Tx
from rawkit.run.stopping import Stop
from rawkit.sockets.device import NOT_MADE
from rawkit.sockets.interfaces import SystemInterface, interface
from rawkit.sockets.pausing import OTHERS, Steps
from rawkit.sockets.send.mmsg import MOST
from rawkit.sockets.send.sender import XDP_AFTER, FrameSender, Load, Prepared
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress

ETHERNET_HEADER: Final = 14
VLAN_TAG: Final = 4
LOOK: Final = 50_000_000
"""Nanoseconds between two calls of `tell`."""
DOT1Q: Final = (0x81, 0x00)


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out.

    Attributes:
        frames: how many.
        bytes: of all of them, link headers included.
        nanoseconds: from before the first to behind the last.
        silent: destinations that nothing was sent to: no route leads there, or the next hop does not answer.
    """

    frames: int
    bytes: int
    nanoseconds: int
    silent: frozenset[IPAddress] = frozenset()

    @property
    def seconds(self) -> float:
        """How long it took.

        >>> Sent(frames=3, bytes=180, nanoseconds=1_500_000_000).seconds
        1.5
        """
        return self.nanoseconds / SECOND

    @property
    def rate(self) -> float | None:
        """Frames a second between the first and the last; None where there are not two.

        >>> Sent(frames=3, bytes=180, nanoseconds=1_000_000_000).rate
        2.0
        """
        if self.frames < 2 or self.nanoseconds <= 0:
            return None
        return (self.frames - 1) * SECOND / self.nanoseconds


SMALL: Final = 1024
"""Frames of a batch at most where somebody else's loop waits."""


class PacedSender(FrameSender):
    """A `FrameSender` that sends each frame when its pace says so; frames that are late go together.

    Args:
        interface: its name.
        pace: None sends at once.
        stop: ends sending between two frames where it is asked for.
        tell: is called every now and then with what went out so far.
        qdisc_bypass: as in `FrameSender`.
        tx: as in `rawkit.run.send.request.SendRequest`.
        expected: how many frames there will be, where that is known: many go through AF_XDP from the first batch on.
        spin: nanoseconds before a frame in which the clock is watched; None for as many as the pace has.

    Raises SendError where AF_XDP is asked for, and cannot be had; and as `FrameSender` does.
    """

    def __init__(
        self,
        interface: str,
        pace: Pace | None,
        stop: Stop,
        tell: Callable[[Sent], None] | None = None,
        *,
        qdisc_bypass: bool = False,
        tx: Tx = "auto",
        expected: int | None = None,
        spin: int | None = None,
    ) -> None:
        is_past, after = qdisc_bypass or tx == "xdp", 0 if (expected or 0) >= XDP_AFTER else XDP_AFTER
        super().__init__(interface, qdisc_bypass=is_past, xdp_after=None if tx == "packet" else after)
        if tx == "xdp":
            self._open_xdp_only()
        self._earlier, self._sizes = (0, 0), np.empty(0, np.int64)
        self._pace, self._stop, self._tell, self._spin = pace, stop, tell, spin
        self._began: int | None = None
        self._paused = 0
        self._ended = self._next_look = 0

    def _open_xdp_only(self) -> None:
        self.ring_least = 1
        if not self.open_xdp():
            self.close()
            raise SendError(f"{self.interface}: no AF_XDP: {self.without_xdp}: leave --tx out")

    @property
    def bytes(self) -> int:
        """Of the frames that went out so far."""
        frames, size = self._earlier
        return size + (int(self._sizes[self.sent - frames - 1]) if self.sent > frames else 0)

    @property
    def result(self) -> Sent:
        """What went out so far."""
        return Sent(self.sent, self.bytes, self._ended - (self._began or 0) if self.sent else 0)

    def steps(self, batch: FrameBatch) -> Steps[int]:
        """Sends the frames of a batch when they are due; returns how many, which are all unless it was stopped."""
        self._earlier = (self.sent, self.bytes)
        self._sizes = batch.captured.cumsum(dtype=np.int64)
        if self._pace is None:
            self._began = self._began or time.monotonic_ns()
            yield from self._send_at_once(self.load(batch), len(batch))
        else:
            yield from self._send_due(batch, self._pace)
        return self.sent - self._earlier[0]

    def pause(self, nanoseconds: int) -> Steps[bool]:
        """Waits so long, unless it is stopped, which is False; all frames behind are due as much later."""
        self._paused += nanoseconds
        return until(time.monotonic_ns() + nanoseconds, self._stop)

    def _send_due(self, batch: FrameBatch, pace: Pace) -> Steps[None]:
        due = pace.due(batch)
        if self._began is None:
            self._began = time.monotonic_ns() - (int(due[0]) if len(due) else 0)
        self.check(batch)
        spin = pace.spin if self._spin is None else self._spin
        yield from self._send_at(due + (self._began + self._paused), self._messages(batch), spin)

    def _send_at_once(self, load: Load, count: int) -> Steps[None]:
        for begin in range(0, count, MOST):
            if self._stop.asked:
                return
            yield from self.part_steps(load, begin, min(begin + MOST, count))
            self._went()
            yield OTHERS

    def _send_at(self, times: Int64s, messages: Prepared, spin: int) -> Steps[None]:
        """Sends each frame at its time of the monotonic clock, which is not before that of the one in front."""
        for start in range(0, len(times), MOST):
            part = times[start : start + MOST].tolist()
            messages.prepare(start, start + len(part))  # beforehand: between frames there may be 20 us
            at = 0
            while at < len(part):
                end = bisect_right(part, max(time.monotonic_ns(), part[at]), at)
                if not (yield from until(part[at], self._stop, spin, messages.rehearse)):
                    return
                yield from self.part_steps(messages, start + at, start + end)
                at = end
                self._went()
                yield OTHERS

    def _went(self) -> None:
        self._ended = time.monotonic_ns()
        if self._ended >= self._next_look:
            self._look()

    def _look(self) -> None:
        self._next_look = self._ended + LOOK
        if self._tell:
            self._tell(self.result)


def ready(name: str) -> SystemInterface:
    """The interface of that name, which is up; TargetError where it is not, SendError where nothing can be sent."""
    link = interface(name)
    if link.takes is None:
        raise SendError(f"{name}: {NOT_MADE}")
    if not link.is_up:
        raise TargetError(f"{name} is down: set it up with `ip link set {name} up`")
    return link


def room(link: SystemInterface) -> int:
    """Bytes of the largest frame without a VLAN tag that the kernel takes for an interface: MTU and link header.

    >>> room(interface("lo"))
    65550
    """
    return link.mtu + (0 if link.mac is None else ETHERNET_HEADER)


def too_large(batch: FrameBatch, link: SystemInterface) -> NDArray[np.bool_]:
    """Which frames the kernel would refuse with EMSGSIZE; an 802.1Q tag comes on top (packet_snd in af_packet.c)."""
    large = np.asarray(batch.captured > room(link))
    rows = np.flatnonzero(large & (batch.captured <= room(link) + VLAN_TAG) & (batch.status & VLAN_STRIPPED == 0))
    large[rows] = (batch.data[batch.offset[rows, None] + (12, 13)] != DOT1Q).any(axis=1)
    return large


def check_link(link_type: int, link: SystemInterface, advice: str = "begin with another layer") -> None:
    """SendError where an interface does not take frames of a link type, with what to do."""
    if link.takes is None:
        raise SendError(f"{link.name}: {NOT_MADE}")
    if link_type != link.takes and not (link.takes == linktypes.RAW and link_type in linktypes.BARE):
        theirs, ours = linktypes.name(link.takes), linktypes.name(link_type)
        raise SendError(f"{link.name} takes {theirs} frames, and these are {ours}: {advice}")


def check_size(batch: FrameBatch, link: SystemInterface) -> FrameBatch:
    """The batch; SendError where a frame is larger than the interface's MTU allows."""
    large = too_large(batch, link)
    if large.any():
        size = int(batch.captured[np.argmax(large)])
        takes = f"{link.name} takes {room(link)} with its MTU of {link.mtu}"
        raise SendError(f"a frame of {size} bytes is too large, {takes}: send less, or raise the MTU")
    return batch
