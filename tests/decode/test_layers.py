"""Every layer that the decoder knows: taken apart, held against tshark, and cut at every length.

The frames stand in *_cases.py. A layer without one fails.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest

from rawkit.decode import layout
from rawkit.decode.headers.layers import LAYER_NAMES
from tests.decode import cases, link_cases, network_cases, tag_cases, tunnel_cases, wlan_cases
from tests.decode.cases import PAYLOAD, Case

CASES = (*link_cases.CASES, *tag_cases.CASES, *network_cases.CASES, *tunnel_cases.CASES, *wlan_cases.CASES)
NAMES = {number: name for name, number in vars(layout).items() if name.isupper() and isinstance(number, int)}
COLUMNS = {
    number: name
    for name, number in list(vars(layout).items())[: list(vars(layout)).index("WIDTH")]
    if name.isupper() and isinstance(number, int)
}

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def named(row: dict[int, int]) -> dict[str, int]:
    return {name: row[column] for column, name in COLUMNS.items()}


def test_each_layer_has_a_case():
    covered = set().union(*(case.layers for case in CASES if not case.stop))
    assert covered == set(LAYER_NAMES)


def test_cases_have_names_of_their_own():
    assert len({case.name for case in CASES}) == len(CASES)


@every_case
def test_the_whole_frame(decode, case):
    found = decode([case.frame], case.link_type).rows[0]
    assert named(dict(enumerate(found.tolist()))) == named(case.row())


@every_case
@pytest.mark.parametrize("reason", ["truncated", "malformed"])
def test_cut_at_every_length(decode, case, reason):
    """The first header that is not whole is named, and what stands before it is found as in the whole frame.

    The capture is at fault where the wire had more (truncated), the packet where all was captured (malformed).
    """
    frame = case.frame
    for size in range(len(frame)):
        wire = len(frame) if reason == "truncated" else size
        found = decode([frame[:size]], case.link_type, length=wire).rows[0].tolist()
        assert found[layout.STOP] == expected_stop(case, size, wire), (size, LAYER_NAMES.get(found[0] >> 8))
        assert found[layout.END] <= size
        kept(case, size, wire, found)


def expected_stop(case: Case, size: int, wire: int) -> int:
    number = case.first_cut(size, wire)
    if number == len(case.headers):
        return case.row()[layout.STOP]
    reason = layout.TRUNCATED if wire > size else layout.MALFORMED
    return case.headers[number].layer << 8 | reason if case.is_seen(number, size, wire) else 0


def kept(case: Case, size: int, wire: int, found: list[int]) -> None:
    """What whole headers say is in the row, unless the header that is cut begins to say something else."""
    wanted = case.row(size, wire)
    for column in (layout.LINK, layout.LINK_TYPE, layout.VLANS, layout.DEPTH):
        assert found[column] == wanted[column], (size, COLUMNS[column])
    number = case.first_cut(size, wire)
    begun = case.headers[number].layer if number < len(case.headers) else PAYLOAD
    if begun not in cases.NETWORKS | cases.TRANSPORTS:
        for column in (layout.NET, layout.NET_KIND, layout.TRANSPORT, layout.PROTOCOL, layout.FRAGMENT):
            assert found[column] == wanted[column], (size, COLUMNS[column])


TSHARK_NAMES = {
    layout.ETHERNET: "eth", layout.LINUX_SLL: "sll", layout.LINUX_SLL2: "sll", layout.NULL: "null",
    layout.PPP: "ppp", layout.PPP_HDLC: "ppp", layout.VLAN: "vlan", layout.ARP: "arp",
    layout.IPV4: "ip", layout.IPV6: "ipv6", layout.TCP: "tcp", layout.UDP: "udp", layout.ICMP: "icmp",
    layout.ICMPV6: "icmpv6", layout.SCTP: "sctp", layout.DCCP: "dccp", layout.IGMP: "igmp", layout.OSPF: "ospf",
    layout.GRE: "gre", layout.MPLS: "mpls", layout.PPPOE: "pppoes", layout.VXLAN: "vxlan", layout.GENEVE: "geneve",
    layout.GTP: "gtp", layout.L2TP: "l2tp", layout.FRELAY: "fr", layout.C_HDLC: "chdlc", layout.UDPLITE: "udplite",
    layout.ERSPAN: "erspan", layout.ETHERIP: "etherip", layout.ARCNET: "arcnet", layout.IPOIB: "ipoib",
    layout.IPNET: "ipnet", layout.NFLOG: "nflog", layout.PIM: "pim", layout.ERSPAN_III: "erspan",
    layout.AYIYA: "ayiya", layout.CAPWAP: "capwap.data",
    layout.VNTAG: "vntag", layout.HSR: "hsr", layout.MACSEC: "macsec", layout.ISL: "isl",
    layout.WLAN: "wlan", layout.WLAN_PADDED: "wlan", layout.RADIOTAP: "radiotap", layout.PRISM: "prism",
    layout.AVS: "wlancap", layout.PPI: "ppi", layout.FDDI: "fddi",
}  # fmt: skip
ALIASES = {"ieee8021ad": "vlan", "pppoed": "pppoes"}
"""What tshark calls the outer tag, and PPPoE's discovery."""


@pytest.fixture(scope="module")
def tshark_places(tmp_path_factory) -> dict[str, list[tuple[str, int]]]:
    """By the name of a case: each header that tshark finds, and the byte where it begins."""
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")
    path = tmp_path_factory.mktemp("cases") / "cases.pcapng"
    asked = [case for case in CASES if not case.tshark]
    path.write_bytes(pcapng(asked))
    command = ["tshark", "-n", "-r", path, "-T", "pdml", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]
    done = subprocess.run(command, capture_output=True, check=True)
    packets = ElementTree.fromstring(done.stdout).iter("packet")
    return {case.name: list(headers_of(packet)) for case, packet in zip(asked, packets, strict=True)}


def pcapng(asked: list[Case]) -> bytes:
    """A capture with an interface for each frame, for each has a link type of its own (draft-ietf-opsawg-pcapng)."""
    blocks = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    blocks += [block(1, struct.pack("<HHI", case.link_type, 0, 0)) for case in asked]
    for number, case in enumerate(asked):
        frame = case.frame
        blocks.append(block(6, struct.pack("<IIIII", number, 0, 0, len(frame), len(frame)) + frame))
    return b"".join(blocks)


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def headers_of(packet: ElementTree.Element) -> Iterator[tuple[str, int]]:
    """The headers up to the one that an ICMP error quotes from."""
    protos = list(packet.iter("proto"))
    parts = [part for proto in protos for part in proto.findall("proto") if part.get("name") == proto.get("name")]
    for proto in protos:
        name = ALIASES.get(proto.get("name"), proto.get("name"))
        if name in TSHARK_NAMES.values() and int(proto.get("size")) and proto not in parts:
            yield name, int(proto.get("pos"))
        if proto.get("name") in ("icmp", "icmpv6"):
            return


@pytest.mark.referee
@pytest.mark.parametrize("case", [case for case in CASES if not case.tshark], ids=lambda case: case.name)
def test_tshark_finds_the_same_headers(tshark_places, case):
    wanted = [(TSHARK_NAMES.get(header.layer), at) for at, header in case.places() if header.size and not header.hidden]
    assert tshark_places[case.name] == [(name, at) for name, at in wanted if name]
