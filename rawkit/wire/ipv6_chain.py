"""The chain of IPv6 extension headers between the IPv6 header and the transport header, RFC 8200 section 4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from rawkit.errors import DecodeError
from rawkit.values import replace
from rawkit.wire.ah import Ah
from rawkit.wire.fields import Buffer
from rawkit.wire.ipv6_fragment import Fragment
from rawkit.wire.ipv6_options import DestinationOptions, HopByHop
from rawkit.wire.ipv6_routing import Routing

ExtensionHeader: TypeAlias = HopByHop | DestinationOptions | Routing | Fragment | Ah

_CLASSES: Final = {
    HopByHop.protocol: HopByHop,
    DestinationOptions.protocol: DestinationOptions,
    Routing.protocol: Routing,
    Fragment.protocol: Fragment,
    Ah.protocol: Ah,
}


def link(headers: Sequence[ExtensionHeader], protocol: int) -> tuple[int, tuple[ExtensionHeader, ...]]:
    """The number of the first header, and the headers, each naming the next one; the last names `protocol`.

    >>> link([HopByHop(0), Fragment(0, id=7)], 17)[0]
    0
    >>> [header.next_header for header in link([HopByHop(0), Fragment(0, id=7)], 17)[1]]
    [44, 17]
    """
    numbers = [*(header.protocol for header in headers), protocol]
    linked = (replace(header, next_header=number) for header, number in zip(headers, numbers[1:], strict=True))
    return numbers[0], tuple(linked)


def pack_chain(headers: Iterable[ExtensionHeader], payload: Buffer = b"") -> bytes:
    """The headers as they are, one behind the other, and the payload.

    >>> pack_chain([Fragment(17, id=1)], b"data").hex()
    '110000000000000164617461'
    """
    return b"".join(header.pack() for header in headers) + payload


def unpack_chain(next_header: int, data: Buffer, base: int = 0) -> tuple[tuple[ExtensionHeader, ...], int, bytes]:
    """The extension headers, the number of what follows them, and the rest.

    `next_header` is the number that the IPv6 header has. The chain ends at a number that is not one of these
    headers, and behind the header of a fragment that is not the first, where no header follows but a packet's
    middle. Raises `DecodeError`, its offset counted from `base` bytes before `data` (40, from the IPv6 header).

    >>> headers, protocol, rest = unpack_chain(0, bytes.fromhex("1100010400000000") + b"udp")
    >>> headers[0].protocol, protocol, rest
    (0, 17, b'udp')
    """
    headers: list[ExtensionHeader] = []
    rest = bytes(data)
    while (kind := _CLASSES.get(next_header)) and not is_later_fragment(headers):
        header, rest = _unpack_at(kind, rest, base + len(data) - len(rest))
        headers.append(header)
        next_header = header.next_header
    return tuple(headers), next_header, rest


def is_later_fragment(headers: Sequence[ExtensionHeader]) -> bool:
    """Whether the last header is that of a fragment other than the first: a packet's middle follows it.

    >>> is_later_fragment([Fragment(17, offset=181)]), is_later_fragment([Fragment(17)]), is_later_fragment([])
    (True, False, False)
    """
    return any(isinstance(header, Fragment) and header.offset > 0 for header in headers[-1:])


def _unpack_at(kind: type[ExtensionHeader], rest: bytes, base: int) -> tuple[ExtensionHeader, bytes]:
    try:
        return kind.unpack(rest)
    except DecodeError as error:
        raise _moved(error, base) from None


def _moved(error: DecodeError, base: int) -> DecodeError:
    """The same error with its offset counted from `base` bytes earlier."""
    offset, required, available = base + error.offset, error.required, error.available
    return DecodeError(error.layer, offset=offset, required=required, available=available, reason=error.reason)
