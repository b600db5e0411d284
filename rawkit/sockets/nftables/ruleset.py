"""Tables, chains, sets and rules of the packet filter, and the socket that adds them (linux/netfilter/nf_tables.h)."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Final, Self

from rawkit.sockets import netlink
from rawkit.values import dataclass

IPV4, IPV6 = 2, 10
"""NFPROTO_IPV4 and NFPROTO_IPV6."""
INPUT, FORWARD, OUTPUT = 1, 2, 3
"""Hooks: NF_INET_LOCAL_IN, NF_INET_FORWARD and NF_INET_LOCAL_OUT."""
RAW, FILTER = -300, 0
"""Priorities: NF_IP_PRI_RAW and NF_IP_PRI_FILTER."""
ELEMENTS_AT_ONCE: Final = 2000
ANY_NAME: Final = "__set%d"
"""Lets the kernel name a set."""

_INET: Final = 1  # NFPROTO_INET: tables for IPv4 and IPv6
_SUBSYSTEM: Final = 10  # NFNL_SUBSYS_NFTABLES
_BEGIN, _END = 0x10, 0x11  # NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END
_TABLE, _CHAIN, _RULE, _SET, _ELEMENTS = (_SUBSYSTEM << 8 | number for number in (0, 3, 6, 9, 12))  # NFT_MSG_NEW*
_APPEND: Final = 0x800
_OWNER: Final = 0x2  # NFT_TABLE_F_OWNER
_ANONYMOUS, _CONSTANT = 0x1, 0x2  # NFT_SET_ANONYMOUS, NFT_SET_CONSTANT
_ANSWER: Final = 1 << 16
_FAMILY: Final = struct.Struct("!BBH")  # struct nfgenmsg


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One thing that is added: the type of its message and its attributes."""

    kind: int
    attributes: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """What the elements of a set are: the number that nft knows the type by, and bytes of an element.

    >>> Key(7, 4).then(Key(13, 2))
    Key(number=461, length=8)
    """

    number: int
    length: int

    def then(self, other: Key) -> Key:
        """Both, one behind the other; each is filled up to a multiple of 4 bytes."""
        return Key(self.number << 6 | other.number, self._filled + other._filled)

    @property
    def _filled(self) -> int:
        return self.length + -self.length % 4


ADDRESS4, ADDRESS6, PROTOCOL, PORT = Key(7, 4), Key(8, 16), Key(12, 1), Key(13, 2)
"""What nft calls ipv4_addr, ipv6_addr, inet_proto and inet_service."""


def add_table(name: str, *, owned: bool = False) -> RuleChange:
    """A table; the kernel removes one that is owned when the socket that added it closes (Linux 5.12)."""
    return RuleChange(_TABLE, text(1, name) + number(2, _OWNER if owned else 0))


def add_chain(table: str, name: str, hook: int, priority: int) -> RuleChange:
    """A chain that packets pass at a hook; what no rule decides about goes on."""
    place = netlink.nested(4, number(1, hook), number(2, priority))
    return RuleChange(_CHAIN, text(1, table) + text(3, name) + place + text(7, "filter"))


def add_set(table: str, name: str, key: Key, identity: int) -> RuleChange:
    """A set whose elements come later; rules and elements of the same commit find it by its identity."""
    return RuleChange(_SET, _set(table, name, 0, key, identity))


def add_fixed_set(table: str, identity: int, key: Key, values: Sequence[bytes]) -> list[RuleChange]:
    """A set without a name, which belongs to the rule that looks it up, and its elements."""
    size = netlink.nested(9, number(1, len(values)))
    made = _set(table, ANY_NAME, _ANONYMOUS | _CONSTANT, key, identity)
    return [RuleChange(_SET, made + size), add_elements(table, ANY_NAME, values, identity)]


def add_elements(table: str, name: str, values: Iterable[bytes], identity: int = 0) -> RuleChange:
    """Elements of a set; at most ELEMENTS_AT_ONCE, since an attribute has at most 65,535 bytes."""
    elements = netlink.nested(3, *(netlink.nested(1, netlink.nested(1, data(value))) for value in values))
    return RuleChange(_ELEMENTS, text(1, table) + text(2, name) + elements + (number(4, identity) if identity else b""))


def add_rule(table: str, chain: str, *expressions: bytes) -> RuleChange:
    """A rule behind those that the chain has: what it looks at, and at last what it does."""
    return RuleChange(_RULE, text(1, table) + text(2, chain) + netlink.nested(4, *expressions))


def _set(table: str, name: str, flags: int, key: Key, identity: int) -> bytes:
    kind = number(4, key.number) + number(5, key.length)
    return text(1, table) + text(2, name) + number(3, flags) + kind + number(10, identity)


def text(kind: int, value: str) -> bytes:
    """An attribute with a name."""
    return netlink.attribute(kind, value.encode() + b"\0")


def number(kind: int, value: int) -> bytes:
    """An attribute with 32 bits; the packet filter's are in network order, unlike those of rtnetlink."""
    return netlink.attribute(kind, struct.pack("!I", value & 0xFFFFFFFF))


def data(value: bytes) -> bytes:
    """The attributes of a value that is compared or looked up: NFTA_DATA_VALUE."""
    return netlink.attribute(1, value)


class Nftables:
    """A socket to the packet filter of this network namespace; a context manager.

    Raises OSError: EPROTONOSUPPORT where the kernel has no packet filter.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.NETFILTER)
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def commit(self, changes: Sequence[RuleChange]) -> None:
        """Adds all of these or nothing.

        Raises OSError: EPERM without CAP_NET_ADMIN, EOPNOTSUPP or another where the kernel does not know something.
        """
        first = self._sequence + 1
        last = first + len(changes)
        self._sequence = last + 1
        batch = [_edge(_BEGIN, first), *map(_added, changes, range(first + 1, last + 1)), _edge(_END, last + 1)]
        self._socket.send(b"".join(batch))
        while not self._is_done(first, last):
            pass

    def close(self) -> None:
        """Ends what the socket owns."""
        self._socket.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _is_done(self, first: int, last: int) -> bool:
        """Reads what the kernel says of a batch: a refusal, or at its end that the last change was taken."""
        for kind, sequence, body in netlink.messages(self._socket.recv(_ANSWER)):
            if kind == netlink.ERROR and sequence >= first:
                if code := netlink.error(body):
                    raise OSError(code, os.strerror(code))
                if sequence == last:
                    return True
        return False


def _added(change: RuleChange, sequence: int) -> bytes:
    flags = netlink.REQUEST | netlink.ACK | netlink.CREATE | _APPEND
    return netlink.message(change.kind, flags, sequence, _FAMILY.pack(_INET, 0, 0) + change.attributes)


def _edge(kind: int, sequence: int) -> bytes:
    return netlink.message(kind, netlink.REQUEST, sequence, _FAMILY.pack(0, 0, _SUBSYSTEM))
