from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib import ospf as scapy_ospf
from scapy.layers import inet6

from rawkit.errors import DecodeError
from rawkit.facts import ospfv2, ospfv3
from rawkit.facts.ospfv2 import CRYPTOGRAPHIC
from rawkit.wire.ospfv2 import Ospfv2
from rawkit.wire.ospfv3 import Ospfv3

# As scapy builds OSPF_Hdr(type=1, src="192.0.2.1", area="0.0.0.0").
HEADER = bytes.fromhex("02010018c0000201000000003be500000000000000000000")
# By RFC 5340, appendix A.3.1, checksum not filled in, instance 3.
HEADER_V3 = bytes.fromhex("03010010c00002010000000100000300")
ROUTER = IPv4Address("192.0.2.1")

U8, U16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
ADDRESS = st.ip_addresses(v=4)
KEY = st.binary(min_size=8, max_size=8)
PAYLOAD = st.binary(max_size=20)


def test_taken_apart():
    assert Ospfv2.unpack(HEADER) == (Ospfv2(1, ROUTER, IPv4Address(0), length=24, checksum=0x3BE5), b"")
    header = Ospfv3(1, ROUTER, IPv4Address("0.0.0.1"), instance_id=3, length=16, checksum=0)
    assert Ospfv3.unpack(HEADER_V3) == (header, b"")


def test_put_together():
    assert Ospfv2(ospfv2.HELLO, ROUTER, IPv4Address(0)).pack() == HEADER
    assert Ospfv3(1, ROUTER, IPv4Address("0.0.0.1"), 3, checksum=0).pack() == HEADER_V3


def test_too_short(every_cut):
    every_cut(Ospfv2.unpack, Ospfv2(1, ROUTER, ROUTER).pack(b"hello"), "ospf", [ospfv2.HEADER_LEN, 29])
    every_cut(Ospfv3.unpack, Ospfv3(1, ROUTER, ROUTER, checksum=0).pack(b"hello"), "ospf", [ospfv3.HEADER_LEN, 21])


@pytest.mark.parametrize(("unpack", "data", "size"), [(Ospfv2.unpack, HEADER, 24), (Ospfv3.unpack, HEADER_V3, 16)])
def test_wrong_version_and_length(unpack, data, size):
    with pytest.raises(DecodeError, match="version 4 is not"):
        unpack(b"\4" + data[1:])
    with pytest.raises(DecodeError, match=f"length of {size - 1} bytes is under {size}") as caught:
        unpack(data[:2] + (size - 1).to_bytes(2, "big") + data[4:])
    assert caught.value.offset == 2


def test_a_digest_is_no_payload():
    header = Ospfv2(1, ROUTER, ROUTER, CRYPTOGRAPHIC)
    assert header.pack(b"hello")[12:14] == b"\0\0"
    assert Ospfv2.unpack(header.pack(b"hello") + bytes(16))[1] == b"hello"


@given(header=st.builds(Ospfv2, U8, ADDRESS, ADDRESS, U16, KEY, checksum=U16), payload=PAYLOAD)
def test_version_2_unpack_undoes_pack(header, payload):
    again, rest = Ospfv2.unpack(header.pack(payload))
    assert (again.type, again.area_id, again.authentication) == (
        header.type,
        header.area_id,
        header.authentication,
    )
    assert (rest, again.length) == (payload, 24 + len(payload))
    assert Ospfv2.unpack(again.pack(rest)) == (again, payload)


@given(header=st.builds(Ospfv3, U8, ADDRESS, ADDRESS, U8, U8, checksum=U16), payload=PAYLOAD)
def test_version_3_unpack_undoes_pack(header, payload):
    again, rest = Ospfv3.unpack(header.pack(payload))
    assert (again.type, again.instance_id, again.reserved) == (header.type, header.instance_id, header.reserved)
    assert (rest, again.length) == (payload, 16 + len(payload))
    assert Ospfv3.unpack(again.pack(rest)) == (again, payload)


@given(kind=U8, router=ADDRESS, area=ADDRESS, au_type=st.sampled_from([0, 1]), key=KEY, payload=PAYLOAD)
def test_version_2_same_bytes_as_scapy(kind, router, area, au_type, key, payload):
    fields = {"type": kind, "src": str(router), "area": str(area)}
    theirs = scapy_ospf.OSPF_Hdr(authtype=au_type, authdata=int.from_bytes(key, "big"), **fields) / payload
    assert Ospfv2(kind, router, area, au_type, key).pack(payload) == bytes(theirs)


@given(
    kind=U8,
    router=ADDRESS,
    area=ADDRESS,
    instance=U8,
    payload=PAYLOAD,
    src=st.ip_addresses(v=6),
    dst=st.ip_addresses(v=6),
)
def test_version_3_same_bytes_as_scapy(kind, router, area, instance, payload, src, dst):
    theirs = scapy_ospf.OSPFv3_Hdr(type=kind, src=str(router), area=str(area), instance=instance) / payload
    packet = inet6.IPv6(src=str(src), dst=str(dst), nh=89) / theirs
    assert Ospfv3(kind, router, area, instance).pack(payload, src=src, dst=dst) == bytes(packet)[40:]


@given(header=st.builds(Ospfv2, U8, ADDRESS, ADDRESS, U16, KEY, checksum=U16), payload=PAYLOAD)
def test_dpkt_reads_the_same(header, payload):
    theirs = dpkt.ospf.OSPF(header.pack(payload))
    assert (theirs.v, theirs.type, theirs.len, theirs.sum) == (2, header.type, 24 + len(payload), header.checksum)
    assert (theirs.router, theirs.area) == (int(header.router_id), int(header.area_id))
    assert (theirs.atype, theirs.auth, theirs.data) == (header.au_type, header.authentication, payload)
