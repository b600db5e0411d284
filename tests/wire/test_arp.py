from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import l2

from rawkit.errors import DecodeError
from rawkit.facts.arp import HEADER_LEN, REQUEST
from rawkit.wire.address import mac, mac_text
from rawkit.wire.arp import Arp

# From a Linux 6 host: who has 192.0.2.2?
WHO_HAS = bytes.fromhex("000108000604000100005e005301c0000201000000000000c0000202")

U16 = st.integers(0, 0xFFFF)
MAC = st.binary(min_size=6, max_size=6)
HEADERS = st.builds(Arp, U16, MAC, st.ip_addresses(v=4), st.ip_addresses(v=4), MAC, U16)
ASKED = Arp(REQUEST, mac("00:00:5e:00:53:01"), IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"))


def test_taken_apart():
    assert Arp.unpack(WHO_HAS + bytes(18)) == (ASKED, bytes(18))


def test_put_together():
    assert ASKED.pack() == WHO_HAS


def test_too_short(every_cut):
    every_cut(Arp.unpack, WHO_HAS, "arp", [HEADER_LEN])


@pytest.mark.parametrize(("offset", "value"), [(2, 0x09), (4, 8), (5, 16)])
def test_other_kinds_of_addresses(offset, value):
    data = bytearray(WHO_HAS)
    data[offset] = value
    with pytest.raises(DecodeError, match="not IPv4 over 6-byte addresses"):
        Arp.unpack(data)


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_unpack_undoes_pack(header, payload):
    assert Arp.unpack(header.pack(payload)) == (header, payload)


@given(header=HEADERS)
def test_same_bytes_as_scapy(header):
    theirs = l2.ARP(
        hwtype=header.hardware_type,
        ptype=0x0800,
        hwlen=6,
        plen=4,
        op=header.operation,
        hwsrc=mac_text(header.sender_mac),
        psrc=str(header.sender_ip),
        hwdst=mac_text(header.target_mac),
        pdst=str(header.target_ip),
    )
    # For another hardware type scapy takes the addresses as bytes; the layout is the same.
    if header.hardware_type != 1:
        theirs.hwsrc, theirs.hwdst = header.sender_mac, header.target_mac
    assert header.pack() == bytes(theirs)


@given(header=HEADERS)
def test_dpkt_reads_the_same(header):
    theirs = dpkt.arp.ARP(header.pack())
    assert (theirs.hrd, theirs.pro, theirs.op) == (header.hardware_type, 0x0800, header.operation)
    assert (theirs.sha, theirs.spa) == (header.sender_mac, header.sender_ip.packed)
    assert (theirs.tha, theirs.tpa) == (header.target_mac, header.target_ip.packed)
