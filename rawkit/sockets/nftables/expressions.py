"""What a rule of the packet filter looks at, and what it does: its expressions (linux/netfilter/nf_tables.h).

An expression loads something of the packet into a register, compares a register, or decides.
"""

from __future__ import annotations

import struct
from typing import Final

from rawkit.facts import ipv4, ipv6, tcp
from rawkit.facts.ip_protocols import TCP
from rawkit.sockets import netlink
from rawkit.sockets.nftables.ruleset import ANY_NAME, IPV4, IPV6, data, number, text

REGISTER: Final = 1
"""NFT_REG_1, 16 bytes."""
BEHIND_ADDRESS: Final = {4: 9, 6: 2}
"""The register right behind an address of each IP version in NFT_REG_1: NFT_REG32_01 and NFT_REG_2."""
_NETWORK, _TRANSPORT = 1, 2  # NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER
_FAMILY, _PROTOCOL = 15, 16  # NFT_META_NFPROTO, NFT_META_L4PROTO
_EQUAL: Final = 0  # NFT_CMP_EQ
_UNREACHABLE, _RESET, _UNREACHABLE_BOTH = 0, 1, 2  # NFT_REJECT_ICMP_UNREACH, _TCP_RST, _ICMPX_UNREACH
_PORT_UNREACHABLE_BOTH: Final = 1  # NFT_REJECT_ICMPX_PORT_UNREACH
_SOURCES: Final = {4: (ipv4.SRC, ipv4.DST - ipv4.SRC), 6: (ipv6.SRC, ipv6.DST - ipv6.SRC)}
"""Place and length of the source address, which the destination follows."""
_PORT: Final = 2
"""Bytes of a port."""

Expressions = bytes
"""One expression or several, as the kernel reads them."""


def of_ip_version(version: int) -> Expressions:
    """Goes on for packets of this IP version."""
    return _load_meta(_FAMILY) + _equal(bytes([IPV4 if version == 4 else IPV6]))


def of_protocol(protocol: int) -> Expressions:
    """Goes on for packets of this IP protocol."""
    return _load_meta(_PROTOCOL) + _equal(bytes([protocol]))


def of_protocols(identity: int) -> Expressions:
    """Goes on for packets whose IP protocol is in a set without a name."""
    return _load_meta(_PROTOCOL) + _look_up(ANY_NAME, identity)


def to_port(port: int) -> Expressions:
    """Goes on for TCP segments and UDP datagrams to this port."""
    return _load_port() + _equal(struct.pack("!H", port))


def to_ports(identity: int) -> Expressions:
    """Goes on for TCP segments and UDP datagrams whose destination port is in a set without a name."""
    return _load_port() + _look_up(ANY_NAME, identity)


def with_tcp_flag(flag: int) -> Expressions:
    """Goes on for TCP segments with this flag, whatever their other ones."""
    mask = bytes([flag])
    masked = netlink.nested(4, data(mask)) + netlink.nested(5, data(b"\0"))
    bitwise = _expression("bitwise", number(1, REGISTER), number(2, REGISTER), number(3, len(mask)), masked)
    return of_protocol(TCP) + _load(_TRANSPORT, tcp.FLAGS, len(mask)) + bitwise + _equal(mask)


def from_sources(version: int, name: str) -> Expressions:
    """Goes on for packets of this IP version whose source address and port are in the set of this name."""
    place, length = _SOURCES[version]
    address = _load(_NETWORK, place, length)
    port = _load(_TRANSPORT, tcp.SRC_PORT, _PORT, BEHIND_ADDRESS[version])
    return of_ip_version(version) + address + port + _look_up(name)


def drop() -> Expressions:
    """Drops the packet: NF_DROP is 0."""
    verdict = netlink.nested(2, netlink.nested(2, number(1, 0)))
    return _expression("immediate", number(1, 0), verdict)


def reset() -> Expressions:
    """Drops the segment and answers it by a RST."""
    return _reject(_RESET, 0)


def unreachable(code: int) -> Expressions:
    """Drops the packet and answers it by destination unreachable, with the code of ICMP or of ICMPv6.

    Which of the two it is, `of_ip_version` has decided before.
    """
    return _reject(_UNREACHABLE, code)


def port_unreachable() -> Expressions:
    """Drops the packet and answers it by port unreachable, of ICMP or of ICMPv6."""
    return _reject(_UNREACHABLE_BOTH, _PORT_UNREACHABLE_BOTH)


def _expression(name: str, *attributes: bytes) -> Expressions:
    return netlink.nested(1, text(1, name), netlink.nested(2, *attributes))


def _load_meta(key: int) -> Expressions:
    return _expression("meta", number(2, key), number(1, REGISTER))


def _load(base: int, offset: int, length: int, register: int = REGISTER) -> Expressions:
    place = number(2, base) + number(3, offset) + number(4, length)
    return _expression("payload", number(1, register), place)


def _load_port() -> Expressions:
    """The destination port, which UDP has where TCP has it."""
    return _load(_TRANSPORT, tcp.DST_PORT, _PORT)


def _equal(value: bytes) -> Expressions:
    return _expression("cmp", number(1, REGISTER), number(2, _EQUAL), netlink.nested(3, data(value)))


def _look_up(name: str, identity: int = 0) -> Expressions:
    found = number(4, identity) if identity else b""
    return _expression("lookup", text(1, name), number(2, REGISTER), found)


def _reject(kind: int, code: int) -> Expressions:
    return _expression("reject", number(1, kind), netlink.attribute(2, bytes([code])))
