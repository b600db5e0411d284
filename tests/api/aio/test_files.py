"""`rawkit.aio.open` and `record`: files are read and written as by the blocking calls, and others go on meanwhile."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections import Counter

import dpkt
import pytest

import rawkit
from rawkit.errors import CaptureError, RawkitError, TargetError
from rawkit.frames import FrameBatch

PATIENCE = 60
NAMES = ("tcp-connect-refused.pcap", "dns.pcap", "syn-scan.pcap", "format-two-interfaces.pcapng")
WAYS = ("packets", "batches", "packet_batches", "steps", "events", "flows")


def ran(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))


def told(way, items):
    """What is compared: frames where there are batches, else words."""
    if way == "packets":
        return [str(one) for one in items]
    if way in ("batches", "packet_batches"):
        batches = [getattr(one, "batch", one) for one in items]
        return [frame for batch in batches for frame in batch.frames()]
    if way == "steps":
        return [event for step in items for event in step.events()]
    return items


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_file_gives_what_the_blocking_call_gives(root, name, way, no_threads):
    path = root / "captures" / name

    async def main():
        async with rawkit.aio.open(path, engine="interpreted") as capture:
            return [one async for one in getattr(capture, way)()], capture.statistics, capture.links

    with no_threads():
        found, statistics, links = ran(main())
    with rawkit.open(path, engine="interpreted") as capture:
        expected = list(getattr(capture, way)())
    assert told(way, found) == told(way, expected)
    assert len(told(way, found)) > 0
    assert (statistics.frames, links) == (capture.statistics.frames, capture.links)


@pytest.fixture
def long(tmp_path):
    """A file of 20 MiB, which the blocking call reads ahead by a thread."""
    path = tmp_path / "long.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number in range(20_000):
            writer.writepkt(number.to_bytes(4) + bytes(1000), number)
    return path


def test_others_go_on_while_a_long_file_is_read(long, no_threads):
    async def main():
        turns = 0

        async def count():
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        other = asyncio.create_task(count())
        sizes = [len(batch) async for batch in rawkit.aio.open(long, engine="interpreted").batches()]
        seen = [packet.bytes[:4] async for packet in rawkit.aio.open(long, engine="interpreted").packets(follow=False)]
        other.cancel()
        return sizes, seen, turns

    with no_threads():
        sizes, seen, turns = ran(main())
    assert (sum(sizes), max(sizes)) == (20_000, 1024)
    assert seen == [number.to_bytes(4) for number in range(20_000)]
    assert turns > 2


def test_a_wait_that_is_cancelled_closes_the_file(long):
    def files():
        return Counter(os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd") if _is_there(one))

    async def main():
        capture = rawkit.aio.open(long, engine="interpreted")
        task = asyncio.create_task(capture.wait())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert files()[str(long)] == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled(), files()[str(long)]

    assert ran(main()) == (True, 0)


def _is_there(number):
    return os.path.lexists(f"/proc/self/fd/{number}")


def test_what_would_hold_up_the_loop_is_refused(root, tmp_path):
    with (root / "captures" / "dns.pcap").open("rb") as file, pytest.raises(CaptureError, match="path of a file"):
        rawkit.aio.open(file)

    class Source:
        def read(self):
            return FrameBatch.from_frames([])

    with pytest.raises(RawkitError, match="cannot be awaited"):
        rawkit.aio.open(Source())
    with pytest.raises(CaptureError):
        rawkit.aio.open(tmp_path / "none.pcap")


@pytest.mark.root
@pytest.mark.netns
def test_what_comes_is_recorded(client, tmp_path, nothing_left, no_threads):
    path = tmp_path / "seen.pcap"

    async def main():
        async with rawkit.aio.record("eth0", path, "icmp", count=4, memory=1) as recorder:
            with client.popen(["ping", "-q", "-c", "2", "-i", "0.01", "192.0.2.20"], stdout=subprocess.DEVNULL):
                return await recorder.wait(), recorder.links

    with nothing_left():
        statistics, links = ran(main())
    with path.open("rb") as file:
        kinds = [dpkt.ethernet.Ethernet(frame).data.data.type for _, frame in dpkt.pcap.Reader(file)]
    assert (statistics.frames, links, kinds) == (4, [("eth0", 1)], [8, 0, 8, 0])


@pytest.mark.root
@pytest.mark.netns
@pytest.mark.parametrize("how", ["stop", "cancel"])
def test_a_recording_ends_from_outside(client, tmp_path, nothing_left, how):
    path = tmp_path / "none.pcap"

    async def main():
        recorder = rawkit.aio.record("eth0", path, "udp port 9", memory=1)
        task = asyncio.create_task(recorder.wait())
        while not path.exists():
            await asyncio.sleep(0)
        recorder.stop() if how == "stop" else task.cancel()
        [found] = await asyncio.gather(task, return_exceptions=True)
        return getattr(found, "frames", type(found))

    with nothing_left():
        assert ran(main()) == (0 if how == "stop" else asyncio.CancelledError)
    with path.open("rb") as file:
        assert list(dpkt.pcap.Reader(file)) == []


@pytest.mark.root
@pytest.mark.netns
def test_a_recording_is_refused(client, tmp_path):
    with pytest.raises(TargetError, match="nothing0"):
        rawkit.aio.record("nothing0", tmp_path / "none.pcap")
    with pytest.raises(RawkitError, match="leave it out"):
        rawkit.aio.record("eth0", tmp_path / "none.pcap", engine="compiled")


@pytest.mark.root
def test_owners_are_those_of_the_blocking_call():
    """A flow of this process to itself, on loopback."""
    import socket

    async def main():
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            capture = rawkit.aio.sniff(
                "lo", f"tcp port {port}", direction="in", processes=True, engine="interpreted", memory=1
            )
            async with capture:
                with socket.create_connection(server.getsockname()):
                    server.accept()[0].close()
                    async for step in capture.steps(rawkit.FlowRecord):
                        if len(step.packets):
                            break
                capture.stop()
                flows = [event async for step in capture.steps(rawkit.FlowRecord) for event in step.events()]
                return [capture.owner(flow).pid for flow in flows]

    assert ran(main()) == [os.getpid()]
