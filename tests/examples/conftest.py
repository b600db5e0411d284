"""Examples run as programs in a lab's host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import rawkit
from rawkit.errors import PrivilegeError
from rawkit.lab import Host

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LONG = 60
"""Seconds after which a test gives up."""


def command(name: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, str(EXAMPLES / f"{name}.py"), *map(str, arguments)]


def options() -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return {"stdout": pipe, "stderr": pipe, "stdin": subprocess.DEVNULL, "env": environment, "text": True}


def finished(host: Host, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """An example that ends by itself."""
    with host.popen(command(name, *arguments), **options()) as running, killed(running):
        output, errors = running.communicate(timeout=LONG)
    return subprocess.CompletedProcess(running.args, running.returncode, output, errors)


class Listening:
    """An example that goes on until Ctrl-C.

    Attributes:
        lines: what it had printed when it had ended.
    """

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.running = running
        self.lines: list[str] = []

    def end(self) -> None:
        """Ctrl-C: it ends in order, and complains of nothing."""
        self.running.send_signal(signal.SIGINT)
        output, errors = self.running.communicate(timeout=LONG)
        assert (self.running.returncode, errors) == (0, "")
        self.lines += output.splitlines()


@contextmanager
def listening(host: Host, name: str, *arguments: str) -> Iterator[Listening]:
    """An example that sniffs, from when it waits for packets to the end of the block."""
    with host.popen(command(name, *arguments), **options()) as running, killed(running):
        until(lambda: running.poll() is not None or (len(packet_sockets(host)) > 0 and waits(running.pid)))
        found = Listening(running)
        yield found
        found.end()


@contextmanager
def killed(running: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens, it does not go on."""
    try:
        yield
    finally:
        running.kill()


def packet_sockets(host: Host) -> list[str]:
    """Those of a host that are bound and run: /proc/net/packet, packet(7)."""
    rows = [line.split() for line in host.run(["cat", "/proc/net/packet"]).stdout.splitlines()[1:]]
    return [row[0] for row in rows if row[5] == "1"]


def waits(number: int) -> bool:
    """Whether a process, or the one that it stands for in a host, is in poll(2): its kernels are loaded then."""
    with suppress(OSError):
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        return all("poll" in Path(f"/proc/{one}/wchan").read_text() for one in children or [number])
    return False


def until(true: Callable[[], bool]) -> None:
    """Asks again until it is so."""
    end = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < end


@pytest.fixture
def lab() -> Iterator[Callable[[str | Path], rawkit.Lab]]:
    """Makes labs that are gone when the test is over."""
    made: list[rawkit.Lab] = []

    def make(spec: str | Path) -> rawkit.Lab:
        try:
            made.append(rawkit.Lab(spec))
        except PrivilegeError as error:
            pytest.skip(str(error))
        return made[-1]

    yield make
    for one in made:
        one.close()
