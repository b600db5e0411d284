"""The packet that an ICMP error quotes: where its transport header is (RFC 792, RFC 4443)."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.lookup_kernel import by_ipv6_extension
from rawkit.decode.headers.network_kernel import extension_size
from rawkit.decode.layout import NOTHING
from rawkit.facts import ip_protocols, ipv4, ipv6, ipv6_fragment, ipv6_options
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def quoted_transport(data: Ints, quote: int, end: int) -> tuple[int, int]:
    """The protocol behind the IP header at `quote` and its extension headers, and where its header begins.

    -1 and `end` where the quote ends before, or is that of a later fragment.
    """
    if u8(data, quote) >> 4 == 4:
        transport = quote + (u8(data, quote) & ipv4.IHL_MASK) * ipv4.IHL_UNIT
        if u16(data, quote + ipv4.FLAGS_FRAGMENT) & ipv4.FRAGMENT_MASK or transport > end:
            return -1, end
        return u8(data, quote + ipv4.PROTOCOL), transport
    if u8(data, quote) >> 4 != 6 or quote + ipv6.HEADER_LEN > end:
        return -1, end
    protocol = u8(data, quote + ipv6.NEXT_HEADER)
    transport = quote + ipv6.HEADER_LEN
    while by_ipv6_extension(protocol) != NOTHING or protocol == ip_protocols.AH:
        if transport + ipv6_options.UNIT > end:
            return -1, end
        size = ipv6_fragment.HEADER_LEN
        if protocol != ip_protocols.FRAGMENT:
            size = extension_size(protocol, u8(data, transport + ipv6_options.LENGTH))
        elif u16(data, transport + ipv6_fragment.OFFSET_FLAGS) & ipv6_fragment.OFFSET_MASK:
            return -1, end
        protocol = u8(data, transport + ipv6_options.NEXT_HEADER)
        transport += size
    return (protocol, transport) if transport <= end else (-1, end)
