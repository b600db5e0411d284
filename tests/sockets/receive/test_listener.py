"""A few frames, read without a ring, against what was sent; and sockets that are closed in the background."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from rawkit.errors import FilterError, TargetError
from rawkit.sockets.closing import closed_aside
from rawkit.sockets.receive.listener import FrameListener
from rawkit.sockets.send.sender import FrameSender

PATIENCE = 20.0


@pytest.mark.root
@pytest.mark.netns
def test_it_reads_what_comes_in_and_matches(pair, numbered, send_frames):
    frames = numbered(100)
    others = [frame[:12] + b"\x88\xb6" + frame[14:] for frame in frames]
    with pair["client"].entered():
        listener = FrameListener("eth0", "ether proto 0x88b5")
        sender = FrameSender("eth0")
    with listener, sender:
        sender.send_frame(frames[0])  # what goes out is not what comes in
        send_frames(pair["server"], [one for both in zip(others, frames, strict=True) for one in both])
        got: list[bytes] = []
        while len(got) < len(frames):
            batch = listener.read(PATIENCE)
            assert len(batch)
            got += batch.frames()
        assert got == frames
        assert len(listener.read(0)) == 0


@pytest.mark.root
@pytest.mark.netns
def test_what_is_wrong_is_said_and_leaves_no_descriptor(pair):
    before = len(os.listdir("/proc/self/fd"))
    with pair["client"].entered():
        with pytest.raises(TargetError, match="no interface 'eth7'"):
            FrameListener("eth7", "arp")
        with pytest.raises(FilterError):
            FrameListener("eth0", "arp and")
    assert len(os.listdir("/proc/self/fd")) == before


class Slow:
    """Takes a while to close."""

    def __init__(self) -> None:
        self.may, self.closed_by = threading.Event(), ""

    def close(self) -> None:
        self.may.wait(PATIENCE)
        self.closed_by = threading.current_thread().name


def test_nobody_waits_for_what_is_closed_aside():
    slow = Slow()
    with pytest.raises(KeyError), closed_aside(slow):
        raise KeyError
    assert slow.closed_by == ""
    slow.may.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(PATIENCE)
    assert slow.closed_by not in ("", threading.current_thread().name)


CLOSING = """
import threading
from rawkit.sockets.closing import closed_aside
class Slow:
    def close(self):
        threading.main_thread().join()
        print("closed")
with closed_aside(Slow()):
    pass
"""


def test_a_process_ends_when_all_is_closed():
    done = subprocess.run([sys.executable, "-c", CLOSING], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "closed\n"
