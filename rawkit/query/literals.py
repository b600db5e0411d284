"""Words of a display filter as values of a kind: numbers, times, addresses, bytes."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from rawkit.query.names import Known
from rawkit.query.syntax import Character, Negative, Text, Value, Word
from rawkit.query.tokens import wrong
from rawkit.query.units import measured, unit_of
from rawkit.query.values import ADDRESSES, Kind

SECOND: Final = 1_000_000_000
MAPPED: Final = bytes(10) + b"\xff\xff"
"""Before an IPv4 address in its IPv6 form (RFC 4291, section 2.5.5.2)."""
LARGEST: Final = (1 << 63) - 1
_WHOLE: Final = re.compile(r"0[xX][0-9A-Fa-f]+|0[bB][01]+|\d+")
_SECONDS: Final = re.compile(r"\d{1,12}(\.\d{1,9})?")
_BYTES: Final = re.compile(r"[0-9A-Fa-f]{1,2}([:.-][0-9A-Fa-f]{1,2})*")
_HEX_BYTE: Final = re.compile(r"0[xX]([0-9A-Fa-f]{1,2})")
_NETWORK: Final = re.compile(r"(.+)/(\d{1,3})")

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEGACY: Final = re.compile(rf"({'|'.join(_MONTHS)}) +(\d\d?), (\d{{4}}) (\d\d:\d\d:\d\d.*)")


class Constant(NamedTuple):
    """A value that stands in the filter; of a network `prefix` says how many bits count."""

    value: int | str | bytes
    prefix: int | None = None


def constant(written: Value, kind: Kind, known: Known | None) -> Constant:
    """What is written, as a value of the kind; of the field `known` where it is compared with one.

    FilterError where it is none.
    """
    if isinstance(written, Negative) and isinstance(written.of, Word) and kind in ("number", "duration", "time"):
        found = constant(written.of, kind, None)
        assert isinstance(found.value, int)
        return Constant(-found.value)
    if not isinstance(written, Word | Text | Character):
        wrong(written.at, "a value was expected, which is known beforehand")
    if kind == "present":
        name = known.name if known else "it"
        wrong(written.at, f"{name} is there or not, and has no value: leave the comparison out")
    if kind in ("number", "boolean"):
        found_number = _number(written, known)
        return Constant(min(found_number, 1) if kind == "boolean" else found_number)
    if kind == "duration":
        return Constant(_seconds(written, "seconds, such as 0.25 or 250ms"))
    if kind == "time":
        return Constant(_time(written))
    if kind == "text":
        return Constant(_text(written))
    if kind in ("bytes", "protocol"):
        return Constant(_bytes(written))
    return _address(written, kind)


def _shown(written: Word | Text | Character) -> str:
    from rawkit.view.text import escaped

    if isinstance(written, Character):
        return escaped(f"'{chr(written.value)}'")
    return escaped(written.text if isinstance(written, Word) else f'"{written.value}"')


def _number(written: Word | Text | Character, known: Known | None) -> int:
    if isinstance(written, Character):
        return written.value
    if isinstance(written, Text):
        wrong(written.at, f"{_shown(written)} is a text where a number was expected: leave the quotes out")
    text = written.text
    if known and (size := measured(text, unit_of(known.name))) is not None and size == int(size):
        text = str(int(size))
    if text in ("True", "TRUE", "False", "FALSE") and known and known.kind == "boolean":
        return int(text.upper() == "TRUE")
    if not _WHOLE.fullmatch(text) or (text[0] == "0" and text.isdigit() and not set(text) <= set("01234567")):
        wrong(written.at, f"{_shown(written)} is no number")
    base = {"0x": 16, "0b": 2}.get(text[:2].lower(), 8 if text[0] == "0" and len(text) > 1 else 10)
    number = int(text, base) if len(text) <= 64 else LARGEST + 1
    largest = LARGEST if known is None or known.largest is None else known.largest
    if number > largest:
        wrong(written.at, f"{text[:24]} is too large: {f'{known.name} ends' if known else 'numbers end'} at {largest}")
    return number


def _seconds(written: Word | Text | Character, what: str) -> int:
    if isinstance(written, Word) and (duration := measured(written.text, "ns")) is not None:
        return int(duration)
    if not isinstance(written, Word) or not _SECONDS.fullmatch(written.text):
        wrong(written.at, f"{_shown(written)} is no number of {what}")
    return int(Decimal(written.text) * SECOND)


def _time(written: Word | Text | Character) -> int:
    """A date and time of ISO 8601, in the local zone unless it says another, or seconds since 1970."""
    text = written.value if isinstance(written, Text) else written.text if isinstance(written, Word) else ""
    if isinstance(written, Word) and _SECONDS.fullmatch(text) and "-" not in text:
        if int(Decimal(text)) > LARGEST // SECOND:
            wrong(written.at, f"{text} is too far in the future")
        return int(Decimal(text) * SECOND)
    if legacy := _LEGACY.fullmatch(text):
        month, day, year, clock = legacy.groups()
        text = f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02} {clock}"
    whole, point, digits = text.partition(".")
    zone = re.search(r"(Z|UTC|[+-]\d\d:?\d\d)$", text)
    end = zone.group() if zone and point else ""
    digits = digits.removesuffix(end).strip()
    if point and not re.fullmatch(r"[0-9]{1,9}", digits):
        wrong(written.at, f'{_shown(written)} is no time: "2026-07-04 12:34:56.5", or seconds since 1970')
    try:
        moment = datetime.fromisoformat((whole + end).replace("UTC", "Z").replace(" Z", "Z"))
        if moment.tzinfo is None:
            moment = moment.astimezone()
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        wrong(written.at, f'{_shown(written)} is no time: "2026-07-04 12:34:56.5", or seconds since 1970')
    found = (since.days * 86400 + since.seconds) * SECOND + int(digits.ljust(9, "0") if point else 0)
    if abs(found) > LARGEST:
        wrong(written.at, f"{_shown(written)} is beyond what nanoseconds can tell")
    return found


def _text(written: Word | Text | Character) -> str:
    if isinstance(written, Text):
        return written.value
    if isinstance(written, Word):
        wrong(written.at, f'{_shown(written)} is neither a field nor a text: write "{written.text}" with quotes')
    return chr(written.value)


def _bytes(written: Word | Text | Character) -> bytes:
    """Bytes as pairs of hexadecimal digits, `0xff`, or a text in UTF-8."""
    if isinstance(written, Text):
        try:
            return written.value.encode("latin-1" if "\\" in written.value else "utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return written.value.encode("utf-8", "backslashreplace")
    if isinstance(written, Character):
        return bytes([written.value]) if written.value < 256 else chr(written.value).encode()
    if single := _HEX_BYTE.fullmatch(written.text):
        return bytes([int(single[1], 16)])
    if not _BYTES.fullmatch(written.text):
        wrong(written.at, f'{_shown(written)} is neither a field nor bytes: write 47:45:54 or "GET"')
    return bytes(int(pair, 16) for pair in re.split("[:.-]", written.text))


def _address(written: Word | Text | Character, kind: Kind) -> Constant:
    what = {"mac": "a MAC address", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address"}.get(kind, "an IP address")
    if not isinstance(written, Word):
        quoted = isinstance(written, Text)
        wrong(written.at, f"{_shown(written)} is not {what}" + (": leave the quotes out" if quoted else ""))
    if kind == "mac":
        if not _BYTES.fullmatch(written.text) or len(re.split("[:.-]", written.text)) != 6:
            wrong(written.at, f"{_shown(written)} is not {what}: that has 6 bytes, 02:00:00:00:00:01")
        return Constant(int.from_bytes(_bytes(written)))
    found = _NETWORK.fullmatch(written.text)
    text, prefix = (found[1], int(found[2])) if found else (written.text, None)
    raw = _packed(text, kind)
    if raw is None:
        wrong(written.at, f"{_shown(written)} is not {what}: names of hosts are not looked up")
    if prefix is not None and prefix > 8 * len(raw):
        wrong(written.at, f"/{prefix} is too long: {what} has {8 * len(raw)} bits")
    if kind == "ipv4":
        return Constant(int.from_bytes(raw), prefix)
    if len(raw) == 4:
        raw, prefix = MAPPED + raw, None if prefix is None else prefix + 8 * len(MAPPED)
    return Constant(raw, prefix)


def _packed(text: str, kind: Kind) -> bytes | None:
    families = {"ipv4": (socket.AF_INET,), "ipv6": (socket.AF_INET6,)}
    for family in families.get(kind, (socket.AF_INET, socket.AF_INET6)):
        try:
            return socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
    return None


def network_bits(found: Constant, kind: Kind) -> int | None:
    """The bits of an IPv4 network that count, None where all do."""
    if kind in ADDRESSES or found.prefix is None:
        return None
    return ((1 << found.prefix) - 1) << (32 - found.prefix)
