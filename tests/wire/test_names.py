import re
from ipaddress import IPv4Address, IPv6Address

import pytest

from rawkit.facts import ethertypes, ip_protocols
from rawkit.wire import names
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.tcp import Tcp

V4 = {"src": IPv4Address("192.0.2.1"), "dst": IPv4Address("192.0.2.2")}
V6 = {"src": IPv6Address("2001:db8::1"), "dst": IPv6Address("2001:db8::2")}
RAW = 101

TABLES = [
    ("eth.type", names.ETHERTYPES),
    ("ip.proto", names.IP_PROTOCOLS),
    ("icmpv6.type", names.ICMPV6_TYPES),
    ("arp.opcode", names.ARP_OPERATIONS),
    ("igmp.type", names.IGMP_TYPES),
    ("dccp.type", names.DCCP_TYPES),
    ("dccp.reset_code", names.DCCP_RESET_CODES),
    ("sctp.cause_code", names.SCTP_CAUSES),
    ("sctp.chunk_type", names.SCTP_CHUNKS),
    ("ospf.msg", names.OSPF_TYPES),
    ("wlan.fc.type_subtype", names.WLAN_FRAMES),
]


@pytest.mark.referee
@pytest.mark.parametrize(("field", "table"), TABLES)
def test_names_are_those_of_tshark(tshark_values, field, table):
    assert {number: tshark_values[field, number] for number in table} == table


@pytest.mark.referee
def test_icmp_names_are_those_of_tshark(tshark):
    known = dict.fromkeys(names.ICMP_TYPES, 0)
    # Router advertisements of Mobile IP, Photuris and extended echo have codes that are not named here.
    pairs = sorted({*known.items(), *names.ICMP_CODES} - {(kind, 0) for kind in (9, 40, 42, 43)})
    frames = [Ipv4(**V4, protocol=1).pack(bytes((*pair, 0, 0)) + bytes(24)) for pair in pairs]
    lines = [row[0] for row in tshark(frames, ["_ws.col.Info"], RAW)]
    assert [shortened(line) for line in lines] == [names.icmp(*pair) for pair in pairs]


@pytest.mark.referee
def test_icmpv6_names_are_those_of_tshark(tshark):
    pairs = sorted(names.ICMPV6_CODES)
    frames = [Ipv6(**V6, next_header=58).pack(bytes((*pair, 0, 0)) + bytes(44)) for pair in pairs]
    lines = [row[0] for row in tshark(frames, ["_ws.col.Info"], RAW)]
    assert [shortened(line) for line in lines] == [names.icmpv6(*pair) for pair in pairs]


def shortened(info):
    """Wireshark's summary of an ICMP message without the columns behind the type and code."""
    without_fields = re.split(r"\s+id=|\[", info)[0]
    return re.sub(r"\s+", " ", without_fields).strip()


@pytest.mark.referee
def test_flags_are_those_of_tcpdump(tcpdump):
    frames = [Ipv4(**V4, protocol=6).pack(Tcp(1, 2, flags=flags).pack(**V4)) for flags in range(256)]
    printed = [re.search(r"Flags \[(.*?)\]", line)[1] for line in tcpdump(frames, RAW)]
    assert [names.tcp_flags(flags) for flags in range(256)] == printed


def test_flag_ae_is_last():
    # RFC 9768 names the bit; tcpdump 4.99.5 and later print it as e.
    assert names.tcp_flags(0x1FF) == "FSRP.UEWe"


@pytest.mark.parametrize(
    ("module", "field", "skipped"),
    [(ip_protocols, "ip.proto", ()), (ethertypes, "eth.type", ("LENGTH_MAX", "TYPE_MIN", "OLDER_SERVICE_VLAN", "PPP"))],
)
@pytest.mark.referee
def test_numbers_have_names(tshark_values, module, field, skipped):
    numbers = {name: value for name, value in vars(module).items() if name.isupper() and name not in skipped}
    table = dict(TABLES)[field]
    assert numbers
    assert {value: tshark_values[field, value] for value in numbers.values()}.items() <= table.items()


def test_numbers_without_a_name():
    assert names.ethertype(0xBEEF) == "0xbeef"
    assert names.ip_protocol(253) == "protocol 253"
    assert names.icmp(99, 0) == "type 99"
    assert names.icmp(99, 3) == "type 99 (code 3)"
    assert names.named(names.OSPF_TYPES, 9) == "unknown 9"
