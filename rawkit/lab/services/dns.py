"""A DNS responder over UDP and TCP (RFC 1035) for the lab's hosts, as HOST.example; dpkt packs the messages.

`many.example` has so many addresses that its answer does not fit into a UDP message: the client gets it truncated
and asks again over TCP (RFC 7766). `txt.example` has a text. Any other name does not exist.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final

import dpkt

from rawkit.lab.services.listening import Ready, datagram, each_connection, stream

ZONE: Final = "example"
LARGEST_UDP: Final = 512
"""Bytes of a message over UDP without EDNS (RFC 1035 section 4.2.1)."""
TTL: Final = 60
"""Seconds that an answer may be kept."""

TYPE_OF: Final = {4: dpkt.dns.DNS_A, 6: dpkt.dns.DNS_AAAA}
Address = IPv4Address | IPv6Address
Zone = Mapping[str, Sequence[Address]]


def serve(port: int, ready: Ready) -> None:
    """Serves for ever, over UDP and TCP, the names in /etc/hosts."""
    zone = read_zone(Path("/etc/hosts").read_text())
    with stream(port) as server, datagram(port) as messages:
        threading.Thread(
            target=each_connection, args=(server, lambda connection: _stream(connection, zone)), daemon=True
        ).start()
        ready()
        while True:
            query, source = messages.recvfrom(65535)
            if answer := respond(query, zone, LARGEST_UDP):
                messages.sendto(answer, source)


def read_zone(hosts: str) -> Zone:
    """Names and addresses out of a text in the format of /etc/hosts.

    >>> read_zone("192.0.2.1 a\\n")["a.example"]
    [IPv4Address('192.0.2.1')]
    """
    zone: dict[str, list[Address]] = {f"many.{ZONE}": [ip_address(f"203.0.113.{number}") for number in range(1, 65)]}
    for line in hosts.splitlines():
        address, name = line.split()
        zone.setdefault(f"{name}.{ZONE}", []).append(ip_address(address))
    return zone


def respond(query: bytes, zone: Zone, largest: int) -> bytes | None:
    """The answer to a query: truncated where it is longer than `largest`, None where the query is no query."""
    try:
        message = dpkt.dns.DNS(query)
    except (dpkt.UnpackError, UnicodeDecodeError, IndexError, struct.error):
        return None
    if message.qr or len(message.qd) != 1:
        return None
    answer = _answer(message, zone)
    packed = bytes(answer)
    if len(packed) > largest:
        answer.tc, answer.an = 1, []
        packed = bytes(answer)
    return packed


def _answer(query: Any, zone: Zone) -> Any:
    name = query.qd[0].name.lower()
    answer = dpkt.dns.DNS(id=query.id, qd=query.qd, qr=1, aa=1, rd=query.rd)
    if name == f"txt.{ZONE}":
        answer.an = _texts(query.qd[0])
    elif name in zone:
        answer.an = _addresses(query.qd[0], zone[name])
    else:
        answer.rcode = dpkt.dns.DNS_RCODE_NXDOMAIN
    return answer


def _texts(question: Any) -> list[Any]:
    if question.type != dpkt.dns.DNS_TXT:
        return []
    return [dpkt.dns.DNS.RR(name=question.name, type=dpkt.dns.DNS_TXT, cls=dpkt.dns.DNS_IN, ttl=TTL, text=[b"hello"])]


def _addresses(question: Any, addresses: Sequence[Address]) -> list[Any]:
    return [
        dpkt.dns.DNS.RR(name=question.name, type=question.type, cls=dpkt.dns.DNS_IN, ttl=TTL, rdata=address.packed)
        for address in addresses
        if TYPE_OF[address.version] == question.type
    ]


def _stream(connection: socket.socket, zone: Zone) -> None:
    with connection.makefile("rwb") as messages:
        while len(length := messages.read(2)) == 2:
            answer = respond(messages.read(int.from_bytes(length)), zone, 65535)
            if answer is None:
                return
            messages.write(len(answer).to_bytes(2) + answer)
            messages.flush()
