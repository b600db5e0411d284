from ipaddress import IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet6
from scapy.layers.ipsec import AH

from rawkit.errors import DecodeError
from rawkit.facts.ipv6_options import PADN, ROUTER_ALERT
from rawkit.wire import ipv6
from rawkit.wire.ah import Ah
from rawkit.wire.ipv6_chain import link, pack_chain, unpack_chain
from rawkit.wire.ipv6_fragment import Fragment
from rawkit.wire.ipv6_options import DestinationOptions, HopByHop, Ipv6Option, Pad1
from rawkit.wire.ipv6_routing import Routing

# From a Linux 6 host: hop-by-hop and destination options set by setsockopt, then fragmented; next header 0.
FRAGMENTED = bytes.fromhex("3c000104000000002c0001040000000011000001172d47b8")
PADDING = Ipv6Option(PADN, bytes(4))
# A multicast listener report's hop-by-hop header, from a Linux 6 host.
REPORT = bytes.fromhex("3a00050200000100")
# AH as scapy builds AH(nh=6, spi=256, seq=1, icv=bytes(range(12)), payloadlen=4).
AUTHENTICATED = bytes.fromhex("060400000000010000000001000102030405060708090a0b")

U8, U16, U32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32))
UNKNOWN = U8.filter(lambda number: number not in {0, 43, 44, 51, 60})
OPTION = st.builds(Pad1) | st.builds(Ipv6Option, st.integers(1, 255), st.binary(max_size=10))


def aligned(options):
    """The options and padding to the end of an 8-byte unit, as a header has them."""
    size = 2 + sum(len(option.pack()) for option in options)
    missing = -size % 8
    padding = {0: (), 1: (Pad1(),)}.get(missing, (Ipv6Option(PADN, bytes(max(missing - 2, 0))),))
    return (*options, *padding)


OPTIONS = st.lists(OPTION, max_size=4).map(aligned)
HEADER = st.one_of(
    st.builds(HopByHop, UNKNOWN, OPTIONS),
    st.builds(DestinationOptions, UNKNOWN, OPTIONS),
    st.builds(Routing, UNKNOWN, U8, U8, st.integers(0, 3).map(lambda n: bytes(range(4 + 8 * n)))),
    st.builds(Fragment, UNKNOWN, st.just(0), st.integers(0, 1), U32, st.integers(0, 1023)),
    st.builds(Ah, UNKNOWN, U32, U32, st.sampled_from([b"", b"1234", bytes(12)]), U16),
)


def test_chain_taken_apart():
    headers, protocol, rest = unpack_chain(0, FRAGMENTED + b"part")
    assert headers == (
        HopByHop(60, (PADDING,), 0),
        DestinationOptions(44, (PADDING,), 0),
        Fragment(17, 0, 1, 0x172D47B8),
    )
    assert (protocol, rest) == (17, b"part")


def test_chain_put_together():
    first, headers = link([HopByHop(0), DestinationOptions(0), Fragment(0, more=1, id=0x172D47B8)], 17)
    assert (first, pack_chain(headers)) == (0, FRAGMENTED)


def test_options_taken_apart():
    header = HopByHop(58, (Ipv6Option(ROUTER_ALERT, bytes(2)), Ipv6Option(PADN)), 0)
    assert HopByHop.unpack(REPORT) == (header, b"")
    assert HopByHop(58, (Ipv6Option(ROUTER_ALERT, bytes(2)),)).pack() == REPORT


def test_authentication_header():
    header = Ah(6, 256, 1, bytes(range(12)), length=4)
    assert Ah.unpack(AUTHENTICATED + b"tcp") == (header, b"tcp")
    assert Ah(6, 256, 1, bytes(range(12))).pack() == AUTHENTICATED


def test_too_short(every_cut):
    every_cut(HopByHop.unpack, REPORT, "ipv6.hopopts", [2, 8])
    every_cut(DestinationOptions.unpack, REPORT, "ipv6.dstopts", [2, 8])
    every_cut(Routing.unpack, Routing(6, 0, 1, bytes(20)).pack(), "ipv6.routing", [4, 24])
    every_cut(Fragment.unpack, FRAGMENTED[16:], "ipv6.fragment", [8])
    every_cut(Ah.unpack, AUTHENTICATED, "ah", [12, 24])


@pytest.mark.parametrize("size", range(24))
def test_a_cut_chain_says_where(size):
    with pytest.raises(DecodeError) as caught:
        unpack_chain(0, FRAGMENTED[:size])
    error = caught.value
    layers = ["ipv6.hopopts", "ipv6.dstopts", "ipv6.fragment"]
    assert (error.layer, error.offset, error.available) == (layers[size // 8], size // 8 * 8, size % 8)


@pytest.mark.parametrize(
    ("options", "offset", "required", "available"),
    [("000000000005", 7, 2, 1), ("010005040000", 4, 6, 4), ("05ff00000000", 2, 257, 6)],
)
def test_option_past_the_end(options, offset, required, available):
    with pytest.raises(DecodeError) as caught:
        HopByHop.unpack(bytes.fromhex("3a00" + options))
    assert (caught.value.offset, caught.value.required, caught.value.available) == (offset, required, available)


def test_a_wrong_option_in_a_later_header_says_where():
    with pytest.raises(DecodeError) as caught:
        unpack_chain(0, bytes.fromhex("3c00010400000000" + "1100000000000005"), 40)
    error = caught.value
    assert (error.layer, error.offset, error.required, error.available) == ("ipv6.dstopts", 40 + 8 + 7, 2, 1)


def test_authentication_header_under_fixed_fields():
    with pytest.raises(DecodeError, match="length of 8 bytes is under 12"):
        Ah.unpack(bytes(24))


def test_nothing_is_read_behind_a_later_fragment():
    later = Fragment(60, offset=181, id=7)
    assert unpack_chain(44, later.pack(b"\x11\x00 no header")) == ((later,), 60, b"\x11\x00 no header")


@given(headers=st.lists(HEADER, max_size=5), protocol=UNKNOWN, payload=st.binary(max_size=20))
def test_unpack_undoes_pack(headers, protocol, payload):
    first, linked = link(headers, protocol)
    data = pack_chain(linked, payload)
    again, number, rest = unpack_chain(first, data)
    assert [type(header) for header in again] == [type(header) for header in headers]
    assert (number, rest) == (protocol, payload)
    assert pack_chain(again, rest) == data
    assert unpack_chain(first, data)[0] == again


@given(header=HEADER)
def test_each_header_unpack_undoes_pack(header):
    again, rest = type(header).unpack(header.pack(b"rest"))
    assert rest == b"rest"
    for field in set(header.__slots__) - {"length"}:
        assert getattr(again, field) == getattr(header, field)


def scapy_options(options):
    return [
        inet6.Pad1() if isinstance(option, Pad1) else inet6.HBHOptUnknown(otype=option.type, optdata=option.data)
        for option in options
    ]


@given(options=st.lists(OPTION, max_size=4), number=UNKNOWN)
def test_options_same_bytes_as_scapy(options, number):
    for ours, theirs in ((HopByHop, inet6.IPv6ExtHdrHopByHop), (DestinationOptions, inet6.IPv6ExtHdrDestOpt)):
        built = theirs(nh=number, options=scapy_options(options), autopad=1)
        assert ours(number, tuple(options)).pack() == bytes(built)


@given(number=UNKNOWN, kind=U8, left=U8, hops=st.lists(st.ip_addresses(v=6), max_size=3))
def test_routing_same_bytes_as_scapy(number, kind, left, hops):
    theirs = inet6.IPv6ExtHdrRouting(nh=number, type=kind, segleft=left, addresses=[str(hop) for hop in hops])
    data = bytes(4) + b"".join(hop.packed for hop in hops)
    assert Routing(number, kind, left, data).pack() == bytes(theirs)


@given(header=st.builds(Fragment, UNKNOWN, st.integers(0, 8191), st.integers(0, 1), U32, st.integers(0, 1023)))
def test_fragment_same_bytes_as_scapy(header):
    theirs = inet6.IPv6ExtHdrFragment(
        nh=header.next_header,
        res1=header.reserved >> 2,
        offset=header.offset,
        res2=header.reserved & 3,
        m=header.more,
        id=header.id,
    )
    assert header.pack() == bytes(theirs)
    assert Fragment.unpack(bytes(theirs) + b"rest") == (header, b"rest")


@given(number=UNKNOWN, spi=U32, seq=U32, reserved=U16, icv=st.sampled_from([bytes(12), b"x" * 16, b"1234" * 6]))
def test_ah_same_bytes_as_scapy(number, spi, seq, reserved, icv):
    theirs = AH(nh=number, spi=spi, seq=seq, reserved=reserved, icv=icv, payloadlen=(12 + len(icv)) // 4 - 2)
    assert Ah(number, spi, seq, icv, reserved).pack() == bytes(theirs)


def test_dpkt_reads_the_same():
    first, headers = link([HopByHop(0), Routing(0, 0, 1, bytes(20)), Fragment(0, id=7), DestinationOptions(0)], 59)
    ends = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
    theirs = dpkt.ip6.IP6(ipv6.Ipv6(*ends, first).pack(pack_chain(headers)))
    assert [type(header).__name__ for header in theirs.all_extension_headers] == [
        "IP6HopOptsHeader",
        "IP6RoutingHeader",
        "IP6FragmentHeader",
        "IP6DstOptsHeader",
    ]
    hop, routing, fragment, _ = theirs.all_extension_headers
    assert (hop.nxt, hop.len, routing.segs_left, fragment.id) == (43, 0, 1, 7)


def test_whole_units_only():
    with pytest.raises(ValueError, match="header takes 9 bytes: give a multiple of 8"):
        Routing(6, 0, 0, bytes(5))
    with pytest.raises(ValueError, match="icv takes 5 bytes: give a multiple of 4"):
        Ah(6, 0, 0, bytes(5))
