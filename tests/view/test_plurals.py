"""One of a thing is no things: what commands say of a single one."""

from __future__ import annotations

import io
from types import SimpleNamespace

import dpkt
import pytest

from rawkit.files import open_capture
from rawkit.flow.noticed import Noticed
from rawkit.view import capture
from rawkit.view.text import counted


@pytest.mark.parametrize(
    ("number", "word", "expected"), [(0, "frame", "0 frames"), (1, "frame", "1 frame"), (2, "address", "2 addresses")]
)
def test_counted(number, word, expected):
    assert counted(number, word) == expected


def test_a_capture_of_one_frame():
    one = SimpleNamespace(frames=1, flows=1, seconds=1.0, received=1, dropped=0, interface_dropped=0, stopped={})
    assert capture.captured(one) == (
        "1 frame captured, 1 flow in 1.0 s; "
        "1 frame received by the filter, 0 dropped by the kernel, 0 dropped by the interface"
    )
    assert capture.read(1, 1, {}) == "1 frame read, 1 shown"
    assert capture.unfiltered({220: 1}) == "1 USB_LINUX_MMAPPED frame left out: libpcap cannot filter it"
    assert capture.unfiltered({220: 1, 9: 1}).endswith("frames left out: libpcap cannot filter them")
    together = Noticed(together=1, together_bytes=1, together_last=1, ended_early=1, untold=1)
    assert [line.partition(" ")[0:3:2] for line in capture.noticed(together)] == [
        ("1", line) for line in (
            "flow of one unanswered SYN each (1 byte, within 1 ns) counted together, not told: "
            "more were open than --flow-memory holds",
            "flow told before its time was over: more were open than --flow-memory holds",
            "flow still open and not told: the end was not to wait for them",
        )
    ]  # fmt: skip


def test_a_file_cut_after_one_frame():
    written = io.BytesIO()
    writer = dpkt.pcap.Writer(written)
    for _ in range(2):
        writer.writepkt(bytes(60), 0.0)
    with open_capture(io.BytesIO(written.getvalue()[:-1])) as reader:
        while reader.read() is not None:
            pass
        assert str(reader.truncated).endswith("the frame before it was read")
