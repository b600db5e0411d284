"""`PingRun`, driven from Python: results as they come, an end from outside, and what becomes of the sockets."""

from __future__ import annotations

import os
import threading
import time

import pytest

from rawkit.api.ping import PingRequest, PingRun
from rawkit.errors import MissingError, RawkitError, TargetError

UDP = {"targets": ("127.0.0.1",), "method": "udp"}
"""Takes no rights; the kernel answers that the port is unreachable."""


def sockets() -> int:
    """How many descriptors of this process are open."""
    return len(os.listdir("/proc/self/fd"))


def test_results_come_one_by_one_and_the_sockets_are_closed_at_the_end():
    before = sockets()
    run = PingRun(PingRequest(**UDP, count=3, interval=0.01))
    found = [(result.kind, result.seq, run.summaries[0].received) for result in run]
    assert found == [("reply", 1, 1), ("reply", 2, 2), ("reply", 3, 3)]
    assert (sockets(), list(run)) == (before, []), "a second time there is nothing"


def test_to_wait_is_to_take_all():
    (summary,) = PingRun(PingRequest(**UDP, count=2, interval=0.01)).wait()
    assert (summary.sent, summary.received, summary.cut_short) == (2, 2, False)


def test_who_has_seen_enough_may_leave():
    before = sockets()
    run = PingRun(PingRequest(**UDP, interval=0.01))
    for result in run:
        if result.seq == 2:
            break
    run.close()
    assert (run.summaries[0].sent, run.summaries[0].cut_short, sockets()) == (2, True, before)


def test_another_thread_ends_a_run_that_waits():
    """Which would be for 60 s."""
    run = PingRun(PingRequest(**UDP, interval=60))
    began = time.monotonic()
    timer = threading.Timer(0.1, run.stop)
    timer.start()
    (summary,) = run.wait()
    timer.join()
    assert (summary.sent, time.monotonic() - began < 30) == (1, True)


def test_what_is_stopped_before_it_begins_sends_nothing():
    run = PingRun(PingRequest(**UDP, interval=60))
    run.stop()
    assert run.wait()[0].sent == 0


def test_nobody_is_asked_to_give_up_root(monkeypatch):
    """A library that made its user somebody else would be a bad surprise."""
    monkeypatch.setattr("rawkit.sockets.privileges.drop", pytest.fail)
    PingRun(PingRequest(**UDP, count=1)).wait()


def test_to_ask_who_is_there_ends_with_the_first_answer():
    (summary,) = PingRun(PingRequest(**UDP, alive=True, retries=5)).wait()
    assert (summary.sent, summary.alive) == (1, True)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"count": 0}, "-c 0: give a number of 1 or more"),
        ({"interval": float("nan")}, "-i nan: give a number from 0 to 999999999"),
        ({"ttl": 256}, "-t 256: give a number from 1 to 255"),
        ({"size": 65508}, "-s 65508: give a number from 0 to 65507"),
        ({"pattern": bytes(17), "method": "icmp"}, "give up to 16 bytes"),
        ({"pmtu": "maybe"}, "-M maybe: give one of dont, want, do, probe"),
        ({"source": "eth0"}, "-I eth0: give an address of this host"),
        ({"retries": 2}, "--retries is for --alive"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_the_command_line_would_refuse_is_refused_here(words, complaint):
    with pytest.raises(RawkitError, match=complaint):
        PingRun(PingRequest(**(UDP | words)))


def test_targets():
    with pytest.raises(MissingError, match="no target: name one"):
        PingRun(PingRequest())
    with pytest.raises(TargetError, match="no IPv4 address"):
        PingRun(PingRequest(("::1",), version=4))
    run = PingRun(PingRequest(("127.0.0.1-3", "::1"), version=4, numeric=True))
    assert ([one.name for one in run.targets], len(run.troubles)) == (["127.0.0.1", "127.0.0.2", "127.0.0.3"], 1)
