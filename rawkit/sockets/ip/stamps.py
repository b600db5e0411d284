"""When the kernel sent and received packets: SO_TIMESTAMPING (timestamping.rst under Linux Documentation/networking).

Software stamps: when a packet was handed to the device driver, and when it came from there. The stamps of packets sent
come back through the socket's error queue, each with the number of the packet. For IP, raw, ping and packet sockets.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rawkit.sockets.ip.ancillary import ORIGIN_TIMESTAMPING, SO_TIMESTAMPING, Ancillary, error_of, stamp_of

SOF_TIMESTAMPING_TX_SOFTWARE: Final = 1 << 1
SOF_TIMESTAMPING_RX_SOFTWARE: Final = 1 << 3
SOF_TIMESTAMPING_SOFTWARE: Final = 1 << 4
SOF_TIMESTAMPING_OPT_ID: Final = 1 << 7
SOF_TIMESTAMPING_OPT_TSONLY: Final = 1 << 11

RECEIVE_STAMPS: Final = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
STAMPS: Final = RECEIVE_STAMPS | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY
ROOM: Final = 512
"""Bytes for the control messages of a packet."""

FROM_ERROR_QUEUE: Final = socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT
"""Flags that read what the kernel says of packets sent: stamps, and errors; without waiting."""


class Received(NamedTuple):
    """A packet with its receive stamp.

    Attributes:
        data: as the socket gives it.
        address: the sender's, as the socket gives it.
        timestamp: nanoseconds since the epoch; None where the kernel has made none, as in
            the first milliseconds after the first socket of the system asked for stamps.
    """

    data: bytes
    address: Any
    timestamp: int | None


class Transmitted(NamedTuple):
    """The transmit stamp of a packet.

    Attributes:
        number: which packet: how many were sent on the socket before it since stamps were turned on (modulo 2^32).
        timestamp: nanoseconds since the epoch.
    """

    number: int
    timestamp: int


def enable_stamps(sock: socket.socket) -> None:
    """Has the kernel stamp all packets that the socket sends and receives from now on; the next one sent has number 0.

    OSError where it is no socket that the kernel stamps.

    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    ...     enable_stamps(sock)
    ...     sock.bind(("127.0.0.1", 0))
    ...     _ = sock.sendto(b"hello", sock.getsockname())
    ...     (sent,), received = wait_transmitted(sock, 1, timeout=1), receive_stamped(sock)
    >>> sent.number, received.data, abs(time.time_ns() - sent.timestamp) < 10**9
    (0, b'hello', True)
    """
    # The count begins anew where it is turned on, and not where it was on already.
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, STAMPS)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, STAMPS | SOF_TIMESTAMPING_OPT_ID)


def receive_stamped(sock: socket.socket, size: int = 65575) -> Received:
    """The next packet of a socket with its stamp; waits as the socket does."""
    data, ancillary, _, address = sock.recvmsg(size, ROOM)
    return Received(data, address, stamp_of(ancillary))


def transmitted(sock: socket.socket) -> Iterator[Transmitted]:
    """The transmit stamps that have come back, without waiting; the stamp of a packet is there soon after it was sent.

    What else is in the error queue (ICMP errors, where they were asked for with IP_RECVERR) is passed over.
    """
    # Another object for the same descriptor: one with a time-out would wait before it looks.
    queue = socket.socket(sock.family, sock.type, sock.proto, fileno=sock.fileno())
    try:
        while True:
            _, ancillary, _, _ = queue.recvmsg(0, ROOM, FROM_ERROR_QUEUE)
            number, timestamp = _number(ancillary), stamp_of(ancillary)
            if number is not None and timestamp is not None:
                yield Transmitted(number, timestamp)
    except BlockingIOError:
        return
    finally:
        queue.detach()


def wait_transmitted(sock: socket.socket, count: int, timeout: float) -> list[Transmitted]:
    """The next `count` transmit stamps, or those that came within `timeout` seconds."""
    found, end = list(transmitted(sock)), time.monotonic() + timeout
    poll = select.poll()
    poll.register(sock, 0)  # the error queue is told of in any case
    while len(found) < count and (left := end - time.monotonic()) > 0:
        poll.poll(left * 1000)
        found += transmitted(sock)
    return found


def _number(ancillary: Ancillary) -> int | None:
    """The number of the packet that a transmit stamp is of; None where it is another message."""
    error = error_of(ancillary)
    return error.data if error is not None and error.origin == ORIGIN_TIMESTAMPING else None
