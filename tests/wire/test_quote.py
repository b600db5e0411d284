import pytest

from rawkit.errors import DecodeError
from rawkit.wire import icmp, icmpv6
from rawkit.wire.ipv6_fragment import Fragment
from rawkit.wire.ipv6_options import DestinationOptions, HopByHop
from rawkit.wire.quote import Quote

# From Linux 6 hosts, recorded on a veth: port unreachable of each family, ICMP header and quote.
OVER_IPV4 = bytes.fromhex("0303811f0000000045000021d6ff40004011dfc8c0000201c0000202a4d70009000d931d68656c6c6f")
OVER_IPV6 = bytes.fromhex(
    "0104a88400000000600e894d000d114020010db800000000000000000000000120010db8000000000000000000000002"
    "e5c20009000d7ac168656c6c6f"
)
# The first fragment of a datagram with hop-by-hop and destination options, cut behind the UDP ports.
FRAGMENT = bytes.fromhex(
    "600bdeab05b0004020010db800000000000000000000000120010db8000000000000000000000002"
    "3c000104000000002c0001040000000011000001172d47b8c0e20009"
)


def test_quote_in_icmp():
    quote = Quote.unpack(icmp.unpack(OVER_IPV4)[1])
    assert (quote.protocol, quote.ports, str(quote.ip.dst), quote.ip.id) == (17, (42199, 9), "192.0.2.2", 0xD6FF)
    assert quote.payload[8:] == b"hello"


def test_quote_in_icmpv6():
    quote = Quote.unpack(icmpv6.unpack(OVER_IPV6)[1])
    assert (quote.protocol, quote.ports, str(quote.ip.dst)) == (17, (58818, 9), "2001:db8::2")


def test_quote_of_a_fragment():
    quote = Quote.unpack(FRAGMENT)
    assert [type(header) for header in quote.extensions] == [HopByHop, DestinationOptions, Fragment]
    assert (quote.protocol, quote.ports) == (17, (49378, 9))


def test_a_later_fragment_has_no_ports():
    later = bytearray(FRAGMENT)
    later[40 + 16 + 3] = 0xA8
    assert Quote.unpack(later).ports is None
    over_ipv4 = bytearray(OVER_IPV4[8:])
    over_ipv4[7] = 1
    assert Quote.unpack(over_ipv4).ports is None


def test_a_protocol_without_ports():
    echo = bytearray(OVER_IPV4[8:])
    echo[9] = 1
    assert Quote.unpack(echo).ports is None


@pytest.mark.parametrize("size", range(3))
def test_ports_that_were_not_quoted(size):
    assert Quote.unpack(OVER_IPV4[8 : 28 + size]).ports is None


@pytest.mark.parametrize(("data", "header"), [(OVER_IPV4[8:], 20), (OVER_IPV6[8:], 40)])
def test_every_cut(data, header):
    for size in range(header):
        with pytest.raises(DecodeError) as caught:
            Quote.unpack(data[:size])
        assert (caught.value.offset, caught.value.available) == (0, size)
    for size in range(header, len(data)):
        assert Quote.unpack(data[:size]).payload == data[header:size]


def test_another_version():
    with pytest.raises(DecodeError, match="version 5 is neither 4 nor 6"):
        Quote.unpack(b"\x55" + bytes(40))


def test_a_cut_extension_header_says_where():
    with pytest.raises(DecodeError) as caught:
        Quote.unpack(FRAGMENT[:50])
    error = caught.value
    assert (error.layer, error.offset, error.required, error.available) == ("ipv6.dstopts", 48, 8, 2)
