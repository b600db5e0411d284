from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet

from rawkit.errors import DecodeError
from rawkit.facts.ipv4 import DONT_FRAGMENT
from rawkit.facts.ipv4_options import LOOSE_SOURCE_ROUTE, RECORD_ROUTE, STRICT_SOURCE_ROUTE, TIMES_ALONE, TIMESTAMP
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv4_options import Route, RouterAlert, Timestamps, unpack_options
from rawkit.wire.options import Eol, Nop, RawOption

# From Linux 6 hosts, recorded on a veth: a UDP datagram, a TCP segment of no data.
PLAIN = bytes.fromhex("45000021d6ff40004011dfc8c0000201c0000202") + b"13 bytes here"
# An IGMP report: router alert option, DSCP CS6.
ALERT = bytes.fromhex("46c0002800004000010241f8c0000201e000001694040000") + bytes(16)
# A UDP datagram sent with IP_OPTIONS record route: its first slot is filled in.
RECORDED = bytes.fromhex("4f000049d70040004011c4b6c0000201c00002020727" + "08c0000201" + "00" * 32 + "00") + bytes(13)
A, B = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")

U8, U16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
ADDRESS = st.ip_addresses(v=4)
KNOWN_KINDS = {0, 1, RECORD_ROUTE, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE, TIMESTAMP, 148}
ROUTE = st.builds(
    Route,
    st.sampled_from([RECORD_ROUTE, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE]),
    st.lists(ADDRESS, max_size=3).map(tuple),
    U8,
)
RAW = st.builds(RawOption, U8.filter(lambda kind: kind not in KNOWN_KINDS), st.binary(max_size=8))
TIMES = st.builds(
    lambda flag, slots, *rest: Timestamps(
        flag, tuple((None if flag == TIMES_ALONE else address, time) for address, time in slots), *rest
    ),
    st.integers(0, 15),
    st.lists(st.tuples(ADDRESS, st.integers(0, 0xFFFFFFFF)), min_size=1, max_size=3),
    U8,
    st.integers(0, 15),
)
OPTION = st.one_of(st.builds(Nop), st.builds(RouterAlert, U16), ROUTE, TIMES, RAW)


def aligned(options):
    """The options, as many as fit, and end bytes to the next multiple of 4, as a header has them."""
    kept, size = [], 0
    for option in options:
        if size + len(option.pack()) <= 40:
            kept.append(option)
            size += len(option.pack())
    return (*kept, Eol(bytes(-size % 4 - 1))) if size % 4 else tuple(kept)


OPTIONS = st.lists(OPTION, max_size=5).map(aligned)
FIELDS = (ADDRESS, ADDRESS, U8, U8, U16, st.integers(0, 7), st.integers(0, 8191), st.integers(0, 63), st.integers(0, 3))
HEADERS = st.builds(Ipv4, *FIELDS, OPTIONS)


def test_taken_apart():
    header = Ipv4(A, B, 17, 64, 0xD6FF, DONT_FRAGMENT, 0, 0, 0, (), 5, 33, 0xDFC8)
    assert Ipv4.unpack(PLAIN) == (header, b"13 bytes here")


def test_options_taken_apart():
    header, rest = Ipv4.unpack(ALERT)
    assert (header.options, header.dscp, header.ihl, len(rest)) == ((RouterAlert(),), 48, 6, 16)
    slots = (A,) + (IPv4Address(0),) * 8
    assert Ipv4.unpack(RECORDED)[0].options == (Route(RECORD_ROUTE, slots, pointer=8), Eol())


def test_put_together():
    assert Ipv4(A, B, 17, id=0xD6FF, flags=DONT_FRAGMENT).pack(b"13 bytes here") == PLAIN
    router = IPv4Address("224.0.0.22")
    alert = Ipv4(A, router, 2, ttl=1, flags=DONT_FRAGMENT, dscp=48, options=(RouterAlert(),))
    assert alert.pack(bytes(16)) == ALERT
    slots = (A,) + (IPv4Address(0),) * 8
    recorded = Ipv4(A, B, 17, id=0xD700, flags=DONT_FRAGMENT, options=(Route(RECORD_ROUTE, slots, 8),))
    assert recorded.pack(bytes(13)) == RECORDED


@pytest.mark.parametrize(("data", "stages"), [(PLAIN, [20, 33]), (ALERT, [20, 24, 40]), (RECORDED, [20, 60, 73])])
def test_too_short(every_cut, data, stages):
    every_cut(Ipv4.unpack, data, "ipv4", stages)


@pytest.mark.parametrize("ihl", range(5))
def test_header_length_under_header(ihl):
    with pytest.raises(DecodeError, match=f"header length of {ihl * 4} bytes is under 20"):
        Ipv4.unpack(bytes((0x40 | ihl,)) + PLAIN[1:])


@pytest.mark.parametrize(("data", "total", "minimum"), [(PLAIN, 19, 20), (ALERT, 23, 24), (PLAIN, 0, 20)])
def test_total_length_under_header(data, total, minimum):
    with pytest.raises(DecodeError, match=f"total length of {total} bytes is under {minimum}") as caught:
        Ipv4.unpack(data[:2] + total.to_bytes(2, "big") + data[4:])
    assert caught.value.offset == 2


@pytest.mark.parametrize("version", [0, 5, 6, 15])
def test_another_version(version):
    with pytest.raises(DecodeError, match=f"version {version} is not 4"):
        Ipv4.unpack(bytes((version << 4 | 5,)) + PLAIN[1:])


@pytest.mark.parametrize(
    ("options", "required", "available"),
    [
        ("94030000", 4, 3),
        ("07020000", 3, 2),
        ("0706040000000000", 3, 6),
        ("83ff0000", 255, 4),
        ("44030500", 4, 3),
        ("440a050100000000", 10, 8),
    ],
)
def test_wrong_option_length(options, required, available):
    with pytest.raises(DecodeError) as caught:
        unpack_options(bytes(20) + bytes.fromhex(options), 20)
    error = caught.value
    assert (error.layer, error.offset, error.required, error.available) == ("ipv4", 20, required, available)


def test_padding_is_not_payload():
    assert Ipv4.unpack(PLAIN + bytes(13))[1] == b"13 bytes here"


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_unpack_undoes_pack(header, payload):
    again, rest = Ipv4.unpack(header.pack(payload))
    assert (again.options, again.flags, again.dscp) == (header.options, header.flags, header.dscp)
    assert (rest, again.total_length) == (payload, again.ihl * 4 + len(payload))
    assert Ipv4.unpack(again.pack(rest)) == (again, payload)
    assert again.pack(rest) == header.pack(payload)


def for_scapy(option):
    match option:
        case Nop():
            return inet.IPOption_NOP()
        case Eol():
            return inet.IPOption_EOL()
        case RouterAlert(value):
            return inet.IPOption_Router_Alert(alert=value)
        case Route(kind, addresses, pointer):
            classes = {7: inet.IPOption_RR, 131: inet.IPOption_LSRR, 137: inet.IPOption_SSRR}
            return classes[kind](pointer=pointer, routers=[str(hop) for hop in addresses])
        case Timestamps(flag, ((address, time),), pointer, overflow):
            asked = {} if flag == TIMES_ALONE else {"internet_address": str(address)}
            length = 8 if flag == TIMES_ALONE else 12
            fields = {"pointer": pointer, "oflw": overflow, "flg": flag, "length": length, "timestamp": time}
            return inet.IPOption_Timestamp(**fields, **asked)
        case Timestamps():  # scapy has one slot alone: the others behind it
            one = for_scapy(Timestamps(option.flag, option.slots[:1], option.pointer, option.overflow))
            one.length = len(option.pack())
            return bytes(one) + Timestamps(option.flag, option.slots[1:]).pack()[4:]
        case RawOption(kind, data):
            copy, option_class, number = kind >> 7, kind >> 5 & 3, kind & 31
            return inet.IPOption(copy_flag=copy, optclass=option_class, option=number, value=data)


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_same_bytes_as_scapy(header, payload):
    theirs = inet.IP(
        src=str(header.src),
        dst=str(header.dst),
        proto=header.protocol,
        ttl=header.ttl,
        id=header.id,
        flags=header.flags,
        frag=header.fragment_offset,
        tos=header.dscp << 2 | header.ecn,
        options=[for_scapy(option) for option in header.options],
    )
    assert header.pack(payload) == bytes(theirs / payload)


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_dpkt_reads_the_same(header, payload):
    theirs = dpkt.ip.IP(header.pack(payload))
    assert (theirs.src, theirs.dst, theirs.p) == (header.src.packed, header.dst.packed, header.protocol)
    assert (theirs.ttl, theirs.id, theirs.tos) == (header.ttl, header.id, header.dscp << 2 | header.ecn)
    assert (theirs.rf << 2 | theirs.df << 1 | theirs.mf, theirs.offset) == (
        header.flags,
        header.fragment_offset,
    )
    assert theirs.opts == b"".join(option.pack() for option in header.options)
    assert theirs.len == len(header.pack(payload))


def test_payload_too_long():
    with pytest.raises(ValueError, match="total_length 65536 does not fit 16 bits"):
        Ipv4(A, B, 17).pack(bytes(65516))
