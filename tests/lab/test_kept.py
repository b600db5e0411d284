"""Labs of a process without root's rights: another one keeps them, and the caller has them all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.conftest import NOBODY, drop, module_path, usable
from tests.lab.test_leftovers import all_end_within

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

Ordinary = Callable[..., subprocess.CompletedProcess[str]]
THREADS = """
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""
PROGRAMS = """
import os, signal, socket, subprocess
from rawkit.lab import Lab
with Lab("pair") as lab:
    client = lab["client"]
    print(client.run(["false"]).returncode, client.run(["sh", "-c", "kill -9 $$"]).returncode)
    print(client.run(["cat"], input="through").stdout, client.run(["pwd"]).stdout.strip() == os.getcwd())
    try:
        client.popen(["no-such-program"])
    except FileNotFoundError as error:
        print(error.filename)
    sleeping = client.popen(["sleep", "1000"])
    sleeping.send_signal(signal.SIGINT)
    print(sleeping.wait(10))
    try:
        client.run(["sleep", "1000"], timeout=0.2)
    except subprocess.TimeoutExpired:
        print("late")
    try:
        with client.entered():
            pass
    except Exception as error:
        print(type(error).__name__)
    listening = lab["server"].socket()
    listening.bind((str(lab["server"].ipv4), 80))
    listening.listen()
    asking = client.socket()
    asking.connect((str(lab["server"].ipv4), 80))
    print(listening.accept()[1][0])
    left = client.popen(["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1000; done"], stdout=-1)
    left.stdout.readline()
print(left.returncode)
try:
    client.run(["true"])
except Exception as error:
    print(error)
"""
BOX = """
from rawkit.lab import Faults, Lab
with Lab("lossy") as lab:
    box = lab.middlebox(1)
    box.change(Faults(drop=(7,)))
    print(box.counts()[0]["missed"])
    try:
        box.change(Faults(loss=2))
    except Exception as error:
        print(error)
    try:
        lab.middlebox(0)
    except Exception as error:
        print(error)
"""
ROUND = """
import rawkit
from scapy.layers.inet import ICMP, IP
with rawkit.Lab("pair") as lab, lab.record("server") as recorded:
    client = lab["client"]
    with client.sniff(filter="icmp[0] == 0", count=2, duration=20) as replies:
        asked = client.ask(IP(dst="192.0.2.20") / ICMP(seq=[1, 2]), timeout=10)
        print([one.answer["icmp.type"] for one in asked], [int.from_bytes(one.bytes[40:42], "big") for one in replies])
    print(client.send([IP(dst="192.0.2.20") / ICMP(seq=7)] * 3).frames)
    print([result.kind for result in client.ping("server", count=1)])
    endless = client.ping("192.0.2.20", interval=0.1)
    print(next(endless).kind, len(endless.summaries))
    endless.stop()
    print(endless.wait()[0].received > 0)
    print(sorted((found.port, found.state) for found in client.scan("192.0.2.20", "79,80")))
    print(len(recorded.take()) > 10)
"""


def test_programs_run_and_end_as_anywhere(ordinary: Ordinary) -> None:
    done = ordinary("-c", THREADS + PROGRAMS)
    assert done.stdout.splitlines() == [
        "1 -9", "through True", "no-such-program", "-2", "late", "PrivilegeError", "192.0.2.10", "-9",
        "the lab is closed: build it again",
    ], done  # fmt: skip


def test_a_middlebox_is_spoken_with(ordinary: Ordinary) -> None:
    done = ordinary("-c", THREADS + BOX)
    assert done.stdout.splitlines() == [
        "0",
        "faults.loss: 2 is no probability: use 0 to 1",
        "links[0] has no middlebox: give it faults (those with one: 1)",
    ], done


def test_hosts_do_what_rawkit_does(ordinary: Ordinary) -> None:
    done = ordinary("-c", THREADS + ROUND)
    assert done.stdout.splitlines() == [
        "[0, 0] [1, 2]", "3", "['reply']", "reply 1", "True", "[(79, 'closed'), (80, 'closed')]", "True",
    ], done  # fmt: skip


LEFT = """
import os, sys, rawkit.lab
lab = rawkit.lab.Lab("pair")
deaf = "trap '' TERM; echo deaf; while :; do sleep 1000; done"
ones = [lab["client"].popen(["sh", "-c", deaf], stdout=-1) for _ in range(2)]
for one in ones:
    one.stdout.readline()
lab["client"].run(["sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 &"])
print(os.stat(f"/proc/self/fd/{lab['client'].network}").st_ino, flush=True)
"""
ENDINGS = {
    "SIGKILL": "sys.stdin.read()",
    "SIGINT": "with lab: sys.stdin.read()",
    "exception": "with lab: 1 / 0",
    "forgotten": "",
    "os._exit": "os._exit(0)",
}


@pytest.mark.root
@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_left(ending: str) -> None:
    """Root sees the processes of all; those of the lab are an ordinary user's."""
    python = next((path for path in (Path(sys.executable).resolve(), Path("/usr/bin/python3")) if usable(path)), None)
    if python is None:
        pytest.skip("no interpreter of this version that an ordinary user can run")
    command = [*drop(), str(python), "-c", LEFT + "print(sys.stdin.readline(), flush=True)\n" + ENDINGS[ending]]
    pipe = subprocess.PIPE
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": module_path(), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment, cwd="/"
    ) as process:
        network = process.stdout.readline().strip()
        alive = in_network(network)
        assert len(alive) >= 3, process.stderr.read() if process.poll() is not None else alive
        watched = [os.pidfd_open(number) for number in alive]
        process.stdin.write("go\n")
        process.stdin.flush()
        if ending.startswith("SIG"):
            process.stdout.readline()
            process.send_signal(getattr(signal, ending))
        try:
            assert all_end_within(15, watched)
        finally:
            process.kill()
            for descriptor in watched:
                os.close(descriptor)
        process.communicate()


def in_network(inode: str) -> set[int]:
    """The processes in a network namespace."""
    found = set()
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and os.readlink(place / "ns/net") == f"net:[{inode}]":
                found.add(int(place.name))
        except OSError:
            continue
    return found


PARALLEL = """
import os
import numpy
import rawkit
import pytest

@pytest.mark.parametrize("number", range(2))
def test_a_lab_of_its_own(number):
    user, network = os.geteuid(), os.stat("/proc/self/ns/net").st_ino
    with rawkit.Lab("pair") as lab:
        assert lab["client"].call(os.uname).nodename == "client"
        assert lab["client"].call(lambda: number) == number
    assert (os.geteuid(), os.stat("/proc/self/ns/net").st_ino) == (user, network)
"""


@pytest.mark.slow
def test_under_pytest_xdist(ordinary: Ordinary, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path("/tmp", f"rawkit-xdist-{os.getpid()}")
    folder.mkdir(mode=0o755)
    try:
        test = folder / "test_labs.py"
        test.write_text(PARALLEL)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        done = ordinary("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", str(test))
        assert "2 passed" in done.stdout, done
    finally:
        for path in folder.rglob("*.py"):
            path.unlink()
        subprocess.run(["rm", "-rf", str(folder)], check=True)
