"""Kernels that write numbers, names and addresses as ASCII.

Each `put_` function writes at `out[at]` and returns the place behind what it wrote; the caller sees to it that there
is room. Text that never changes is given as a bytes literal: compiled, it becomes a few wide stores, which take less
than a tenth of the time of a loop over a table.
"""

from __future__ import annotations

from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

SECOND = 1_000_000_000  # nanoseconds
DAY = 86400  # seconds


def put(out: Ints, at: int, text: bytes) -> int:
    """Writes a bytes literal.

    >>> out = bytearray(4)
    >>> put(out, 0, b"IP "), bytes(out)
    (3, b'IP \\x00')
    """
    for k in range(len(text)):
        out[at + k] = text[k]
    return at + len(text)


def put_name(out: Ints, at: int, text: Ints, index: Ints, entry: int) -> int:
    """Writes an entry of `rawkit.view.text_tables.Names`; nothing where it is empty."""
    start = index[entry] // 256
    size = index[entry] % 256
    for k in range(size):
        out[at + k] = text[start + k]
    return at + size


def put_decimal(out: Ints, at: int, value: int) -> int:
    """Writes an integer over -2**63.

    >>> out = bytearray(4)
    >>> bytes(out[: put_decimal(out, 0, -120)])
    b'-120'
    """
    if value < 0:
        out[at] = 45
        at += 1
        value = -value
    if value < 10_000:
        return put_short(out, at, value)
    if value < 100_000_000:
        return put_eight_at_most(out, at, value)
    high = value // 100_000_000
    if high < 100_000_000:
        at = put_eight_at_most(out, at, high)
    else:
        at = put_short(out, at, high // 100_000_000)
        at = put_eight(out, at, high % 100_000_000)
    return put_eight(out, at, value - high * 100_000_000)


def put_eight_at_most(out: Ints, at: int, value: int) -> int:
    """Writes a number under 100,000,000."""
    if value < 10_000:
        return put_short(out, at, value)
    high = value // 10_000
    return put_four(out, put_short(out, at, high), value - high * 10_000)


def put_short(out: Ints, at: int, value: int) -> int:
    """Writes a number under 10,000. The products are exact quotients by 10 and 100 in that range, without dividing."""
    if value < 10:
        out[at] = 48 + value
        return at + 1
    if value < 100:
        return put_pair(out, at, value)
    if value < 1000:
        hundreds = value * 5243 >> 19
        out[at] = 48 + hundreds
        return put_pair(out, at + 1, value - hundreds * 100)
    return put_four(out, at, value)


def put_pair(out: Ints, at: int, value: int) -> int:
    """Writes a number under 100 with two digits."""
    tens = value * 103 >> 10
    out[at] = 48 + tens
    out[at + 1] = 48 + value - tens * 10
    return at + 2


def put_four(out: Ints, at: int, value: int) -> int:
    """Writes a number under 10,000 with four digits."""
    hundreds = value * 5243 >> 19
    return put_pair(out, put_pair(out, at, hundreds), value - hundreds * 100)


def put_eight(out: Ints, at: int, value: int) -> int:
    """Writes a number under 100,000,000 with eight digits."""
    high = value // 10_000
    return put_four(out, put_four(out, at, high), value - high * 10_000)


def hex_digit(value: int) -> int:
    """The ASCII code of a digit of 4 bits."""
    return 48 + value if value < 10 else 87 + value


def put_hex(out: Ints, at: int, value: int, width: int) -> int:
    """Writes the last `width` hexadecimal digits of a number, with zeros in front.

    >>> out = bytearray(4)
    >>> bytes(out[: put_hex(out, 0, 0x88CC, 4)])
    b'88cc'
    """
    for k in range(at + width - 1, at - 1, -1):
        out[k] = hex_digit(value & 15)
        value >>= 4
    return at + width


def put_short_hex(out: Ints, at: int, value: int) -> int:
    """Writes as many hexadecimal digits of a number, below 2**32, as it has.

    >>> out = bytearray(4)
    >>> bytes(out[: put_short_hex(out, 0, 0x2E)])
    b'2e'
    """
    digits = 1
    while digits < 8 and value >> 4 * digits:
        digits += 1
    return put_hex(out, at, value, digits)


def put_mac(out: Ints, at: int, data: Ints, place: int, size: int) -> int:
    """Writes the hardware address in the `size` bytes at `place`.

    >>> out = bytearray(17)
    >>> bytes(out[: put_mac(out, 0, bytes.fromhex("02000000000a"), 0, 6)])
    b'02:00:00:00:00:0a'
    """
    for k in range(size):
        if k:
            out[at] = 58
            at += 1
        value = u8(data, place + k)
        out[at] = hex_digit(value >> 4)
        out[at + 1] = hex_digit(value & 15)
        at += 2
    return at


def put_ipv4(out: Ints, at: int, data: Ints, place: int) -> int:
    """Writes the IPv4 address in the 4 bytes at `place`.

    >>> out = bytearray(15)
    >>> bytes(out[: put_ipv4(out, 0, bytes([192, 0, 2, 10]), 0)])
    b'192.0.2.10'
    """
    at = put_short(out, at, u8(data, place))
    for k in range(1, 4):
        out[at] = 46
        at = put_short(out, at + 1, u8(data, place + k))
    return at


def put_ipv6(out: Ints, at: int, data: Ints, place: int) -> int:
    """Writes the IPv6 address in the 16 bytes at `place`: RFC 5952, in glibc's reading of its section 5.

    >>> out = bytearray(45)
    >>> bytes(out[: put_ipv6(out, 0, bytes.fromhex("20010db8000000000000000000000001"), 0)])
    b'2001:db8::1'
    """
    first, behind = longest_zeros(data, place)
    dotted = first == 0 and (behind == 6 or (behind == 5 and u16(data, place + 10) == 0xFFFF))
    for group in range(6 if dotted else 8):
        if group < first or group >= behind:
            if group:
                out[at] = 58
                at += 1
            at = put_group(out, at, u16(data, place + 2 * group))
        elif group == first:
            out[at] = 58
            at += 1
    if behind == 8 or dotted:
        out[at] = 58
        at += 1
    return put_ipv4(out, at, data, place + 12) if dotted else at


def longest_zeros(data: Ints, place: int) -> tuple[int, int]:
    """The first of the longest runs of two or more groups that are 0: where it begins, and the group behind it."""
    first = 0
    behind = 0
    start = 0
    for group in range(8):
        if u16(data, place + 2 * group):
            start = group + 1
        elif group - start >= max(1, behind - first):
            first = start
            behind = group + 1
    return first, behind


def put_group(out: Ints, at: int, value: int) -> int:
    width = 1
    while value >> 4 * width:
        width += 1
    return put_hex(out, at, value, width)


def put_epoch(out: Ints, at: int, timestamp: int) -> int:
    """Writes nanoseconds since 1970 as seconds with 9 decimals.

    >>> out = bytearray(12)
    >>> bytes(out[: put_epoch(out, 0, -1_500_000_000)])
    b'-1.500000000'
    """
    seconds = timestamp // SECOND
    fraction = timestamp - seconds * SECOND
    if seconds < 0:
        out[at] = 45
        at += 1
        seconds = -seconds
        if fraction:
            seconds -= 1
            fraction = SECOND - fraction
    at = put_decimal(out, at, seconds)
    out[at] = 46
    first = fraction // 100_000_000
    out[at + 1] = 48 + first
    return put_eight(out, at + 2, fraction - first * 100_000_000)


def put_time_of_day(out: Ints, at: int, timestamp: int, utc_offset: int) -> int:
    """Writes the time of day, to the microsecond, in a zone `utc_offset` seconds east of UTC.

    >>> out = bytearray(15)
    >>> bytes(out[: put_time_of_day(out, 0, 1_000_000_001_234_567_890, 7200)])
    b'03:46:41.234567'
    """
    seconds = timestamp // SECOND
    micros = (timestamp - seconds * SECOND) // 1000
    seconds = (seconds + utc_offset) % DAY
    minutes = seconds // 60
    hours = minutes // 60
    put_pair(out, at, hours)
    out[at + 2] = 58
    put_pair(out, at + 3, minutes - hours * 60)
    out[at + 5] = 58
    put_pair(out, at + 6, seconds - minutes * 60)
    out[at + 8] = 46
    high = micros // 10_000
    return put_four(out, put_pair(out, at + 9, high), micros - high * 10_000)
