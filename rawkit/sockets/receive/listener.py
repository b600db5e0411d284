"""`FrameListener`: a few frames in, without a ring."""

from __future__ import annotations

import select
import socket
from types import TracebackType
from typing import Final, Self

from rawkit.frames import FrameBatch
from rawkit.sockets import device, layout
from rawkit.sockets.closing import closed_on_error
from rawkit.sockets.filter import live as live_filter
from rawkit.sockets.filter.bpf import compile_filter
from rawkit.sockets.packet_socket import bind, open_packet_socket, set_option

BUFFER: Final = 1 << 20
"""Bytes that are asked for; the kernel gives what net.core.rmem_max allows."""
LARGEST: Final = 65550
"""Bytes of a frame that are read: 64 KiB and an Ethernet header."""


class FrameListener:
    """Frames that come in on an interface and match a filter; a context manager.

    A call for each frame, and no room for many: but it opens at once, where for a ring the kernel waits until all
    processors have passed a point (synchronize_net), 10 to 30 ms.

    Args:
        interface: its name.
        expression: tcpdump's filter.

    Raises PrivilegeError without CAP_NET_RAW, TargetError where there is no such interface, FilterError.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with FrameListener("lo", "udp port 9") as listener:
    ...         print(len(listener.read(0)))
    ... except PrivilegeError:  # not everyone may
    ...     print(0)
    0
    """

    def __init__(self, interface: str, expression: str) -> None:
        self.link_type = device.link_type(interface)
        program = compile_filter(expression, self.link_type)
        self._socket = open_packet_socket()
        with closed_on_error(self._socket):
            live_filter.attach(self._socket, live_filter.socket_program(program, self.link_type, LARGEST, "in"))
            set_option(self._socket, layout.PACKET_IGNORE_OUTGOING, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            self._socket.setblocking(False)
            bind(self._socket, device.index_of(self._socket, interface))
        self.close = self._socket.close

    def fileno(self) -> int:
        """The socket's descriptor, which is readable when a frame is there."""
        return self._socket.fileno()

    def read(self, timeout: float) -> FrameBatch:
        """The frames that are there, after waiting at most so many seconds for the first; a VLAN tag is left out."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.poll(timeout * 1000)
        frames = []
        try:
            while True:
                frames.append(self._socket.recv(LARGEST))
        except BlockingIOError:
            return FrameBatch.from_frames(frames, link_type=self.link_type)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
