"""What a scapy field can hold: a number of so many bits (an address is one too), text, or something else."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from rawkit.craft.quiet import scapy_module
from rawkit.errors import SendError
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class NumberKind:
    """A field that is one unsigned big-endian number on the wire.

    `wrap` makes of a number what scapy takes for the field, `unwrap` the number of what scapy holds.
    """

    bits: int
    wrap: Callable[[int], Any]
    unwrap: Callable[[Any], int]


def inner_field(layer: Any, field: Any) -> Any:
    """The field that does the work inside those of scapy that only choose, guard or mark another."""
    scapy = scapy_module("scapy.fields")
    while True:
        if isinstance(field, scapy.MultipleTypeField):
            field = field._find_fld_pkt_val(layer, None)[0]
        elif isinstance(field, scapy._FieldContainer) and hasattr(field, "fld"):
            field = field.fld
        else:
            return field


def number_kind(layer: Any, field: Any) -> NumberKind | None:
    """How the field holds a number; None where it holds none, or in a way of its own.

    >>> from scapy.layers.inet import TCP
    >>> number_kind(TCP(), TCP().get_field("flags")).bits
    9
    """
    field = inner_field(layer, field)
    return _address_kind(field) or _plain_kind(layer, field)


def _address_kind(field: Any) -> NumberKind | None:
    scapy = scapy_module("scapy.fields")
    if isinstance(field, scapy.IPField):
        return NumberKind(
            32, lambda n: str(IPv4Address(n)), lambda v: int(IPv4Address(v if isinstance(v, int) else str(v)))
        )
    if isinstance(field, scapy.IP6Field) and field.sz == 16:
        return NumberKind(
            128, lambda n: str(IPv6Address(n)), lambda v: int(IPv6Address(v if isinstance(v, int) else str(v)))
        )
    if isinstance(field, scapy.MACField) and not isinstance(field, scapy.LEMACField):
        return NumberKind(48, _mac, lambda v: int.from_bytes(bytes(int(part, 16) for part in v.split(":"))))
    return None


def _mac(number: int) -> str:
    return number.to_bytes(6, "big").hex(":")


def _plain_kind(layer: Any, field: Any) -> NumberKind | None:
    bits = number_bits(field)
    return NumberKind(bits, lambda n: field.any2i(layer, n), lambda v: int(field.any2i(layer, v))) if bits else None


def number_bits(field: Any) -> int | None:
    """The width of a field that packs an unsigned number as it is; None for any other field."""
    scapy = scapy_module("scapy.fields")
    kind = type(field)
    if kind.i2m is not scapy.Field.i2m:
        return None
    if isinstance(field, scapy._BitField):
        plain = kind.addfield is scapy._BitField.addfield and not field.rev and field.size <= 64
        return int(field.size) if plain else None
    if kind.addfield is scapy.ThreeBytesField.addfield:
        return 24
    return field.sz * 8 if kind.addfield is scapy.Field.addfield and field.fmt in ("!B", "!H", "!I", "!Q") else None


def limits(layer: Any, field: Any) -> tuple[int, int] | None:
    """The smallest and the largest number of an integer field; None for fields that hold no integers.

    >>> from scapy.layers.inet import IP
    >>> limits(IP(), IP().get_field("frag"))
    (0, 8191)
    """
    field = inner_field(layer, field)
    bits = number_bits(field)
    if bits:
        return 0, (1 << bits) - 1
    scapy = scapy_module("scapy.fields")
    if getattr(type(field), "addfield", None) is not scapy.Field.addfield or field.fmt[-1] not in "bhiqBHIQ":
        return None
    half = 1 << (8 * field.sz - 1)
    return (-half, half - 1) if field.fmt[-1] in "bhiq" else (0, 2 * half - 1)


def is_address(layer: Any, field: Any) -> bool:
    """Whether the field holds an IPv4, IPv6 or MAC address."""
    return _address_kind(inner_field(layer, field)) is not None


def ip_version(layer: Any, name: str) -> int | None:
    """4 or 6 where the field holds IP addresses of that version; None for any other."""
    scapy, field = scapy_module("scapy.fields"), inner_field(layer, layer.get_field(name))
    return 4 if isinstance(field, scapy.IPField) else 6 if isinstance(field, scapy.IP6Field) else None


def is_text(layer: Any, field: Any) -> bool:
    """Whether the field holds bytes as they are, however many."""
    scapy = scapy_module("scapy.fields")
    return getattr(type(inner_field(layer, field)), "i2m", None) is scapy.StrField.i2m


def is_bytes(layer: Any, field: Any) -> bool:
    """Whether the field holds bytes, maybe so many and no more, or with an end of their own."""
    return isinstance(inner_field(layer, field), scapy_module("scapy.fields").StrField)


def is_list(layer: Any, name: str) -> bool:
    """Whether one value of the field is a list, which is then not a list of values."""
    return bool(layer.get_field(name).islist)


def to_scapy(layer: Any, name: str, value: Any) -> Any:
    """The value as the layer keeps it; raises `SendError` for one that scapy does not take."""
    try:
        return layer.get_field(name).any2i(layer, value)
    except Exception as error:  # scapy's fields raise whatever comes up
        raise SendError(f"{type(layer).__name__}.{name} cannot be {value!r}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """What an exception of scapy says, in one line."""
    text = " ".join(str(error).split())
    return f"scapy says: {text}" if text else f"scapy raises {type(error).__name__}"
