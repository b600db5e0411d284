"""`rawkit.aio.sniff` in a lab: what comes is what the blocking call has, ends from outside, and nothing is left."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
import warnings
from ipaddress import IPv4Address

import pytest

import rawkit
from rawkit.errors import CaptureError, FilterError, RawkitError, TargetError
from rawkit.facts import tcp
from rawkit.sockets.packet_socket import open_packet_socket
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.tcp import Tcp

pytestmark = [pytest.mark.root, pytest.mark.netns]
PATIENCE = 60
SOON = 0.2
BUSY = 5.0
"""Where other work runs on the same machine."""
FEW = {"engine": "interpreted", "memory": 1}


def ping(host, count=1):
    return host.popen(
        ["ping", "-q", "-c", str(count), "-i", "0.01", "-W", "5", "192.0.2.20"], stdout=subprocess.DEVNULL
    )


async def awaited(coroutine):
    return await asyncio.wait_for(coroutine, PATIENCE)


def ran(coroutine):
    return asyncio.run(awaited(coroutine))


def test_packets_are_those_of_the_blocking_call(client):
    """Also from a task beside others; each has all fields, the same number and bytes."""

    async def listen():
        packets = [packet async for packet in rawkit.aio.sniff("eth0", "icmp", count=60, **FEW)]
        return [(one.bytes, one.time_ns, one.number, one["ip.src"], one.interface) for one in packets]

    async def main(blocking):
        other = asyncio.create_task(listen())
        await asyncio.sleep(0)
        with ping(client, 40):
            return await other, [(one.bytes, one.time_ns, one.number, one["ip.src"], "eth0") for one in blocking]

    with rawkit.sniff("eth0", "icmp", count=60, engine="interpreted") as blocking:
        mine, theirs = ran(main(blocking))
    assert [one[0] for one in mine] == [one[0] for one in theirs]
    assert [one[2:] for one in mine] == [one[2:] for one in theirs]
    assert len({one[0] for one in mine}) == 60


@pytest.mark.parametrize("way", ["packets", "batches", "packet_batches", "steps", "events", "flows"])
def test_all_ways_give_what_the_blocking_call_gives(client, way, tmp_path):
    async def main():
        async with rawkit.aio.sniff("eth0", "icmp", count=8, **FEW) as capture:
            capture.write(tmp_path / "seen.pcap")
            with ping(client, 4):
                return [one async for one in getattr(capture, way)()], capture.statistics

    found, statistics = ran(main())
    assert statistics.frames == 8
    with rawkit.open(tmp_path / "seen.pcap") as capture:
        expected = list(getattr(capture, way)())
    if way in ("events", "flows"):
        assert [one.history for one in found] == [one.history for one in expected]
        assert [one.orig_pkts for one in found] == [4]
    else:
        assert total(found, way) == total(expected, way) == 8


def total(found, way):
    if way == "packets":
        return len(found)
    return sum(len(one.packets if way == "steps" else one) for one in found)


def test_a_handshake_times_out_on_a_quiet_link(client, nothing_left):
    """No packet comes that would tell the time."""
    there, nobody = IPv4Address("192.0.2.10"), IPv4Address("192.0.2.99")
    mac = b"\x02\0\0\0\0\x99"
    segment = Tcp(40000, 80, flags=tcp.SYN).pack(b"", src=there, dst=nobody)

    async def main():
        async with rawkit.aio.sniff("eth0", "tcp", **FEW) as capture:
            with open_packet_socket() as sock:
                sock.bind(("eth0", 0))
                sock.send(Ethernet(dst=mac, src=mac, type=0x0800).pack(Ipv4(there, nobody, 6).pack(segment)))
            return await anext(aiter(capture.events(rawkit.Handshake)))

    with nothing_left():
        handshake = ran(main())
    assert (handshake.outcome, handshake.server.address) == ("timed out", "192.0.2.99")


def test_it_is_stopped_in_order(client):
    """What came before is given, and soon; from a timer of the loop, and from another thread."""

    async def main(stop):
        async with rawkit.aio.sniff("eth0", "icmp", **FEW) as capture:
            with ping(client, 3) as pinging:
                await asyncio.get_running_loop().run_in_executor(None, pinging.wait)
            stopped = []
            stop(asyncio.get_running_loop(), lambda: (stopped.append(time.monotonic()), capture.stop()))
            packets = [one async for one in capture]
            return len(packets), time.monotonic() - stopped[0]

    for stop in (lambda loop, call: loop.call_later(0.1, call), lambda loop, call: loop.run_in_executor(None, call)):
        count, seconds = ran(main(stop))
        assert count == 6
        assert seconds < BUSY


def test_it_ends_where_it_is_closed_by_another_task(client, nothing_left):
    async def main():
        capture = rawkit.aio.sniff("eth0", "udp port 9", **FEW)
        waiting = asyncio.create_task(anext(aiter(capture), None))
        await asyncio.sleep(0.05)
        capture.close()
        return await waiting, capture.statistics.frames

    with nothing_left():
        assert ran(main()) == (None, 0)


def test_it_goes_on_where_it_was_left(client):
    async def main():
        async with rawkit.aio.sniff("eth0", "icmp", count=4, **FEW) as capture:
            with ping(client, 2):
                first = await anext(capture.packets())
                rest = [one async for one in capture]
            with pytest.raises(RawkitError, match=r"is gone through by packets\(follow=True\)"):
                capture.events()
            return [one.number for one in (first, *rest)]

    assert ran(main()) == [1, 2, 3, 4]


def test_two_tasks_cannot_wait_for_one(client):
    async def main():
        async with rawkit.aio.sniff("eth0", "udp port 9", **FEW) as capture:
            first = asyncio.create_task(anext(aiter(capture), None))
            await asyncio.sleep(0.05)
            with pytest.raises(RawkitError, match="two tasks wait"):
                await anext(aiter(capture))
            capture.stop()
            return await first

    assert ran(main()) is None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("many", [False, True])
def test_a_cancel_at_any_moment_leaves_nothing(client, nothing_left, seed, many):
    """In a wait, between two packets, and in the body of the loop; nobody says `async with`."""
    moment = random.Random(seed).uniform(0, 0.1)

    async def listen(pause):
        async for _packet in rawkit.aio.sniff("eth0", "icmp", **FEW):
            await asyncio.sleep(pause)

    async def main():
        tasks = [asyncio.create_task(listen(pause)) for pause in (0, 0.02, 30)]
        await asyncio.sleep(moment)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)

    with nothing_left(), ping(client, 1000 if many else 1) as pinging:
        ran(main())
        pinging.kill()


def test_what_is_dropped_is_closed(client, nothing_left):
    """Without a cancel, and without `async with`."""

    async def main():
        async for _packet in rawkit.aio.sniff("eth0", "icmp", **FEW):
            break
        rawkit.aio.sniff("eth0", "icmp", **FEW)

    with nothing_left(), ping(client, 5):
        ran(main())


def test_a_link_that_is_removed_ends_it(lab):
    lab["client"].run(["ip", "link", "add", "gone", "type", "veth", "peer", "name", "gone2"], check=True)
    for name in ("gone", "gone2"):
        lab["client"].run(["ip", "link", "set", name, "up"], check=True)

    async def main():
        with lab["client"].entered():
            capture = rawkit.aio.sniff("gone", "udp port 9", **FEW)
        waiting = asyncio.create_task(anext(aiter(capture)))
        await asyncio.sleep(0.05)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rawkit.CaptureWarning)
            lab["client"].run(["ip", "link", "del", "gone"], check=True)
            with pytest.raises(CaptureError, match="gone"):
                await waiting

    ran(main())


def test_what_is_wrong_is_said_as_by_the_blocking_call(client):
    for wrong, kind in ((("no such",), TargetError), (("eth0", "hst"), FilterError), ((7,), TypeError)):
        with pytest.raises(kind) as mine:
            rawkit.aio.sniff(*wrong, engine="interpreted")
        with pytest.raises(kind) as theirs:
            rawkit.sniff(*wrong, engine="interpreted")
        assert str(mine.value) == str(theirs.value)


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::rawkit.api.capture.CaptureWarning")
@pytest.mark.parametrize("way", ["packets", "events", "batches"])
def test_a_flood_does_not_hold_the_loop_up(lab, longest_turn, way):
    """Seconds of the processor: how long a turn takes by the clock depends on who else is there."""
    turns = longest_turn()
    flood = "IP(dst='192.0.2.10')/TCP(sport=(1024,9000),dport=(1,20),flags='S')"
    sender = [sys.executable, "-m", "rawkit", "send", flood, "--count", "150000", "--rate", "30000"]

    async def main():
        with lab["client"].entered():
            capture = rawkit.aio.sniff("eth0", "tcp", duration=5, rules=rawkit.FlowRules(memory=1 << 25))
        beside = asyncio.create_task(turns.count())
        async with capture:
            with lab["server"].popen(sender, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sending:
                found = 0
                async for one in getattr(capture, way)():
                    found += len(one) if way == "batches" else 1
                    if way == "packets":
                        assert one["ip.src"], one["tcp.dstport"]
                sending.kill()
        beside.cancel()
        return found

    assert ran(main()) > 10_000
    late = sorted(turns.seconds)[-3:]
    assert late[0] < 0.02, late
