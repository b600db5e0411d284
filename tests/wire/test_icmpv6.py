from ipaddress import IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet6

from rawkit.facts import icmpv6 as icmpv6_facts
from rawkit.facts.icmpv6 import ECHO_REQUEST
from rawkit.wire import icmpv6
from rawkit.wire.icmpv6 import (
    DestinationUnreachable,
    Echo,
    PacketTooBig,
    ParameterProblem,
    RawIcmpv6,
    TimeExceeded,
)

# From Linux 6 hosts, recorded on a veth: an echo request, and port unreachable for a UDP datagram.
ECHO = bytes.fromhex(
    "8000b00f2c1600016dcc006b0000000010df0a0000000000101112131415161718191a1b1c1d1e1f"
    "202122232425262728292a2b2c2d2e2f3031323334353637"
)
REQUEST_ENDS = {"src": IPv6Address("2001:db8::1"), "dst": IPv6Address("2001:db8::2")}
QUOTED = bytes.fromhex(
    "600e894d000d114020010db800000000000000000000000120010db8000000000000000000000002e5c20009000d7ac168656c6c6f"
)
UNREACHABLE = bytes.fromhex("0104a88400000000") + QUOTED
ANSWER_ENDS = {"src": IPv6Address("2001:db8::2"), "dst": IPv6Address("2001:db8::1")}
# A multicast listener report, which stays raw here: its hop-by-hop header is not part of it.
REPORT = bytes.fromhex(
    "8f0069eb0000000204000000ff0200000000000000000001ff00530104000000ff0200000000000000000001ff000001"
)

U8, U16, U24, U32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 24, 32))
OTHER = U8.filter(lambda kind: kind not in {1, 2, 3, 4, 128, 129, 133, 134, 135, 136, 137})
PLAIN = st.one_of(
    st.builds(Echo, st.sampled_from([128, 129]), U16, U16, U8),
    st.builds(DestinationUnreachable, U8, U8, U24),
    st.builds(PacketTooBig, U32, U8),
    st.builds(TimeExceeded, U8, U8, U24),
    st.builds(ParameterProblem, U8, U32),
)
RAW = st.builds(RawIcmpv6, OTHER, U8, st.binary(min_size=4, max_size=4))
ADDRESS = st.ip_addresses(v=6)
PAYLOAD = st.binary(max_size=40)


def test_taken_apart():
    assert icmpv6.unpack(ECHO) == (Echo(128, 0x2C16, 1, 0, 0xB00F), ECHO[8:])
    assert icmpv6.unpack(UNREACHABLE) == (DestinationUnreachable(4, checksum=0xA884), QUOTED)
    assert icmpv6.unpack(REPORT) == (RawIcmpv6(143, 0, b"\0\0\0\2", 0x69EB), REPORT[8:])


def test_put_together():
    assert Echo(ECHO_REQUEST, 0x2C16, 1).pack(ECHO[8:], **REQUEST_ENDS) == ECHO
    assert DestinationUnreachable(icmpv6_facts.PORT_UNREACHABLE).pack(QUOTED, **ANSWER_ENDS) == UNREACHABLE
    ends = {"src": IPv6Address("fe80::200:5eff:fe00:5301"), "dst": IPv6Address("ff02::16")}
    assert RawIcmpv6(143, body=b"\0\0\0\2").pack(REPORT[8:], **ends) == REPORT


@pytest.mark.parametrize("data", [ECHO, UNREACHABLE, REPORT])
def test_too_short(every_cut, data):
    every_cut(icmpv6.unpack, data, "icmpv6", [8])


@given(message=PLAIN | RAW, payload=PAYLOAD, src=ADDRESS, dst=ADDRESS)
def test_unpack_undoes_pack(message, payload, src, dst):
    data = message.pack(payload, src=src, dst=dst)
    again, rest = icmpv6.unpack(data)
    assert rest == payload
    assert all(getattr(again, name) == getattr(message, name) for name in message.__slots__ if name != "checksum")
    assert icmpv6.unpack(again.pack(rest)) == (again, payload)
    assert again.pack(rest) == data


def for_scapy(message):
    match message:
        case Echo():
            layer = inet6.ICMPv6EchoRequest if message.type == 128 else inet6.ICMPv6EchoReply
            return layer(code=message.code, id=message.id, seq=message.seq)
        case DestinationUnreachable(code, length, unused):
            return inet6.ICMPv6DestUnreach(code=code, length=length, unused=unused)
        case PacketTooBig(mtu, code):
            return inet6.ICMPv6PacketTooBig(mtu=mtu, code=code)
        case TimeExceeded(code, length, unused):
            return inet6.ICMPv6TimeExceeded(code=code, length=length, unused=unused)
        case ParameterProblem(code, pointer):
            return inet6.ICMPv6ParamProblem(code=code, ptr=pointer)


@given(message=PLAIN, payload=PAYLOAD, src=ADDRESS, dst=ADDRESS)
def test_same_bytes_as_scapy(message, payload, src, dst):
    theirs = inet6.IPv6(src=str(src), dst=str(dst), nh=58) / for_scapy(message) / payload
    assert message.pack(payload, src=src, dst=dst) == bytes(theirs)[40:]


@given(ident=U16, seq=U16, checksum=U16, payload=PAYLOAD)
def test_dpkt_reads_the_same_echo(ident, seq, checksum, payload):
    theirs = dpkt.icmp6.ICMP6(Echo(128, ident, seq, checksum=checksum).pack(payload))
    assert (theirs.type, theirs.code, theirs.sum) == (128, 0, checksum)
    assert (theirs.data.id, theirs.data.seq, theirs.data.data) == (ident, seq, payload)


def test_dpkt_reads_the_same_error():
    theirs = dpkt.icmp6.ICMP6(PacketTooBig(1280, checksum=1).pack(QUOTED))
    assert (theirs.type, theirs.sum, theirs.data.mtu) == (2, 1, 1280)
    assert theirs.data.ip6.plen == 13
