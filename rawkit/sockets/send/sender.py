"""`FrameSender`: frames out of an interface, one by one or in bursts."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

import numpy as np

from rawkit import linktypes
from rawkit.errors import RawkitError, SendError
from rawkit.facts import ethernet
from rawkit.facts.status import TO_SELF
from rawkit.frames import FrameBatch
from rawkit.sockets import device, layout
from rawkit.sockets.closing import closed_on_error
from rawkit.sockets.packet_socket import bind, open_packet_socket, set_option
from rawkit.sockets.pausing import Pause, Steps, blocking
from rawkit.sockets.send.bare import NAME_LEN, Names
from rawkit.sockets.send.local import LocalSender
from rawkit.sockets.send.mmsg import MessageArray, Messages, Pieces, check_inside
from rawkit.sockets.send.tx_ring import TxRing

if TYPE_CHECKING:
    from rawkit.sockets.send.xdp_ring import XdpRing

STALL: Final = 5.0
"""Seconds in which not one frame goes out, after which the sender gives up."""
BACK_OFF: Final = 0.0005
"""Seconds before another try where the interface's queue is full: the kernel does not say when it has room."""

RING_AFTER: Final = 1 << 17
"""Frames that are sent by sendmmsg before a ring is opened. It spares a fifth of the time of each that comes after, but
to open and to close it the kernel waits for all processors to pass a point (synchronize_net): 20 to 30 ms."""
XDP_AFTER: Final = 1 << 16
"""The same for an AF_XDP socket, which spares a third, and is opened and closed in 10 to 30 ms."""
RING_LEAST: Final = 64
"""Frames of a batch for which a ring is worth it."""
SO_NETNS_COOKIE: Final = 71

_ADVICE: Final = {
    errno.EMSGSIZE: "send at most the MTU and a link header",
    errno.EINVAL: "give it a whole link header",
    errno.ENETDOWN: "set the interface up",
    errno.ENXIO: "the interface is gone",
}
_BARE_ADVICE: Final = _ADVICE | {
    errno.EMSGSIZE: "send at most the MTU",
    errno.EINVAL: "give a tunnel one other end (`remote`), for the kernel makes its header",
}
_TO_SELF: Final = "frames to this host itself never reach the link"
_NOT_ALL_FIT: Final = "a batch has frames that are too large for it, or want a VLAN tag put back"
_XDP_ADVICE: Final = {
    errno.EPERM: "it needs CAP_NET_RAW when it is opened",
    errno.EAFNOSUPPORT: "this kernel has no AF_XDP",
    errno.ENOPROTOOPT: "it needs Linux 6.17",
    errno.EBUSY: "another program sends through AF_XDP there",
    errno.ENOBUFS: "see how much memory may be locked (`ulimit -l`)",
    errno.EXDEV: "the interface is in another network namespace",
}


class Load(Protocol):
    """A batch that is ready to be sent part by part."""

    @property
    def socket(self) -> socket.socket:
        """The socket that it goes through."""

    @property
    def via(self) -> str:
        """What that is called."""

    def send(self, begin: int, end: int) -> int:
        """Sends frames from `begin` on, up to `end` at most; returns how many went, at least 1, or OSError."""


class Prepared(Load, Protocol):
    """A load of messages, of which the next can be made before they are due."""

    def prepare(self, begin: int, end: int) -> None:
        """Makes messages of the frames from `begin` to `end`, as many as one call takes."""

    def rehearse(self) -> None:
        """Does what `send` does, with no frame."""


class Through(NamedTuple):
    """What frames went through.

    Attributes:
        by: how many through what: `sendmmsg`, `PACKET_TX_RING`, `AF_XDP`.
        without_xdp: why AF_XDP, which was tried, was not there for all; else empty.
    """

    by: dict[str, int]
    without_xdp: str


class Parted:
    """A batch of which some frames are for this host itself (TO_SELF): they go past the link, one by one, in order."""

    def __init__(self, messages: Messages, batch: FrameBatch, local: LocalSender) -> None:
        self.socket, self.via = messages.socket, messages.via
        self._messages, self._batch, self._local = messages, batch, local
        self._to_self = batch.status & TO_SELF != 0
        self.prepare, self.rehearse = messages.prepare, messages.rehearse

    def send(self, begin: int, end: int) -> int:
        """The same as `Load.send`."""
        if self._to_self[begin]:
            self._local.send(self._batch.frame(begin)[ethernet.HEADER_LEN :])
            return 1
        others = np.flatnonzero(self._to_self[begin:end])
        return self._messages.send(begin, begin + int(others[0]) if len(others) else end)


class FrameSender:
    """Sends Ethernet frames, or bare IP packets where the link has no header or the kernel makes it (tun, PPP, GRE).

    A FrameSink and a context manager.

    A frame whose status has TO_SELF goes to this host itself, without its link header (`LocalSender`).
    A VLAN tag that the kernel took off when the frame was captured is sent in its place. A frame that the kernel
    cannot take at once, since the socket's buffer or the interface's queue is full, is tried again until it goes.

    Args:
        interface: its name.
        qdisc_bypass: hand frames to the device past its queue (PACKET_QDISC_BYPASS).
        buffer: bytes of the socket's send buffer; None leaves the system's default.
        stall: seconds in which no frame goes out, after which SendError is raised.
        ring_after: frames that are sent by sendmmsg before a ring is opened for the rest (`TxRing`).
        xdp_after: with `qdisc_bypass`, which hides frames from the same, the same for an AF_XDP socket (`XdpRing`);
            None for never.

    Raises PrivilegeError without CAP_NET_RAW, TargetError where there is no such interface, SendError where frames of
    its kind of link cannot be made.

    Attributes:
        takes: LINKTYPE number of the frames: ETHERNET or RAW.
        sent: frames that went out so far; exact, also after a SendError.
        by: how many of them by which way: `sendmmsg`, `PACKET_TX_RING`, `AF_XDP`.
        ring_least: batches of fewer frames go by messages.
        without_xdp: why frames did not go through AF_XDP, or no longer, where that was tried; else empty.
        socket: the packet socket.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with FrameSender("lo") as sender:
    ...         print(sender.send(FrameBatch.from_frames([bytes(12) + bytes.fromhex("88b5") + bytes(46)] * 3)))
    ... except PrivilegeError:  # not everyone may
    ...     print(3)
    3
    """

    def __init__(
        self,
        interface: str,
        *,
        qdisc_bypass: bool = False,
        buffer: int | None = None,
        stall: float = STALL,
        ring_after: int = RING_AFTER,
        xdp_after: int | None = None,
    ) -> None:
        self.interface, self.sent, self._stall = interface, 0, stall
        self.by: dict[str, int] = {}
        self.without_xdp, self.ring_least = "", RING_LEAST
        self._options = (qdisc_bypass, buffer)
        self.takes, kind = _kind_of(interface)
        self.socket = _opened(*self._options, kind)
        with closed_on_error(self.socket):
            self._index = device.index_of(self.socket, interface)
            bind(self.socket, self._index, 0)
        self._names = Names(self._index) if self.takes == linktypes.RAW else None
        self._arrays: dict[int, MessageArray] = {}
        self._local = LocalSender()
        self._ring: TxRing | None = None
        self._xdp: XdpRing | None = None
        self._ring_after = ring_after
        self._xdp_after = xdp_after if xdp_after is not None and qdisc_bypass else sys.maxsize

    @property
    def through(self) -> Through:
        """What they went through so far."""
        return Through(dict(self.by), self.without_xdp)

    def send_frame(self, frame: bytes) -> None:
        """Sends one frame; SendError where the kernel does not take it."""
        self.send(FrameBatch.from_frames([frame], link_type=self.takes))

    def send(self, batch: FrameBatch) -> int:
        """Sends all frames of a batch, in order; returns how many.

        SendError where the kernel does not take one: those before it went out, none after it did, and `sent` says
        how many. Where frames are of another link type than `takes` none goes out.
        """
        return blocking(self.steps(batch))

    def steps(self, batch: FrameBatch) -> Steps[int]:
        """The same for who waits elsewhere: it pauses where the kernel cannot take a frame at once."""
        yield from self.part_steps(self.load(batch), 0, len(batch))
        return len(batch)

    def load(self, batch: FrameBatch) -> Load:
        """The batch, ready for `send_part`; SendError where a frame is not inside its data, or not for this link.

        It goes through a ring, where there is one and it takes all of the frames.
        """
        self.check(batch)
        if (batch.status & TO_SELF).any():
            self._go_without(_TO_SELF)
            return self._messages(batch)
        if len(batch) < self.ring_least:
            return self._messages(batch)
        if self.sent >= self._xdp_after:
            self.open_xdp()
        if self.sent >= self._ring_after and self._xdp is None:
            self._open_ring()
        if self._xdp is not None and self._xdp.takes(batch):
            return self._xdp.load(batch, lambda: self._messages(batch))
        self._go_without(_NOT_ALL_FIT)
        if self._ring is not None and self._ring.takes(batch):
            return self._ring.load(batch)
        return self._messages(batch)

    def check(self, batch: FrameBatch) -> None:
        """SendError where a frame is not inside the batch's data, or not of a link type that the interface takes."""
        check_inside(batch)
        takes = linktypes.BARE if self.takes == linktypes.RAW else (self.takes,)
        first = batch.link_type[0] if len(batch) else self.takes
        if first in takes and (batch.link_type == first).all():
            return
        others = batch.link_type[~np.isin(batch.link_type, list(takes))]
        if len(others):
            given, wanted = linktypes.name(int(others[0])), linktypes.name(self.takes)
            raise SendError(f"{self.interface} takes {wanted} frames, and one of these is {given}: give such frames")

    def send_part(self, load: Load, begin: int, end: int) -> None:
        """As `part_steps`; it blocks."""
        blocking(self.part_steps(load, begin, end))

    def part_steps(self, load: Load, begin: int, end: int) -> Steps[None]:
        """Sends the frames from `begin` to `end` of a batch that `load` has made ready; SendError as with `send`.

        It pauses where the kernel cannot take one at once.
        """
        try:
            yield from self._part_steps(load, begin, end)
        finally:
            if self._xdp is not None and (self._xdp.trouble or self._xdp.queued):
                self._close_xdp(self._xdp.trouble or errno.ENOBUFS)

    def _part_steps(self, load: Load, begin: int, end: int) -> Steps[None]:
        give_up = time.monotonic() + self._stall
        while begin < end:
            try:
                went = load.send(begin, end)
            except OSError as error:
                yield self._back_off(load.socket, error, give_up)
                continue
            begin, give_up = begin + went, time.monotonic() + self._stall
            self.sent += went
            self.by[load.via] = self.by.get(load.via, 0) + went

    def open_xdp(self) -> bool:
        """Opens an AF_XDP socket for batches from here on; where there can be none, `without_xdp` says why."""
        self._xdp_after = sys.maxsize
        if self._xdp is None:
            try:
                if self.takes != linktypes.ETHERNET:
                    raise SendError("it takes Ethernet frames")
                self._xdp = _xdp_beside(self.socket, self.interface, self._index, self._options[1])
            except (OSError, RawkitError) as error:
                self.without_xdp = _reason(error)
        return self._xdp is not None

    def _go_without(self, why: str) -> None:
        """Notes why frames go another way, where AF_XDP is there."""
        if self._xdp is not None:
            self.without_xdp = why

    def _close_xdp(self, number: int) -> None:
        """Gives AF_XDP up, which failed; what it did not send never goes out of it."""
        self.without_xdp = os.strerror(number)
        if self._xdp is not None:
            self._xdp.close()
            self._xdp = None

    def write(self, batch: FrameBatch) -> None:
        """The same as `send`."""
        self.send(batch)

    def close(self) -> None:
        """Closes the sockets; a second call does nothing."""
        self.socket.close()
        self._local.close()
        if self._ring is not None:
            self._ring.socket.close()
            self._ring = None  # its memory keeps the socket open
        if self._xdp is not None:
            self._xdp.close()
            self._xdp = None

    def _messages(self, batch: FrameBatch) -> Prepared:
        pieces = Pieces(batch)
        number = pieces.base.shape[1]
        if number not in self._arrays:
            self._arrays[number] = MessageArray(number, NAME_LEN if self._names else 0)
        names = self._names.of(batch) if self._names else None
        messages = Messages(self.socket, self._arrays[number], pieces, names)
        return Parted(messages, batch, self._local) if (batch.status & TO_SELF).any() else messages

    def _open_ring(self) -> None:
        """Tries to open a ring, once; where that fails messages do the same."""
        self._ring_after = sys.maxsize
        with suppress(OSError, RawkitError):
            if self.takes == linktypes.ETHERNET:
                self._ring = _ring_beside(self.socket, self.interface, self._index, self._options)

    def _back_off(self, sock: socket.socket, error: OSError, give_up: float) -> Pause:
        """What to wait for until another try can help: the kernel took nothing of the frame that the error is about."""
        number = error.errno or 0
        left = give_up - time.monotonic()
        if number not in (errno.EAGAIN, errno.ENOBUFS, errno.EINTR):
            advice = (_BARE_ADVICE if self._names else _ADVICE).get(number, "see packet(7)")
            raise SendError(f"{self._name(sock)}: frame {self.sent}: {os.strerror(number)}: {advice}") from error
        if left <= 0:
            trouble = f"no frame went out for {self._stall:g} s, after {self.sent} in all"
            raise SendError(f"{self._name(sock)}: {trouble}: see whether the link takes frames") from error
        return Pause(left, writers=(sock,)) if number == errno.EAGAIN else Pause(BACK_OFF)

    def _name(self, sock: socket.socket) -> str:
        """The interface of a socket of this sender."""
        return self.interface

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _kind_of(interface: str) -> tuple[int, socket.SocketKind]:
    """The LINKTYPE number of frames for an interface, and the kind of packet socket that sends them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        takes = device.sent_type_of(device.hardware_type(control, interface))
    if takes is None:
        raise SendError(f"{interface}: {device.NOT_MADE}")
    return takes, socket.SOCK_RAW if takes == linktypes.ETHERNET else socket.SOCK_DGRAM


def _opened(qdisc_bypass: bool, buffer: int | None, kind: socket.SocketKind = socket.SOCK_RAW) -> socket.socket:
    """A packet socket that is not bound yet."""
    sock = open_packet_socket(kind)
    with closed_on_error(sock):
        set_option(sock, layout.PACKET_QDISC_BYPASS, qdisc_bypass)
        if buffer is not None:
            _set_buffer(sock, buffer)
    return sock


def _ring_beside(plain: socket.socket, interface: str, index: int, options: tuple[bool, int | None]) -> TxRing:
    """A ring on the same interface as a socket; OSError or RawkitError where there can be none."""
    sock = _opened(*options)
    with closed_on_error(sock):
        if _namespace(sock) != _namespace(plain):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        ring = TxRing(sock, interface)
        bind(sock, index, 0)
    return ring


def _xdp_beside(plain: socket.socket, interface: str, index: int, buffer: int | None) -> XdpRing:
    """An AF_XDP socket on the same interface as a packet socket; OSError or RawkitError where there can be none."""
    from rawkit.sockets.send.xdp_ring import XdpRing
    from rawkit.sockets.send.xdp_socket import XdpSocket

    opened = XdpSocket(index, buffer=buffer)
    if _namespace(opened.socket) != _namespace(plain):
        opened.close()
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    return XdpRing(opened, plain, interface)


def _reason(error: OSError | RawkitError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    advice = _XDP_ADVICE.get(number or 0)
    said = error.strerror if isinstance(error, OSError) else str(error)
    return f"{said} ({advice})" if advice else f"{said}"


def _namespace(sock: socket.socket) -> bytes:
    """The number of the network namespace that a socket belongs to (Linux 5.14; OSError before)."""
    return sock.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8)


def _set_buffer(sock: socket.socket, size: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, layout.SO_SNDBUFFORCE, size)
    except PermissionError:  # in a user namespace; then net.core.wmem_max is the limit (socket(7))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
