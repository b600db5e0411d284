"""What the demo's client does with its sockets, each act once: a caption, and the calls themselves."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable
from typing import Final

import dpkt

from rawkit.lab.host import Host
from rawkit.lab.parts import Address
from rawkit.values import dataclass

_PATIENCE: Final = 5.0
_UDP_PATIENCE: Final = 0.3
"""Seconds that a UDP client of the demo waits for an answer that does not come."""
_QUESTION: Final = b"what time is it?\n"
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)
ECHO, FIREWALLED, PROHIBITED, DNS, HTTP, CLOSED, NAMELESS = 7, 22, 25, 53, 80, 81, 9
"""Ports of the server in the scenario `firewalled`."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the client does to the server.

    Attributes:
        caption: what it is, in the words of a program's author.
        play: does it, called inside the client, with the server's host.
    """

    caption: str
    play: Callable[[Host], None]


def _open(address: Address, port: int, *, syn_retries: int | None = None) -> socket.socket:
    """A socket on which connect() was called, whatever came of it."""
    client = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    client.settimeout(_PATIENCE)
    if syn_retries is not None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, syn_retries)
    client.connect_ex((str(address), port))
    return client


def _connect(port: int, *, syn_retries: int | None = None) -> Callable[[Host], None]:
    return lambda server: _open(server.ipv4, port, syn_retries=syn_retries).close()


def _connect_ipv6(server: Host) -> None:
    _open(server.ipv6, HTTP).close()


def _converse(server: Host) -> None:
    with _open(server.ipv4, ECHO) as client:
        client.sendall(_QUESTION)
        client.recv(len(_QUESTION))


def _half_close(server: Host) -> None:
    with _open(server.ipv4, ECHO) as client:
        # Held back until the FIN goes out with it, so that the answer surely comes after both.
        client.send(_QUESTION, socket.MSG_MORE)
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass


def _abort(server: Host) -> None:
    with _open(server.ipv4, ECHO) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)


def _leave_unread(server: Host) -> None:
    with _open(server.ipv4, ECHO) as client:
        client.sendall(_QUESTION)
        select.select([client], [], [], _PATIENCE)


def _ask(port: int, question: bytes) -> Callable[[Host], None]:
    def play(server: Host) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(_UDP_PATIENCE)
            client.connect((str(server.ipv4), port))
            client.send(question)
            try:
                client.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                return  # what the demo is to show

    return play


def _query(name: str) -> bytes:
    """A DNS query for the name's IPv4 address (RFC 1035 section 4.1).

    >>> _query("server.example")[12:]
    b'\\x06server\\x07example\\x00\\x00\\x01\\x00\\x01'
    """
    return bytes(dpkt.dns.DNS(id=0x2B1D, rd=1, qd=[dpkt.dns.DNS.Q(name=name, type=dpkt.dns.DNS_A)]))


HANDSHAKES: Final = (
    Act("connect() to port 80, where a web server listens", _connect(HTTP)),
    Act("the same over IPv6", _connect_ipv6),
    Act("connect() to port 81, where nobody listens", _connect(CLOSED)),
    Act("connect() to port 25, which the firewall rejects", _connect(PROHIBITED)),
    Act("connect() to port 22, which the firewall drops (this takes 3 seconds)", _connect(FIREWALLED, syn_retries=1)),
)
TEARDOWNS: Final = (
    Act("ask, read the answer, close()", _converse),
    Act("ask, shutdown(SHUT_WR), and only then read the answer", _half_close),
    Act("set SO_LINGER to 0 seconds, then close()", _abort),
    Act("close() without having read the answer", _leave_unread),
)
DATAGRAMS: Final = (
    Act("ask a DNS server for a name that there is", _ask(DNS, _query("server.example"))),
    Act("and for one that there is not", _ask(DNS, _query("nosuch.example"))),
    Act("send to port 9, where nobody listens", _ask(NAMELESS, _QUESTION)),
    Act("send to port 22, which the firewall drops", _ask(FIREWALLED, _QUESTION)),
)
