"""Foreign captures: each is read to its end, and what counts agrees with tshark in 99 of 100 packets.

The innermost network header counts for both sides; where that is an ARP packet inside a tunnel, neither has an IP
address. Link types that tshark does not know are left out of the comparison, not of the reading.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rawkit.decode import Decoder
from rawkit.errors import CaptureError
from rawkit.files import open_capture
from rawkit.flow import layout
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view.events.view import EventView
from rawkit.view.packets.view import PacketsView

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FILES = sorted(CORPUS.rglob("*.pcap*"))
COMPARED = (
    "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.proto", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.len",
    "udp.srcport", "udp.dstport", "udp.length", "frame.len", "frame.cap_len",
)  # fmt: skip
AGREE = 0.99
EVENTS = ("handshakes", "teardowns", "udp", "flows")
FORMATS = ("text", "json", "csv")
HARMLESS = {*range(32, 127), *b"\t\n"}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not FILES, reason="needs the captures in ../shared/corpus"),
]


def test_every_file_is_read_to_its_end(interpreted):
    """Through every view and format, without an exception, and without a byte for the terminal to act on."""
    for path in FILES:
        try:
            written = b"".join(everything(path, interpreted))
        except CaptureError:  # no capture file, or broken at its head: tests/files says which
            continue
        assert set(written) <= HARMLESS, path


def everything(path: Path, engine: Engine) -> Iterator[bytes]:
    decoder = Decoder(engine)
    tracker = FlowTracker(engine, layout.HANDSHAKE | layout.TEARDOWN | layout.FLOW_END)
    views: list[EventView | PacketsView] = [EventView(name, form, engine) for name in EVENTS for form in FORMATS]
    views += [PacketsView(engine, form, hex_dump=form == "text") for form in FORMATS]
    with open_capture(path, engine) as reader:
        for batch in reader:
            packets = decoder.decode(batch)
            tracked = tracker.track(packets)
            for view in views:
                yield told(view, tracked.events) + view.render(packets, tracked)
    last = tracker.finish()
    yield from (told(view, last) + view.rest() for view in views)


def told(view: EventView | PacketsView, events: Int64s) -> bytes:
    """The lines of those events that the view asks the tracker for."""
    return view.tell(np.ascontiguousarray(events[events[:, layout.EVENT_KIND] == view.wanted]))


def disagreeing(ours: list[dict], theirs: list[dict]) -> Counter:
    """How many packets there are, and how many of them differ, by field."""
    found = Counter(packets=len(theirs))
    for our, their in zip(ours, theirs, strict=True):
        wrong = [field for field in COMPARED if our.get(field) != their.get(field)]
        found.update(wrong)
        found["different"] += bool(wrong)
    return found


@pytest.mark.referee
def test_99_of_100_packets_agree_with_tshark(sniff, tshark_headers, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        theirs = list(pool.map(lambda path: tshark_headers(path, COMPARED), FILES))
    total = Counter()
    for path, packets in zip(FILES, theirs, strict=True):
        if packets is not None:
            total += disagreeing(ours(path, sniff)[: len(packets)], packets)
    assert total["packets"] > 10_000
    assert 1 - total["different"] / total["packets"] >= AGREE, total


def ours(path: Path, sniff: object) -> list[dict]:
    lines = sniff(path, "--format", "json").lines
    return [{name: str(value) for name, value in json.loads(line).items()} for line in lines]
