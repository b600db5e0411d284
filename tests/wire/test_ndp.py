from ipaddress import IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet6

from rawkit.errors import DecodeError
from rawkit.facts import ndp
from rawkit.wire import icmpv6
from rawkit.wire.address import mac, mac_text
from rawkit.wire.ndp import (
    NeighborAdvertisement,
    NeighborSolicitation,
    Redirect,
    RouterAdvertisement,
    RouterSolicitation,
)
from rawkit.wire.ndp_options import (
    LinkLayerAddress,
    Mtu,
    PrefixInformation,
    RawNdpOption,
    RedirectedHeader,
    unpack_options,
)

# From Linux 6 hosts, recorded on a veth.
WHO_HAS = bytes.fromhex("87006d260000000020010db8000000000000000000000002010100005e005301")
IS_AT = bytes.fromhex("8800db706000000020010db8000000000000000000000002020100005e005302")
ANY_ROUTER = bytes.fromhex("8500192b00000000010100005e005301")
# As scapy builds ICMPv6ND_RA(chlim=64, M=1, prf=0, routerlifetime=1800) with MTU and prefix, fe80::1 to ff02::1.
ADVERTISED = bytes.fromhex(
    "86002e6340800708000000000000000005010000000005dc030440c000015180000038400000000020010db8000000000000000000000000"
)
A, B = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")

U8, U16, U24, U32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 24, 32))
ADDRESS = st.ip_addresses(v=6)
MAC = st.binary(min_size=6, max_size=6)
UNITS = st.integers(0, 3)
LINK_LAYER = st.builds(LinkLayerAddress, st.sampled_from([1, 2]), MAC)
PREFIX = st.builds(PrefixInformation, ADDRESS, U8, U8, U32, U32, U32)
MTU = st.builds(Mtu, U32, U16)
REDIRECTED = st.builds(RedirectedHeader, UNITS.map(lambda n: bytes(range(8 * n))), st.binary(min_size=6, max_size=6))
RAW = st.builds(RawNdpOption, st.integers(6, 255), UNITS.map(lambda n: bytes(range(6 + 8 * n))))
OPTIONS = st.lists(st.one_of(LINK_LAYER, PREFIX, MTU, REDIRECTED, RAW), max_size=4).map(tuple)
MESSAGES = st.one_of(
    st.builds(RouterSolicitation, OPTIONS, U32, U8, checksum=U16),
    st.builds(RouterAdvertisement, U8, U8, U16, U32, U32, OPTIONS, U8, checksum=U16),
    st.builds(NeighborSolicitation, ADDRESS, OPTIONS, U32, U8, checksum=U16),
    st.builds(NeighborAdvertisement, ADDRESS, U8, OPTIONS, U24, U8, checksum=U16),
    st.builds(Redirect, ADDRESS, ADDRESS, OPTIONS, U32, U8, checksum=U16),
)


def test_taken_apart():
    source = LinkLayerAddress(1, mac("00:00:5e:00:53:01"))
    assert icmpv6.unpack(WHO_HAS) == (NeighborSolicitation(B, (source,), checksum=0x6D26), b"")
    target = LinkLayerAddress(2, mac("00:00:5e:00:53:02"))
    flags = ndp.SOLICITED | ndp.OVERRIDE
    assert icmpv6.unpack(IS_AT)[0] == NeighborAdvertisement(B, flags, (target,), checksum=0xDB70)
    assert icmpv6.unpack(ANY_ROUTER)[0] == RouterSolicitation((source,), checksum=0x192B)


def test_advertisement_taken_apart():
    message = icmpv6.unpack(ADVERTISED)[0]
    prefix = PrefixInformation(IPv6Address("2001:db8::"), 64, 0xC0, 86400, 14400)
    assert message == RouterAdvertisement(64, ndp.MANAGED, 1800, 0, 0, (Mtu(1500), prefix), checksum=0x2E63)


def test_put_together():
    source = LinkLayerAddress(1, mac("00:00:5e:00:53:01"))
    asked = NeighborSolicitation(B, (source,)).pack(src=A, dst=IPv6Address("ff02::1:ff00:2"))
    assert asked == WHO_HAS
    target = LinkLayerAddress(2, mac("00:00:5e:00:53:02"))
    assert NeighborAdvertisement(B, ndp.SOLICITED | ndp.OVERRIDE, (target,)).pack(src=B, dst=A) == IS_AT
    prefix = PrefixInformation(IPv6Address("2001:db8::"), 64, 0xC0, 86400, 14400)
    message = RouterAdvertisement(64, ndp.MANAGED, 1800, options=(Mtu(1500), prefix))
    assert message.pack(src=IPv6Address("fe80::1"), dst=IPv6Address("ff02::1")) == ADVERTISED


def test_too_short(every_cut):
    # Behind the fixed part a cut is a whole message with fewer options, or an option cut short.
    every_cut(icmpv6.unpack, WHO_HAS[:24], "icmpv6", [8, 24])
    every_cut(icmpv6.unpack, IS_AT[:24], "icmpv6", [8, 24])
    every_cut(icmpv6.unpack, ANY_ROUTER[:8], "icmpv6", [8])
    every_cut(icmpv6.unpack, ADVERTISED[:16], "icmpv6", [8, 16])
    every_cut(icmpv6.unpack, Redirect(A, B, checksum=0).pack(), "icmpv6", [8, 40])


@pytest.mark.parametrize("size", range(25, 32))
def test_an_option_cut_short(size):
    with pytest.raises(DecodeError) as caught:
        icmpv6.unpack(WHO_HAS[:size])
    error = caught.value
    required = 2 if size == 25 else 8
    assert (error.layer, error.offset, error.required) == ("icmpv6", 24, required)
    assert error.available == size - 24


@pytest.mark.parametrize(
    ("options", "required", "available", "reason"),
    [
        ("0100000000000000", 8, 0, "option 1 has the length 0"),
        ("0301400000000000", 32, 8, "option 3 has 8 bytes, not 32"),
        ("05020000000005dc" + "00" * 8, 8, 16, "option 5 has 16 bytes, not 8"),
    ],
)
def test_wrong_option_length(options, required, available, reason):
    with pytest.raises(DecodeError, match=reason) as caught:
        unpack_options(bytes(8) + bytes.fromhex(options), 8)
    error = caught.value
    assert (error.offset, error.required, error.available) == (8, required, available)


@given(message=MESSAGES)
def test_unpack_undoes_pack(message):
    assert icmpv6.unpack(message.pack()) == (message, b"")


def scapy_option(option):
    match option:
        case LinkLayerAddress(1, address):
            return inet6.ICMPv6NDOptSrcLLAddr(lladdr=mac_text(address))
        case LinkLayerAddress(_, address):
            return inet6.ICMPv6NDOptDstLLAddr(lladdr=mac_text(address))
        case PrefixInformation(prefix, length, flags, valid, preferred, reserved):
            return inet6.ICMPv6NDOptPrefixInfo(
                prefix=str(prefix),
                prefixlen=length,
                L=flags >> 7,
                A=flags >> 6 & 1,
                R=flags >> 5 & 1,
                res1=flags & 31,
                validlifetime=valid,
                preferredlifetime=preferred,
                res2=reserved,
            )
        case Mtu(mtu, reserved):
            return inet6.ICMPv6NDOptMTU(mtu=mtu, res=reserved)


def scapy_message(message):
    match message:
        case RouterSolicitation():
            return inet6.ICMPv6ND_RS(code=message.code, res=message.reserved)
        case RouterAdvertisement():
            flags = message.flags
            return inet6.ICMPv6ND_RA(
                code=message.code,
                chlim=message.hop_limit,
                M=flags >> 7,
                O=flags >> 6 & 1,
                H=flags >> 5 & 1,
                prf=flags >> 3 & 3,
                P=flags >> 2 & 1,
                res=flags & 3,
                routerlifetime=message.lifetime,
                reachabletime=message.reachable_time,
                retranstimer=message.retrans_timer,
            )
        case NeighborSolicitation():
            return inet6.ICMPv6ND_NS(code=message.code, res=message.reserved, tgt=str(message.target))
        case NeighborAdvertisement(target, flags):
            res = (flags & 31) << 24 | message.reserved
            return inet6.ICMPv6ND_NA(
                code=message.code, R=flags >> 7, S=flags >> 6 & 1, O=flags >> 5 & 1, res=res, tgt=str(target)
            )
        case Redirect(target, destination):
            return inet6.ICMPv6ND_Redirect(
                code=message.code, res=message.reserved, tgt=str(target), dst=str(destination)
            )


KNOWN_OPTIONS = st.lists(st.one_of(LINK_LAYER, PREFIX, MTU), max_size=3).map(tuple)
UNSUMMED = st.one_of(
    st.builds(RouterSolicitation, KNOWN_OPTIONS, U32, U8),
    st.builds(RouterAdvertisement, U8, U8, U16, U32, U32, KNOWN_OPTIONS, U8),
    st.builds(NeighborSolicitation, ADDRESS, KNOWN_OPTIONS, U32, U8),
    st.builds(NeighborAdvertisement, ADDRESS, U8, KNOWN_OPTIONS, U24, U8),
    st.builds(Redirect, ADDRESS, ADDRESS, KNOWN_OPTIONS, U32, U8),
)


@given(message=UNSUMMED, src=ADDRESS, dst=ADDRESS)
def test_same_bytes_as_scapy(message, src, dst):
    theirs = inet6.IPv6(src=str(src), dst=str(dst), nh=58) / scapy_message(message)
    for option in message.options:
        theirs /= scapy_option(option)
    assert message.pack(src=src, dst=dst) == bytes(theirs)[40:]


def test_redirected_packet_same_bytes_as_scapy():
    packet = inet6.IPv6(src="2001:db8::1", dst="2001:db8::2", nh=59)
    theirs = inet6.ICMPv6NDOptRedirectedHdr(pkt=packet)
    assert RedirectedHeader(bytes(packet)).pack() == bytes(theirs)


@given(message=MESSAGES)
def test_dpkt_reads_the_same(message):
    theirs = dpkt.icmp6.ICMP6(message.pack())
    assert (theirs.type, theirs.code, theirs.sum) == (message.type, message.code, message.checksum)


@pytest.mark.parametrize("size", [0, 5, 7, 8])
def test_option_that_is_not_in_units(size):
    with pytest.raises(ValueError, match=f"takes {size + 2} bytes: give a multiple of 8"):
        LinkLayerAddress(1, bytes(size))
