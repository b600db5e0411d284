"""`Rewrite`: other addresses and ports in recorded frames, with checksums that are as right as they were."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

import numpy as np

from rawkit.errors import TargetError
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.values import dataclass, replace
from rawkit.wire.address import mac

Network = IPv4Network | IPv6Network
HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What is replaced by what; of several mappings that fit the first counts.

    Ethernet and ARP, the outermost IP header, TCP, UDP, UDP-Lite and DCCP ports, and the packets that ICMP errors quote
    are rewritten; what is inside of tunnels is not. Checksums are mended by what changed (RFC 1624): one that was wrong
    stays wrong.

    Attributes:
        ips: pairs of networks of the same size; the bits behind the prefix stay.
        macs: pairs of MAC addresses, 6 bytes.
        ports: pairs of port numbers.

    >>> from rawkit.frames import FrameBatch
    >>> old = bytes.fromhex("4500001c00010000 4011f6cc c0000201c0000202 0035003500080000")
    >>> batch = FrameBatch.from_frames([old], link_type=101)
    >>> rewrite = Rewrite(ips=(ip_mapping("192.0.2.0/24=198.51.100.0/24"),), ports=(port_mapping("53=5353"),))
    >>> rewrite.apply(batch, Engine("interpreted")).frame(0).hex(" ", 4)
    '4500001c 00010000 40112666 c6336401 c6336402 14e914e9 00080000'
    """

    ips: Sequence[tuple[Network, Network]] = ()
    macs: Sequence[tuple[bytes, bytes]] = ()
    ports: Sequence[tuple[int, int]] = ()

    def __bool__(self) -> bool:
        return bool(self.ips or self.macs or self.ports)

    def apply(self, batch: FrameBatch, engine: Engine, step: int = 0) -> FrameBatch:
        """The batch with its frames rewritten, in memory of its own.

        `step` is added to each address of a single host, so that the same frames are other hosts'.
        """
        data = batch.data.copy()
        columns = [np.ascontiguousarray(one, np.int64) for one in (batch.offset, batch.captured, batch.link_type)]
        tables = (self._maps(), self._macs(), self._ports())
        call = partial(engine.call, "rawkit.run.replay.rewrite_kernel", "rewrite_frames", len(batch))
        call(data, *columns, *tables, step)
        return replace(batch, data=data)

    def _maps(self) -> Bytes:
        return np.frombuffer(bytearray().join(_row(old, new) for old, new in self.ips), np.uint8)

    def _macs(self) -> Bytes:
        return np.frombuffer(bytearray().join(old + new for old, new in self.macs), np.uint8)

    def _ports(self) -> Int64s:
        return np.array(self.ports, np.int64).reshape(-1)


def _row(old: Network, new: Network) -> bytes:
    """A mapping as the kernel reads it."""
    parts = (old.network_address, old.netmask, new.network_address)
    return bytes((old.version,)) + b"".join(part.packed.ljust(16, b"\0") for part in parts)


def ip_mapping(text: str) -> tuple[Network, Network]:
    """Reads OLD=NEW: two addresses, or two networks of the same size; TargetError for anything else.

    >>> ip_mapping("192.0.2.0/24=198.51.100.0/24")
    (IPv4Network('192.0.2.0/24'), IPv4Network('198.51.100.0/24'))
    """
    try:
        old, new = (ip_network(part) for part in text.split("="))
    except ValueError:
        raise TargetError(f"{text!r} maps no addresses: write OLD=NEW, as in 192.0.2.0/24=198.51.100.0/24") from None
    if old.version != new.version or old.prefixlen != new.prefixlen:
        raise TargetError(f"{text!r} maps networks of two sizes: give both the same prefix length and IP version")
    return old, new


def mac_mapping(text: str) -> tuple[bytes, bytes]:
    """Reads OLD=NEW, two MAC addresses; TargetError for anything else.

    >>> mac_mapping("02:00:00:00:00:01=02:00:00:00:00:02")[1].hex(":")
    '02:00:00:00:00:02'
    """
    try:
        old, new = (mac(part) for part in text.split("="))
    except ValueError:
        example = "02:00:00:00:00:01=02:00:00:00:00:02"
        raise TargetError(f"{text!r} maps no MAC addresses: write OLD=NEW, as in {example}") from None
    return old, new


def port_mapping(text: str) -> tuple[int, int]:
    """Reads OLD=NEW, two port numbers; TargetError for anything else.

    >>> port_mapping("80=8080")
    (80, 8080)
    """
    try:
        old, new = (int(part) for part in text.split("="))
    except ValueError:
        old = new = -1
    if not (0 <= old <= HIGHEST_PORT and 0 <= new <= HIGHEST_PORT):
        raise TargetError(f"{text!r} maps no ports: write OLD=NEW, two numbers up to {HIGHEST_PORT}")
    return old, new
