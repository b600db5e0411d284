"""Scapy's notation: what is read, what is refused, and where it says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.base_classes import Net
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6, Net6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from rawkit.craft import ExpressionError, parse
from rawkit.errors import SendError, TargetError

SCAPYS = {"IP": IP, "TCP": TCP, "UDP": UDP, "ICMP": ICMP, "IPv6": IPv6, "ARP": ARP, "Ether": Ether, "Dot1Q": Dot1Q}
SCAPYS |= {"Raw": Raw, "DNS": DNS, "DNSQR": DNSQR, "Net": Net, "Net6": Net6}


FROM_TO = 'src="192.0.2.1", dst="192.0.2.2"'
MACS = 'src="02:00:00:00:00:01", dst="02:00:00:00:00:02"'


@pytest.mark.parametrize(
    "text",
    [
        'IP(src="192.0.2.1", dst="198.18.0.0/24")/TCP(dport=[80, 443], sport=(1024, 1030), flags="S")',
        'IP(src="192.0.2.1", dst=("198.18.0.1", "198.18.0.9"))/UDP(sport=(1, 9, 2))/Raw(load=b"\\x00a")',
        'IP(src="192.0.2.1", dst=["192.0.2.9", "198.18.0.0/30"], ttl=[1, (5, 7)])/ICMP(type="echo-reply", id=0x10)',
        f' IP({FROM_TO})\n / TCP(dport="http", options=[("MSS", 1460), ("NOP", None)]) / "text"',
        f'Ether({MACS})/Dot1Q(vlan=(1, 3))/IPv6(src="2001:db8::1", dst="2001:db8::/125")',
        f'IP({FROM_TO})/UDP()/DNS(rd=1, qd=DNSQR(qname="example.com", qtype="AAAA"))',
        f'Ether({MACS})/ARP(op="who-has", hwsrc="02:00:00:00:00:01", psrc="192.0.2.1", pdst="192.0.2.0/29")',
        f'IP({FROM_TO})/ICMP(type=3, code="port-unreachable")/IP({FROM_TO})/UDP()',
        f'IP({FROM_TO})/UDP()/("x" * 1400)',
        f'IP({FROM_TO})/UDP()/Raw("x" * (1500 - 28))/Raw(b"ab" + 3 * b"\\x00" + b"c")',
        f'IP({FROM_TO}, id=2 ** 16 - 1)/UDP()/Raw(load=["a" * 2, "b" + "c"])',
        'IP(src="192.0.2.1", dst=Net("192.0.2.0/29"))/UDP()',
        'IP(src="192.0.2.1", dst=Net("192.0.2.7", "192.0.2.9"))/UDP()/Raw(b"x")',
        'IP(src="192.0.2.1", dst=[Net("192.0.2.0/30"), "192.0.2.77"])/UDP()',
        'IPv6(src="2001:db8::1", dst=Net6("2001:db8::/125"))/UDP()',
    ],
)
def test_an_expression_means_what_it_means_in_scapy(text):
    scapys = eval(text.strip().replace("\n", " "), {"__builtins__": {}}, SCAPYS)  # the referee: scapy's own notation
    frames = [frame for batch in parse(text).template() for frame in batch.frames()]
    assert frames == [bytes(one) for one in scapys]


def test_lists_of_flags_counters_and_random_numbers_vary_too():
    text = (
        'IP(src="192.0.2.1", dst="192.0.2.2", id=Counter(5, 2))/TCP(flags=["S", "SA"], sport=Random(1024, 1030))'
        '/IP(src="192.0.2.1", dst="192.0.2.2", id=Counter(9))'
    )
    parsed = parse(text)
    found = [IP(frame) for batch in parsed.template() for frame in batch.frames()]
    assert [(one.id, str(one[TCP].flags)) for one in found] == [(5, "S"), (7, "SA")]
    assert all(1024 <= one.sport <= 1030 for one in found)
    assert set(parsed.vary) == {"IP:1.id", "TCP:1.flags", "TCP:1.sport", "IP:2.id"}


@pytest.mark.parametrize(
    ("text", "column", "parts"),
    [
        ("", 1, ["empty"]),
        ("   ", None, ["empty"]),
        ('IP(dst="192.0.2.1"', None, ["not scapy's notation"]),
        ("IP(", None, ["not scapy's notation"]),
        ("IP()//TCP()", 1, ["is no layer"]),
        ("IP()+TCP()", 1, ["is no layer"]),
        ("IP", 1, ["IP is no layer"]),
        ("IPP()/TCP()", 1, ["no layer is called IPP", "did you mean IP"]),
        ("IP()/TPC()", 6, ["no layer is called TPC", "did you mean TCP"]),
        ("UDP(dport=RandShrt())", 11, ["no layer is called RandShrt", "did you mean RandShort"]),
        ("IP(dts='192.0.2.1')", 4, ["IP has no field dts", "did you mean dst?"]),
        ("IP()/TCP(dprot=80)", 10, ["TCP has no field dprot", "did you mean dport"]),
        ("TCP(xyzzy=80)", 5, ["TCP has no field xyzzy", "sport, dport"]),
        ("TCP(80)", 5, ["value without a field"]),
        ("TCP(**x)", 5, ["TCP is given **"]),
        ("TCP(dport=70000)", 11, ["TCP.dport cannot be 70000", "give 0 to 65535"]),
        ("TCP(dport=-1)", 11, ["TCP.dport cannot be -1", "give 0 to 65535"]),
        ("TCP(dport=1.5)", 11, ["TCP.dport cannot be 1.5"]),
        ("TCP(dport=b'x')", 11, ["TCP.dport cannot be b'x'"]),
        ("TCP(dport=(80, 70000))", 11, ["TCP.dport cannot be (80, 70000)"]),
        ("TCP(dport=[80, 70000])", 16, ["TCP.dport cannot be 70000"]),
        ("IP()/TCP(dport=[80, (1, 65536)])", 21, ["TCP.dport cannot be (1, 65536)"]),
        ("TCP(dport='htpp')", 11, ["no value called 'htpp'", "did you mean http"]),
        ("TCP(flags='SX')", 11, ["TCP.flags has no flags 'SX'", "F, S, R"]),
        ("TCP(seq=4294967296)", 9, ["give 0 to 4294967295"]),
        ("IP(frag=8192)", 9, ["IP.frag cannot be 8192", "give 0 to 8191"]),
        ("IP(ttl='many')", 8, ["IP.ttl cannot be 'many'"]),
        ("IP(dst='192.0.2.256')", 8, ["IP.dst cannot be '192.0.2.256'", "IPv4"]),
        ("IP(dst='example.com')", 8, ["IP.dst cannot be 'example.com'", "IPv4"]),
        ("IP(dst='192.0.2.0/33')", 8, ["IP.dst cannot be '192.0.2.0/33'"]),
        ("IP(dst='2001:db8::1')", 8, ["IPv4"]),
        ("IP(dst=['192.0.2.1', 'x'])", 22, ["IP.dst cannot be 'x'"]),
        ("IP(dst=5)", 8, ["IP.dst cannot be 5"]),
        ("IPv6(dst='192.0.2.1')", 10, ["IPv6.dst cannot be", "IPv6 address"]),
        ("IPv6(dst='2001:db8::1%')", 10, ["IPv6 address"]),
        ("IPv6(dst=['fe80::1%eth0', 'fe80::2%eth1'])", 27, ["leave by eth0 and eth1", "send them apart"]),
        ("Ether(dst='02:00')", 11, ["Ether.dst cannot be '02:00'", "MAC address"]),
        ("Raw(load=5)", 10, ["Raw.load cannot be 5", "quotes"]),
        ("TCP(options=[('NOPE', 1)])", 13, ["TCP.options cannot be"]),
        ("TCP(dport=x)", 11, ["x is no value"]),
        ("TCP(dport=80 + 'a')", 11, ["80 + 'a' is no value"]),
        ("TCP(dport=80 / 1)", 11, ["80 is no layer"]),
        ("TCP(dport=80 << 1)", 11, ["80 << 1 is no value"]),
        ("TCP(seq=2 ** 9 ** 9 ** 9)", 14, ["larger than any field"]),
        ("TCP(seq=2 ** -1)", 9, ["larger than any field"]),
        ("TCP(seq=" + "1+" * 200 + "1)", None, ["operations inside one another"]),
        ("Raw('a'" + "+'a'" * 3000 + ")", None, ["operations inside one another", "too deep"]),
        ("TCP(seq=" + "-" * 200 + "1)", None, ["operations inside one another", "too deep"]),
        ("DNS(qd=" * 40 + "DNS()" + ")" * 40, None, ["layers inside one another"]),
        ("TCP(dport=~80)", 11, ["~80 is no value"]),
        ("TCP(dport=range(5))", 11, ["no layer is called range"]),
        ("TCP(dport=[x for x in (1, 2)])", 11, ["is no value"]),
        ("TCP(dport={80})", 11, ["is no value"]),
        ("TCP(dport=lambda: 80)", 11, ["is no value"]),
        ("TCP(dport=f'{80}')", 11, ["is no value"]),
        ("TCP(dport=True)", 11, ["cannot be True"]),
        ("Raw(load='x' * 10 ** 9)", 10, ["'x' * 10 ** 9 has 1000000000 bytes", "65535 at most"]),
        ("Raw('x' * 65535 + 'x')", 5, ["has 65536 bytes"]),
        ("Raw(['x'] * 9)", 5, ["is no value"]),
        ("IP()/'x' * 9", 1, ["is no layer", "in parentheses"]),
        ("IP().show()", 1, ["is no layer"]),
        ("__import__('os').system('true')", 1, ["is no layer"]),
        ("IP(dst=__import__('os'))", 8, ["no layer is called __import__"]),
        ("IP()/(lambda: 0)()", 6, ["is no layer"]),
        ("IP(id=Counter('x'))", 7, ["IP.id cannot be 'x'"]),
        ("IP(id=Counter(70000))", 7, ["IP.id cannot be"]),
        ("IP(id=Random(5, 70000))", 7, ["IP.id cannot be", "give 0 to 65535"]),
        ("IP(id=Counter(1.5))", 7, ["Counter does not take this", "Counter(start, step)"]),
        ("IP(id=Random(1, 2, 3))", 7, ["Random does not take this"]),
        ("IP(id=[Counter()])", 8, ["Counter stands in a list", "give it alone"]),
        ("IP(id=[RandShort(), 5])", 8, ["RandShort stands in a list", "give it alone"]),
        ("UDP()/DNS(qd=DNSQR(qtype=Counter()))", 14, ["Counter, Random"]),
        ("IP(ttl=RandShort())", 8, ["IP.ttl cannot be 65535", "give 0 to 255"]),
        ("IP(ttl=RandNum(5))", 8, ["RandNum does not take this", "scapy says"]),
        ("IP(dst=RandIP('server.example'))", 8, ["RandIP does not take this", "IPv4 network"]),
        ("IP(dst=RandMAC())", 8, ["IP.dst has 32 bits, and 48 would be drawn"]),
        ("Ether(src=RandMAC('zz'))", 11, ["RandMAC does not take this"]),
        ("IPv6(dst=RandIP6('2001:db8:*'))", 10, ["RandIP6 does not take this", "eight groups"]),
        ("IP(dst=Random('192.0.2.9', '192.0.2.1'))", 8, ["cannot be drawn", "low <= high"]),
        ("IP(dst=Random('192.0.2.9', 'x'))", 8, ["IP.dst cannot be 'x'"]),
        ("IP(dst=Net('192.0.2.0/33'))", 8, ["IP.dst cannot be '192.0.2.0/33'"]),
        ("IP(dst=Net(5))", 8, ["Net does not take this"]),
        ("Raw(RandString(70000))", 5, ["no random text has that size"]),
        ("Raw(load=RandShort())", 10, ["Raw.load holds no plain number"]),
        ("IP()/fuzz()", 6, ["fuzz does not take this"]),
        ("IP()/fuzz(UDP(), 3)", 6, ["fuzz does not take this", "seed=N"]),
        ("IP()/fuzz(UDP(), seed='x')", 23, ["is no seed"]),
        ("IP()/fuzz(5)", 11, ["5 is no layer"]),
        ("IP()/5", 6, ["5 is no layer"]),
        ("IP()/'\u00e4\u00f6'/TPC()", 11, ["no layer is called TPC"]),
        ("import os", None, ["not scapy's notation"]),
        ("IP();TCP()", None, ["not scapy's notation"]),
        ("IP(), TCP()", 1, ["is no layer"]),
        ("(" * 500 + ")" * 500, None, ["not scapy's notation", "too deep"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, column, parts):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    message = str(caught.value)
    assert any(part in message for part in parts) if column is None else all(part in message for part in parts), message
    assert column is None or caught.value.column == column, message
    assert "\n" not in message
    lines = caught.value.pointed().split("\n")
    assert lines[1].index("^") + 1 == caught.value.column <= len(lines[0]) + 1
    assert isinstance(caught.value, SendError)


HOSTS = {("server.example", 4): "192.0.2.20", ("server.example", 6): "fe80::20%eth0", ("here", 4): "192.0.2.9"}


def looked_up(name: str, version: int) -> str:
    if (name, version) not in HOSTS:
        raise TargetError(f"{name}: no such name: check its spelling")
    return HOSTS[name, version]


def test_names_are_looked_up_for_the_layer_that_has_them():
    packet = parse('IP(dst=["server.example", "192.0.2.7", "here/31"])/IPv6(dst="server.example")', looked_up).packet
    assert [one.dst for one in packet] == ["192.0.2.20", "192.0.2.7", "192.0.2.8", "192.0.2.9"]
    assert packet[IPv6].dst == "fe80::20"


@pytest.mark.parametrize("address", ["192.0.2.256", "2001:db8::1", "", "192.0.2.0/33", "a b"])
def test_what_is_no_name_is_not_looked_up(address):
    def nobody(name: str, version: int) -> str:
        raise AssertionError(f"{name} was looked up")

    with pytest.raises(ExpressionError, match="give an IPv4 address or network"):
        parse(f"IP(dst={address!r})", nobody)


def test_a_name_without_an_address_is_said_with_its_place():
    with pytest.raises(ExpressionError) as caught:
        parse('IP(dst=["192.0.2.1", "nobody.example"])', looked_up)
    assert str(caught.value) == "nobody.example: no such name (column 22): check its spelling"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ('IPv6(dst="fe80::1%eth0")', "eth0"),
        ('IPv6(src="fe80::2%eth0", dst=["fe80::1%eth0", "fe80::3"])', "eth0"),
        ('IPv6(dst="fe80::/125%3")', "3"),
        ('IP(dst="224.0.0.1%eth0")', "eth0"),
        ('IPv6(dst="server.example")', "eth0"),
        ('IPv6(dst="fe80::1")', None),
    ],
)
def test_an_address_names_its_link(text, link):
    parsed = parse(text, looked_up)
    assert parsed.link == link
    assert "%" not in str(parsed.packet.dst)


@given(st.text(alphabet="IPTCUDst(),=/[]'\"0123456789.:- \n#\\", max_size=40))
def test_any_text_is_read_or_refused(text):
    refusal = refusal_of(text)
    assert refusal is None or 1 <= refusal.column <= len(refusal.text) + 1


def refusal_of(text):
    try:
        parse(text)
    except ExpressionError as error:
        return error
    return None


@given(
    name=st.sampled_from(["IP", "TCP", "UDP", "ICMP", "Ether", "ARP", "Raw", "Dot1Q", "IPv6"]),
    field=st.sampled_from(["dst", "src", "dport", "flags", "options", "type", "load", "vlan", "id", "hwsrc", "op"]),
    value=st.recursive(
        st.one_of(st.integers(), st.text(max_size=9), st.binary(max_size=5), st.none(), st.floats()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.tuples(inner, inner)),
        max_leaves=5,
    ),
)
def test_any_literal_in_any_field_is_read_or_refused(name, field, value):
    refusal = refusal_of(f"{name}({field}={value!r})")
    assert refusal is None or "\n" not in str(refusal)
