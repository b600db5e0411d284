"""Records what goes over a link of a lab, for as long as a `with` block runs."""

from __future__ import annotations

import time
import warnings
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final

from rawkit.api.capture import CaptureWarning
from rawkit.lab.tap import QUIET
from rawkit.testing.recorded import Recorded

if TYPE_CHECKING:
    from rawkit.api.lab import LabHost

LONGEST: Final = 10.0
"""Seconds that are waited at the end, where traffic goes on all the time."""


class Sniffed:
    """A context manager: what it gives is the capture, which can be read once the block is left.

    A thread writes what comes meanwhile. At the end what is under way may arrive: until nothing comes for a tenth of a
    second. Frames that were lost are a CaptureWarning.

    Args:
        host: whose interface it is.
        interface: its name there.
        filter: which frames, in tcpdump's language; all where it is None.
        path: the file that is written.
        mine: where the capture is put, for those who keep what failed tests saw.
    """

    def __init__(self, host: LabHost, interface: str, filter: str | None, path: Path, mine: list[Recorded]) -> None:
        self._host, self._interface, self._filter, self._recorded = host, interface, filter, Recorded(path)
        self._stack = ExitStack()
        mine.append(self._recorded)

    def __enter__(self) -> Recorded:
        with self._stack as stack:
            self._capture = stack.enter_context(self._host.sniff(self._interface, self._filter))
            self._capture.write(self._recorded.path)
            self._thread = Thread(target=self._capture.wait, name="rawkit-sniffed", daemon=True)
            self._thread.start()
            self._stack = stack.pop_all()
        return self._recorded

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            self._settle()
            self._capture.stop()
            self._thread.join()
            lost = self._capture.statistics.dropped
        if lost:
            where = f"{self._interface} of {self._host.name}"
            warnings.warn(f"{where}: {lost} frames were lost on the way into the file", CaptureWarning, stacklevel=2)

    def _settle(self) -> None:
        """Waits until nothing more comes."""
        end, before = time.monotonic() + LONGEST, -1
        while (now := self._capture.statistics.received) != before and time.monotonic() < end:
            before = now
            time.sleep(QUIET)
