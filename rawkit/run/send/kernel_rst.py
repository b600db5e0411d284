"""`KernelRst`: keeps this host's kernel from resetting connections that are made by hand.

The kernel knows nothing of a SYN that went out through a packet socket, and answers the peer's SYN-ACK with a RST
(RFC 9293 section 3.5.2). While this is entered, the packet filter drops such RSTs where they leave the IP stack;
frames from packet sockets do not pass there. The table belongs to a socket of this process (NFT_TABLE_F_OWNER,
Linux 5.12), and the kernel removes it when that socket closes. So it is gone however this process ends, killed or not.
"""

from __future__ import annotations

import errno
import secrets
import struct
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType
from typing import Final, Self

import numpy as np

from rawkit.decode import Decoder, Packets
from rawkit.errors import PrivilegeError, SendError
from rawkit.facts import tcp
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.sockets.nftables import expressions as do
from rawkit.sockets.nftables import ruleset
from rawkit.sockets.nftables.ruleset import RuleChange

Source = tuple[IPv4Address | IPv6Address, int]
_ADDRESSES: Final = {4: ruleset.ADDRESS4, 6: ruleset.ADDRESS6}
_CHAIN: Final = "output"


class KernelRst:
    """Drops the kernel's RSTs of the TCP sources that it is told of; a context manager.

    Raises SendError where the kernel cannot do it, PrivilegeError without CAP_NET_ADMIN.

    Attributes:
        sources: addresses and ports whose RSTs are dropped.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.sources: set[Source] = set()
        self._engine = engine or Engine()
        self._table = f"rawkit_{secrets.token_hex(4)}"
        self._seen: FrameBatch | None = None

    def __enter__(self) -> Self:
        try:
            self._kernel = ruleset.Nftables()
        except OSError as error:
            raise _refused(error) from error
        try:
            self._commit(_rules(self._table))
        except BaseException:
            self.close()
            raise
        return self

    def cover(self, batch: FrameBatch) -> None:
        """Drops the kernel's RSTs of the TCP sources of these frames, from now on."""
        if batch is self._seen:
            return
        self._seen = batch
        packets = Decoder(self._engine).decode(batch, np.arange(len(batch), dtype=np.int64))
        new = sorted(set(_sources(packets)) - self.sources, key=str)
        for begin in range(0, len(new), ruleset.ELEMENTS_AT_ONCE):
            self._commit(_elements(self._table, new[begin : begin + ruleset.ELEMENTS_AT_ONCE]))
        self.sources.update(new)

    def close(self) -> None:
        """Takes the rule away; a second call does nothing."""
        self._kernel.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _commit(self, changes: Sequence[RuleChange]) -> None:
        try:
            self._kernel.commit(changes)
        except OSError as error:
            raise _refused(error) from error


def _rules(table: str) -> list[RuleChange]:
    chain = ruleset.add_chain(table, _CHAIN, ruleset.OUTPUT, ruleset.RAW)
    changes = [ruleset.add_table(table, owned=True), chain]
    for version, address in _ADDRESSES.items():
        name = f"sources{version}"
        changes.append(ruleset.add_set(table, name, address.then(ruleset.PORT), identity=version))
        own = do.with_tcp_flag(tcp.RST), do.from_sources(version, name)
        changes.append(ruleset.add_rule(table, _CHAIN, *own, do.drop()))
    return changes


def _elements(table: str, sources: Sequence[Source]) -> list[RuleChange]:
    of = {v: [_element(*source) for source in sources if source[0].version == v] for v in _ADDRESSES}
    return [ruleset.add_elements(table, f"sources{v}", elements) for v, elements in of.items() if elements]


def _element(address: IPv4Address | IPv6Address, port: int) -> bytes:
    """An address, and a port that is filled up to 4 bytes."""
    return address.packed + struct.pack("!H2x", port)


def _sources(packets: Packets) -> Iterator[Source]:
    """Addresses and ports that TCP segments of a batch come from."""
    ports = packets["tcp.srcport"]
    for field, kind in (("ip.src", IPv4Address), ("ipv6.src", IPv6Address)):
        addresses = packets[field]
        rows = np.flatnonzero(ports.mask & addresses.mask)
        if len(rows):
            port = ports.values[rows, None]
            pairs = np.column_stack([addresses.values[rows], port >> 8, port & 255]).astype(np.uint8)
            for raw in map(bytes, np.unique(pairs, axis=0)):
                yield kind(raw[:-2]), int.from_bytes(raw[-2:], "big")


def _refused(error: OSError) -> SendError | PrivilegeError:
    if error.errno == errno.EPERM:
        return PrivilegeError("--no-kernel-rst needs CAP_NET_ADMIN: use sudo, or try it in `rawkit lab`")
    return SendError(f"--no-kernel-rst: the kernel says {error.strerror}: see that it has nf_tables (Linux 5.12)")
