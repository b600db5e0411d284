"""`rawkit.replay` and `rawkit.aio.replay` in a lab: what the other end hears is what dpkt reads in the file."""

from __future__ import annotations

import asyncio
import threading
import time

import dpkt
import pytest

import rawkit
from rawkit.errors import CaptureError, RawkitError, TargetError

pytestmark = [pytest.mark.root, pytest.mark.netns]
PATIENCE = 60


@pytest.fixture(scope="module")
def lab(lab_up):
    with lab_up("pair") as lab:
        yield lab


@pytest.fixture
def client(lab):
    with lab["client"].entered():
        yield lab["client"]


def blocking(*given, **words):
    return rawkit.replay(*given, **words)


def awaited(*given, **words):
    async def main():
        return await asyncio.wait_for(rawkit.aio.replay(*given, **words), PATIENCE)

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("call", [blocking, awaited])


def frames_of(path):
    with open(path, "rb") as file:
        return [bytes(frame) for _, frame in dpkt.pcap.UniversalReader(file)]


@BOTH
def test_the_other_end_hears_what_the_file_has(lab, client, capture, call):
    path = capture("dns")
    with lab.record("server") as tap:
        came = call(path, "eth0", top=True)
        heard = set(tap.take().frames())
    theirs = frames_of(path)
    assert (came.sent.frames, came.left_out.large, came.remarks) == (len(theirs), 0, ())
    assert set(theirs) <= heard


@BOTH
def test_what_cannot_go_is_told(client, tmp_path, call):
    large, cut = tmp_path / "large.pcap", tmp_path / "cut.pcap"
    rawkit.write(str(large), [b"\0" * 60, b"\0" * 4000])
    cut.write_bytes(large.read_bytes()[:-1])
    assert call(large, "eth0", top=True).left_out.large == 1
    came = call(str(cut), "eth0", top=True)
    assert came.sent.frames == 1
    assert "cut" in came.remarks[0]
    with pytest.raises(CaptureError, match="nowhere"):
        call("nowhere.pcap", "eth0")
    with pytest.raises(TargetError, match="nobody"):
        call(large, "nobody")
    with pytest.raises(RawkitError, match="give one of them"):
        call(large, "eth0", top=True, pps=3)


@BOTH
def test_words_may_be_one_or_several(lab, client, capture, call):
    with lab.record("server") as tap:
        call(capture("dns"), "eth0", top=True, map_port=["53=5353"], map_ip="192.0.2.0/24=203.0.113.0/24")
        heard = [dpkt.ethernet.Ethernet(frame) for frame in tap.take().frames()]
    found = [one.ip for one in heard if isinstance(one.data, dpkt.ip.IP) and isinstance(one.ip.data, dpkt.udp.UDP)]
    asked = [one for one in found if bytes([203, 0, 113]) in (one.src[:3], one.dst[:3])]
    assert asked
    assert all(5353 in (one.data.sport, one.data.dport) for one in asked)
    assert all(53 not in (one.data.sport, one.data.dport) for one in asked)


@BOTH
def test_a_pace_and_a_pause_between_rounds(client, capture, call):
    frames = len(frames_of(capture("dns")))
    begin = time.monotonic()
    came = call(capture("dns"), "eth0", pps=1000, loop=2, loop_delay=0.2)
    assert came.sent.frames == 2 * frames
    assert came.sent.seconds >= 0.2 + (2 * frames - 2) / 1000
    assert time.monotonic() - begin < PATIENCE


@BOTH
def test_an_event_ends_what_goes_on_without_end(client, capture, call):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    came = call(capture("dns"), "eth0", pps=500, loop=0, stop=stop)
    assert 0 < came.sent.frames < 500 * PATIENCE


def test_other_tasks_go_on_and_a_cancelled_one_leaves_nothing(client, capture):
    async def main():
        turns = 0
        task = asyncio.create_task(rawkit.aio.replay(capture("dns"), "eth0", top=True, loop=0))
        begun = {one.name for one in threading.enumerate()}
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            await asyncio.sleep(0)
            turns += 1
        assert {one.name for one in threading.enumerate()} <= begun, "no thread reads ahead"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return turns

    assert asyncio.run(main()) > 5
