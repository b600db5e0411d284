"""The same frames pass as in tshark: a table of filters over real and foreign captures.

`DIFFERENT` has the filters that differ, on purpose or because rawkit reads less (docs/filters.md). One that does not
differ any more fails too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import CORPUS, ROOT
from tests.query.conftest import our_frames

pytestmark = pytest.mark.referee

DIFFERENT: dict[str, set[str]] = {
    "udp-fragments.pcap": {"udp.stream", "udp.stream == 0"},
    "vxlan.pcap": {"udp.stream", "udp.stream == 0"},
    "tcp_rst_data.pcap": {
        "tcp.payload", "len(tcp.payload) > 0", 'tcp.payload contains "e"', "tcp.payload[0] > 40",
        "len(tcp.payload) > 10",
    },
    "accecn_handshake.pcap": {"tcp.flags.ae"},
    "dns_fwdptr.pcap": {"len(dns.qry.name) > 10", "len(dns.qry.name) + 2 > 10"},
}  # fmt: skip
PECULIAR = {"dns.pcap": {16}, "tcp-port-unreachable.pcap": {2}}
"""Frames that only tshark reads whole: an answer over TCP in two segments; the stream of a quoted packet."""
CAPTURES = (
    "tcp-tail-loss-probe", "tcp-port-unreachable", "tcp6-close-by-client", "tcp-zero-window", "tcp-reordering",
    "tcp-ports-reused", "dns", "udp-fragments", "ipip", "gre", "vxlan", "qinq", "vlan", "sctp", "linktype-sll2",
    "format-two-interfaces", "checksum-offload", "neighbour-discovery",
)  # fmt: skip
FOREIGN = (
    "print-flags", "dns_udp", "dns_tcp", "dnssec", "tcp_rst_data", "mptcp-v1", "icmpv6", "pppoe", "accecn_handshake",
    "tfo-5c1fa7f9ae91", "dccp_partial_csum_v4_simple", "OSPFv3_NBMA_adjacencies", "tftp", "loopback", "time_2038",
    "PIMv2_hellos", "ipv6-srh-ext-header", "dns_fwdptr", "LINKTYPE_RAW_ipv6",
)  # fmt: skip


def found(folder: Path, name: str) -> Path:
    return next(folder.glob(f"{name}.pcap*"))


def differences(path: Path, filters: list[str], tshark_frames) -> set[str]:
    """The filters that let other frames through, beside those in `PECULIAR`."""
    theirs = tshark_frames(path, filters)
    assert not [answer for answer in theirs if isinstance(answer, str)]
    pairs = zip(filters, our_frames(path, filters), theirs, strict=True)
    apart = {text: set(our) ^ set(their) for text, our, their in pairs if our != their}
    peculiar = PECULIAR.get(path.name, set())
    assert peculiar <= set().union(*apart.values())
    return {text for text, frames in apart.items() if frames - peculiar}


def test_the_table_is_long_enough(filters):
    assert len(set(filters)) == len(filters) >= 150


@pytest.mark.parametrize("name", CAPTURES)
def test_captures(name, filters, tshark_frames):
    path = found(ROOT / "captures", name)
    assert differences(path, filters, tshark_frames) == DIFFERENT.get(path.name, set())


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="needs the captures in ../shared/corpus")
@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_captures(name, filters, tshark_frames):
    path = found(CORPUS / "tcpdump", name)
    assert differences(path, filters, tshark_frames) == DIFFERENT.get(path.name, set())


WRONG = (
    "tcp port 80", "(tcp", "tcp)", "tcp.port ==", "tcp.port in {}", "tcp.port == 70000", "ip.addr == 192.0.2",
    "ip.addr == 192.0.2.0/33", 'tcp.port == "80"', "eth.src == 02:00:00", "ip.src == ipv6.src", "ip.src == tcp.port",
    "tcp.port == tcp", 'tcp.port matches "8"', "ip.addr contains 10", 'upper(tcp.port) == "A"',
    "max(tcp.port)", "foo(tcp.port) == 1", "tcp.flags.syn + 1 == 2", "frame[2-] == 00", "80 in {80}", '"a" == "a"',
    "17", '"foo"', "foo.bar", "tcp xor udp", "tcp &", "()", "tcp and", "ip.ttl == 64.0", 'tcp.payload matches "("',
    "tcp.port == 80 || 443", "tcp.port == 80, 443", "tcp.port in 7", "tcp.port in {7-9}", 'dns.qry.name == "\\q"',
)  # fmt: skip


def test_what_tshark_refuses_is_refused(tshark_frames):
    from rawkit.errors import FilterError
    from rawkit.query.filter import compile_filter

    theirs = tshark_frames(ROOT / "captures" / "arp.pcap", WRONG)
    assert [text for text, answer in zip(WRONG, theirs, strict=True) if not isinstance(answer, str)] == []
    for text in WRONG:
        with pytest.raises(FilterError, match="column"):
            compile_filter(text)
