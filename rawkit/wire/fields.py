"""The guards that all headers share: are the bytes there, and does a value fit its field?"""

from __future__ import annotations

from typing import TypeAlias

from rawkit.errors import DecodeError

Buffer: TypeAlias = bytes | bytearray | memoryview
"""Bytes to unpack: one dimension, items of one byte."""


def require(layer: str, data: Buffer, length: int, offset: int = 0) -> None:
    """Raises `DecodeError` unless `length` bytes are there from `offset` on.

    >>> require("udp", b"1234", 8)
    Traceback (most recent call last):
    rawkit.errors.DecodeError: udp: 8 bytes required at offset 0, 4 available
    """
    available = max(len(data) - offset, 0)
    if available < length:
        raise DecodeError(layer, offset=offset, required=length, available=available)


def check_length(layer: str, data: Buffer, what: str, length: int, minimum: int, offset: int) -> None:
    """Raises `DecodeError` unless a length that the header gives is possible and there.

    `length` and `minimum` are bytes from the start of `data`; `offset` is where the length field stands.

    >>> check_length("udp", bytes(8), "length", 7, 8, 4)
    Traceback (most recent call last):
    rawkit.errors.DecodeError: udp: length of 7 bytes is under 8 (at offset 4)
    """
    if length < minimum:
        reason = f"{what} of {length} bytes is under {minimum}"
        raise DecodeError(layer, offset=offset, required=minimum, available=length, reason=reason)
    require(layer, data, length)


def fits(layer: str, field: str, value: int, bits: int) -> int:
    """The value, or `ValueError` where it does not fit an unsigned field of that many bits.

    >>> fits("udp", "dst_port", 70000, 16)
    Traceback (most recent call last):
    ValueError: udp: dst_port 70000 does not fit 16 bits: give 0 to 65535
    """
    if not 0 <= value < 1 << bits:
        message = f"{layer}: {field} {value} does not fit {bits} bits: give 0 to {(1 << bits) - 1}"
        raise ValueError(message)
    return value


def check_bits(layer: str, header: object, /, **bits: int) -> None:
    """Raises `ValueError` where an attribute of `header` does not fit its bits; None means "compute it".

    >>> from types import SimpleNamespace
    >>> check_bits("ipv4", SimpleNamespace(ttl=64, checksum=None), ttl=8, checksum=16)
    """
    for field, width in bits.items():
        value = getattr(header, field)
        if value is not None:
            fits(layer, field, value, width)


def check_size(layer: str, header: object, /, **sizes: int) -> None:
    """Raises `ValueError` where a bytes attribute of `header` has not exactly that many bytes.

    >>> from types import SimpleNamespace
    >>> check_size("ethernet", SimpleNamespace(dst=b"abc"), dst=6)
    Traceback (most recent call last):
    ValueError: ethernet: dst has 3 bytes: give 6
    """
    for field, size in sizes.items():
        found = len(getattr(header, field))
        if found != size:
            raise ValueError(f"{layer}: {field} has {found} bytes: give {size}")


def check_multiple(layer: str, field: str, length: int, unit: int) -> None:
    """Raises `ValueError` unless `length` bytes are a whole number of units.

    >>> check_multiple("ah", "icv", 6, 4)
    Traceback (most recent call last):
    ValueError: ah: icv takes 6 bytes: give a multiple of 4
    """
    if length % unit:
        raise ValueError(f"{layer}: {field} takes {length} bytes: give a multiple of {unit}")


def auto(layer: str, field: str, given: int | None, computed: int, bits: int) -> int:
    """What the caller gave, or else the computed value, which must fit the field.

    >>> auto("udp", "length", None, 12, 16), auto("udp", "length", 5, 12, 16)
    (12, 5)
    """
    return fits(layer, field, computed, bits) if given is None else given
