"""A filter over a capture of several link types, some of which libpcap cannot filter."""

from __future__ import annotations

import struct

import dpkt
import pytest

import rawkit


def block(kind: int, body: bytes) -> bytes:
    """A block of pcapng, little-endian."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


@pytest.fixture
def ethernet_and_usb(tmp_path, root):
    """The frames of a capture, each followed by one of a USB interface; and how many there are."""
    with open(root / "captures/tcp-connect-refused.pcap", "rb") as file:
        frames = [frame for _, frame in dpkt.pcap.Reader(file)]
    described = b"".join(block(1, struct.pack("<HHI", link, 0, 0)) for link in (1, 220))
    path = tmp_path / "mixed.pcapng"
    path.write_bytes(
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + described + b"".join(
            block(6, struct.pack("<IIIII", interface, 0, 1, len(frame), len(frame)) + frame)
            for one in frames for interface, frame in ((0, one), (1, bytes(64)))
        )
    )  # fmt: skip
    return path, len(frames)


def test_a_filter_leaves_out_frames_that_libpcap_cannot_filter_and_says_so(ethernet_and_usb, sniff):
    path, count = ethernet_and_usb
    done = sniff(path, "--view", "packets", "tcp")
    assert (done.code, len(done.lines)) == (0, count)
    assert done.err == f"rawkit: {count} USB_LINUX_MMAPPED frames left out: libpcap cannot filter them\n"


def test_python_users_are_warned_of_them(ethernet_and_usb):
    path, count = ethernet_and_usb
    with pytest.warns(rawkit.CaptureWarning, match=f"{count} USB_LINUX_MMAPPED frames left out"):
        assert len(rawkit.read_packets(path, "tcp")) == count


def test_a_filter_for_nothing_but_them_is_an_error(tmp_path, sniff):
    path = tmp_path / "usb.pcap"
    path.write_bytes(
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 220) + struct.pack("<IIII", 1, 0, 4, 4) + b"abcd"
    )
    done = sniff(path, "tcp")
    assert (done.code, done.out) == (2, b"")
    assert done.err == 'rawkit: filter "tcp": libpcap cannot filter USB_LINUX_MMAPPED frames: leave the filter out\n'
