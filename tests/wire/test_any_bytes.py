"""Bytes of any kind: each reader takes them or raises `DecodeError`, and what it takes packs to the same bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import DecodeError
from rawkit.wire import ethernet, icmp, icmpv6, igmp
from rawkit.wire.ah import Ah
from rawkit.wire.arp import Arp
from rawkit.wire.dccp import Dccp
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.ipv6_chain import pack_chain, unpack_chain
from rawkit.wire.ipv6_fragment import Fragment
from rawkit.wire.ipv6_options import DestinationOptions, HopByHop
from rawkit.wire.ipv6_routing import Routing
from rawkit.wire.llc import Llc
from rawkit.wire.ospfv2 import Ospfv2
from rawkit.wire.ospfv3 import Ospfv3
from rawkit.wire.quote import Quote
from rawkit.wire.sctp import Sctp, unpack_chunks
from rawkit.wire.snap import Snap
from rawkit.wire.tcp import Tcp
from rawkit.wire.udp import Udp
from rawkit.wire.vlan import Vlan

# Each reader, and first bytes that bring random ones past its first checks.
READERS = [
    (Ethernet.unpack, [""]),
    (ethernet.unpack, ["", "00" * 12 + "0003", "00" * 12 + "0800"]),
    (Llc.unpack, [""]),
    (Snap.unpack, [""]),
    (Vlan.unpack, [""]),
    (Arp.unpack, ["", "000108000604"]),
    (Ipv4.unpack, ["", "4500001c", "47000022", "4f00004000000000400100000000000000000000"]),
    (Ipv6.unpack, ["", "600000000002", "600000000000"]),
    (HopByHop.unpack, ["", "3a00", "3a01"]),
    (DestinationOptions.unpack, ["", "3a00", "3a01"]),
    (Routing.unpack, ["", "3a00", "3a02"]),
    (Fragment.unpack, [""]),
    (Ah.unpack, ["", "0601", "0604"]),
    (icmp.unpack, ["", "00", "03", "05", "08", "0b", "0c"]),
    (icmpv6.unpack, ["", "01", "02", "03", "04", "80", "85", "86", "87", "88", "89", "8500000000000000"]),
    (icmpv6.unpack, ["8500000000000000" + option for option in ("0101", "0304", "0402", "0501", "0e01")]),
    (Udp.unpack, ["", "000000000009", "000000000000"]),
    (Tcp.unpack, ["", "00" * 12 + "60", "00" * 12 + "f0"]),
    (Tcp.unpack, ["00" * 12 + "8000000000000000" + option for option in ("0204", "0303", "050a", "080a", "2206")]),
    (igmp.unpack, ["", "11", "1100000000000000000000", "22", "22000000000000010000", "2200000000000002010000"]),
    (Sctp.unpack, [""]),
    (Dccp.unpack, ["", "0000000004", "000000000500000001", "000000000300000000"]),
    (Ospfv2.unpack, ["", "02010019"]),
    (Ospfv3.unpack, ["", "03010012"]),
]
TAILS = st.binary(max_size=70)


def attempt(unpack, *arguments):
    """What it gives, and the `DecodeError` that it raises: one of the two is None."""
    try:
        return unpack(*arguments), None
    except DecodeError as error:
        return None, error


def check_error(error, data):
    # Only where a field tells a length that cannot be is the trouble not that bytes are missing.
    assert error.reason or error.available < error.required
    assert 0 <= error.offset <= len(data)


@pytest.mark.parametrize(("unpack", "starts"), READERS)
@given(data=st.data())
def test_any_bytes(unpack, starts, data):
    given_bytes = bytes.fromhex(data.draw(st.sampled_from(starts))) + data.draw(TAILS)
    found, error = attempt(unpack, given_bytes)
    if error:
        check_error(error, given_bytes)
        return
    header, rest = found
    packed = header.pack(rest)
    assert len(packed) >= len(rest)
    assert packed == given_bytes[: len(packed)]
    assert unpack(packed) == (header, rest)


@given(next_header=st.sampled_from([0, 43, 44, 51, 60]), data=TAILS)
def test_any_chain(next_header, data):
    found, error = attempt(unpack_chain, next_header, data)
    if error:
        check_error(error, data)
        return
    headers, _, rest = found
    assert pack_chain(headers, rest) == data


@given(start=st.sampled_from(["", "45", "46", "60000000000000", "6000000000003c"]), tail=st.binary(max_size=90))
def test_any_quote(start, tail):
    data = bytes.fromhex(start) + tail
    quote, error = attempt(Quote.unpack, data)
    if error:
        check_error(error, data)
        return
    assert data.endswith(quote.payload)
    if quote.ports:
        assert quote.payload[:4] == b"".join(port.to_bytes(2, "big") for port in quote.ports)


@given(data=TAILS)
def test_any_chunks(data):
    chunks, error = attempt(unpack_chunks, data)
    if error:
        check_error(error, data)
        return
    offset = 0
    for chunk in chunks:
        assert chunk.pack()[: chunk.length] == data[offset : offset + chunk.length]
        offset += len(chunk.pack())
    assert len(data) <= offset < len(data) + 4
