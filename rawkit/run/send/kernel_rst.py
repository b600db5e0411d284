"""`KernelRst`: keeps this host's kernel from resetting connections that are made by hand.

The kernel knows nothing of a SYN that went out through a packet socket, and answers the peer's SYN-ACK with a RST
(RFC 9293 section 3.5.2). While this is entered, nftables drops such RSTs where they leave the IP stack; frames from
packet sockets do not pass there. The table belongs to the socket of an nft process (NFT_TABLE_F_OWNER, Linux 5.12):
the kernel removes it when that socket closes, and nft ends when its standard input does. So it is gone however this
process ends, killed or not.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType
from typing import Final, Self

import numpy as np

from rawkit.decode import Decoder, Packets
from rawkit.errors import PrivilegeError, SendError
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine

Source = tuple[IPv4Address | IPv6Address, int]
AT_ONCE: Final = 4096
"""Elements that one command adds."""


class KernelRst:
    """Drops the kernel's RSTs of the TCP sources that it is told of; a context manager.

    Raises SendError where nft is not installed or the kernel cannot do it, PrivilegeError without CAP_NET_ADMIN.

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
            # A session of its own: Ctrl-C is for us, and the rule stays until we end.
            self._nft = subprocess.Popen(
                ["nft", "-i"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise SendError("--no-kernel-rst needs the program nft: install nftables") from None
        try:
            self._tell(_rules(self._table))
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
        for begin in range(0, len(new), AT_ONCE):
            self._tell(_elements(self._table, new[begin : begin + AT_ONCE]))
        self.sources.update(new)

    def close(self) -> None:
        """Takes the rule away; a second call does nothing."""
        if self._nft.stdin and not self._nft.stdin.closed:
            self._nft.stdin.close()
        self._nft.wait()
        if self._nft.stdout:
            self._nft.stdout.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tell(self, commands: Sequence[str]) -> None:
        """Gives nft commands, and waits until they are done: until it has listed what there is."""
        assert self._nft.stdin is not None
        assert self._nft.stdout is not None
        try:
            self._nft.stdin.write("\n".join([*commands, f"list chain inet {self._table} output\n"]))
            self._nft.stdin.flush()
        except BrokenPipeError:
            raise SendError("--no-kernel-rst: nft has ended: see `nft list ruleset`") from None
        for line in self._nft.stdout:
            if "Error:" in line:
                raise _refused(line)
            if line.startswith("}"):
                return
        raise SendError("--no-kernel-rst: nft has ended: see `nft list ruleset`")


def _rules(table: str) -> list[str]:
    return [
        f"add table inet {table} {{ flags owner; }}",
        f"add set inet {table} sources4 {{ type ipv4_addr . inet_service; }}",
        f"add set inet {table} sources6 {{ type ipv6_addr . inet_service; }}",
        f"add chain inet {table} output {{ type filter hook output priority raw; }}",
        f"add rule inet {table} output tcp flags & rst == rst ip saddr . tcp sport @sources4 drop",
        f"add rule inet {table} output tcp flags & rst == rst ip6 saddr . tcp sport @sources6 drop",
    ]


def _elements(table: str, sources: Sequence[Source]) -> list[str]:
    of = {v: [f"{address} . {port}" for address, port in sources if address.version == v] for v in (4, 6)}
    return [f"add element inet {table} sources{v} {{ {', '.join(words)} }}" for v, words in of.items() if words]


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


def _refused(line: str) -> SendError | PrivilegeError:
    reason = line.strip().partition("Error: ")[2].removesuffix(":")
    if "ermitted" in reason:
        return PrivilegeError("--no-kernel-rst needs CAP_NET_ADMIN: use sudo, or try it in `rawkit lab`")
    return SendError(f"--no-kernel-rst: nft says {reason}: see that the kernel has nf_tables (Linux 5.12)")
