"""`rawkit.aio.ping` in a lab: its results are those of the blocking call and of iputils, and nothing is left of it."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

import rawkit

pytestmark = [pytest.mark.root, pytest.mark.netns]
PATIENCE = 60
SERVER, NOBODY = "192.0.2.20", "192.0.2.99"


def ran(coroutine):
    async def awaited():
        return await asyncio.wait_for(coroutine, PATIENCE)

    return asyncio.run(awaited())


def told(results):
    """Of who is there; how soon a kernel gives the others up is its own affair."""
    there = [one for one in results if one.target.name == SERVER]
    return sorted((one.target.name, one.kind, one.seq, one.address, one.ttl) for one in there)


@pytest.mark.parametrize("method", ["icmp", "udp", "tcp", "arp"])
def test_results_are_those_of_the_blocking_call(client, nothing_left, method):
    words = {"method": method, "count": 3, "interval": 0.02, "timeout": 0.3}

    async def main():
        run = rawkit.aio.ping([SERVER, NOBODY], **words)
        results = [result async for result in run]
        return results, run.summaries

    with nothing_left():
        mine, summaries = ran(main())
    assert told(mine) == told(rawkit.ping([SERVER, NOBODY], **words))
    assert [one.received for one in summaries] == [3, 0]
    assert {one.kind for one in mine if one.target.name == NOBODY} <= {"timeout", "error"}
    assert all(0 < one.rtt_ns < 10**9 for one in mine if one.kind == "reply")


def test_counts_are_those_of_iputils(client):
    async def main():
        return await rawkit.aio.ping([SERVER], count=5, interval=0.05).wait()

    [mine] = ran(main())
    theirs = client.run(["ping", "-c", "5", "-i", "0.05", SERVER], check=True).stdout
    sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", theirs).groups())
    assert (mine.sent, mine.received) == (sent, received)


def test_two_pings_and_a_sniff_at_once(client, nothing_left, no_threads):
    """The one that waits longest holds up nobody, and the sniff sees what both sent."""
    requests = "icmp[0] == 8"

    async def sniffing():
        return [
            (one["ip.dst"], len(one.payload))
            async for one in rawkit.aio.sniff("eth0", requests, count=15, engine="interpreted", memory=1)
        ]

    async def main():
        listening = asyncio.create_task(sniffing())
        await asyncio.sleep(0)
        pings = [
            rawkit.aio.ping(SERVER, count=10, interval=0.02, size=16).wait(),
            rawkit.aio.ping(SERVER, count=5, interval=0.05, size=32).wait(),
        ]
        return await asyncio.gather(*pings, listening)

    with nothing_left(), no_threads():
        [first], [second], seen = ran(main())
    assert (first.received, second.received) == (10, 5)
    assert sorted(size for _, size in seen) == [16] * 10 + [32] * 5


def test_it_is_stopped_in_a_wait(client, nothing_left):
    async def main():
        run = rawkit.aio.ping(SERVER, interval=60)
        asyncio.get_running_loop().call_later(0.05, run.stop)
        return await run.wait()

    with nothing_left():
        [summary] = ran(main())
    assert (summary.sent, summary.received) == (1, 1)


def test_what_is_stopped_before_it_begins_sends_nothing(client):
    async def main():
        run = rawkit.aio.ping(SERVER)
        run.stop()
        return [one async for one in run], run.summaries

    results, [summary] = ran(main())
    assert (results, summary.sent) == ([], 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_cancel_at_any_moment_leaves_nothing(client, nothing_left, seed):
    moment = random.Random(seed).uniform(0, 0.1)

    async def listen(pause, method):
        async for _result in rawkit.aio.ping([SERVER, NOBODY], interval=0.01, method=method):
            await asyncio.sleep(pause)

    async def main():
        pauses = [(0, "icmp"), (0.02, "tcp"), (30, "udp"), (0, "arp")]
        tasks = [asyncio.create_task(listen(*pause)) for pause in pauses]
        await asyncio.sleep(moment)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)

    with nothing_left():
        ran(main())


def test_a_flood_does_not_hold_the_loop_up(client, longest_turn):
    turns = longest_turn()

    async def main():
        beside = asyncio.create_task(turns.count())
        found = await rawkit.aio.ping(SERVER, flood=True, count=3000).wait()
        beside.cancel()
        return found

    [summary] = ran(main())
    assert summary.received == 3000
    assert sorted(turns.seconds)[-3] < 0.02


def test_what_is_wrong_is_said_at_once():
    for words in ({"ttl": 300}, {"method": "arp", "mark": 1}):
        with pytest.raises(rawkit.RawkitError) as mine:
            rawkit.aio.ping(SERVER, **words)
        with pytest.raises(rawkit.RawkitError) as theirs:
            rawkit.ping(SERVER, **words)
        assert str(mine.value) == str(theirs.value)
    with pytest.raises(TypeError):
        rawkit.aio.ping(SERVER, cuont=3)
