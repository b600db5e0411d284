"""What was received and what was lost, added up over a capture."""

from __future__ import annotations

import os
import socket
import struct
from typing import Final

from rawkit.errors import CaptureError
from rawkit.sockets import layout
from rawkit.values import dataclass

_STATISTICS: Final = struct.Struct("=III")
_RX_DROP, _RX_FIFO = 3, 4


@dataclass(frozen=True, slots=True)
class RingStatistics:
    """The counters of a receive ring since it was opened.

    Attributes:
        received: frames that passed the filter and found room in the ring, read or not.
        dropped: frames that passed the filter and found the ring full (tp_drops).
        freezes: times that the ring was full (tp_freeze_q_cnt).
        interface_dropped: frames that the interface received and lost before any socket could have them (drop and
            fifo of /proc/net/dev), whatever the filter.

    >>> RingStatistics(10, 1, 1, 0) + RingStatistics(5, 0, 0, 2)
    RingStatistics(received=15, dropped=1, freezes=1, interface_dropped=2)
    """

    received: int = 0
    dropped: int = 0
    freezes: int = 0
    interface_dropped: int = 0

    def __add__(self, other: RingStatistics) -> RingStatistics:
        return RingStatistics(
            self.received + other.received,
            self.dropped + other.dropped,
            self.freezes + other.freezes,
            self.interface_dropped + other.interface_dropped,
        )


def take_statistics(sock: socket.socket) -> RingStatistics:
    """The counters of a packet socket with a TPACKET_V3 ring since they were last taken (PACKET_STATISTICS)."""
    raw = sock.getsockopt(layout.SOL_PACKET, layout.PACKET_STATISTICS, _STATISTICS.size)
    packets, drops, freezes = _STATISTICS.unpack(raw)  # struct tpacket_stats_v3
    return RingStatistics(packets - drops, drops, freezes)


class InterfaceDrops:
    """Counts what an interface loses (all interfaces, for None), in the network namespace that it was made in.

    Args:
        interface: its name.
        file: a descriptor of /proc/net/dev of another namespace, which is counted in instead.
    """

    def __init__(self, interface: str | None, file: int | None = None) -> None:
        self._interface = interface
        # An open file keeps to its namespace; /sys would show that of the mount, and a path that of the thread.
        self._file = _opened() if file is None else file
        self._before, self._most = self._total(), 0

    def count(self) -> int:
        """Frames lost since this was made, or until the interface was gone."""
        self._most = max(self._most, self._total() - self._before)
        return self._most

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def _total(self) -> int:
        rows = (line.split(":", 1) for line in self._text().splitlines() if ":" in line)
        wanted = (row.split() for name, row in rows if self._interface in (None, name.strip()))
        return sum(int(row[_RX_DROP]) + int(row[_RX_FIFO]) for row in wanted)

    def _text(self) -> str:
        parts, size = [], 0
        while part := os.pread(self._file, 65536, size):
            parts.append(part)
            size += len(part)
        return b"".join(parts).decode()


def _opened() -> int:
    try:
        return os.open("/proc/thread-self/net/dev", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise CaptureError("/proc is not there, which counts what an interface loses: mount it") from None
