"""The key of a flow, from the headers of a packet or of those that an ICMP error quotes."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.quote_kernel import quoted_transport
from rawkit.decode.layout import END, FRAGMENT, NET, NET_KIND, PROTOCOL, QUOTE, TRANSPORT, VLANS
from rawkit.facts import ethertypes, icmp, ip_protocols, ipv4, ipv6, tcp
from rawkit.facts import transport as transport_facts
from rawkit.flow.icmp_kernel import counterpart
from rawkit.flow.layout import A_HIGH, A_LOW, B_HIGH, B_LOW, KEY_IGNORES_VLANS, KEY_SIDE, PORTS, REST
from rawkit.flow.row_kernel import pack_ports, pack_rest, vlan_ids
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import signed64, u8, u16, u32

FORCE_INLINE: Final = True

HALF = 8  # bytes of an IPv6 address in each of its two columns


def make_key(data: Ints, start: int, rows: Ints, row: int, key: Ints) -> bool:
    """The key of the flow that a packet belongs to, with KEY_SIDE behind it; False where it belongs to none.

    A fragment belongs to none before its packet is put together (`rawkit.flow.table.defragment`).
    """
    kind = rows[row + NET_KIND]
    if (kind != ethertypes.IPV4 and kind != ethertypes.IPV6) or rows[row + PROTOCOL] < 0 or rows[row + FRAGMENT] != -1:
        return False
    if rows[row + PROTOCOL] == ip_protocols.TCP and rows[row + TRANSPORT] + tcp.WINDOW > rows[row + END]:
        return False
    return key_of(
        data, start + rows[row + NET], start + rows[row + TRANSPORT] if rows[row + TRANSPORT] >= 0 else -1,
        start + rows[row + END], kind, rows[row + PROTOCOL], rows[row + VLANS], key,
    )  # fmt: skip


def key_of(data: Ints, net: int, transport: int, end: int, kind: int, protocol: int, vlans: int, key: Ints) -> bool:
    """Fills the key from an IP header at `net` and a transport header at `transport`, and KEY_SIDE with the sender."""
    source = 0
    destination = 0
    if has_ports(protocol):
        if transport < 0 or transport + transport_facts.PORTS_LEN > end:
            return False
        source = u16(data, transport + transport_facts.SRC_PORT)
        destination = u16(data, transport + transport_facts.DST_PORT)
    elif protocol == ip_protocols.ICMP or protocol == ip_protocols.ICMPV6:
        if transport < 0 or transport + icmp.CHECKSUM > end:
            return False
        source = u8(data, transport + icmp.TYPE)
        destination = counterpart(protocol, source)
        if destination < 0:
            destination = u8(data, transport + icmp.CODE)
    if kind == ethertypes.IPV4:
        version = 4
        from_high = 0
        from_low = u32(data, net + ipv4.SRC)
        to_high = 0
        to_low = u32(data, net + ipv4.DST)
    else:
        version = 6
        from_high = signed64(data, net + ipv6.SRC)
        from_low = signed64(data, net + ipv6.SRC + HALF)
        to_high = signed64(data, net + ipv6.DST)
        to_low = signed64(data, net + ipv6.DST + HALF)
    swap = unsigned_less(to_high, from_high)
    if to_high == from_high:
        swap = unsigned_less(to_low, from_low) or (to_low == from_low and destination < source)
    if swap:
        set_key(key, to_high, to_low, from_high, from_low, pack_ports(destination, source))
    else:
        set_key(key, from_high, from_low, to_high, to_low, pack_ports(source, destination))
    key[REST] = pack_rest(protocol, version, 0 if key[KEY_IGNORES_VLANS] else vlan_ids(vlans))
    key[KEY_SIDE] = 1 if swap else 0
    return True


def has_ports(protocol: int) -> bool:
    """Whether its header begins with the sender's port and the receiver's, where UDP has them."""
    return protocol in (
        ip_protocols.TCP, ip_protocols.UDP, ip_protocols.DCCP, ip_protocols.SCTP, ip_protocols.UDPLITE,
    )  # fmt: skip


def unsigned_less(a: int, b: int) -> bool:
    """a < b of two halves of addresses, whose first bit is no sign."""
    return b < 0 if (a < 0) != (b < 0) else a < b


def set_key(key: Ints, a_high: int, a_low: int, b_high: int, b_low: int, ports: int) -> None:
    key[A_HIGH] = a_high
    key[A_LOW] = a_low
    key[B_HIGH] = b_high
    key[B_LOW] = b_low
    key[PORTS] = ports


def quoted_key(data: Ints, start: int, rows: Ints, row: int, key: Ints) -> bool:
    """The key of the flow whose packet an ICMP error quotes, and which side got it; False where nothing tells."""
    quote = start + rows[row + QUOTE]
    end = start + rows[row + END]
    protocol, transport = quoted_transport(data, quote, end)
    if protocol < 0 or transport + transport_facts.PORTS_LEN > end:
        return False
    kind = ethertypes.IPV4 if u8(data, quote) >> 4 == 4 else ethertypes.IPV6
    return key_of(data, quote, transport, end, kind, protocol, rows[row + VLANS], key)
