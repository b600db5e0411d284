from ipaddress import IPv4Address, IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet, inet6

from rawkit.errors import DecodeError
from rawkit.facts.udp import HEADER_LEN
from rawkit.wire.udp import Udp

# From a Linux 6 host, recorded on a veth with checksum offload off.
OVER_IPV4 = bytes.fromhex("a4d70009000d931d68656c6c6f")
V4 = {"src": IPv4Address("192.0.2.1"), "dst": IPv4Address("192.0.2.2")}
OVER_IPV6 = bytes.fromhex("e5c20009000d7ac168656c6c6f")
V6 = {"src": IPv6Address("2001:db8::1"), "dst": IPv6Address("2001:db8::2")}

U16 = st.integers(0, 0xFFFF)
HEADERS = st.builds(Udp, U16, U16, checksum=U16)


def test_taken_apart():
    assert Udp.unpack(OVER_IPV4) == (Udp(42199, 9, 13, 0x931D), b"hello")


@pytest.mark.parametrize(("data", "ports", "ends"), [(OVER_IPV4, (42199, 9), V4), (OVER_IPV6, (58818, 9), V6)])
def test_put_together(data, ports, ends):
    assert Udp(*ports).pack(b"hello", **ends) == data


def test_too_short(every_cut):
    every_cut(Udp.unpack, OVER_IPV4, "udp", [HEADER_LEN, 13])


def test_length_under_header():
    with pytest.raises(DecodeError, match="length of 7 bytes is under 8") as caught:
        Udp.unpack(bytes.fromhex("0001000200070000") + bytes(8))
    assert (caught.value.offset, caught.value.required, caught.value.available) == (4, 8, 7)


def test_padding_is_not_payload():
    assert Udp.unpack(OVER_IPV4 + bytes(20))[1] == b"hello"


def test_length_zero_is_a_jumbogram():
    assert Udp.unpack(bytes.fromhex("0001000200000000") + bytes(70000))[1] == bytes(70000)


def test_header_alone_where_the_payload_was_cut():
    assert Udp.unpack_header(OVER_IPV4[:8]).length == 13


@given(header=HEADERS, payload=st.binary(max_size=40))
def test_unpack_undoes_pack(header, payload):
    data = header.pack(payload)
    again, rest = Udp.unpack(data)
    assert (again.src_port, again.dst_port, again.checksum) == (header.src_port, header.dst_port, header.checksum)
    assert (again.length, rest) == (8 + len(payload), payload)
    assert Udp.unpack(again.pack(rest)) == (again, payload)


@given(ports=st.tuples(U16, U16), payload=st.binary(max_size=40), src=st.ip_addresses(v=4), dst=st.ip_addresses(v=4))
def test_same_bytes_as_scapy_over_ipv4(ports, payload, src, dst):
    theirs = inet.IP(src=str(src), dst=str(dst)) / inet.UDP(sport=ports[0], dport=ports[1]) / payload
    assert Udp(*ports).pack(payload, src=src, dst=dst) == bytes(theirs)[20:]


@given(ports=st.tuples(U16, U16), payload=st.binary(max_size=40), src=st.ip_addresses(v=6), dst=st.ip_addresses(v=6))
def test_same_bytes_as_scapy_over_ipv6(ports, payload, src, dst):
    theirs = inet6.IPv6(src=str(src), dst=str(dst)) / inet.UDP(sport=ports[0], dport=ports[1]) / payload
    assert Udp(*ports).pack(payload, src=src, dst=dst) == bytes(theirs)[40:]


@given(header=HEADERS, payload=st.binary(max_size=40))
def test_dpkt_reads_the_same(header, payload):
    theirs = dpkt.udp.UDP(header.pack(payload))
    assert (theirs.sport, theirs.dport, theirs.sum) == (header.src_port, header.dst_port, header.checksum)
    assert (theirs.ulen, theirs.data) == (8 + len(payload), payload)


@pytest.mark.parametrize("ports", [(-1, 9), (65536, 9), (9, 65536)])
def test_port_out_of_range(ports):
    with pytest.raises(ValueError, match="does not fit 16 bits: give 0 to 65535"):
        Udp(*ports)


def test_payload_too_long():
    with pytest.raises(ValueError, match="udp: length 65536 does not fit 16 bits"):
        Udp(1, 2, checksum=0).pack(bytes(65528))


def test_checksum_needs_addresses():
    with pytest.raises(ValueError, match="give src and dst, or a checksum"):
        Udp(1, 2).pack()
