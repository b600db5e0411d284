"""Whether a literal is a value that a scapy field can hold, and if not, what it can hold."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, NetmaskValueError
from typing import Any, Final

from rawkit.craft.axes import track_of
from rawkit.craft.draws import Choice
from rawkit.craft.fields import inner_field, is_text, limits, reason
from rawkit.craft.names import nearest
from rawkit.craft.packets import Ref
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.craft.volatiles import lasting
from rawkit.errors import SendError

MAC: Final = re.compile(r"[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}")


class WrongValue(Exception):  # noqa: N818  (a verdict: the expression makes an error with a place of it)
    """A value that a field cannot hold."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(f"{wrong}: {remedy}")
        self.wrong, self.remedy = wrong, remedy


def is_flags(layer: Any, name: str) -> bool:
    """Whether the field holds flags, which scapy itself takes no list of."""
    return isinstance(inner_field(layer, layer.get_field(name)), scapy_module("scapy.fields").FlagsField)


def check(layer: Any, name: str, value: Any) -> None:
    """Raises `WrongValue` for a literal that is no value of the field; what only scapy can tell it lets pass.

    >>> from scapy.layers.inet import IP
    >>> check(IP(), "ttl", 300)
    Traceback (most recent call last):
    rawkit.craft.literals.WrongValue: IP.ttl cannot be 300: give 0 to 255
    """
    scapy = scapy_module("scapy.fields")
    field = inner_field(layer, layer.get_field(name))
    full = f"{type(layer).__name__}.{name}"
    if value is None:
        return
    if lasting(value):
        _check_drawn(layer, name, full, value)
    elif isinstance(field, scapy.IPField):
        _check_address(full, value, IPv4Network, IPv4Address)
    elif isinstance(field, scapy.IP6Field):
        _check_address(full, value, IPv6Network, IPv6Address)
    elif isinstance(field, scapy.MACField):
        _check_mac(full, value)
    elif limits(layer, field) is not None:
        _check_number(full, field, value, limits(layer, field) or (0, 0))
    elif is_text(layer, field) and isinstance(value, (int, float)):
        raise WrongValue(f"{full} cannot be {value!r}", "give text in quotes")


def _check_address(full: str, value: Any, network: Any, address: Any) -> None:
    """One address, a network with its mask, or two addresses that are a range."""
    ends = value if isinstance(value, tuple) and len(value) == 2 else (value,)
    wanted = {4: "IPv4 address or network", 6: "IPv6 address or network"}[network(0).version]
    for end in ends:
        try:
            if not isinstance(end, str) or "%" in end:
                raise AddressValueError
            network(end, strict=False) if end is value else address(end)
        except (AddressValueError, NetmaskValueError, ValueError):
            raise WrongValue(f"{full} cannot be {end!r}", f"give an {wanted}") from None


def _check_mac(full: str, value: Any) -> None:
    if not (isinstance(value, str) and MAC.fullmatch(value)):
        raise WrongValue(f"{full} cannot be {value!r}", "give a MAC address, as in 02:00:00:00:00:01")


def _check_number(full: str, field: Any, value: Any, bounds: tuple[int, int]) -> None:
    low, high = bounds
    remedy = f"give {low} to {high}"
    if isinstance(value, tuple) and 2 <= len(value) <= 3:
        ends: tuple[Any, ...] = value[:2]
    elif isinstance(value, str):
        return _check_name(full, field, value, remedy)
    else:
        ends = (value,)
    if any(type(end) is not int or not low <= end <= high for end in ends):
        raise WrongValue(f"{full} cannot be {_shown(value)}", remedy)
    return None


def _check_drawn(layer: Any, name: str, full: str, value: Any) -> None:
    """Whether a value that is new in every frame can be drawn for the field; each of a choice by itself."""
    if isinstance(value, Choice):
        for one in value.values:
            check(layer, name, one)
        return
    try:
        track_of([layer], Ref(0, name), value)
    except SendError as error:
        wrong, _, remedy = str(error).partition(": ")
        raise WrongValue(wrong, remedy) from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _check_name(full: str, field: Any, value: str, remedy: str) -> None:
    """A name in place of a number."""
    names = getattr(field, "s2i", None)
    if isinstance(names, dict):
        if value not in names:
            raise WrongValue(f"{full} has no value called {value!r}{nearest(value, map(str, names))}", remedy)
    elif not hasattr(field, "names") and not hasattr(field, "depends_on"):
        raise WrongValue(f"{full} cannot be {value!r}", remedy)
    elif hasattr(field, "names"):
        _check_flags(full, field, value)


def _check_flags(full: str, field: Any, value: str) -> None:
    try:
        field.any2i(None, value)
    except Exception:  # scapy's fields raise whatever comes up
        raise WrongValue(f"{full} has no flags {value!r}", f"it has {', '.join(field.names)}") from None


def try_out(layer: Any, name: str) -> None:
    """Raises `WrongValue` where scapy cannot pack the field's value; ranges, lists and networks it does not try."""
    value, field = layer.fields.get(name), layer.get_field(name)
    several = isinstance(value, (tuple, scapy_module("scapy.base_classes").Gen)) or hasattr(value, "values")
    if several or value is None or (isinstance(value, list) and not field.islist):
        return
    full = f"{type(layer).__name__}.{name} cannot be {_shown(value)}"
    try:
        with quietly() as said:
            field.addfield(layer, b"", value)
    except Exception as error:  # scapy's fields raise whatever comes up
        raise WrongValue(full, reason(error)) from None
    if said:
        raise WrongValue(full, f"scapy says: {said[0]}")
