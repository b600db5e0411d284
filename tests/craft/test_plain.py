"""Plain packets, which are packed without scapy, are byte for byte those that scapy makes."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.craft import Template, parse
from rawkit.craft.plain import BITS, FLAGS, read

SOURCE = IPv4Address("192.0.2.77")


def scapys(text: str) -> bytes:
    packet = parse(text).packet
    if packet.fields.get("src") is None:
        packet.src = str(SOURCE)
    (batch,) = Template(packet).batches()
    return batch.frame(0)


PLAIN = [
    'IP(dst="192.0.2.2")',
    'IP(dst="192.0.2.2")/UDP()',
    'IP(dst="192.0.2.2")/TCP()',
    'IP(dst="192.0.2.2")/ICMP()',
    'IP(dst="192.0.2.2")/b"abc"',
    'IP(dst="192.0.2.2", proto=47)/"abc"',
    'IP(dst="192.0.2.2", src="192.0.2.9", ttl=1, tos=0xB8, id=0)/UDP(sport=5, dport=9)/b"hello"',
    'IP(dst="192.0.2.2", flags="DF")/TCP(dport=443, flags="SEC", seq=1, ack=0xFFFFFFFF, window=0, urgptr=5)',
    'IP(dst="192.0.2.2")/TCP(flags="PA")/"GET / HTTP/1.0\\r\\n\\r\\n"',
    ' IP( dst = "192.0.2.2" ) / ICMP( type = 0 , id = 7, seq=1, code=3 )\n / b"\\x00\\xff\\x01" ',
    'IP(dst="0.0.0.0")/UDP()',
    'IP(dst="255.255.255.255")/UDP()',
]


@pytest.mark.parametrize("text", PLAIN)
def test_bytes_are_scapys(text):
    assert read(text).pack(SOURCE) == scapys(text)


OTHERS = [
    *("", "IP(", "IP()", 'IP(dst="host")', 'IP(dst="192.0.2.0/24")', 'IP(dst=["192.0.2.1"])', "IP(dst=1)"),
    *('IPv6(dst="2001:db8::1")', 'Ether()/IP(dst="192.0.2.2")', 'IP(dst="192.0.2.2")/IP(dst="192.0.2.3")'),
    *('IP(dst="192.0.2.2", ttl=256)', 'IP(dst="192.0.2.2", ttl=-1)', 'IP(dst="192.0.2.2", ttl=True)'),
    *('IP(dst="192.0.2.2", ttl=1.0)', 'IP(dst="192.0.2.2", ttl=(1, 3))', 'IP(dst="192.0.2.2", len=20)'),
    *('IP(dst="192.0.2.2", frag=1)', 'IP(dst="192.0.2.2", flags="MF")', 'IP(dst="192.0.2.2", flags=2)'),
    *('IP("192.0.2.2")', "IP(**x)", 'IP(dst="192.0.2.2", proto=6)/TCP()', 'IP(dst="192.0.2.2")/SCTP()'),
    *('IP(dst="192.0.2.2")/UDP(dport="domain")', 'IP(dst="192.0.2.2")/UDP(len=1)', 'IP(dst="192.0.2.2")/UDP(9)'),
    *('IP(dst="192.0.2.2")/TCP(flags="")', 'IP(dst="192.0.2.2")/TCP(flags="X")', 'IP(dst="192.0.2.2")/TCP(flags="SS")'),
    *(
        'IP(dst="192.0.2.2")/TCP(flags=2)',
        'IP(dst="192.0.2.2")/TCP(options=[])',
        'IP(dst="192.0.2.2")/TCP(dport=70000)',
    ),
    *('IP(dst="192.0.2.2")/ICMP(type=3)', 'IP(dst="192.0.2.2")/ICMP(type="echo-reply")', 'IP(dst="192.0.2.2")/TCP'),
    *(
        'IP(dst="192.0.2.2")/"\u00e4"',
        'IP(dst="192.0.2.2")/b""',
        'IP(dst="192.0.2.2")/("x" * 9)',
        '"x"/IP(dst="192.0.2.2")',
    ),
    *('IP(dst="192.0.2.2")/b"a"/b"b"', 'IP(dst="192.0.2.2")/UDP()/Raw(b"a")', 'IP(dst="192.0.2.2")/UDP()/b"a"/b"b"'),
    *('IP(dst="192.0.2.2")/(UDP()/b"a")', 'fuzz(IP(dst="192.0.2.2"))', 'IP(dst="192.0.2.2")/b"a"/UDP()'),
    *('IP(dst="192.0.2.2", dst="192.0.2.3")', 'IP(dst="192.0.2.02")', 'IP(dst=b"192.0.2.2")', 'IP(dst="192.0.2.2")/7'),
    *('IP(dst="192.0.2.2", src=None)', 'IP(dst="192.0.2.2") - UDP()', 'IP(dst="fe80::1%eth0")', "x", "IP/UDP"),
]


@pytest.mark.parametrize("text", OTHERS)
def test_all_else_is_left_to_scapy(text):
    assert read(text) is None


def numbers(layer: str) -> st.SearchStrategy[str]:
    """Some of the layer's fields with values that fit."""
    fields = {name: st.integers(0, (1 << bits) - 1) for name, bits in BITS[layer].items() if name != "proto"}
    chosen = st.fixed_dictionaries({}, optional=fields)
    return chosen.map(lambda given: ", ".join(f"{name}={value}" for name, value in given.items()))


TCP = st.tuples(numbers("TCP"), st.sets(st.sampled_from(FLAGS), min_size=1)).map(
    lambda both: f'TCP({both[0]}{", " if both[0] else ""}flags="{"".join(both[1])}")'
)
UPPER = st.one_of(numbers("UDP").map("UDP({})".format), TCP, numbers("ICMP").map("ICMP({})".format))


@given(numbers("IP"), UPPER, st.binary(min_size=1, max_size=40))
def test_any_values_give_scapys_bytes(fields, upper, payload):
    text = f'IP(dst="198.51.100.7"{", " if fields else ""}{fields})/{upper}/{payload!r}'
    assert read(text).pack(SOURCE) == scapys(text)
