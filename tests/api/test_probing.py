"""`rawkit.ping` and `rawkit.scan` in a lab: what they tell is what the commands tell, and an end comes from outside."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
import time
from ipaddress import ip_address, ip_network

import pytest

import rawkit
from rawkit.lab import ServiceSpec

SERVER, ROUTED = "192.0.2.20", "198.51.100.7"
LONG = 30
"""Seconds that nothing here may take, of runs that would take minutes."""
UDP = {"method": "udp", "interval": 0.01}
"""Takes no rights; the kernel answers that the port is unreachable."""


@pytest.fixture(scope="module")
def client(lab_up):
    """The client of the scenario `pair`, with a TCP server, and a route by a router that is not there."""
    with lab_up("pair") as lab:
        lab["server"].serve(ServiceSpec("tcp-echo", 2000))
        lab["client"].run(["ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.77"], check=True)
        # Linux gives a neighbour up after three seconds: a scan that waits for it is ended by a test before, always.
        lab["client"].run(["sysctl", "-w", "net.ipv4.neigh.eth0.mcast_solicit=300"], check=True)
        yield lab["client"]


def told(client, *arguments):
    """What the command says, as JSON."""
    done = client.run([sys.executable, "-m", "rawkit", *arguments, "--format", "json"], check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.netns
def test_a_scan_tells_what_the_command_tells(client):
    with client.entered():
        run = rawkit.scan([ip_address(SERVER)], range(1999, 2002))
        found = {one.port: one for one in run}
    names = ("host", "port", "protocol", "state", "reason", "reason_ttl")
    theirs = told(client, "synscan", "-p", "1999-2001", SERVER)
    assert {tuple(getattr(one, name) for name in names) for one in found.values()} == {
        tuple(one[name] for name in names) for one in theirs
    }
    assert found[2000].state == "open"
    (host,) = run.summaries
    assert (host.host, host.open, host.states, host.whole) == (SERVER, (2000,), {"closed": 2, "open": 1}, True)
    assert host.latency_ns == min(one.rtt_ns for one in found.values())
    assert 0 < found[2000].rtt_ns < 10**9
    assert abs(found[2000].time_ns - time.time_ns()) < LONG * 10**9


@pytest.mark.netns
def test_a_ping_tells_what_the_command_tells(client):
    with client.entered(), rawkit.ping(SERVER, count=2, interval=0.01, method="tcp", port=2000) as run:
        found = list(run)
    theirs = told(client, "ping", "-c", "2", "-i", "0.01", "--method", "tcp", "--port", "2000", SERVER)
    assert [(one.kind, one.seq, one.address, one.ttl, one.detail) for one in found] == [
        tuple(one[name] for name in ("type", "seq", "address", "ttl", "detail")) for one in theirs if "seq" in one
    ]
    (summary,) = run.summaries
    assert (summary.sent, summary.received, summary.target.name) == (2, 2, SERVER)
    assert 0 < summary.times.minimum <= min(one.rtt_ns for one in found)


def ended(run, after=0.2):
    """How long a run takes that another thread stops after a while."""
    timer = threading.Timer(after, run.stop)
    began = time.monotonic()
    timer.start()
    try:
        run.wait()
    finally:
        timer.join()
    return time.monotonic() - began


@pytest.mark.netns
@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (SERVER, {"ports": "1-1000", "rate": 1}),
        ("192.0.2.100-250", {"ports": 80, "rate": 2}),
        (ROUTED, {"ports": 80}),
        ("127.0.0.1", {"ports": 80, "rate": 0.001}),
    ],
    ids=["under way", "asking a link", "asking for a router", "before the first probe"],
)
def test_a_scan_is_stopped_wherever_it_is(client, targets, words):
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    with client.entered():
        run = rawkit.scan(targets, **words)
        took = ended(run)
    assert (run.stopped, run.summary.whole, took < LONG) == (True, False, True)
    del run  # a ring's bell is there as long as somebody may ring it
    until = time.monotonic() + LONG
    while len(os.listdir("/proc/self/fd")) > before:  # rings are closed by a thread of their own
        assert time.monotonic() < until
        gc.collect()
        time.sleep(0.01)


@pytest.mark.netns
def test_a_scan_that_is_stopped_before_it_begins_sends_nothing(client, tmp_path):
    with client.entered():
        run = rawkit.scan(f"{SERVER}-30", "1-9", resume=str(tmp_path / "state"), whole_hosts=True)
        run.stop()
        assert list(run) == []
        assert (run.summary.sent, run.summary.asked, run.summary.whole, run.space.hosts) == (0, 0, False, 0)
    assert not (tmp_path / "state").exists()


def test_a_ping_is_stopped():
    run = rawkit.ping("127.0.0.1", method="udp", interval=60)
    assert ended(run) < LONG
    assert run.summaries[0].sent <= 1  # how far it was by then is the machine's affair


def test_targets_of_many_forms():
    """Texts, and what `ipaddress` makes of them; one, or several."""
    given = [ip_address("127.0.0.1"), "127.0.0.2-3", ip_network("127.0.0.8/30")]
    assert [one.name for one in rawkit.ping(given).targets] == [f"127.0.0.{last}" for last in (1, 2, 3, 9, 10)]
    assert [one.name for one in rawkit.ping(ip_network("127.0.0.8/30")).targets] == ["127.0.0.9", "127.0.0.10"]
    assert rawkit.scan("127.0.0.1", [443, 80]).scope.ports == rawkit.scan("127.0.0.1", "80,443").scope.ports


def test_what_cannot_be_is_a_rawkit_error():
    for call in (
        rawkit.ping,
        lambda: rawkit.ping("127.0.0.1", count=0),
        lambda: rawkit.ping("::1", version=4),
        lambda: rawkit.scan("127.0.0.1", 65536),
        lambda: rawkit.scan("127.0.0.1", 80, timing="6"),
    ):
        with pytest.raises(rawkit.RawkitError):
            call()
    with pytest.raises(TypeError):
        rawkit.ping("127.0.0.1", cuont=1)
    with pytest.raises(TypeError):
        rawkit.ping("127.0.0.1", "targets.txt")


FIRST_PING = """
import sys, rawkit
assert not {name for name in sys.modules if name.startswith("rawkit.")}, "rawkit alone"
(result,) = rawkit.ping("127.0.0.1", method="udp", count=1)
print(result.kind, sorted({"numpy", "numba", "scapy", "click"} & set(sys.modules)))
"""


def test_a_ping_loads_no_more_than_the_command_does():
    done = subprocess.run([sys.executable, "-c", FIRST_PING], capture_output=True, text=True, check=True)
    assert done.stdout == "reply []\n"
