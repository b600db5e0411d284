"""Whole processes, measured from outside: wall time, CPU time, peak memory; and several runs of the same command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

STOPWATCH: Final = Path(__file__).with_name("stopwatch.py")


class RunError(Exception):
    """A command that failed, took too long, or did other work than it should."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of a command.

    Attributes:
        wall: seconds from its start to its end.
        cpu: seconds of CPU time, user and system.
        peak: bytes of memory at its peak, of the largest process.
    """

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one command.

    >>> runs = Runs((Measurement(1.0, 0.5, 100), Measurement(3.0, 0.7, 300), Measurement(2.0, 0.6, 200)))
    >>> runs.wall, runs.low, runs.high, runs.cpu, runs.peak
    (2.0, 1.0, 3.0, 0.6, 300)
    """

    measurements: tuple[Measurement, ...]

    @property
    def wall(self) -> float:
        """Seconds, the median."""
        return median(one.wall for one in self.measurements)

    @property
    def low(self) -> float:
        """Seconds, the fastest run."""
        return min(one.wall for one in self.measurements)

    @property
    def high(self) -> float:
        """Seconds, the slowest run."""
        return max(one.wall for one in self.measurements)

    @property
    def cpu(self) -> float:
        """Seconds of CPU time, the median."""
        return median(one.cpu for one in self.measurements)

    @property
    def peak(self) -> int:
        """Bytes, the largest."""
        return max(one.peak for one in self.measurements)


def measure(command: Sequence[str], out: Path, timeout: float) -> Measurement:
    """Runs a command with its standard output in a file; RunError where it fails or takes longer than `timeout` s."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result")
        with out.open("wb") as stdout:
            _run([sys.executable, "-SE", str(STOPWATCH), str(result), *command], stdout.fileno(), timeout)
        return Measurement(**json.loads(result.read_text()))


def environment() -> dict[str, str]:
    """The environment as users have it, without what was set for Python's own behaviour.

    PYTHONDONTWRITEBYTECODE, which containers like to set, has every start of a checkout compile all of its sources.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _run(command: list[str], stdout: int, timeout: float) -> None:
    """Runs it in a session of its own, so that at a time-out or Ctrl-C all of its processes end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdout=stdout, stderr=said, stdin=subprocess.DEVNULL, env=environment(), start_new_session=True
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RunError(f"over {timeout:.0f} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code:
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise RunError(f"exit code {code}: {words[-1]}")
