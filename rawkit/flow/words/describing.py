"""Messages of application and link protocols in a few words, by one parser each; DHCP's and NTP's by dpkt."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, Literal

from rawkit.facts import applications
from rawkit.flow.words.dns import dns_words
from rawkit.flow.words.http import http_words
from rawkit.flow.words.link import lldp_words, pppoe_words, stp_words
from rawkit.flow.words.tls import tls_words

LONGEST: Final = 4096
"""Characters of a text, which is cut behind them."""

Protocol = Literal["dns", "dhcp", "ntp", "dns stream", "tls", "http", "lldp", "pppoe", "stp"]


def describe(protocol: Protocol, payload: bytes) -> str:
    """The message in words, empty where it is none; they may hold any character that the wire had.

    >>> describe("dns", bytes.fromhex("123401000001000000000000076578616d706c650474657374000001 0001"))
    'A? example.test'
    >>> describe("dns", b"no message at all")
    ''
    """
    import dpkt

    try:
        text = _PARSERS[protocol](payload)
    except (dpkt.UnpackError, struct.error, ValueError, IndexError, KeyError, TypeError):
        return ""  # dpkt raises all of these on bytes that are no such message
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _dns_stream(segment: bytes) -> str:
    """The first of the messages in a segment."""
    begin = applications.DNS_LENGTH_LEN
    return dns_words(segment[begin : begin + int.from_bytes(segment[:begin], "big")])


def _dhcp(payload: bytes) -> str:
    import socket

    from dpkt import dhcp

    message = dhcp.DHCP(payload)
    options = dict(message.opts)
    kind = _DHCP_TYPES.get(options.get(dhcp.DHCP_OPT_MSGTYPE, b"\0")[0])
    if kind is None:
        return ""
    parts = [kind, f"xid 0x{message.xid:08x}"]
    if message.yiaddr:
        parts.append(socket.inet_ntoa(int(message.yiaddr).to_bytes(4, "big")))
    for option, word in ((dhcp.DHCP_OPT_REQ_IP, "for"), (dhcp.DHCP_OPT_SERVER_ID, "server")):
        if len(options.get(option, b"")) == 4:
            parts.append(f"{word} {socket.inet_ntoa(options[option])}")
    if len(options.get(dhcp.DHCP_OPT_LEASE_SEC, b"")) == 4:
        parts.append(f"lease {int.from_bytes(options[dhcp.DHCP_OPT_LEASE_SEC], 'big')} s")
    return " ".join(parts)


_DHCP_TYPES: Final = {
    1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NAK", 7: "Release", 8: "Inform",
}  # fmt: skip


def _ntp(payload: bytes) -> str:
    from dpkt import ntp

    message = ntp.NTP(payload)
    mode = _NTP_MODES.get(message.mode)
    if mode is None:
        return ""
    words = [f"NTPv{message.v} {mode}"]
    if message.stratum:
        words += [f"stratum {message.stratum}", f"reference {_ntp_reference(message.stratum, message.id)}"]
    return ", ".join(words)


def _ntp_reference(stratum: int, identifier: bytes) -> str:
    """The clock's name at stratum 1, else the server's IPv4 address, or a hash of its name (RFC 5905, section 7.3)."""
    if stratum == 1:
        return identifier.rstrip(b"\0").decode("ascii", "backslashreplace")
    return ".".join(map(str, identifier))


_NTP_MODES: Final = {1: "active", 2: "passive", 3: "client", 4: "server", 5: "broadcast"}

_PARSERS: Final[dict[Protocol, Callable[[bytes], str]]] = {
    "dns": dns_words,
    "dhcp": _dhcp,
    "ntp": _ntp,
    "dns stream": _dns_stream,
    "tls": tls_words,
    "http": http_words,
    "lldp": lldp_words,
    "pppoe": pppoe_words,
    "stp": stp_words,
}
