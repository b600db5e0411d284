from ipaddress import IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet6

from rawkit.errors import DecodeError
from rawkit.facts.ipv6 import HEADER_LEN
from rawkit.wire.ipv6 import Ipv6

# From a Linux 6 host, recorded on a veth: a UDP datagram of 13 bytes.
HEADER = bytes.fromhex("600e894d000d114020010db800000000000000000000000120010db8000000000000000000000002")
PACKET = HEADER + b"13 bytes here"
A, B = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")

U8 = st.integers(0, 0xFF)
ADDRESS = st.ip_addresses(v=6)
HEADERS = st.builds(Ipv6, ADDRESS, ADDRESS, U8, U8, U8, st.integers(0, 0xFFFFF))
PAYLOAD = st.binary(max_size=40)


def test_taken_apart():
    assert Ipv6.unpack(PACKET) == (Ipv6(A, B, 17, 64, 0, 0xE894D, 13), b"13 bytes here")


def test_put_together():
    assert Ipv6(A, B, 17, flow_label=0xE894D).pack(b"13 bytes here") == PACKET


def test_too_short(every_cut):
    every_cut(Ipv6.unpack, PACKET, "ipv6", [HEADER_LEN, 53])


@pytest.mark.parametrize("version", [0, 4, 5, 7])
def test_another_version(version):
    with pytest.raises(DecodeError, match=f"version {version} is not 6"):
        Ipv6.unpack(bytes((version << 4,)) + PACKET[1:])


def test_padding_is_not_payload():
    assert Ipv6.unpack(PACKET + bytes(13))[1] == b"13 bytes here"


def test_jumbogram():
    # RFC 2675, section 2: payload length 0, and the length in a hop-by-hop option.
    rest = bytes.fromhex("1100c20400011178") + bytes(70000)
    header = Ipv6(A, B, 0, payload_length=0)
    assert Ipv6.unpack(header.pack(rest)) == (header, rest)


@given(header=HEADERS, payload=PAYLOAD)
def test_unpack_undoes_pack(header, payload):
    again, rest = Ipv6.unpack(header.pack(payload))
    assert (again.src, again.dst, again.flow_label) == (header.src, header.dst, header.flow_label)
    assert (again.payload_length, rest) == (len(payload), payload)
    assert Ipv6.unpack(again.pack(rest)) == (again, payload)


@given(header=HEADERS, payload=PAYLOAD)
def test_same_bytes_as_scapy(header, payload):
    theirs = inet6.IPv6(
        src=str(header.src),
        dst=str(header.dst),
        nh=header.next_header,
        hlim=header.hop_limit,
        tc=header.traffic_class,
        fl=header.flow_label,
    )
    assert header.pack(payload) == bytes(theirs / payload)


@given(header=HEADERS, payload=PAYLOAD)
def test_dpkt_reads_the_same(header, payload):
    # Of the fixed header alone: with an extension header's number, dpkt would read the payload as one.
    theirs = dpkt.ip6.IP6(
        Ipv6(header.src, header.dst, 59, header.hop_limit, header.traffic_class, header.flow_label).pack(payload)
    )
    assert (theirs.src, theirs.dst, theirs.hlim) == (header.src.packed, header.dst.packed, header.hop_limit)
    assert (theirs.fc, theirs.flow, theirs.plen) == (header.traffic_class, header.flow_label, len(payload))


def test_payload_too_long():
    with pytest.raises(ValueError, match="payload_length 65536 does not fit 16 bits"):
        Ipv6(A, B, 17).pack(bytes(65536))
