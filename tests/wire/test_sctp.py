from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import sctp as scapy_sctp

from rawkit.errors import DecodeError
from rawkit.facts.sctp import COOKIE_ACK, COOKIE_ECHO, DATA, HEADER_LEN
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.sctp import Chunk, Sctp, unpack_chunks

# As scapy builds SCTP(sport=1000, dport=2000, tag=1)/SCTPChunkCookieAck().
ACKNOWLEDGED = bytes.fromhex("03e807d00000000118f4fb0e0b000004")
# Two chunks, the first padded, by RFC 9260 sections 3.3.11 and 3.3.12.
CHUNKS = bytes.fromhex("0a00000a636f6f6b69650000" + "0b000004")

U8, U16, U32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32))
HEADERS = st.builds(Sctp, U16, U16, U32, U32)
VALUE = st.binary(max_size=20)
CHUNK_LIST = st.lists(st.builds(Chunk, U8, U8, VALUE), max_size=4)


def test_taken_apart():
    assert Sctp.unpack(ACKNOWLEDGED) == (Sctp(1000, 2000, 1, 0x18F4FB0E), ACKNOWLEDGED[12:])
    echo = Chunk(COOKIE_ECHO, 0, b"cookie", 10)
    assert unpack_chunks(CHUNKS) == (echo, Chunk(COOKIE_ACK, 0, b"", 4))


def test_put_together():
    assert Sctp(1000, 2000, 1).pack(Chunk(COOKIE_ACK).pack()) == ACKNOWLEDGED
    assert Chunk(COOKIE_ECHO, value=b"cookie").pack() + Chunk(COOKIE_ACK).pack() == CHUNKS


def test_too_short(every_cut):
    every_cut(Sctp.unpack, ACKNOWLEDGED, "sctp", [HEADER_LEN])


@pytest.mark.parametrize("size", [*range(1, 10), 13, 14, 15])
def test_a_chunk_cut_short(size):
    with pytest.raises(DecodeError) as caught:
        unpack_chunks(CHUNKS[:size])
    error = caught.value
    start = 0 if size < 12 else 12
    required = 10 if 4 <= size < 12 else 4
    assert (error.layer, error.offset, error.required) == ("sctp", start, required)
    assert error.available == size - start


@pytest.mark.parametrize("length", range(4))
def test_chunk_length_under_its_header(length):
    with pytest.raises(DecodeError, match=f"chunk length {length} is under 4"):
        unpack_chunks(bytes((0, 0, 0, length)))


@given(header=HEADERS, payload=VALUE)
def test_unpack_undoes_pack(header, payload):
    assert Sctp.unpack(header.pack(payload)) == (header, payload)


@given(chunks=CHUNK_LIST)
def test_chunks_unpack_undoes_pack(chunks):
    again = unpack_chunks(b"".join(chunk.pack() for chunk in chunks))
    assert [(chunk.type, chunk.flags, chunk.value) for chunk in again] == [
        (chunk.type, chunk.flags, chunk.value) for chunk in chunks
    ]
    assert unpack_chunks(b"".join(chunk.pack() for chunk in again)) == again


@given(ports=st.tuples(U16, U16), tag=U32, tsn=U32, stream=U16, data=VALUE)
def test_same_bytes_as_scapy(ports, tag, tsn, stream, data):
    built = scapy_sctp.SCTPChunkData(tsn=tsn, stream_id=stream, beginning=1, ending=1, data=data)
    theirs = scapy_sctp.SCTP(sport=ports[0], dport=ports[1], tag=tag) / built
    value = tsn.to_bytes(4, "big") + stream.to_bytes(2, "big") + bytes(6) + data
    assert Sctp(*ports, tag).pack(Chunk(DATA, 3, value).pack()) == bytes(theirs)


# dpkt looks for padding behind DATA chunks alone.
WHOLE_WORDS = st.builds(Chunk, U8, U8, st.integers(0, 4).map(lambda words: bytes(range(4 * words))))
FOR_DPKT = st.lists(st.builds(Chunk, st.just(DATA), U8, VALUE) | WHOLE_WORDS, min_size=1, max_size=4)


@given(header=HEADERS, chunks=FOR_DPKT)
def test_dpkt_reads_the_same(header, chunks):
    theirs = dpkt.sctp.SCTP(header.pack(b"".join(chunk.pack() for chunk in chunks)))
    assert (theirs.sport, theirs.dport, theirs.vtag, theirs.sum) == (
        header.src_port,
        header.dst_port,
        header.verification_tag,
        header.checksum,
    )
    assert [(chunk.type, chunk.flags) for chunk in theirs.chunks] == [(c.type, c.flags) for c in chunks]


@pytest.mark.referee
def test_tshark_finds_the_checksum_right(tshark):
    ip = Ipv4(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), 132)
    frames = [ip.pack(Sctp(1000, 2000, 1).pack(CHUNKS)), ip.pack(Sctp(1000, 2000, 1, 7).pack(CHUNKS))]
    fields = ["sctp.srcport", "sctp.dstport", "sctp.chunk_type", "sctp.checksum.status"]
    assert tshark(frames, fields, 228) == [["1000", "2000", "10,11", "1"], ["1000", "2000", "10,11", "0"]]
