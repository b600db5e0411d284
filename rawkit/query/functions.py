"""The functions of a display filter: `len`, `count`, `upper`, `lower`, `string`, `max`, `min` and `abs`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Final

from rawkit.query.literals import constant
from rawkit.query.syntax import Call, Value
from rawkit.query.terms import (
    AbsoluteTerm,
    CaseTerm,
    ConstantTerm,
    CountTerm,
    ExtremeTerm,
    FieldTerm,
    LayerTerm,
    LengthTerm,
    Term,
    TextTerm,
)
from rawkit.query.tokens import wrong
from rawkit.query.values import NUMBERS

NAMES: Final = ("len", "count", "upper", "lower", "string", "max", "min", "abs")
WORDED: Final = ("number", "mac", "ipv4", "ipv6", "address")
"""What `string` makes a text of."""
MEASURED: Final = ("text", "bytes", "protocol", "mac", "ipv4", "ipv6", "address")
"""What `len` is for."""


def called(call: Call, term: Callable[[Value], Term], is_constant: Callable[[Value], bool]) -> Term:  # noqa: RET503
    """What a function makes of its arguments; FilterError where there is no such function, or it takes others."""
    if call.name not in NAMES:
        near = get_close_matches(call.name, NAMES, 1)
        meant = f"did you mean {near[0]}()?" if near else f"there are {', '.join(NAMES)}"
        wrong(call.at, f"there is no function {call.name}(): {meant}")
    if call.name in ("max", "min"):
        return _extreme(call, term, is_constant)
    if len(call.arguments) != 1 or is_constant(call.arguments[0]):
        wrong(call.at, f"{call.name}() takes one field")
    of = term(call.arguments[0])
    match call.name:
        case "len" if of.kind in MEASURED:
            return LengthTerm(of)
        case "count" if isinstance(of, FieldTerm | LayerTerm):
            return CountTerm(of)
        case "upper" | "lower" if of.kind == "text":
            return CaseTerm(of, call.name == "upper")
        case "string" if of.kind in WORDED:
            return TextTerm(of)
        case "abs" if of.kind in ("number", "duration"):
            return AbsoluteTerm(of, of.kind)
        case _:
            wrong(call.at, f"{call.name}() is not for {_kind(of)}: {_WANTED[call.name]}")


_WANTED: Final = {
    "len": "it wants bytes, an address or a text",
    "count": "it wants a field",
    "upper": "it wants a text",
    "lower": "it wants a text",
    "string": "it wants a number or an address",
    "abs": "it wants a number",
}


def _kind(of: Term) -> str:
    return f"the {of.kind} {of.known.name}" if isinstance(of, FieldTerm) else f"a {of.kind}"


def _extreme(call: Call, term: Callable[[Value], Term], is_constant: Callable[[Value], bool]) -> Term:
    fields = [term(argument) for argument in call.arguments if not is_constant(argument)]
    kinds = {field.kind for field in fields}
    if len(kinds) != 1 or not kinds <= set(NUMBERS):
        wrong(call.at, f"{call.name}() takes numbers of one kind, one field among them")
    kind = fields[0].kind
    fixed = [ConstantTerm(constant(one, kind, None).value, kind) for one in call.arguments if is_constant(one)]
    return ExtremeTerm((*fields, *fixed), call.name == "max", kind)
