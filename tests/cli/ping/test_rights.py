"""Root is given up once the sockets are open, and nothing of what comes later needs it; SIGQUIT tells how it is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab, scenarios

SERVER, SERVER6 = "192.0.2.20", "2001:db8:1::20"
COMMAND = [sys.executable, "-m", "rawkit", "ping"]
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
AS_SUDO = {"SUDO_UID": "65534", "SUDO_GID": "65534"}

# Says on standard error which modules are loaded after root was given up: another user may not be able to read them.
LATE_MODULES = """
import sys
from rawkit.cli.main import run
from rawkit.sockets import privileges
drop, before = privileges.drop, set()
def noting(user):
    drop(user)
    before.update(sys.modules)
privileges.drop = noting
run(["ping", *sys.argv[1:]])
print(*(set(sys.modules) - before), file=sys.stderr)
"""

pytestmark = [pytest.mark.netns, pytest.mark.root]


@pytest.fixture(scope="module")
def pair() -> Iterator[Lab]:
    try:
        lab = Lab.from_spec(scenarios.load("pair"))
    except PrivilegeError as error:
        pytest.skip(str(error))
    with lab:
        for name in ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"):
            lab["server"].run(["sysctl", "-qw", f"{name}=0"], check=True)
        yield lab


@pytest.mark.parametrize(("options", "environment"), [(("-Z", "nobody"), {}), ((), AS_SUDO)], ids=["-Z", "sudo"])
def test_root_is_given_up(pair: Lab, options: tuple[str, ...], environment: dict[str, str]) -> None:
    words = [*COMMAND, *options, "-i", "0.01", SERVER]
    with pair["client"].popen(words, env={**os.environ, **environment}, **PIPES) as process:
        for _ in range(3):
            process.stdout.readline()
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert fields["Uid"].split() == fields["Gid"].split() == ["65534"] * 4
    assert {fields[name].strip("0") for name in ("CapEff", "CapPrm", "CapAmb")} == {""}
    assert fields["NoNewPrivs"] == "1"
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize("interface", [(), ("-I", "eth0")], ids=["any", "eth0"])
@pytest.mark.parametrize("target", [SERVER, SERVER6])
@pytest.mark.parametrize("method", ["icmp", "tcp", "udp", "arp"])
def test_every_method_goes_on_without_root(pair: Lab, method: str, target: str, interface: tuple[str, ...]) -> None:
    """With neighbours forgotten, so that they are looked up by then, and of ICMP an interval that takes root."""
    client = pair["client"]
    client.run(["ip", "neigh", "flush", "dev", "eth0"], check=True)
    if method == "arp":
        interface = ("-I", "eth0")
    timing = [
        "-c",
        "5",
        "-i",
        "0.001" if method == "icmp" else "0.02",
        "--method",
        method,
        *interface,
        "--format",
        "json",
    ]
    done = client.run([*COMMAND, "-Z", "nobody", *timing, target])
    assert (done.returncode, done.stderr) == (0, "")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["received"], last["clock"]) == (5, "kernel")


@pytest.mark.parametrize(
    "options",
    [
        ("-c", "3", SERVER),
        ("-c", "3", "--method", "tcp", SERVER6),
        ("-c", "2", "--method", "udp", "198.51.100.1", SERVER),
        ("-c", "2", "-O", "-D", "-W", "0.05", "192.0.2.77"),
        ("-c", "30", "-f", SERVER),
        ("-c", "2", "--format", "csv", SERVER),
        ("-C", "2", SERVER, SERVER6),
        ("--alive", "-W", "0.05", "192.0.2.16/28"),
        ("-c", "2", "-M", "do", "-s", "2000", SERVER),
    ],
    ids=" ".join,
)
def test_nothing_is_loaded_without_root(pair: Lab, options: tuple[str, ...]) -> None:
    words = [sys.executable, "-c", LATE_MODULES, "-Z", "nobody", "-i", "0.01", *options]
    assert pair["client"].run(words, check=True).stderr.split() == []


def test_a_user_that_is_none_is_said_before_anything_is_sent(pair: Lab) -> None:
    done = pair["client"].run([*COMMAND, "-Z", "nobody-at-all", "-c", "1", SERVER])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "rawkit: no user 'nobody-at-all': name one of this system\n"


def last_line(stream: IO[bytes]) -> str:
    """The next whole line without the carriage return that takes the cursor to its beginning."""
    return stream.readline().decode().removeprefix("\r")


def status_after_three(pair: Lab, *words: str) -> str:
    """What a ping says on SIGQUIT after its third reply; it goes on and ends by Ctrl-C."""
    with pair["client"].popen([*words, "-i", "0.3", SERVER], **PIPES) as process:
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGQUIT)
        line = last_line(process.stderr)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, b"")
    assert b"4 packets transmitted, 4 received" in out
    return line


@pytest.mark.referee
def test_sigquit_prints_what_iputils_prints(pair: Lab) -> None:
    """Times aside, the line is the same."""
    ours, theirs = (status_after_three(pair, *words) for words in (COMMAND, ["ping", "-n"]))
    assert ours.startswith("3/3 packets, 0% loss, min/avg/ewma/max = ")
    assert re.sub(r"\d+\.\d+", "N", ours) == re.sub(r"\d+\.\d+", "N", theirs)


def test_sigquit_of_many_targets_adds_them_up(pair: Lab) -> None:
    words = [*COMMAND, "-q", "-c", "50", "-i", "0.1", SERVER, SERVER6, "192.0.2.77"]
    with pair["client"].popen(words, **PIPES) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGQUIT)
        line = last_line(process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert re.fullmatch(r"\d+/\d+ packets, \d+% loss, [012] of 3 targets answered\n", line)
