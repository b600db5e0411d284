"""The key of a flow, from the headers of a packet or of those that an ICMP error quotes."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import END, FRAGMENT, NET, NET_KIND, PROTOCOL, QUOTE, TRANSPORT, VLANS
from rawkit.flow.icmp_kernel import counterpart
from rawkit.flow.layout import A_HIGH, A_LOW, B_HIGH, B_LOW, KEY_SIDE, PORTS, REST
from rawkit.flow.row_kernel import pack_ports, pack_rest
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import signed64, u8, u16, u32

FORCE_INLINE: Final = True

TCP = 6
ICMP = 1
ICMPV6 = 58


def make_key(data: Ints, start: int, rows: Ints, row: int, key: Ints) -> bool:
    """The key of the flow that a packet belongs to, with KEY_SIDE behind it; False where it belongs to none.

    A fragment belongs to none before its packet is put together (`rawkit.flow.table.defragment`).
    """
    kind = rows[row + NET_KIND]
    if (kind != 0x0800 and kind != 0x86DD) or rows[row + PROTOCOL] < 0 or rows[row + FRAGMENT] != -1:
        return False
    if rows[row + PROTOCOL] == TCP and rows[row + TRANSPORT] + 14 > rows[row + END]:
        return False
    return key_of(
        data, start + rows[row + NET], start + rows[row + TRANSPORT] if rows[row + TRANSPORT] >= 0 else -1,
        start + rows[row + END], kind, rows[row + PROTOCOL], rows[row + VLANS], key,
    )  # fmt: skip


def key_of(data: Ints, net: int, transport: int, end: int, kind: int, protocol: int, vlans: int, key: Ints) -> bool:
    """Fills the key from an IP header at `net` and a transport header at `transport`, and KEY_SIDE with the sender."""
    source = 0
    destination = 0
    if protocol in (6, 17, 33, 132, 136):
        if transport < 0 or transport + 4 > end:
            return False
        source = u16(data, transport)
        destination = u16(data, transport + 2)
    elif protocol == ICMP or protocol == ICMPV6:
        if transport < 0 or transport + 2 > end:
            return False
        source = u8(data, transport)
        destination = counterpart(protocol, source)
        if destination < 0:
            destination = u8(data, transport + 1)
    if kind == 0x0800:
        version = 4
        from_high = 0
        from_low = u32(data, net + 12)
        to_high = 0
        to_low = u32(data, net + 16)
    else:
        version = 6
        from_high = signed64(data, net + 8)
        from_low = signed64(data, net + 16)
        to_high = signed64(data, net + 24)
        to_low = signed64(data, net + 32)
    swap = unsigned_less(to_high, from_high)
    if to_high == from_high:
        swap = unsigned_less(to_low, from_low) or (to_low == from_low and destination < source)
    if swap:
        set_key(key, to_high, to_low, from_high, from_low, pack_ports(destination, source))
    else:
        set_key(key, from_high, from_low, to_high, to_low, pack_ports(source, destination))
    key[REST] = pack_rest(protocol, version, vlans)
    key[KEY_SIDE] = 1 if swap else 0
    return True


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
    quote = start + rows[row + QUOTE]
    end = start + rows[row + END]
    version = u8(data, quote) >> 4
    if version == 4:
        fragment = u16(data, quote + 6) & 0x1FFF
        transport = quote + (u8(data, quote) & 15) * 4
        if fragment or transport + 4 > end:
            return False
        return key_of(data, quote, transport, end, 0x0800, u8(data, quote + 9), rows[row + VLANS], key)
    if version == 6 and quote + 44 <= end:
        return key_of(data, quote, quote + 40, end, 0x86DD, u8(data, quote + 6), rows[row + VLANS], key)
    return False
