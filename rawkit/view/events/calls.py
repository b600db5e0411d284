"""The socket call that corresponds to what the wire shows: for people who learn what their sockets do."""

from __future__ import annotations

from typing import Final

from rawkit.facts import icmp, icmpv6
from rawkit.flow.events import IGNORED, Handshake, IcmpError, ResetReason, Teardown, UdpExchange
from rawkit.flow.sessions.words import WORDS
from rawkit.wire.icmp_errno import PARAMETER_PROBLEMS, errno_name, is_unreachable


def icmp_errno(error: IcmpError) -> str:
    """The `errno` that Linux gives to the socket whose packet the error quotes.

    >>> icmp_errno(IcmpError("192.0.2.1", 4, 3, 3, 0, 1))
    'ECONNREFUSED'
    """
    return errno_name(error.version, error.type, error.code)


_PASSING: Final = {
    4: (
        icmp.NET_UNREACHABLE, icmp.HOST_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, icmp.SOURCE_ROUTE_FAILED,
        icmp.NET_UNREACHABLE_FOR_TOS, icmp.HOST_UNREACHABLE_FOR_TOS,
    ),
    6: (icmpv6.NO_ROUTE, icmpv6.BEYOND_SCOPE, icmpv6.ADDRESS_UNREACHABLE),
}  # fmt: skip
"""Codes of "unreachable" that Linux takes for passing: a connected UDP socket hears of them only with IP_RECVERR."""


def is_passing(error: IcmpError) -> bool:
    """Whether a UDP socket goes on waiting after this error.

    >>> is_passing(IcmpError("192.0.2.1", 4, 3, 1, 0, 1)), is_passing(IcmpError("192.0.2.1", 4, 3, 3, 0, 1))
    (True, False)
    """
    if is_unreachable(error.version, error.type):
        return error.code in _PASSING[error.version]
    return (error.version, error.type) not in PARAMETER_PROBLEMS


def of_handshake(attempt: Handshake) -> str:
    """What connect() (and accept()) said."""
    if attempt.outcome == "established":
        missing = " and ".join(map(WORDS[attempt.transport].text, attempt.unseen))
        return f"connect() = 0 ({missing} not captured)" if missing else "connect() = 0"
    if attempt.outcome == "refused":
        return f"connect(): {_DCCP_ERRNO.get(attempt.cause or '', 'ECONNREFUSED')}"
    if attempt.outcome == "timed out":
        return "connect(): ETIMEDOUT"
    if attempt.icmp:
        return f"connect(): {icmp_errno(attempt.icmp)}"
    return "accept() has nothing"


def of_teardown(end: Teardown) -> str:
    """Which calls closed the connection."""
    words = WORDS[end.transport]
    if end.reason in IGNORED and end.by == words.reset:
        return f"{words.reset} ignored"
    if end.reason and end.by == words.reset:
        return _of_reset(end, end.reason)
    if end.simultaneous and end.client != end.server:
        return "close() on both sides at once"
    if end.by == "half" and end.transport == "tcp":
        return "close() or shutdown(SHUT_WR)" if end.unseen else "shutdown(SHUT_WR)"
    return "shutdown(SHUT_WR), then close()" if end.late_bytes else "close()"


def _of_reset(end: Teardown, reason: ResetReason) -> str:
    if end.cause in _DCCP_ERRNO and reason in ("refused", "unknown"):
        return f"{'connect' if reason == 'refused' else 'recv'}(): {_DCCP_ERRNO[end.cause]}"
    if end.cause in _DCCP_NO_ERROR and reason == "unknown":
        return "recv() = 0"
    call = _UNREAD if reason == "aborted" and end.maybe_unread else _RESETS[reason]
    return f"{call}, or SCTP_ABORT" if end.transport == "sctp" and reason in ("aborted", "unread data") else call


_DCCP_ERRNO: Final = {
    "Packet Error": "ENOMSG",
    "Option Error": "EILSEQ",
    "Mandatory Error": "EOPNOTSUPP",
    "Bad Service Code": "EBADRQC",
    "Too Busy": "EUSERS",
    "Bad Init Cookie": "EBADR",
    "Aggression Penalty": "EDQUOT",
}
"""What Linux made of a Reset, where it is not as with TCP (dccp_reset_code_convert in net/dccp/input.c)."""
_DCCP_NO_ERROR: Final = ("Closed", "Unspecified")
"""Those of which it made an ordinary end."""

_UNREAD: Final = "close() with unread data, or SO_LINGER 0"
"""Both look alike: whether a program read what its host had acknowledged leaves no trace on the wire."""

_RESETS: Final[dict[ResetReason, str]] = {
    "refused": "connect(): ECONNREFUSED",
    "aborted": "close() with SO_LINGER 0",
    "data after close": "send() after the peer's close(): EPIPE",
    "unread data": _UNREAD,
    "keep-alive unanswered": "recv(): ETIMEDOUT (SO_KEEPALIVE)",
    "unknown": "recv(): ECONNRESET",
}


def of_udp(exchange: UdpExchange) -> str:
    """What the client's recv() said."""
    if exchange.icmp and not exchange.answers:
        errno = icmp_errno(exchange.icmp)
        return f"recv() waits (with IP_RECVERR: {errno})" if is_passing(exchange.icmp) else f"recv(): {errno}"
    return "recv() = data" if exchange.answers else "recv() waits"
