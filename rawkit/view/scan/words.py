"""What a scan's verdicts are called: nmap's words (its file portreasons.cc)."""

from __future__ import annotations

import socket
from functools import cache
from typing import Final

from rawkit.facts import icmp, icmpv6
from rawkit.probe.scan.kinds import DATAGRAM, ICMP, ICMPV6, NO_RESPONSE, RESET, SYN, SYN_ACK

_PLAIN: Final = {
    NO_RESPONSE: "no-response",
    SYN_ACK: "syn-ack",
    SYN: "split-handshake-syn",
    RESET: "reset",
    DATAGRAM: "udp-response",
}
_UNREACHABLE: Final = {
    icmp.NET_UNREACHABLE: "net-unreach",
    icmp.HOST_UNREACHABLE: "host-unreach",
    icmp.PROTOCOL_UNREACHABLE: "proto-unreach",
    icmp.PORT_UNREACHABLE: "port-unreach",
    icmp.NET_PROHIBITED: "net-prohibited",
    icmp.HOST_PROHIBITED: "host-prohibited",
    icmp.COMMUNICATION_PROHIBITED: "admin-prohibited",
}
_UNREACHABLE_6: Final = {
    0: "no-route",
    1: "admin-prohibited",
    2: "beyond-scope",
    3: "host-unreach",
    4: "port-unreach",
    5: "admin-prohibited",
    6: "reject-route",
}


def is_icmp(kind: int) -> bool:
    """Whether an ICMP error was the answer.

    >>> is_icmp(ICMP | 3 << 8 | 13), is_icmp(SYN_ACK)
    (True, False)
    """
    return bool(kind & (ICMP | ICMPV6))


@cache
def reason(kind: int) -> str:
    """Why a port has its state, by the kind of the answer.

    >>> reason(SYN_ACK), reason(ICMP | 3 << 8 | 13), reason(ICMPV6 | 1 << 8), reason(NO_RESPONSE)
    ('syn-ack', 'admin-prohibited', 'no-route', 'no-response')
    """
    if not is_icmp(kind):
        return _PLAIN[kind]
    number, code = kind >> 8 & 0xFF, kind & 0xFF
    if kind & ICMP:
        return "time-exceeded" if number == icmp.TIME_EXCEEDED else _UNREACHABLE.get(code, "dest-unreach")
    if number == icmpv6.DESTINATION_UNREACHABLE:
        return _UNREACHABLE_6.get(code, "dest-unreach")
    return "time-exceeded" if number == icmpv6.TIME_EXCEEDED else "param-prob"


@cache
def service(port: int, transport: str = "tcp") -> str:
    """The name of a port in services(5), empty where it has none.

    >>> service(22), service(123, "udp")
    ('ssh', 'ntp')
    """
    try:
        return socket.getservbyport(port, transport)
    except OSError:
        return ""
