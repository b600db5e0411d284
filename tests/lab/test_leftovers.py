"""However a lab's process ends, nothing of the lab is left: no process, no namespace, no interface."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rawkit.errors import LabError
from rawkit.lab import Lab, LabSpec

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

PROGRAM = """
import os, sys
from rawkit.lab import Lab

lab = Lab.from_spec("router")
for host in lab.hosts.values():
    host.popen(["sleep", "1000"])
    host.popen(["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1000; done"], stdout=-1).stdout.readline()
    host.run(["sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 &"])
inodes = [os.stat(host.network).st_ino for host in lab.hosts.values()]
print(*inodes, lab["client"].run(["readlink", "/proc/self/ns/pid"]).stdout[5:-2], flush=True)
"""
ENDINGS = {
    "SIGKILL": "sys.stdin.read()",
    "SIGTERM": "sys.stdin.read()",
    "SIGINT": "with lab: sys.stdin.read()",
    "exception": "with lab: 1 / 0",
    "exception outside with": "1 / 0",
    "forgotten": "",
    "closed": "lab.close()",
    "os._exit": "os._exit(0)",
}


def namespaces_of(process: Path) -> Iterator[str]:
    """The namespaces that a process is in or has open."""
    for place in ("ns", "fd", "task"):
        try:
            entries = list((process / place).iterdir())
        except OSError:
            continue
        for entry in entries:
            try:
                yield os.readlink(entry / "ns/net" if place == "task" else entry)
            except OSError:
                continue


def runs(process: Path) -> bool:
    """Whether a process has not ended; one that waits for the system's init to collect it has."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def processes_with(inodes: set[str]) -> set[int]:
    """Processes that are in one of the namespaces, or hold it."""
    kept = {f"{kind}:[{inode}]" for inode in inodes for kind in ("net", "pid")}
    found = (path for path in Path("/proc").iterdir() if path.name.isdigit() and runs(path))
    return {int(path.name) for path in found if kept & set(namespaces_of(path))}


def hold(processes: set[int]) -> list[int]:
    """Descriptors of the processes' namespaces: while they are open, no other lab gets the same inode numbers."""
    return [os.open(f"/proc/{number}/ns/{kind}", os.O_RDONLY) for number in processes for kind in ("net", "pid")]


def all_end_within(seconds: float, watched: list[int]) -> bool:
    """Whether every process that the descriptors name ends in time."""
    for descriptor in watched:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
    return True


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_left(ending: str) -> None:
    links = subprocess.check_output(["ip", "-o", "link"])
    named = sorted(Path("/run/netns").glob("*"))
    command = [sys.executable, "-c", PROGRAM + "print(sys.stdin.readline(), flush=True)\n" + ENDINGS[ending]]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        inodes = set(process.stdout.readline().split())
        alive, end = processes_with(inodes), time.monotonic() + 60
        while (
            len(alive) < 1 + 1 + 3 * 4 and time.monotonic() < end
        ):  # one that is about to run its program has no links
            alive = processes_with(inodes)
        assert len(alive) == 1 + 1 + 3 * 4  # the lab's own process, process 1, and what was started in the hosts
        watched = [os.pidfd_open(number) for number in alive]
        held = hold(alive)
        process.stdin.write("go\n")
        process.stdin.flush()
        if ending.startswith("SIG"):
            process.stdout.readline()
            process.send_signal(getattr(signal, ending))
        try:
            assert all_end_within(10, watched)
        finally:
            process.kill()
            for descriptor in watched:
                os.close(descriptor)
        process.communicate()
    assert processes_with(inodes) == {os.getpid()}
    for descriptor in held:
        os.close(descriptor)
    assert subprocess.check_output(["ip", "-o", "link"]) == links
    assert sorted(Path("/run/netns").glob("*")) == named


FAILING_TEST = """
import pytest
from rawkit.lab import Lab

@pytest.fixture
def lab():
    with Lab.from_spec("pair") as lab:
        yield lab

@pytest.fixture
def unclosed():
    return Lab.from_spec("pair")

@pytest.mark.parametrize("name", ["lab", "unclosed"])
def test_fails(request, name):
    host = request.getfixturevalue(name)["client"]
    sleeping = host.popen(["sleep", "1000"])
    print("PROCESS", sleeping.pid)
    assert host.run(["false"]).returncode == 0
"""


def test_a_failing_test_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING_TEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_failing.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    started = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("PROCESS")]
    assert "2 failed" in done.stdout
    assert len(started) == 2
    # What the second test left open went with the process of pytest; the kernel may still be at it.
    assert all(sleep_ends_within(5, number) for number in started)


def sleep_ends_within(seconds: float, number: int) -> bool:
    """Whether the process of that number, if it is a sleep at all, ends in time."""
    try:
        descriptor = os.pidfd_open(number)
    except ProcessLookupError:
        return True
    try:
        is_ours = Path(f"/proc/{number}/cmdline").read_bytes() == b"sleep\0001000\0"
        return not is_ours or all_end_within(seconds, [descriptor])
    except FileNotFoundError:
        return True
    finally:
        os.close(descriptor)


def test_a_lab_that_cannot_be_built_leaves_nothing() -> None:
    def held() -> tuple[set[str], str, list[threading.Thread]]:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
        return set(os.listdir("/proc/self/fd")), children, threading.enumerate()

    before = held()
    with pytest.raises(LabError):
        Lab(LabSpec.from_toml("[hosts.a]\nsysctls = { 'net.ipv4.nosuch' = 1 }"))
    assert held() == before
