"""What a socket gives beside packets: stamps, hop limits, and in its error queue what became of those sent.

Numbers are those of linux/errqueue.h, linux/net_tstamp.h and ip(7), ipv6(7), packet(7). Python's lists of control
messages go in, plain values come out.
"""

from __future__ import annotations

import socket
import struct
from typing import Final, TypeAlias

from rawkit.values import dataclass

Ancillary: TypeAlias = list[tuple[int, int, bytes]]

SO_TIMESTAMPING: Final = 37

IP_RECVOPTS: Final = 6
IP_RECVERR: Final = 11
IP_RECVTTL: Final = 12
IPV6_RECVERR: Final = 25
IPV6_HOPLIMIT: Final = 52
SOL_PACKET: Final = 263
PACKET_TX_TIMESTAMP: Final = 16

ORIGIN_LOCAL: Final = 1
ORIGIN_ICMP: Final = 2
ORIGIN_ICMP6: Final = 3
ORIGIN_TIMESTAMPING: Final = 4

_TIMES: Final = struct.Struct("=qq")
_NUMBER: Final = struct.Struct("=i")
_ERROR: Final = struct.Struct("=IBBBxII")
_HOP_LIMITS: Final = frozenset(((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, IPV6_HOPLIMIT)))
_ERRORS: Final = frozenset(
    (
        (socket.IPPROTO_IP, IP_RECVERR),
        (socket.IPPROTO_IPV6, IPV6_RECVERR),
        (SOL_PACKET, PACKET_TX_TIMESTAMP),
    )
)


@dataclass(frozen=True, slots=True)
class QueuedError:
    """A struct sock_extended_err, and who caused it.

    Attributes:
        errno: of the socket call that it would fail.
        origin: `ORIGIN_ICMP` and so on.
        type, code: of the ICMP message.
        info: the MTU, or of a transmit stamp the kind.
        data: of a transmit stamp the packet's number.
        offender: the address of the ICMP message's sender; None where there is none.
    """

    errno: int
    origin: int
    type: int
    code: int
    info: int
    data: int
    offender: str | None


def stamp_of(ancillary: Ancillary) -> int | None:
    """The software stamp in nanoseconds since the epoch; None where there is none.

    >>> stamp_of([(socket.SOL_SOCKET, SO_TIMESTAMPING, struct.pack("=6q", 2, 7, 0, 0, 0, 0))])
    2000000007
    """
    for level, kind, data in ancillary:
        if kind == SO_TIMESTAMPING and level == socket.SOL_SOCKET:
            seconds, rest = _TIMES.unpack_from(data)
            return int(seconds * 10**9 + rest) or None
    return None


def hop_limit_of(ancillary: Ancillary) -> int | None:
    """The packet's TTL or hop limit; None where the socket does not give it."""
    for level, kind, data in ancillary:
        if (level, kind) in _HOP_LIMITS:
            return int(_NUMBER.unpack_from(data)[0])
    return None


def ip_options_of(ancillary: Ancillary) -> bytes:
    """The options of the packet's IPv4 header, where the socket was asked for them; empty where it has none."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_RECVOPTS):
            return data
    return b""


def error_of(ancillary: Ancillary) -> QueuedError | None:
    """The error of a message from the error queue; None where there is none."""
    for level, kind, data in ancillary:
        if (level, kind) in _ERRORS:
            number, origin, icmp_type, code, info, value = _ERROR.unpack_from(data)
            return QueuedError(number, origin, icmp_type, code, info, value, _offender(data[_ERROR.size :]))
    return None


def _offender(sockaddr: bytes) -> str | None:
    """The address in a sockaddr_in or sockaddr_in6."""
    family = int.from_bytes(sockaddr[:2], "little" if struct.pack("=H", 1)[0] else "big")
    if family == socket.AF_INET:
        return socket.inet_ntop(family, sockaddr[4:8])
    return socket.inet_ntop(family, sockaddr[8:24]) if family == socket.AF_INET6 else None
