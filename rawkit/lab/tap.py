"""Records what passes a host's interface, for as long as it takes until nothing more comes."""

from __future__ import annotations

import time
from typing import Final

from rawkit.frames import FrameBatch, FrameSink
from rawkit.lab.host import Host
from rawkit.sockets.closing import Closes
from rawkit.sockets.receive.ring import ReceiveRing

QUIET: Final = 0.1
"""Seconds without a frame, after which what was under way in a lab without delays has arrived."""
LONGEST: Final = 5.0
"""Seconds that frames are waited for which the kernel has not handed over."""
_MEMORY: Final = 4


class Tap(Closes):
    """A receive ring on an interface of a lab's host; `Lab.record` makes one.

    Args:
        host: the host.
        interface: the interface's name there.
        sink: takes all frames too, for example into a capture file.

    Attributes:
        count: frames recorded so far.

    >>> from rawkit.errors import PrivilegeError
    >>> from rawkit.lab import Lab
    >>> try:
    ...     with Lab("pair") as lab, lab.record("server") as tap:
    ...         done = lab["client"].run(["ping", "-4", "-c1", "server"])
    ...         print(len(tap.take()) >= 2)
    ... except PrivilegeError:  # not everyone may, everywhere
    ...     print(True)
    True
    """

    def __init__(self, host: Host, interface: str = "eth0", sink: FrameSink | None = None) -> None:
        self.count = 0
        self._sink = sink
        self._ring = ReceiveRing(interface, memory=_MEMORY, place=host.listening())

    def take(self, quiet: float = QUIET) -> FrameBatch:
        """All frames since the last call, up to the first pause of `quiet` seconds; they stay valid.

        A pause is one where the kernel has no frames either that it has not handed over.
        """
        frames: list[bytes] = []
        times: list[int] = []
        end = time.monotonic() + LONGEST
        while (batch := self._ring.read(quiet)) is not None:
            if not len(batch):
                if not self._ring.pending() or time.monotonic() > end:
                    break
                continue
            frames += batch.frames()
            times += batch.timestamp.tolist()
            end = time.monotonic() + LONGEST
        recorded = FrameBatch.from_frames(frames, times)
        self.count += len(recorded)
        if self._sink is not None:
            self._sink.write(recorded)
        return recorded

    def close(self) -> None:
        """Ends the recording."""
        self._ring.close()

    @property
    def lost(self) -> int:
        """Frames that the ring had no room for, so far."""
        return self._ring.statistics().dropped
