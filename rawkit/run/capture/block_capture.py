"""A live capture that does nothing but write a plain pcap file: the short way from the ring to the file."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Final

from rawkit import linktypes
from rawkit.kernels import Engine
from rawkit.run.capture.blocks import BlockRecording, rehearse
from rawkit.run.capture.live import Listener, LiveSource
from rawkit.run.capture.naming import is_pattern
from rawkit.run.capture.outcome import CaptureStatistics
from rawkit.run.capture.rings import ANY, Listening, links
from rawkit.run.opened import Opened
from rawkit.run.stopping import Stop
from rawkit.sockets.receive.ring_set import RingSet
from rawkit.values import dataclass, field

MEMORY: Final = 16
"""MiB of the ring, eight times tcpdump's: the system clears all of it first, and writing does not fall far behind."""


def is_enough(listening: Listening, path: str) -> bool:
    """Whether the frames of one interface go to a plain pcap file as they stand in the ring.

    >>> is_enough(Listening(("lo",)), "a.pcap"), is_enough(Listening(("lo", "eth0")), "a.pcap")
    (True, False)
    >>> [is_enough(Listening(("lo",)), path) for path in ("a.pcapng", "a.pcap.gz", "a-%H.pcap")]
    [False, False, False]
    """
    if path == "-" or len(listening.names) != 1 or listening.names[0] == ANY:
        return False
    return _is_plain(path) and _has_headers(listening.names[0])


def _is_plain(path: str) -> bool:
    from rawkit.files.targets import SUFFIXES

    return ".pcapng" not in path and os.path.splitext(path)[1] not in SUFFIXES and not is_pattern(path)


def _has_headers(interface: str) -> bool:
    """Whether the frames in the ring are whole as they are: cooked headers would have to be made."""
    from rawkit.sockets.device import link_type

    return link_type(interface) != linktypes.LINUX_SLL2


@dataclass(slots=True)
class BlockCapture(Opened):
    """One interface that is recorded until somebody says stop; a context manager.

    Neither NumPy nor the decoder is loaded. When it is entered the ring is opened, and `begin` makes the file: between
    the two root can be given up.

    Args:
        listening: where, and for what.
        engine: runs the kernel.
        stop: says when to end, and when to report.
        listener: hears what happens meanwhile.
        path: the file.
        count: frames after which it ends, None for all.
        duration: seconds after which it ends, None for no end.
    """

    listening: Listening
    engine: Engine
    stop: Stop
    listener: Listener
    path: str
    count: int | None = None
    duration: float | None = None
    _kept: int = 0
    _rings: RingSet = field(init=False)
    _source: LiveSource = field(init=False)
    _recording: BlockRecording | None = None
    _files: ExitStack = field(init=False)

    def _open(self, stack: ExitStack) -> None:
        self._files = stack.enter_context(ExitStack())
        self._rings = stack.enter_context(self.listening.open(self.engine, memory=MEMORY, batches=False))
        rehearse(self.engine)  # later, as another user, it may not be able to read the code
        self._source = LiveSource(self._rings, self.stop, self.duration, self.listener)

    def begin(self) -> None:
        """Makes the file; CaptureError where it cannot be."""
        if self._recording is None:
            made = BlockRecording(self.path, self._rings.rings[0].link_type, self.engine)
            self._recording = self._files.enter_context(made)

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of the interface."""
        return links(self._rings)

    def run(self) -> None:
        """Writes block after block until the end."""
        self.begin()
        assert self._recording is not None
        while self._kept != self.count and (block := self._source.read_block()) is not None:
            if block:
                left = None if self.count is None else self.count - self._kept
                self._kept += self._recording.write_block(block, left)

    def wake(self) -> None:
        """Has a wait end: `stop` was asked."""
        self._rings.wake()

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far."""
        found = self._rings.statistics()
        return CaptureStatistics(
            self._kept, self._source.seconds, found.received, found.dropped, found.interface_dropped
        )
