"""What IPv4 options of an answer say: the way of the packet, and when hosts had it (RFC 791, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

from rawkit.errors import DecodeError
from rawkit.facts.ipv4_options import ADDRESS_LEN, NOT_STANDARD, RECORD_ROUTE, ROUTE, TIME_LEN, TIMES
from rawkit.wire.ipv4_options import Ipv4Option, Route, Timestamps, unpack_options


def route(options: bytes) -> tuple[str, ...]:
    """The addresses that were recorded on the way there and back.

    >>> route(bytes.fromhex("01 070f0c c0000201 c0000202 00000000"))
    ('192.0.2.1', '192.0.2.2')
    """
    for option in _options(options):
        if isinstance(option, Route) and option.kind == RECORD_ROUTE:
            recorded = max(option.pointer - 1 - ROUTE, 0) // ADDRESS_LEN
            return tuple(str(address) for address in option.addresses[:recorded])
    return ()


def stamps(options: bytes) -> tuple[tuple[str | None, int], ...]:
    """The times that were recorded, each with the address of its host where that was recorded too.

    >>> stamps(bytes.fromhex("440c0d01 c0000201 00000010"))
    (('192.0.2.1', 16),)
    """
    option = _stamps(options)
    if option is None:
        return ()
    size = TIME_LEN + (ADDRESS_LEN if option.slots and option.slots[0][0] is not None else 0)
    recorded = max(option.pointer - 1 - TIMES, 0) // size
    return tuple((_text(address), time) for address, time in option.slots[:recorded])


def lines(options: bytes) -> Iterator[str]:
    """The lines that ping(8) writes below a reply.

    >>> list(lines(bytes.fromhex("070f0c c0000201 c0000202 00000000 00")))
    ['RR: \\t192.0.2.1', '\\t192.0.2.2', '']
    >>> list(lines(bytes.fromhex("441415 31 c0000201 00000010 c0000202 00000014")))
    ['TS: \\t192.0.2.1\\t16 absolute', '\\t192.0.2.2\\t4', 'Unrecorded hops: 3', '']
    """
    hops = route(options)
    if hops:
        yield from _listed("RR: ", hops)
        yield ""
    times = [f"{address}\t{time}" if address else time for address, time in _differences(stamps(options))]
    if times:
        yield from _listed("TS: ", times)
        option = _stamps(options)
        if option is not None and option.overflow:
            yield f"Unrecorded hops: {option.overflow}"
        yield ""


def stamp_text(stamp: tuple[str | None, int]) -> str:
    """A time, behind its host's address, as records have it.

    >>> stamp_text(("192.0.2.1", 16)), stamp_text((None, NOT_STANDARD | 5))
    ('192.0.2.1 16', '5 not-standard')
    """
    address, time = stamp
    kind = " not-standard" if time & NOT_STANDARD else ""
    return f"{address} {time & ~NOT_STANDARD}{kind}" if address else f"{time & ~NOT_STANDARD}{kind}"


def _differences(found: Sequence[tuple[str | None, int]]) -> Iterator[tuple[str | None, str]]:
    """The first time of either clock as it is, the others by how much later they are than the last."""
    last: dict[bool, int] = {}
    for address, stamp in found:
        is_other, time = bool(stamp & NOT_STANDARD), stamp & ~NOT_STANDARD
        told = f"{time - last[is_other]}" if is_other in last else f"{time} absolute"
        last[is_other] = time
        yield address, f"{told} not-standard" if is_other else told


def _listed(head: str, found: Sequence[str]) -> Iterator[str]:
    for place, text in enumerate(found):
        yield f"{'' if place else head}\t{text}"


def _stamps(options: bytes) -> Timestamps | None:
    return next((option for option in _options(options) if isinstance(option, Timestamps)), None)


def _options(options: bytes) -> tuple[Ipv4Option, ...]:
    """Those that can be read; none of a header that was damaged."""
    try:
        return unpack_options(options, 0)
    except DecodeError:
        return ()


def _text(address: IPv4Address | None) -> str | None:
    return None if address is None else str(address)
