"""Addresses in headers: MAC addresses as 6 bytes, IP addresses as `ipaddress` objects."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias

IPAddress: TypeAlias = IPv4Address | IPv6Address

MAC_LEN: Final = 6
BROADCAST: Final = b"\xff\xff\xff\xff\xff\xff"
UNSPECIFIED: Final = bytes(MAC_LEN)

_MAC: Final = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}", re.IGNORECASE)


def mac(text: str) -> bytes:
    """The 6 bytes of a MAC address in text, its octets divided by `:` or `-` (IEEE 802, section 8.1).

    Raises `ValueError` for anything else.

    >>> mac("00:00:5e:00:53:01")
    b'\\x00\\x00^\\x00S\\x01'
    """
    if not _MAC.fullmatch(text):
        raise ValueError(f"{text!r} is not a MAC address: give six octets, as in 00:00:5e:00:53:01")
    return bytes.fromhex(text.replace(":", "").replace("-", ""))


def mac_text(address: bytes) -> str:
    """A MAC address as Wireshark and Linux write it.

    >>> mac_text(mac("00-00-5E-00-53-01"))
    '00:00:5e:00:53:01'
    """
    return address.hex(":")


def is_group(address: bytes) -> bool:
    """Whether a MAC address names a group: multicast or broadcast (the I/G bit, IEEE 802, section 8.2.2).

    >>> is_group(BROADCAST), is_group(mac("00:00:5e:00:53:01"))
    (True, False)
    """
    return bool(address[0] & 1)


def multicast_mac(group: IPAddress) -> bytes:
    """The MAC address to which a multicast IP address is sent (RFC 1112 section 6.4, RFC 2464 section 7).

    >>> mac_text(multicast_mac(IPv4Address("233.252.0.1"))), mac_text(multicast_mac(IPv6Address("ff02::1")))
    ('01:00:5e:7c:00:01', '33:33:00:00:00:01')
    """
    low = group.packed[-4:]
    if group.version == 6:
        return b"\x33\x33" + low
    return b"\x01\x00\x5e" + bytes((low[1] & 0x7F,)) + low[2:]


def solicited_node(address: IPv6Address) -> IPv6Address:
    """The multicast address that the owner of an address listens to (RFC 4291, section 2.7.1).

    >>> solicited_node(IPv6Address("2001:db8::abcd:ef01"))
    IPv6Address('ff02::1:ffcd:ef01')
    """
    return IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | int(address) & 0xFFFFFF)
