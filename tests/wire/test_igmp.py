from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import igmp as scapy_igmp

from rawkit.errors import DecodeError
from rawkit.facts import igmp as igmp_facts
from rawkit.facts.igmp import CHANGE_TO_EXCLUDE
from rawkit.wire import igmp
from rawkit.wire.igmp import Igmp
from rawkit.wire.igmpv3 import Query, Record, Report

# From a Linux 6 host: it joins 233.252.0.1.
JOIN = bytes.fromhex("2200f1000000000103000000e9fc0001")
# A general query of version 2, max response 10 s: the two words sum to 0x1164.
GENERAL_QUERY = bytes.fromhex("1164ee9b00000000")
GROUP = IPv4Address("233.252.0.1")

U8, U16, U24 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 24))
ADDRESS = st.ip_addresses(v=4)
SOURCES = st.lists(ADDRESS, max_size=4).map(tuple)
OLD_TYPE = U8.filter(lambda kind: kind != 0x22)
MESSAGES = st.builds(Igmp, OLD_TYPE, ADDRESS, U8, checksum=U16)
QUERIES = st.builds(Query, ADDRESS, SOURCES, U8, U8, U8, checksum=U16)
RECORD = st.builds(Record, U8, ADDRESS, SOURCES, st.integers(0, 2).map(lambda words: bytes(range(4 * words))))
REPORTS = st.builds(Report, st.lists(RECORD, max_size=3).map(tuple), U24, checksum=U16)


def test_taken_apart():
    assert igmp.unpack(JOIN) == (Report((Record(3, GROUP),), checksum=0xF100), b"")
    assert igmp.unpack(GENERAL_QUERY) == (Igmp(0x11, IPv4Address(0), 100, 0xEE9B), b"")


def test_put_together():
    assert Report((Record(3, GROUP),)).pack() == JOIN
    assert Igmp(igmp_facts.MEMBERSHIP_QUERY, IPv4Address(0), 100).pack() == GENERAL_QUERY


def test_too_short(every_cut):
    every_cut(igmp.unpack, GENERAL_QUERY, "igmp", [8])
    query = Query(GROUP, (IPv4Address("192.0.2.1"),)).pack()
    every_cut(Query.unpack, query[:12].replace(b"\0\1", b"\0\0"), "igmp", [12])


@pytest.mark.parametrize("size", range(8, 16))
def test_a_record_cut_short(size):
    with pytest.raises(DecodeError) as caught:
        igmp.unpack(JOIN[:size])
    error = caught.value
    assert (error.layer, error.offset, error.required, error.available) == ("igmp", 8, 8, size - 8)


@pytest.mark.parametrize("size", range(16, 28))
def test_sources_and_auxiliary_data_cut_short(size):
    record = Record(CHANGE_TO_EXCLUDE, GROUP, (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")), b"aux.")
    with pytest.raises(DecodeError) as caught:
        igmp.unpack(Report((record,)).pack()[:size])
    error = caught.value
    expected = (16, 8, size - 16) if size < 24 else (24, 4, size - 24)
    assert (error.offset, error.required, error.available) == expected


@pytest.mark.parametrize("size", range(9, 16))
def test_a_query_of_version_3_cut_short(size):
    with pytest.raises(DecodeError) as caught:
        igmp.unpack(Query(GROUP, (IPv4Address("192.0.2.1"),)).pack()[:size])
    error = caught.value
    expected = (0, 12, size) if size < 12 else (12, 4, size - 12)
    assert (error.offset, error.required, error.available) == expected


@given(message=MESSAGES)
def test_unpack_undoes_pack(message):
    assert igmp.unpack(message.pack()) == (message, b"")


@given(message=QUERIES | REPORTS, payload=st.binary(max_size=8))
def test_version_3_unpack_undoes_pack(message, payload):
    assert igmp.unpack(message.pack(payload)) == (message, payload)


@given(kind=st.sampled_from([0x11, 0x12, 0x16, 0x17]), group=ADDRESS, tenths=st.integers(0, 127))
def test_same_bytes_as_scapy(kind, group, tenths):
    theirs = scapy_igmp.IGMP(type=kind, mrcode=tenths, gaddr=str(group))
    assert Igmp(kind, group, tenths).pack() == bytes(theirs)


@given(group=ADDRESS, sources=SOURCES, tenths=st.integers(0, 127), qqic=st.integers(0, 127), flags=U8)
def test_query_same_bytes_as_scapy(group, sources, tenths, qqic, flags):
    theirs = scapy_igmp.IGMPv3_MQ(
        mrcode=tenths,
        gaddr=str(group),
        flags=flags >> 4,
        s=flags >> 3 & 1,
        qrv=flags & 7,
        qqic=qqic,
        srcaddrs=[str(source) for source in sources],
    )
    assert Query(group, sources, tenths, flags, qqic).pack() == bytes(theirs)


@given(records=st.lists(st.builds(Record, U8, ADDRESS, SOURCES), max_size=3))
def test_report_same_bytes_as_scapy(records):
    groups = [
        scapy_igmp.IGMPv3_MR_Group(
            rtype=record.type, maddr=str(record.group), srcaddrs=[str(source) for source in record.sources]
        )
        for record in records
    ]
    assert Report(tuple(records)).pack() == bytes(scapy_igmp.IGMPv3_MR(records=groups))


@given(message=MESSAGES)
def test_dpkt_reads_the_same(message):
    theirs = dpkt.igmp.IGMP(message.pack())
    assert (theirs.type, theirs.maxresp, theirs.sum) == (message.type, message.max_response, message.checksum)
    assert theirs.group == message.group.packed


@pytest.mark.referee
def test_tshark_reads_the_same(tshark):
    from rawkit.wire.ipv4 import Ipv4

    sources = tuple(IPv4Address(f"192.0.2.{last}") for last in (7, 8))
    messages = [
        Igmp(0x16, GROUP),
        Query(GROUP, sources, 50, flags=0x0A, qqic=60),
        Report((Record(5, GROUP, sources), Record(4, IPv4Address("233.252.0.2")))),
    ]
    frames = [Ipv4(IPv4Address("192.0.2.1"), GROUP, 2).pack(message.pack()) for message in messages]
    fields = ["igmp.type", "igmp.checksum.status", "igmp.version", "igmp.saddr", "igmp.record_type", "igmp.maddr"]
    both = "192.0.2.7,192.0.2.8"
    assert tshark(frames, fields, 228) == [
        ["0x16", "1", "2", "", "", "233.252.0.1"],
        ["0x11", "1", "3", both, "", "233.252.0.1"],
        ["0x22", "1", "3", both, "5,4", "233.252.0.1,233.252.0.2"],
    ]


def test_auxiliary_data_in_words():
    with pytest.raises(ValueError, match="auxiliary data takes 3 bytes: give a multiple of 4"):
        Record(1, GROUP, auxiliary=b"abc")
