"""`FrameSender`: frames out of an interface, one by one or in bursts."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from types import TracebackType
from typing import Final, Self

from rawkit.errors import SendError
from rawkit.frames import FrameBatch
from rawkit.sockets import device, layout
from rawkit.sockets.mmsg import MOST, MessageArray, Pieces
from rawkit.sockets.packet_socket import bind, open_packet_socket, set_option

STALL: Final = 5.0
"""Seconds in which not one frame goes out, after which the sender gives up."""
BACK_OFF: Final = 0.0005
"""Seconds before another try where the interface's queue is full: the kernel does not say when it has room."""

_ADVICE: Final = {
    errno.EMSGSIZE: "send at most the MTU and a link header",
    errno.EINVAL: "give it a whole link header",
    errno.ENETDOWN: "set the interface up",
    errno.ENXIO: "the interface is gone",
}


class FrameSender:
    """Sends frames that have their link header (none on a tun interface); a FrameSink and a context manager.

    A VLAN tag that the kernel took off when the frame was captured is sent in its place. A frame that the kernel
    cannot take at once, since the socket's buffer or the interface's queue is full, is tried again until it goes.

    Args:
        interface: its name.
        qdisc_bypass: hand frames to the device past its queue (PACKET_QDISC_BYPASS).
        buffer: bytes of the socket's send buffer; None leaves the system's default.
        stall: seconds in which no frame goes out, after which SendError is raised.

    Raises PrivilegeError without CAP_NET_RAW, TargetError where there is no such interface.

    Attributes:
        sent: frames that went out so far; exact, also after a SendError.
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
        self, interface: str, *, qdisc_bypass: bool = False, buffer: int | None = None, stall: float = STALL
    ) -> None:
        self.interface, self.sent, self._stall = interface, 0, stall
        self.socket = open_packet_socket()
        try:
            set_option(self.socket, layout.PACKET_QDISC_BYPASS, qdisc_bypass)
            if buffer is not None:
                _set_buffer(self.socket, buffer)
            bind(self.socket, device.index_of(self.socket, interface), 0)
        except BaseException:
            self.socket.close()
            raise
        self._arrays: dict[int, MessageArray] = {}

    def send_frame(self, frame: bytes) -> None:
        """Sends one frame; SendError where the kernel does not take it."""
        self.send(FrameBatch.from_frames([frame]))

    def send(self, batch: FrameBatch) -> int:
        """Sends all frames of a batch, in order; returns how many.

        SendError where the kernel does not take one: those before it went out, none after it did, and `sent` says
        how many.
        """
        pieces = Pieces(batch)
        array = self._array(pieces.base.shape[1])
        for begin in range(0, len(batch), MOST):
            rows = slice(begin, begin + MOST)
            array.fill(pieces.base[rows], pieces.size[rows])
            self._send_all(array, min(MOST, len(batch) - begin))
        return len(batch)

    def write(self, batch: FrameBatch) -> None:
        """The same as `send`."""
        self.send(batch)

    def close(self) -> None:
        """Closes the socket; a second call does nothing."""
        self.socket.close()

    def _array(self, pieces: int) -> MessageArray:
        if pieces not in self._arrays:
            self._arrays[pieces] = MessageArray(pieces)
        return self._arrays[pieces]

    def _send_all(self, array: MessageArray, count: int) -> None:
        done, give_up = 0, time.monotonic() + self._stall
        while done < count:
            try:
                went = array.send(self.socket, done, count)
            except OSError as error:
                self._back_off(error, give_up)
                continue
            done, give_up = done + went, time.monotonic() + self._stall
            self.sent += went

    def _back_off(self, error: OSError, give_up: float) -> None:
        """Waits until another try can help. The kernel took nothing of the frame that the error is about."""
        number = error.errno or 0
        left = give_up - time.monotonic()
        if number not in (errno.EAGAIN, errno.ENOBUFS, errno.EINTR):
            advice = _ADVICE.get(number, "see packet(7)")
            raise SendError(f"{self.interface}: frame {self.sent}: {os.strerror(number)}: {advice}") from error
        if left <= 0:
            trouble = f"no frame went out for {self._stall:g} s, after {self.sent} in all"
            raise SendError(f"{self.interface}: {trouble}: see whether the link takes frames") from error
        if number == errno.EAGAIN:
            poll = select.poll()
            poll.register(self.socket, select.POLLOUT)
            poll.poll(left * 1000)
        else:
            time.sleep(BACK_OFF)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _set_buffer(sock: socket.socket, size: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, layout.SO_SNDBUFFORCE, size)
    except PermissionError:  # in a user namespace; then net.core.wmem_max is the limit (socket(7))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
