from ipaddress import IPv4Address, IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, in4_pseudoheader
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.layers.sctp import crc32c as scapy_crc32c
from scapy.utils import checksum as scapy_checksum

from rawkit.wire.checksum import crc32c, fill, internet_checksum, pseudo_header, transport_checksum

V4 = (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"))
V6 = (IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2"))


@given(data=st.binary(max_size=200))
def test_internet_checksum_same_as_scapy_and_dpkt(data):
    assert internet_checksum(data) == scapy_checksum(data)
    assert internet_checksum(data) == dpkt.in_cksum(data)
    assert internet_checksum(memoryview(data)) == internet_checksum(data)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0", b"\xff\xff", b"\xff\xff" * 9, b"\xff", b"\0" * 65535])
def test_sums_at_the_edges(data):
    assert internet_checksum(data) == scapy_checksum(data)


@given(data=st.binary(min_size=4, max_size=60).map(lambda data: data[: len(data) // 2 * 2]))
def test_a_filled_checksum_sums_to_zero(data):
    blank = fill(data, 2, 0)
    assert internet_checksum(fill(blank, 2, internet_checksum(blank))) == 0


@given(src=st.ip_addresses(v=4), dst=st.ip_addresses(v=4), protocol=st.integers(0, 255), length=st.integers(0, 65535))
def test_ipv4_pseudo_header_same_as_scapy(src, dst, protocol, length):
    theirs = in4_pseudoheader(protocol, IP(src=str(src), dst=str(dst)), length)
    assert pseudo_header(src, dst, protocol, length) == theirs


@given(src=st.ip_addresses(v=6), dst=st.ip_addresses(v=6), segment=st.binary(max_size=60))
def test_ipv6_transport_checksum_same_as_scapy(src, dst, segment):
    theirs = in6_chksum(58, IPv6(src=str(src), dst=str(dst)), segment)
    assert transport_checksum("icmpv6", src, dst, 58, segment) == theirs


def test_partial_coverage():
    # RFC 4340, section 9.2: data that is not covered may change, its length may not.
    checksum = transport_checksum("dccp", *V4, 33, b"headerpayload.", 6)
    assert transport_checksum("dccp", *V4, 33, b"headerPAYLOAD.", 6) == checksum
    assert transport_checksum("dccp", *V4, 33, b"headerpayload..", 6) != checksum


@given(data=st.binary(max_size=100))
def test_crc32c_same_as_scapy(data):
    # Scapy gives it in the byte order in which SCTP sends it.
    assert crc32c(data) == int.from_bytes(scapy_crc32c(data).to_bytes(4, "big"), "little")


@pytest.mark.parametrize("ends", [(V4[0], V6[0]), (V6[0], V4[0])])
def test_addresses_of_two_families(ends):
    with pytest.raises(ValueError, match="are of two families: give two IPv4 or two IPv6 addresses"):
        pseudo_header(*ends, 17, 8)


@pytest.mark.parametrize("ends", [(None, None), (V4[0], None), (None, V4[0])])
def test_no_addresses(ends):
    with pytest.raises(ValueError, match="tcp: the checksum covers the addresses: give src and dst"):
        transport_checksum("tcp", *ends, 6, b"")


def test_segment_longer_than_ipv4_has_it():
    with pytest.raises(ValueError, match="length 65536 does not fit 16 bits"):
        pseudo_header(*V4, 17, 65536)
    assert pseudo_header(*V6, 17, 65536)[32:36] == b"\0\1\0\0"
