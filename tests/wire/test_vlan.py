import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import l2

from rawkit.facts.vlan import HEADER_LEN
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.vlan import Vlan

# QinQ, as scapy builds Dot1AD(vlan=100, prio=3)/Dot1Q(vlan=42, dei=1, type=0x0800): service tag, customer tag.
SERVICE = bytes.fromhex("60648100")
CUSTOMER = bytes.fromhex("102a0800")

HEADERS = st.builds(Vlan, st.integers(0, 4095), st.integers(1501, 0xFFFF), st.integers(0, 7), st.integers(0, 1))
PAYLOAD = st.binary(max_size=20)


def test_taken_apart():
    tag, rest = Vlan.unpack(SERVICE + CUSTOMER + b"packet")
    assert tag == Vlan(100, 0x8100, priority=3)
    assert Vlan.unpack(rest) == (Vlan(42, 0x0800, dei=1), b"packet")


def test_put_together():
    assert Vlan(100, 0x8100, 3).pack(Vlan(42, 0x0800, dei=1).pack()) == SERVICE + CUSTOMER


def test_too_short(every_cut):
    every_cut(Vlan.unpack, CUSTOMER, "vlan", [HEADER_LEN])


@given(header=HEADERS, payload=PAYLOAD)
def test_unpack_undoes_pack(header, payload):
    assert Vlan.unpack(header.pack(payload)) == (header, payload)


@given(header=HEADERS, payload=PAYLOAD, layer=st.sampled_from([l2.Dot1Q, l2.Dot1AD]))
def test_same_bytes_as_scapy(header, payload, layer):
    theirs = layer(vlan=header.id, type=header.type, prio=header.priority, dei=header.dei) / payload
    assert header.pack(payload) == bytes(theirs)


# EtherTypes behind which dpkt does not look for a packet.
UNASSIGNED = st.integers(0xB000, 0xB0FF)
FOR_DPKT = st.builds(Vlan, st.integers(0, 4095), UNASSIGNED, st.integers(0, 7), st.integers(0, 1))


@given(header=FOR_DPKT)
def test_dpkt_reads_the_same(header):
    theirs = dpkt.ethernet.Ethernet(Ethernet(bytes(6), bytes(6), 0x8100).pack(header.pack(b"data"))).vlan_tags[0]
    assert (theirs.id, theirs.pri, theirs.cfi, theirs.type) == (header.id, header.priority, header.dei, header.type)


@pytest.mark.parametrize("field", [{"id": 4096}, {"priority": 8}, {"dei": 2}, {"type": 65536}])
def test_out_of_range(field):
    with pytest.raises(ValueError, match=r"vlan: \w+ \d+ does not fit"):
        Vlan(**{"id": 1, "type": 0x0800, **field})
