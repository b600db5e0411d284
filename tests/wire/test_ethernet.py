import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import l2

from rawkit.errors import DecodeError
from rawkit.facts.ethernet import HEADER_LEN
from rawkit.wire import ethernet
from rawkit.wire.address import mac, mac_text
from rawkit.wire.ethernet import Ethernet, Ieee8023

# From a Linux 6 host: the frame of a neighbor solicitation.
SOLICITATION = bytes.fromhex("3333ff00000200005e00530186dd") + b"packet"
# A spanning tree BPDU's start, as IEEE 802.1D sends it to the bridge group address.
BPDU = bytes.fromhex("0180c200000000005e005301002642420300000000") + bytes(31)

MAC = st.binary(min_size=6, max_size=6)
U16 = st.integers(0, 0xFFFF)
TYPE = st.integers(1501, 0xFFFF)
PAYLOAD = st.binary(max_size=60)


def test_ethernet_taken_apart():
    header = Ethernet(mac("33:33:ff:00:00:02"), mac("00:00:5e:00:53:01"), 0x86DD)
    assert ethernet.unpack(SOLICITATION) == (header, b"packet")
    assert header.pack(b"packet") == SOLICITATION


def test_8023_taken_apart():
    header, payload = ethernet.unpack(BPDU + bytes(8))
    assert header == Ieee8023(mac("01:80:c2:00:00:00"), mac("00:00:5e:00:53:01"), 38)
    assert payload == BPDU[HEADER_LEN:]
    assert Ieee8023(header.dst, header.src).pack(payload) == BPDU


def test_too_short(every_cut):
    every_cut(ethernet.unpack, SOLICITATION, "ethernet", [14])
    every_cut(Ethernet.unpack, SOLICITATION, "ethernet", [14])
    every_cut(ethernet.unpack, BPDU, "ethernet", [14, 52])
    every_cut(Ieee8023.unpack, BPDU, "ethernet", [14, 52])


@pytest.mark.parametrize(("number", "kind"), [(0, Ieee8023), (1500, Ieee8023), (1501, Ethernet), (1536, Ethernet)])
def test_type_or_length(number, kind):
    assert isinstance(ethernet.unpack(bytes(12) + number.to_bytes(2, "big") + bytes(1500))[0], kind)


@given(header=st.builds(Ethernet, MAC, MAC, TYPE), payload=PAYLOAD)
def test_ethernet_unpack_undoes_pack(header, payload):
    assert ethernet.unpack(header.pack(payload)) == (header, payload)
    theirs = l2.Ether(dst=mac_text(header.dst), src=mac_text(header.src), type=header.type) / payload
    assert header.pack(payload) == bytes(theirs)


@given(dst=MAC, src=MAC, payload=PAYLOAD)
def test_8023_unpack_undoes_pack(dst, src, payload):
    header = Ieee8023(dst, src, len(payload))
    assert ethernet.unpack(header.pack(payload)) == (header, payload)
    theirs = l2.Dot3(dst=mac_text(dst), src=mac_text(src)) / payload
    assert Ieee8023(dst, src).pack(payload) == bytes(theirs)


@given(header=st.builds(Ethernet, MAC, MAC, st.integers(0xB000, 0xBFFF)), payload=PAYLOAD)
def test_dpkt_reads_the_same(header, payload):
    theirs = dpkt.ethernet.Ethernet(header.pack(payload))
    assert (theirs.dst, theirs.src, theirs.type, theirs.data) == (header.dst, header.src, header.type, payload)


@pytest.mark.parametrize("size", [0, 5, 7])
def test_address_of_another_size(size):
    with pytest.raises(ValueError, match=f"ethernet: dst has {size} bytes: give 6"):
        Ethernet(bytes(size), bytes(6), 0)


def test_length_beyond_the_frame():
    with pytest.raises(DecodeError, match="114 bytes required at offset 0, 20 available"):
        ethernet.unpack(bytes(12) + b"\0\x64" + bytes(6))
