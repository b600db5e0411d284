"""tshark asked for the same columns: what an analyst's table says, without our own JSON in between."""

from __future__ import annotations

import shutil
import subprocess

import polars
import pytest

import rawkit

FIELDS = ("frame.number", "frame.len", "eth.src", "ip.src", "ip.dst", "ip.ttl", "tcp.srcport", "tcp.seq_raw",
          "tcp.len", "tcp.stream", "udp.dstport", "udp.stream", "ipv6.src", "icmp.type")  # fmt: skip


@pytest.mark.referee
@pytest.mark.parametrize("name", ["dns", "dns6", "tcp-fast-retransmission", "arp"])
def test_tshark_says_the_same(capture, name):
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    table = rawkit.read_packets(capture(name), fields=FIELDS).to_polars()
    ours = table.select(polars.all().cast(polars.String).fill_null("")).rows()
    assert [list(row) for row in ours] == ask_tshark(capture(name))


def ask_tshark(path) -> list[list[str]]:
    options = [option for field in FIELDS for option in ("-e", field)]
    done = subprocess.run(["tshark", "-r", path, "-T", "fields", *options], capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]
