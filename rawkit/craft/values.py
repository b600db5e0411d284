"""Values of an expression: literals, sums and products of them, lists, ranges, and what scapy draws at random."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from rawkit.craft.notation import Line
from rawkit.craft.sources import Counter, Random
from rawkit.craft.volatiles import MOST_TEXT, NAMES, random_value
from rawkit.errors import SendError, TargetError

Resolve = Callable[[str, int], str]
"""Gives the address of a name, 4 or 6 being the IP version; raises `TargetError` where it has none."""

OURS: Final = {"Counter": (Counter, ("start", "step")), "Random": (Random, ("low", "high", "seed"))}
NETS: Final = ("Net", "Net6")
CALLED: Final = (*OURS, *NETS, *NAMES)
"""What is written as a call, and is a value."""
WIDEST: Final = 1 << 128
"""No field's number is larger."""
DEEPEST: Final = 64
"""Operations inside one another."""


class Values:
    """Reads values; `inner` makes a packet of a node that is one.

    Attributes:
        link: the interface that addresses name behind a `%`.
    """

    def __init__(self, line: Line, inner: Callable[[ast.expr], Any], resolve: Resolve | None) -> None:
        self._line, self._inner, self._resolve = line, inner, resolve
        self.link: str | None = None

    def value(self, node: ast.expr, top: bool = False, depth: int = 0) -> Any:
        """The value of a node; `top` where it is all that a field has, so that it may be new in every frame."""
        if depth > DEEPEST:
            raise self._line.error(node, f"more than {DEEPEST} operations inside one another", "write less")
        match node:
            case ast.Constant(value=int() | float() | str() | bytes() | None):
                return node.value
            case ast.UnaryOp(op=ast.USub()):
                return self._negative(node, depth)
            case ast.List():
                return [self.value(part) for part in node.elts]
            case ast.Tuple():
                return tuple(self.value(part) for part in node.elts)
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Pow()):
                return self._computed(node, depth)
            case ast.Call(func=ast.Name(id=name)) if name in CALLED:
                return self._called(node, name, top)
            case ast.Call() | ast.BinOp(op=ast.Div()):
                return self._inner(node)
        raise self._no_value(node)

    def _no_value(self, node: ast.expr) -> Exception:
        remedy = "give a number, text, a list, or a tuple for a range"
        return self._line.error(node, f"{self._line.shown(node)} is no value", remedy)

    def _negative(self, node: ast.UnaryOp, depth: int) -> Any:
        number = self.value(node.operand, depth=depth + 1)
        if type(number) not in (int, float):
            raise self._no_value(node)
        return -number

    def _computed(self, node: ast.BinOp, depth: int) -> Any:
        """`"x" * 1400`, `b"ab" + b"c"`, `2 ** 16 - 1`; nothing that is larger than what a packet holds."""
        left: Any = self.value(node.left, depth=depth + 1)
        right: Any = self.value(node.right, depth=depth + 1)
        if isinstance(node.op, ast.Mult) and isinstance(right, (str, bytes)):
            left, right = right, left
        if type(left) is int and type(right) is int:
            return self._number(node, left, right)
        if isinstance(node.op, ast.Mult) and isinstance(left, (str, bytes)) and type(right) is int:
            self._check_size(node, len(left) * right)
            return left * right
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, (str, bytes)):
            self._check_size(node, len(left) + len(right))
            return left + right
        raise self._no_value(node)

    def _number(self, node: ast.BinOp, left: int, right: int) -> int:
        match node.op:
            case ast.Add():
                number = left + right
            case ast.Sub():
                number = left - right
            case ast.Mult():
                number = left * right
            case _:
                number = left**right if 0 <= right <= 128 and abs(left) <= WIDEST else WIDEST + 1
        if abs(number) > WIDEST:
            raise self._line.error(node, f"{self._line.shown(node)} is larger than any field", "give less")
        return number

    def _check_size(self, node: ast.expr, size: int) -> None:
        if size > MOST_TEXT:
            wrong = f"{self._line.shown(node)} has {size} bytes"
            raise self._line.error(node, wrong, f"an IP packet has {MOST_TEXT} at most")

    def _called(self, node: ast.Call, name: str, top: bool) -> Any:
        if name not in NETS and not top:
            raise self._line.error(node, f"{name} stands in a list, a range or a layer inside a field", "give it alone")
        given = [self.value(one, top=name in NAMES) for one in node.args]
        named = {str(key.arg): self.value(key.value, top=name in NAMES) for key in node.keywords}
        if name in OURS:
            return self._ours(node, name, given, named)
        try:
            return self._network(given) if name in NETS else random_value(name, given, named)
        except SendError as error:
            wrong, _, remedy = str(error).partition(": ")
            raise self._line.error(node, wrong, remedy) from None

    def _network(self, given: list[Any]) -> Any:
        """`Net("192.0.2.0/24")`, `Net("192.0.2.1", "192.0.2.9")`: what the text, or a pair of them, means by itself."""
        if not (1 <= len(given) <= 2 and all(isinstance(one, str) for one in given)):
            raise SendError('Net does not take this: write Net("192.0.2.0/24") or Net("192.0.2.1", "192.0.2.9")')
        return given[0] if len(given) == 1 else tuple(given)

    def _ours(self, node: ast.Call, name: str, given: list[Any], named: dict[str, Any]) -> Counter | Random:
        kind, names = OURS[name]
        places = names[:2]
        values = dict(zip(places, given, strict=False)) | named
        wrong = len(given) > len(places) or not set(values) <= set(names)
        whole = all(type(value) is int for key, value in values.items() if key in ("step", "seed"))
        if wrong or not whole or not all(type(value) in (int, str) for value in values.values()):
            remedy = f"write {name}({', '.join(places)}), in whole numbers or addresses"
            raise self._line.error(node, f"{name} does not take this", remedy)
        source: Counter | Random = kind(**values)
        return source

    def addresses(self, node: Any, version: int, value: Any) -> Any:
        """Addresses as scapy takes them: names looked up, and without the interface, which is kept for all."""
        if isinstance(value, (list, tuple)):
            nodes = getattr(node, "elts", None) or getattr(node, "args", None) or [node] * len(value)
            found = [self.addresses(part, version, one) for part, one in zip(nodes, value, strict=True)]
            return type(value)(found)
        if not isinstance(value, str):
            return value
        host, slash, mask = self._on_link(node, value).partition("/")
        if self._resolve is not None and _is_name(host):
            host = self._on_link(node, self._address(node, host, version))
        return host + slash + mask

    def _address(self, node: Any, name: str, version: int) -> str:
        assert self._resolve is not None
        try:
            return self._resolve(name, version)
        except TargetError as error:
            wrong, _, remedy = str(error).rpartition(": ")
            raise self._line.error(node, wrong, remedy) from None

    def _on_link(self, node: Any, address: str) -> str:
        """The address without its interface (RFC 4007, section 11)."""
        plain, percent, link = address.partition("%")
        if percent and not link:
            return address
        if link and self.link not in (None, link):
            raise self._line.error(node, f"the destinations leave by {self.link} and {link}", "send them apart")
        self.link = link or self.link
        return plain


def _is_name(host: str) -> bool:
    """Whether a text is a host's name: of no other form than an address, as `192.0.2.256` and `2001:db8::x` are.

    >>> [_is_name(text) for text in ("server.example", "localhost", "192.0.2.256", "2001:db8::x", "")]
    [True, True, False, False, False]
    """
    return any(map(str.isalpha, host)) and all(letter.isalnum() or letter in "-._" for letter in host)
