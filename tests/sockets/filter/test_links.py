"""Filters over link types that libpcap on this host does not see as they were captured, or cannot filter at all."""

from __future__ import annotations

import shutil
import struct
import subprocess

import numpy as np
import pytest

from rawkit import linktypes
from rawkit.errors import FilterError
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.sockets.filter.bpf import FrameFilter
from rawkit.values import replace

IPV4 = bytes.fromhex("4500002800010000400600000000000000000000") + struct.pack(">HHIIBBHHH", 40000, 80, *(0,) * 7)
IPV6 = bytes.fromhex("6000000000141140") + bytes(32) + struct.pack(">HHHHIIH", 40001, 53, 20, *(0,) * 4)
EXPRESSIONS = ("ip", "ip6", "tcp", "udp", "port 40001", "host 192.0.2.1", "greater 60", "ip or port 53", "not ip6")
NOT_KNOWN_TO_LIBPCAP = "ff000000"


def frames(order: str, ipv6: int) -> list[bytes]:
    return [struct.pack(f"{order}I", 2) + IPV4, struct.pack(f"{order}I", ipv6) + IPV6]


def pcap(packets: list[bytes], link_type: int, order: str) -> bytes:
    """The file's byte order is that of the host that captured, and so the header's."""
    head = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    return head + b"".join(struct.pack(f"{order}IIII", 1, 0, len(one), len(one)) + one for one in packets)


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")
@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("ipv6", [24, 28, 30])
@pytest.mark.parametrize(("link_type", "order"), [(0, "<"), (0, ">"), (108, ">")])
def test_tcpdump_keeps_the_same_frames_of_bsd_loopback(link_type, order, ipv6, expression):
    packets = frames(order, ipv6)
    command = ["tcpdump", "-n", "-r", "-", "-w", "-", "--", expression]
    done = subprocess.run(command, input=pcap(packets, link_type, order), capture_output=True, check=True)
    mask = FrameFilter(expression).mask(FrameBatch.from_frames(packets, link_type=link_type), Engine("interpreted"))
    assert [one for one, kept in zip(packets, mask, strict=True) if kept] == [
        one for one in packets if one in done.stdout
    ]


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_ethertype_in_the_null_header_is_one(order):
    """tcpdump does not know them, and matches nothing; Wireshark reads them (packet-null.c)."""
    packets = [struct.pack(f"{order}I", number) + rest for number, rest in ((0x0800, IPV4), (0x86DD, IPV6))]
    batch = FrameBatch.from_frames(packets, link_type=linktypes.NULL)
    assert FrameFilter("ip").mask(batch, Engine("interpreted")).tolist() == [True, False]
    assert FrameFilter("ip6").mask(batch, Engine("interpreted")).tolist() == [False, True]


def test_what_is_no_ip_is_left_as_it_is():
    batch = FrameBatch.from_frames([bytes.fromhex(NOT_KNOWN_TO_LIBPCAP), b"abc", b""], link_type=linktypes.NULL)
    assert FrameFilter("link[0] = 0xff").mask(batch, Engine("interpreted")).tolist() == [True, False, False]


def mixed() -> FrameBatch:
    """Ethernet with IPv4, and two frames of a USB capture."""
    ethernet = bytes(12) + b"\x08\x00" + IPV4
    batch = FrameBatch.from_frames([ethernet, bytes(64), bytes(64)])
    return replace(batch, link_type=np.array([1, 220, 220], dtype=np.int32))


def test_frames_that_cannot_be_filtered_are_left_out_and_counted():
    only = FrameFilter("tcp")
    batch = mixed()
    assert only.mask(batch, Engine("interpreted")).tolist() == [True, False, False]
    assert only.left_out == {220: 2}
    assert only.left_out_of(batch).tolist() == [False, True, True]
    only.check()


def test_it_is_an_error_where_nothing_could_be_filtered():
    only = FrameFilter("tcp")
    only.mask(FrameBatch.from_frames([bytes(64)], link_type=220), Engine("interpreted"))
    with pytest.raises(FilterError, match=r"^filter \"tcp\": libpcap cannot filter USB_LINUX_MMAPPED frames: "):
        only.check()


def test_a_wrong_filter_is_one_beside_them_too():
    with pytest.raises(FilterError, match="syntax error"):
        FrameFilter("tcp prt 1").mask(mixed(), Engine("interpreted"))
