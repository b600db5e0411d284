from ipaddress import IPv4Address, IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet, inet6

from rawkit.errors import DecodeError
from rawkit.facts import tcp
from rawkit.wire.options import Eol, Nop, RawOption
from rawkit.wire.tcp import Tcp
from rawkit.wire.tcp_options import FastOpen, Mss, Sack, SackPermitted, Timestamps, WindowScale, unpack_options

# From a Linux 6 host that asks for a Fast Open cookie, recorded on a veth with checksum offload off.
SYN = bytes.fromhex("99340050a98515d500000000b002faf034280000020405b40402080a8c2b7cce000000000103030a22020101")
# Its peer's answer with data.
ANSWER = bytes.fromhex("0050993493350a6ca98515d880180040f97800000101080adfd3df488c2b7cce616e73776572")
V4 = {"src": IPv4Address("192.0.2.1"), "dst": IPv4Address("192.0.2.2")}
OVER_IPV6 = bytes.fromhex("ce68005041ae4c4d00000000b002fd207d250000020405a00402080abed723c3000000000103030a22020101")
V6 = {"src": IPv6Address("2001:db8::1"), "dst": IPv6Address("2001:db8::2")}

# As tshark prints them: MSS=1460 SACK_PERM TSval=2351660238 TSecr=0 WS=1024 TFO=R
SYN_OPTIONS = (Mss(1460), SackPermitted(), Timestamps(2351660238), Nop(), WindowScale(10), FastOpen(), Nop(), Nop())

U8, U16, U32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32))
KNOWN_KINDS = {0, 1, 2, 3, 4, 5, 8, 34}
OPTION = st.one_of(
    st.builds(Nop),
    st.builds(Mss, U16),
    st.builds(WindowScale, U8),
    st.builds(SackPermitted),
    st.builds(Sack, st.lists(st.tuples(U32, U32), min_size=1, max_size=2).map(tuple)),
    st.builds(Timestamps, U32, U32),
    st.builds(FastOpen, st.one_of(st.just(b""), st.binary(min_size=4, max_size=16))),
    st.builds(RawOption, U8.filter(lambda kind: kind not in KNOWN_KINDS), st.binary(max_size=8)),
)


def aligned(options):
    """The options, as many as fit, and end bytes to the next multiple of 4, as a header has them."""
    kept, size = [], 0
    for option in options:
        if size + len(option.pack()) <= 40:
            kept.append(option)
            size += len(option.pack())
    return (*kept, Eol(bytes(-size % 4 - 1))) if size % 4 else tuple(kept)


OPTIONS = st.lists(OPTION, max_size=8).map(aligned)
FLAGS = st.integers(0, 0xFFF)
FIELDS = (U16, U16, U32, U32, FLAGS, U16, U16)
HEADERS = st.builds(Tcp, *FIELDS, OPTIONS, checksum=U16)


def test_syn_taken_apart():
    header = Tcp(39220, 80, 2844071381, 0, tcp.SYN, 64240, 0, SYN_OPTIONS, 11, 0x3428)
    assert Tcp.unpack(SYN) == (header, b"")


def test_answer_taken_apart():
    header, payload = Tcp.unpack(ANSWER)
    assert (header.flags, header.data_offset, payload) == (tcp.PSH | tcp.ACK, 8, b"answer")
    assert header.options == (Nop(), Nop(), Timestamps(3755204424, 2351660238))


def test_put_together():
    assert Tcp(39220, 80, 2844071381, flags=tcp.SYN, window=64240, options=SYN_OPTIONS).pack(**V4) == SYN
    over_ipv6 = Tcp.unpack(OVER_IPV6)[0].options
    header = Tcp(0xCE68, 80, 1101941837, flags=tcp.SYN, window=64800, options=over_ipv6)
    assert header.pack(**V6) == OVER_IPV6


@pytest.mark.parametrize(("data", "stages"), [(SYN, [20, 44]), (ANSWER, [20, 32])])
def test_too_short(every_cut, data, stages):
    every_cut(Tcp.unpack, data, "tcp", stages)


@pytest.mark.parametrize("words", range(5))
def test_data_offset_under_header(words):
    with pytest.raises(DecodeError, match=f"data offset of {words * 4} bytes is under 20") as caught:
        Tcp.unpack(bytes(12) + bytes((words << 4,)) + bytes(47))
    assert (caught.value.offset, caught.value.required, caught.value.available) == (12, 20, words * 4)


@pytest.mark.parametrize(
    ("options", "offset", "required", "available"),
    [
        ("01010102", 23, 2, 1),  # a kind without a length
        ("02000000", 20, 2, 0),  # a length under 2
        ("01020104", 21, 2, 1),
        ("0204 05b4 01 0303", 25, 3, 2),  # a length past the end of the header
        ("020305 00", 20, 4, 3),  # an MSS of 1 byte
        ("0304 0000", 20, 3, 4),
        ("0403 0000", 20, 2, 3),
        ("0509 0000000100000000", 20, 2, 9),
        ("0809 00000000000000 000000", 20, 10, 9),
        ("2205 000000 000000", 20, 6, 5),
    ],
)
def test_wrong_option_length(options, offset, required, available):
    header = bytes(20) + bytes.fromhex(options)
    with pytest.raises(DecodeError) as caught:
        unpack_options(header, 20)
    error = caught.value
    assert (error.layer, error.offset, error.required, error.available) == ("tcp", offset, required, available)


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_unpack_undoes_pack(header, payload):
    again, rest = Tcp.unpack(header.pack(payload))
    assert (again.options, again.flags, again.urgent) == (header.options, header.flags, header.urgent)
    assert rest == payload
    assert again.data_offset * 4 == 20 + sum(len(option.pack()) for option in header.options)
    assert Tcp.unpack(again.pack(rest)) == (again, payload)
    assert again.pack(rest) == header.pack(payload)


def for_scapy(option):
    match option:
        case Nop():
            return ("NOP", None)
        case Eol():
            return ("EOL", None)
        case Mss(size):
            return ("MSS", size)
        case WindowScale(shift):
            return ("WScale", shift)
        case SackPermitted():
            return ("SAckOK", b"")
        case Sack(blocks):
            return ("SAck", tuple(edge for block in blocks for edge in block))
        case Timestamps(value, echo):
            return ("Timestamp", (value, echo))
        case FastOpen(cookie):
            return (34, cookie)
        case RawOption(kind, data):
            return (kind, data)


def scapy_tcp(header):
    return inet.TCP(
        sport=header.src_port,
        dport=header.dst_port,
        seq=header.seq,
        ack=header.ack,
        reserved=header.flags >> 9,
        flags=header.flags & 0x1FF,
        window=header.window,
        urgptr=header.urgent,
        options=[for_scapy(option) for option in header.options],
    )


# Scapy has names and layouts of its own for some other kinds (14, 15, 19, 25, 28 ...): those are left out.
PLAIN = OPTIONS.filter(lambda options: not any(isinstance(option, RawOption) for option in options))
UNSUMMED = st.builds(Tcp, *FIELDS, PLAIN)


@given(header=UNSUMMED, payload=st.binary(max_size=20), src=st.ip_addresses(v=4), dst=st.ip_addresses(v=4))
def test_same_bytes_as_scapy_over_ipv4(header, payload, src, dst):
    theirs = inet.IP(src=str(src), dst=str(dst)) / scapy_tcp(header) / payload
    assert header.pack(payload, src=src, dst=dst) == bytes(theirs)[20:]


@given(header=UNSUMMED, payload=st.binary(max_size=20), src=st.ip_addresses(v=6), dst=st.ip_addresses(v=6))
def test_same_bytes_as_scapy_over_ipv6(header, payload, src, dst):
    theirs = inet6.IPv6(src=str(src), dst=str(dst)) / scapy_tcp(header) / payload
    assert header.pack(payload, src=src, dst=dst) == bytes(theirs)[40:]


@given(header=HEADERS, payload=st.binary(max_size=20))
def test_dpkt_reads_the_same(header, payload):
    theirs = dpkt.tcp.TCP(header.pack(payload))
    assert (theirs.sport, theirs.dport, theirs.seq, theirs.ack) == (
        header.src_port,
        header.dst_port,
        header.seq,
        header.ack,
    )
    assert (theirs.flags, theirs.win, theirs.sum) == (header.flags & 0x1FF, header.window, header.checksum)
    assert (theirs.urp, theirs.data) == (header.urgent, payload)
    found = dpkt.tcp.parse_opts(theirs.opts)
    bodies = [(option.pack()[0], option.pack()[2:]) for option in header.options if not isinstance(option, Eol)]
    assert [entry for entry in found if entry[0] != 0] == bodies


def test_options_are_filled_up():
    header = Tcp.unpack(Tcp(1, 2, options=(WindowScale(7), SackPermitted()), checksum=0).pack())[0]
    assert header.options == (WindowScale(7), SackPermitted(), Eol(b"\0\0"))


def test_a_data_offset_that_was_given_is_sent():
    assert Tcp(1, 2, data_offset=15, checksum=0).pack()[12] >> 4 == 15


def test_too_many_options():
    with pytest.raises(ValueError, match="data_offset 16 does not fit 4 bits"):
        Tcp(1, 2, options=(Nop(),) * 41, checksum=0).pack()


def test_a_cookie_that_cannot_be():
    with pytest.raises(ValueError, match="cookie of 3 bytes: give 4 to 16, or none"):
        FastOpen(b"abc")
