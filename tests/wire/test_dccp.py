from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import DecodeError
from rawkit.facts import dccp
from rawkit.facts.dccp import LONG_HEADER_LEN, SHORT_HEADER_LEN
from rawkit.wire.dccp import Dccp
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6

# By RFC 4340, sections 5.1 and 5.2: a request with a service code, and data with a short sequence number.
REQUEST = bytes.fromhex("9c401389 05000000 01000000 00000007 68747470")
SHORT_DATA = bytes.fromhex("9c401389 03100000 04000102") + b"data"
V4 = {"src": IPv4Address("192.0.2.1"), "dst": IPv4Address("192.0.2.2")}
V6 = {"src": IPv6Address("2001:db8::1"), "dst": IPv6Address("2001:db8::2")}

U4, U16 = st.integers(0, 15), st.integers(0, 0xFFFF)
REST = st.integers(0, 3).map(lambda words: bytes(range(4 * words)))
LONG = (U16, U16, U4, st.integers(0, (1 << 48) - 1), st.just(1), REST, U4, U4, st.integers(0, 0x7FF))
SHORT = (U16, U16, U4, st.integers(0, (1 << 24) - 1), st.just(0), REST, U4, U4, st.integers(0, 7))
HEADERS = st.builds(Dccp, *LONG, checksum=U16) | st.builds(Dccp, *SHORT, checksum=U16)


def test_taken_apart():
    request = Dccp(40000, 5001, dccp.REQUEST, 7, rest=b"http", data_offset=5, checksum=0)
    assert Dccp.unpack(REQUEST) == (request, b"")
    data = Dccp(40000, 5001, dccp.DATA, 0x102, extended=0, ccval=1, data_offset=3, checksum=0)
    assert Dccp.unpack(SHORT_DATA) == (data, b"data")


def test_put_together():
    assert Dccp(40000, 5001, dccp.REQUEST, 7, rest=b"http", checksum=0).pack() == REQUEST
    data = Dccp(40000, 5001, dccp.DATA, 0x102, extended=0, ccval=1, checksum=0)
    assert data.pack(b"data") == SHORT_DATA


def test_too_short(every_cut):
    every_cut(Dccp.unpack, REQUEST, "dccp", [SHORT_HEADER_LEN, LONG_HEADER_LEN, 20])
    every_cut(Dccp.unpack, SHORT_DATA[:12], "dccp", [SHORT_HEADER_LEN])


@pytest.mark.parametrize(("data", "words", "minimum"), [(REQUEST, 3, 16), (REQUEST, 0, 16), (SHORT_DATA, 2, 12)])
def test_data_offset_under_header(data, words, minimum):
    with pytest.raises(DecodeError, match=f"data offset of {words * 4} bytes is under {minimum}") as caught:
        Dccp.unpack(data[:4] + bytes((words,)) + data[5:])
    assert caught.value.offset == 4


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_unpack_undoes_pack(header, payload):
    again, rest = Dccp.unpack(header.pack(payload))
    assert (again.type, again.seq, again.rest, again.reserved) == (
        header.type,
        header.seq,
        header.rest,
        header.reserved,
    )
    assert (rest, again.data_offset) == (payload, (12 + 4 * header.extended + len(header.rest)) // 4)
    assert Dccp.unpack(again.pack(rest)) == (again, payload)
    assert again.pack(rest) == header.pack(payload)


@pytest.mark.referee
def test_tshark_reads_the_same_and_finds_checksums_right(tshark):
    ports = (40000, 5001)
    headers = [
        Dccp(*ports, dccp.REQUEST, 7, rest=b"http"),
        Dccp(*ports, dccp.DATA, 0x123456, extended=0, ccval=9),
        Dccp(*ports, dccp.DATA, 0x123456789ABC),
        Dccp(*ports, dccp.DATA, 5, cscov=1),
        Dccp(*ports, dccp.DATA, 5, extended=0, cscov=2),
        Dccp(*ports, dccp.RESET, 9, rest=bytes(8) + b"\2\0\0\0"),
    ]
    names = ("srcport", "dstport", "data_offset", "type", "seq", "seq_raw", "ccval", "cscov", "checksum.status")
    fields = [f"dccp.{name}" for name in names]
    frames = [Ipv4(**V4, protocol=33).pack(header.pack(b"payload!", **V4)) for header in headers]
    frames += [Ipv6(**V6, next_header=33).pack(header.pack(b"payload!", **V6)) for header in headers]
    for row, header in zip(tshark(frames, fields, 101), headers * 2, strict=True):
        offset = (12 + 4 * header.extended + len(header.rest)) // 4
        *start, short, long, ccval, cscov, status = row
        assert start == ["40000", "5001", str(offset), str(header.type)]
        # tshark shows a short sequence number as dccp.seq, a long one as dccp.seq_raw.
        assert (short, long) == (("", str(header.seq)) if header.extended else (str(header.seq), ""))
        assert [ccval, cscov, status] == [str(header.ccval), str(header.cscov), "1"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seq": 1 << 48}, "seq 281474976710656 does not fit 48 bits"),
        ({"seq": 1 << 24, "extended": 0}, "seq 16777216 does not fit 24 bits"),
        ({"seq": 1, "extended": 0, "reserved": 8}, "reserved 8 does not fit 3 bits"),
        ({"seq": 1, "rest": b"abc"}, "rest takes 3 bytes: give a multiple of 4"),
    ],
)
def test_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        Dccp(1, 2, dccp.DATA, **values)
