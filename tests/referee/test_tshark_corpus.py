"""Foreign captures: each is read to its end, and of each protocol 99 of 100 packets are read as tshark does.

The innermost network header counts for both sides; where that is an ARP packet inside a tunnel, neither has an IP
address. Link types that tshark does not know are left out of the comparison, not of the reading.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
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
COMPARED = {
    "frame": ("frame.len", "frame.cap_len"),
    "eth": ("eth.src", "eth.dst", "eth.type"),
    "vlan": ("vlan.id",),
    "arp": ("arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"),
    "ip": ("ip.src", "ip.dst", "ip.proto", "ip.ttl", "ip.id", "ip.frag_offset"),
    "ipv6": ("ipv6.src", "ipv6.dst", "ipv6.hlim"),
    "tcp": ("tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.len"),
    "udp": ("udp.srcport", "udp.dstport", "udp.length"),
    "icmp": ("icmp.type", "icmp.code"),
    "icmpv6": ("icmpv6.type", "icmpv6.code"),
    "sctp": ("sctp.srcport", "sctp.dstport"),
    "dccp": ("dccp.srcport", "dccp.dstport"),
    "igmp": ("igmp.type",),
    "ospf": ("ospf.msg",),
}
FIELDS = tuple(field for fields in COMPARED.values() for field in fields)
AGREE = 0.99
READ_OTHERWISE = {
    "tshark takes packets apart that an application carries or quotes: sFlow, OpenFlow, NHRP": (
        "sflow-print-v6.pcap", "sflow_expanded.pcap", "of13_ericsson.pcapng", "nhrp-trace.pcap",
    ),
    "rawkit does not read Arista's, Cisco's and Apple's headers": (
        "arista_ether.pcap", "various_gre.pcap", "LINKTYPE_PKTAP.pcap", "LINKTYPE_USER2_PKTAP.pcap",
    ),
    "tshark 4.0 believes a length of 0, with which an offloading sender says more than 65,535": (
        *(f"bigtcp-{name}.pcap" for name in ("ipv4", "ipv6", "ipv4-geneve-ipv4", "ipv4-geneve-ipv6", "ipv4-vxlan-ipv4",
        "ipv4-vxlan-ipv6", "ipv6-geneve-ipv4", "ipv6-geneve-ipv6", "ipv6-vxlan-ipv4", "ipv6-vxlan-ipv6")),
        "icmpv6-length-zero.pcapng",
    ),
    "an inner frame without an EtherType (spanning tree): tshark's last is the outer one's": ("erspan-type-ii-3.pcap",),
    "tshark gives IGMP's types of DVMRP and PIM version 1 to those, and no igmp.type": (
        "PIM-SM_join_prune.pcap", "mrinfo_query.pcap", "hoobr_pimv1.pcap", "relts-0x80000000.pcap",
    ),
    "tshark calls the id of a tag of type 0x88a8 ieee8021ad.id": ("arp-too-long-tha.pcap",),
    "the ICMP header is cut; tshark gives no field of it": ("icmp-icmp_print-oobr-1.pcap",),
}  # fmt: skip
"""Captures that are not compared, by the reason."""
LEFT_OUT = {name for names in READ_OTHERWISE.values() for name in names}
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


def compared(ours: list[dict], theirs: list[dict]) -> Counter:
    """By protocol, how many packets have it in either reading, and in how many of them both say the same."""
    found: Counter = Counter()
    for our, their in zip(ours, theirs, strict=True):
        for protocol, fields in COMPARED.items():
            if any(field in our or field in their for field in fields):
                found[protocol, "packets"] += 1
                found[protocol, "same"] += all(our.get(field) == their.get(field) for field in fields)
    return found


@pytest.mark.referee
def test_packets_of_each_protocol_agree_with_tshark(sniff, tshark_fields):
    total: Counter = Counter()
    for path in FILES:
        packets = tshark_fields(path, FIELDS)
        if packets is not None and path.name not in LEFT_OUT:
            total += compared(ours(path, sniff)[: len(packets)], packets)
    assert min(total[protocol, "packets"] for protocol in COMPARED) > 20
    shares = {protocol: total[protocol, "same"] / total[protocol, "packets"] for protocol in COMPARED}
    assert min(shares.values()) >= AGREE, shares


def test_what_is_left_out_is_there():
    assert {path.name for path in FILES} >= LEFT_OUT


def ours(path: Path, sniff: object) -> list[dict]:
    lines = sniff(path, "--format", "json").lines
    return [{name: str(value) for name, value in json.loads(line).items()} for line in lines]
