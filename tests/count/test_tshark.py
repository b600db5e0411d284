"""The numbers of summaries against tshark's statistics: conversations, endpoints, experts, DNS, protocols."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tshark_says

from rawkit.api.summary import read_summary

pytestmark = pytest.mark.referee

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = sorted(path for path in (ROOT / "captures").iterdir() if ".pcap" in path.name)
CORPUS = sorted(
    path
    for path in (ROOT.parent / "shared" / "corpus").rglob("*.*cap*")
    if path.is_file() and path.stat().st_size < 400_000
)[::6]
DIFFERENT = {
    "format-xz.pcap.xz": "tshark does not read xz",
    "gre.pcap": "tshark counts the headers around tunnels too; here a packet counts once, by its innermost ones",
    "ipip.pcap": "the same",
    "vxlan.pcap": "the same",
    "udp6-fragments.pcap": "tshark counts fragments of IPv6 only once they are put together",
    "udp-fragments.pcap": "tshark calls all fragments but the last data",
    "udp-fragments-disordered.pcap": "the same",
    "vlan-same-ports.pcap": "the same ports in two VLANs are two connections here",
}
UNLIKE = (
    "_ws.",
    "openflow",
    "gre",
    "ip:ip",
    "vxlan",
    "mpls",
    "geneve",
    "gtp",
    "l2tp",
    "ipv6:ip",
    "ip:ipv6",
    "erspan",
    "teredo",
)
EXPERTS = {
    "retransmission": "This frame is a (suspected) retransmission",
    "fast_retransmission": "This frame is a (suspected) fast retransmission",
    "out_of_order": "This frame is a (suspected) out-of-order segment",
    "lost_segment": "Previous segment(s) not captured (common at capture start)",
    "ack_lost_segment": "ACKed segment that wasn't captured (common at capture start)",
    "zero_window": "TCP Zero Window segment",
    "window_full": "TCP window specified by the receiver is now completely full",
    "keep_alive": "TCP keep-alive segment",
    "window_update": "TCP window update",
    "reused_ports": "A new tcp session is started with the same ports as an earlier session in this trace",
}


def hosts(found):
    return {row["host"]: (row["packets"], row["bytes"], row["sent_packets"], row["sent_bytes"]) for row in found.hosts}


def pairs(found):
    sent = {}
    for row in found.pairs:
        ends = sent.setdefault(frozenset((row["a"], row["b"])), {})
        ends[row["a"]] = row["sent_packets"]
        ends[row["b"]] = ends.get(row["b"], 0) * (row["a"] == row["b"]) + row["packets"] - row["sent_packets"]
    return sent


def by_ports(found):
    sent = {}
    for row in found.by:
        if row["ip.src"] and row["tcp.srcport"]:
            source, target = f"{row['ip.src']}:{row['tcp.srcport']}", f"{row['ip.dst']}:{row['tcp.dstport']}"
            ends = sent.setdefault(frozenset((source, target)), {source: 0, target: 0})
            ends[source] += row["packets"]
    return sent


def protocols_of_tshark(said):
    """Those of TCP and UDP; what an ICMP error quotes has none."""
    counts = {}
    for path, (packets, size) in said.protocols.items():
        name = ":".join(path.split(":")[-2:])
        if name in ("ip:tcp", "ip:udp", "ipv6:tcp", "ipv6:udp") and "icmp" not in path:
            before = counts.get(name, (0, 0))
            counts[name] = (before[0] + packets, before[1] + size)
    return counts


@pytest.mark.parametrize("path", [path for path in CAPTURES if path.name not in DIFFERENT], ids=lambda path: path.name)
def test_own_captures(path, interpreted):
    said = tshark_says.ask(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = read_summary(path, by=["ip.src", "tcp.srcport", "ip.dst", "tcp.dstport"], engine=interpreted)
    assert hosts(found) == said.endpoints
    assert pairs(found) == said.pairs
    assert by_ports(found) == {
        ends: count for ends, count in said.tcp.items() if not any(end.count(":") > 1 for end in ends)
    }
    flags = {row["flag"]: row["packets"] for row in found.analysis if row["flag"] in EXPERTS}
    assert flags == {flag: said.expert[words] for flag, words in EXPERTS.items() if words in said.expert}
    ours = {row["protocol"]: (row["packets"], row["bytes"]) for row in found.protocols}
    theirs = protocols_of_tshark(said)
    assert {name: count for name, count in ours.items() if name.endswith(("tcp", "udp"))} == theirs


@pytest.mark.parametrize("name", ["dns.pcap", "dns6.pcap"])
def test_dns(interpreted, name):
    path = ROOT / "captures" / name
    found = read_summary(path, "udp", engine=interpreted)
    answers = {row["code"]: row["answers"] for row in found.dns_codes}
    assert found.dns_times is not None
    fields = tshark_says.fields(path, "udp && dns.time", "dns.time", "dns.flags.rcode")
    times = sorted(round(float(time) * 1e9) for time, _ in fields)
    assert (found.dns_times[0], found.dns_times[2]) == (times[0], times[-1])
    assert found.dns_times[1] == sum(times) // len(times)
    codes = [int(code, 0) for _, code in fields]
    assert answers.get("NXDOMAIN", 0) == codes.count(3)
    assert answers.get("NOERROR", 0) == codes.count(0)
    names = [row for (row,) in tshark_says.fields(path, "udp && dns.flags.response == 0", "dns.qry.name")]
    assert {row["name"]: row["queries"] for row in found.dns_names} == {name: names.count(name) for name in names}


@pytest.mark.corpus
@pytest.mark.slow
def test_foreign_captures(compiled):
    """Those whose packets are whole and have no tunnels: of the others tshark counts more headers, or none."""
    compared = 0
    for path in CORPUS:
        said = tshark_says.ask(path)
        if said is None or not said.endpoints or any(word in str(said.protocols) for word in UNLIKE):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read_summary(path, engine=compiled)
        if any(row["reason"] != "unknown" for row in found.undecoded):
            continue
        assert (path.name, hosts(found)) == (path.name, said.endpoints)
        assert (path.name, pairs(found)) == (path.name, said.pairs)
        compared += 1
    assert compared > 40
