"""`rawkit.aio.scan` in a lab: its verdicts are those of the blocking call and of the kernels, and nothing is left."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

import rawkit
from rawkit.lab import ServiceSpec

pytestmark = [pytest.mark.root, pytest.mark.netns]
PATIENCE = 120
SERVER = "192.0.2.20"
ROUTED = "198.51.100.9"


def ran(coroutine):
    async def awaited():
        return await asyncio.wait_for(coroutine, PATIENCE)

    return asyncio.run(awaited())


@pytest.fixture(scope="module")
def lab(lab_up):
    """The scenario `pair`, with a TCP server, and a route by a router that is not there."""
    with lab_up("pair") as lab:
        lab["server"].serve(ServiceSpec("tcp-echo", 2000))
        lab["client"].run(["ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.77"], check=True)
        # Linux gives a neighbour up after three seconds: a scan that waits for it is ended by a test before, always.
        lab["client"].run(["sysctl", "-w", "net.ipv4.neigh.eth0.mcast_solicit=300"], check=True)
        yield lab


def told(verdicts):
    return sorted((one.host, one.port, one.protocol, one.state, one.reason) for one in verdicts)


@pytest.mark.parametrize("kind", ["syn", "udp"])
def test_verdicts_are_those_of_the_blocking_call(client, nothing_left, kind):
    words = {"ports": range(1999, 2002), "kind": kind}

    async def main():
        run = rawkit.aio.scan([f"{SERVER}-22", "127.0.0.1"], **words)
        return [one async for one in run], run.summary, run.summaries

    with nothing_left():
        mine, summary, hosts = ran(main())
    assert told(mine) == told(rawkit.scan([f"{SERVER}-22", "127.0.0.1"], **words))
    assert (summary.up, summary.down, summary.whole) == (2, 2, True)
    assert [host.open for host in hosts] == [(), (2000,) if kind == "syn" else ()]


def test_all_ports_of_a_host_and_the_loop_goes_on(client, nothing_left, no_threads, longest_turn):
    """65,535 probes, their answers, and what else there is to do; the one port that the kernel listens at is open."""
    turns = longest_turn()

    async def main():
        beside = asyncio.create_task(turns.count())
        pinging = asyncio.create_task(rawkit.aio.ping(SERVER, count=5, interval=0.02).wait())
        verdicts = [one async for one in rawkit.aio.scan(SERVER, "1-65535")]
        beside.cancel()
        return verdicts, await pinging

    with nothing_left(), no_threads():
        verdicts, [pinged] = ran(main())
    assert Counter(one.state for one in verdicts) == {"closed": 65534, "open": 1}
    assert [one.port for one in verdicts if one.state == "open"] == [2000]
    assert pinged.received == 5
    assert sorted(turns.seconds)[-5] < 0.02


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
def test_it_is_stopped_and_cancelled_wherever_it_is(client, nothing_left, targets, words):
    async def main(end):
        run = rawkit.aio.scan(targets, **words)
        waiting = asyncio.create_task(run.wait())
        await asyncio.sleep(0.2)
        end(run, waiting)
        await asyncio.wait([waiting])
        return waiting, run.summary

    with nothing_left():
        waiting, summary = ran(main(lambda run, waiting: run.stop()))
        assert (waiting.result().sent, summary.whole) == (summary.sent, False)
        del waiting
    with nothing_left():
        waiting, _ = ran(main(lambda run, waiting: waiting.cancel()))
        assert waiting.cancelled()
        del waiting  # it has the run, and a ring's bell is there as long as somebody may ring it


@pytest.mark.parametrize("seed", range(4))
def test_a_cancel_at_any_moment_leaves_nothing(client, nothing_left, seed):
    moment = random.Random(seed).uniform(0, 0.6)

    async def listen(pause):
        async for _verdict in rawkit.aio.scan(f"{SERVER}-29", "1-3000"):
            await asyncio.sleep(pause)

    async def main():
        tasks = [asyncio.create_task(listen(pause)) for pause in (0, 0.02, 30)]
        await asyncio.sleep(moment)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(one is None or isinstance(one, asyncio.CancelledError) for one in ended)

    with nothing_left():
        ran(main())


def test_a_scan_that_is_stopped_before_it_begins_sends_nothing(client):
    async def main():
        run = rawkit.aio.scan(f"{SERVER}-30", "1-9")
        run.stop()
        return [one async for one in run], run.summary

    verdicts, summary = ran(main())
    assert (verdicts, summary.sent, summary.asked, summary.whole) == ([], 0, 0, False)


def test_what_is_wrong_is_said_as_by_the_blocking_call(client):
    for words in ({"ports": "80", "kind": "x"}, {"ports": "80", "rate": "fast"}, {"ports": "0-x"}):
        with pytest.raises(rawkit.RawkitError) as mine:
            rawkit.aio.scan(SERVER, **words)
        with pytest.raises(rawkit.RawkitError) as theirs:
            rawkit.scan(SERVER, **words)
        assert str(mine.value) == str(theirs.value)
    for call in (rawkit.scan, rawkit.aio.scan):
        with pytest.raises(TypeError):
            call(SERVER, prots=80)
