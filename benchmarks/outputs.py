"""What the programs say they did, read out of their outputs: counts that must agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

CHUNK = 1 << 26


def flows_json(path: Path) -> Mapping[str, int]:
    """`rawkit sniff --view flows --format json`: flows, their packets, and those that began with a SYN."""
    flows = packets = syns = 0
    with path.open("rb") as lines:
        for line in lines:
            flow = json.loads(line)
            flows += 1
            packets += flow["orig_pkts"] + flow["resp_pkts"]
            syns += flow["history"].startswith("S")
    return {"packets": packets, "flows": flows, "syns": syns}


def tcptrace(path: Path) -> Mapping[str, int]:
    """`tcptrace -n`: packets in its head, and a line a connection."""
    text = path.read_bytes()
    packets = re.search(rb"^(\d+) packets seen", text, re.MULTILINE)
    return {
        "packets": int(packets[1]) if packets else 0,
        "flows": len(re.findall(rb"^ *\d+: .* - ", text, re.MULTILINE)),
    }


def ra(path: Path) -> Mapping[str, int]:
    """`ra -s proto pkts ...`: a line a flow; argus' own management records are no flows."""
    rows = [line.split() for line in path.read_text().splitlines()]
    counts = [int(row[1]) for row in rows if len(row) > 1 and row[0] == "tcp"]
    return {"packets": sum(counts), "flows": len(counts)}


def named(path: Path) -> Mapping[str, int]:
    """Our own loops around a library: `packets=12 syns=1`."""
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", path.read_text())}


def text_lines(path: Path) -> Mapping[str, int]:
    """A line a packet, as tcpdump's; what tcpdump makes of the payload stands behind, or on lines without a time."""
    return _tally(path, rb"^\d\d:\d\d:\d\d\.\d+ .*?, length (\d+)")


def packets_json(path: Path) -> Mapping[str, int]:
    """`rawkit sniff --format json`: packets and their TCP payload."""
    return _tally(path, rb'"tcp.len":(\d+)')


def tshark_ek(path: Path) -> Mapping[str, int]:
    """`tshark -T ek`: packets and their TCP payload."""
    return _tally(path, rb'"tcp_tcp_len":"(\d+)"')


def _tally(path: Path, payload: bytes) -> Mapping[str, int]:
    """How often the payload is told of, and how much that is."""
    packets = total = 0
    for part in _parts(path):
        found = re.findall(payload, part, re.MULTILINE)
        packets += len(found)
        total += sum(map(int, found))
    return {"packets": packets, "payload": total}


def _parts(path: Path) -> Iterator[bytes]:
    """The file in pieces that end where a line ends."""
    with path.open("rb") as lines:
        while part := lines.read(CHUNK):
            yield part + lines.readline()
