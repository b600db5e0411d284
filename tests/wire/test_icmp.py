from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet

from rawkit.facts import icmp as icmp_facts
from rawkit.wire import icmp
from rawkit.wire.icmp import (
    DestinationUnreachable,
    Echo,
    ParameterProblem,
    RawIcmp,
    Redirect,
    TimeExceeded,
)

# From Linux 6 hosts, recorded on a veth: an echo request, and port unreachable for a UDP datagram.
ECHO = bytes.fromhex(
    "0800ed092c1500016dcc006b00000000a7d50a0000000000101112131415161718191a1b1c1d1e1f"
    "202122232425262728292a2b2c2d2e2f3031323334353637"
)
QUOTED = bytes.fromhex("45000021d6ff40004011dfc8c0000201c0000202a4d70009000d931d68656c6c6f")
UNREACHABLE = bytes.fromhex("0303811f00000000") + QUOTED
# As scapy builds ICMP(type=3, code=4, nexthopmtu=1400), and ICMP(type=5, code=1, gw="192.0.2.254").
TOO_BIG = bytes.fromhex("0304f78300000578")
REDIRECTED = bytes.fromhex("05013800c00002fe")

U8, U16, U24 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 24))
OTHER = U8.filter(lambda kind: kind not in {0, 3, 5, 8, 11, 12})
KEPT = {"checksum": U16}
MESSAGES = st.one_of(
    st.builds(Echo, st.sampled_from([0, 8]), U16, U16, U8, **KEPT),
    st.builds(DestinationUnreachable, U8, U16, U8, U8, **KEPT),
    st.builds(TimeExceeded, U8, U8, U24, **KEPT),
    st.builds(Redirect, U8, st.ip_addresses(v=4), **KEPT),
    st.builds(ParameterProblem, U8, U8, U8, U16, **KEPT),
    st.builds(RawIcmp, OTHER, U8, st.binary(min_size=4, max_size=4), **KEPT),
)
PAYLOAD = st.binary(max_size=40)


def test_taken_apart():
    assert icmp.unpack(ECHO) == (Echo(8, 0x2C15, 1, 0, 0xED09), ECHO[8:])
    assert icmp.unpack(UNREACHABLE) == (DestinationUnreachable(3, checksum=0x811F), QUOTED)
    assert icmp.unpack(TOO_BIG)[0] == DestinationUnreachable(4, next_hop_mtu=1400, checksum=0xF783)
    assert icmp.unpack(REDIRECTED)[0] == Redirect(1, IPv4Address("192.0.2.254"), 0x3800)


def test_put_together():
    assert Echo(icmp_facts.ECHO_REQUEST, 0x2C15, 1).pack(ECHO[8:]) == ECHO
    assert DestinationUnreachable(icmp_facts.PORT_UNREACHABLE).pack(QUOTED) == UNREACHABLE
    assert DestinationUnreachable(icmp_facts.FRAGMENTATION_NEEDED, next_hop_mtu=1400).pack() == TOO_BIG
    assert Redirect(1, IPv4Address("192.0.2.254")).pack() == REDIRECTED


@pytest.mark.parametrize("data", [ECHO, UNREACHABLE, TOO_BIG, REDIRECTED])
def test_too_short(every_cut, data):
    every_cut(icmp.unpack, data, "icmp", [8])


@given(message=MESSAGES, payload=PAYLOAD)
def test_unpack_undoes_pack(message, payload):
    assert icmp.unpack(message.pack(payload)) == (message, payload)


def for_scapy(message):
    match message:
        case Echo():
            return inet.ICMP(type=message.type, code=message.code, id=message.id, seq=message.seq)
        case DestinationUnreachable(code, mtu, length, unused):
            built = inet.ICMP(type=3, code=code, length=length, nexthopmtu=mtu)
            built.reserved = unused
            return built
        case Redirect(code, gateway):
            return inet.ICMP(type=5, code=code, gw=str(gateway))
        case ParameterProblem(pointer, code, length):
            return inet.ICMP(type=12, code=code, ptr=pointer, length=length)
        case TimeExceeded(code, length):
            return inet.ICMP(type=11, code=code, length=length)


SCAPY_KNOWS = st.one_of(
    st.builds(Echo, st.sampled_from([0, 8]), U16, U16, U8),
    # Scapy shows the MTU for code 4 alone.
    st.builds(DestinationUnreachable, st.just(4), U16, U8, U8),
    st.builds(DestinationUnreachable, st.integers(0, 3), st.just(0), U8, U8),
    st.builds(TimeExceeded, U8, U8),
    st.builds(Redirect, U8, st.ip_addresses(v=4)),
    st.builds(ParameterProblem, U8, U8, U8),
)


@given(message=SCAPY_KNOWS, payload=PAYLOAD)
def test_same_bytes_as_scapy(message, payload):
    assert message.pack(payload) == bytes(for_scapy(message) / payload)


@given(ident=U16, seq=U16, payload=PAYLOAD)
def test_dpkt_reads_the_same_echo(ident, seq, payload):
    theirs = dpkt.icmp.ICMP(Echo(8, ident, seq).pack(payload))
    assert (theirs.type, theirs.data.id, theirs.data.seq, theirs.data.data) == (8, ident, seq, payload)
    ours, theirs.sum = theirs.sum, 0  # dpkt computes a checksum that is 0
    assert dpkt.icmp.ICMP(bytes(theirs)).sum == ours


def test_dpkt_reads_the_same_error():
    theirs = dpkt.icmp.ICMP(DestinationUnreachable(4, next_hop_mtu=1400).pack(QUOTED))
    assert (theirs.type, theirs.code, theirs.data.mtu) == (3, 4, 1400)
    assert bytes(theirs.data.data) == QUOTED


def test_a_body_of_another_size():
    with pytest.raises(ValueError, match="icmp: body has 3 bytes: give 4"):
        RawIcmp(13, body=bytes(3))
