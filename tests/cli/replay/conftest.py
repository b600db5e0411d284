"""What the tests of replaying share: a lab, what tcpdump sees in it, and the command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from rawkit.errors import PrivilegeError
from rawkit.files import open_capture
from rawkit.lab import Lab

RAWKIT = (sys.executable, "-P", "-m", "rawkit")
PATIENCE = 60
MS = 1_000_000


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The scenario `pair`."""
    if shutil.which("tcpdump") is None:
        pytest.skip("tcpdump is not installed")
    try:
        with Lab.from_spec("pair") as made:
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


class Seen:
    """What tcpdump sees at the server until there are so many frames of ours."""

    def __init__(self, lab: Lab, path: Path, filter: str, count: int) -> None:
        self.path = path
        command = [
            "tcpdump",
            "-i",
            "eth0",
            "-B",
            "65536",
            "--time-stamp-precision=nano",
            "-c",
            str(count),
            "-w",
            str(path),
            filter,
        ]
        self.tcpdump = lab["server"].popen(command, stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.tcpdump.stderr.readline():
            assert self.tcpdump.poll() is None

    def __enter__(self) -> Seen:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is not None:
            self.tcpdump.terminate()
        self.tcpdump.communicate(timeout=PATIENCE)

    @property
    def frames(self) -> list[bytes]:
        with open_capture(self.path) as capture:
            return [frame for batch in capture for frame in batch.frames()]

    @property
    def gaps(self) -> list[float]:
        """Milliseconds between the frames."""
        with open_capture(self.path) as capture:
            return (np.diff(np.concatenate([batch.timestamp for batch in capture])) / MS).tolist()


@pytest.fixture
def seen(lab: Lab, tmp_path: Path) -> Callable[..., Seen]:
    return lambda count, filter="ether src 02:00:00:00:01:00 and ether dst 02:00:00:00:00:99": Seen(
        lab, tmp_path / "seen.pcap", filter, count
    )


@pytest.fixture
def replay(lab: Lab) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `rawkit replay` on the client's eth0."""

    def call(path: object, *arguments: object, stdin: int | None = None) -> subprocess.CompletedProcess[str]:
        command = [*RAWKIT, "replay", str(path), "-i", "eth0", *map(str, arguments)]
        return subprocess.run(command, stdin=stdin, capture_output=True, text=True, timeout=PATIENCE)

    def inside(path: object, *arguments: object, stdin: int | None = None) -> subprocess.CompletedProcess[str]:
        with lab["client"].entered():
            return call(path, *arguments, stdin=stdin)

    return inside
