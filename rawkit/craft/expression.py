"""Scapy's notation, parsed and not evaluated: `IP(dst="198.18.0.0/24") / TCP(dport=[80, 443], flags="S")`.

Python's grammar is used, its meaning is not: only layers called with `field=value`, joined by `/`, and as values
literals, lists, tuples (which are ranges), layers, `Counter(...)` and `Random(...)`. Nothing else gets through.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rawkit.craft.layers import layer_class, layer_homes
from rawkit.craft.literals import WrongValue, check, is_flags, try_out
from rawkit.craft.names import field_names, nearest
from rawkit.craft.quiet import quietly
from rawkit.craft.sources import Counter, Random
from rawkit.craft.template import Template
from rawkit.errors import SendError

SOURCES: Final = {"Counter": (Counter, ("start", "step")), "Random": (Random, ("low", "high"))}


class ExpressionError(SendError):
    """An expression that names no packet.

    Attributes:
        text: the expression, on one line.
        column: the character where the trouble is, the first being 1.

    >>> error = ExpressionError("what is wrong", "what to do", "IP(dst)", 4)
    >>> str(error)
    'what is wrong (column 4): what to do'
    >>> print(error.pointed())
    IP(dst)
       ^
    """

    def __init__(self, wrong: str, remedy: str, text: str, column: int) -> None:
        self.text, self.column = text, column
        super().__init__(f"{wrong} (column {column}): {remedy}")

    def pointed(self) -> str:
        """The expression, and below it a caret at the place; two lines."""
        return f"{self.text}\n{' ' * (self.column - 1)}^"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an expression says: a scapy packet, and the fields that vary in ways scapy's notation has none for."""

    packet: Any
    vary: dict[str, Any]

    def template(self, link_type: int | None = None) -> Template:
        """All frames of the expression."""
        return Template(self.packet, link_type=link_type, vary=self.vary)


def parse(text: str) -> Parsed:
    """Reads an expression. Raises `ExpressionError`, before anything is built, for all that is not in the notation.

    >>> parsed = parse('IP(dst="198.18.0.0/30", id=Counter(7)) / UDP(dport=[53, (100, 102)]) / "hello"')
    >>> len(parsed.template())
    16
    >>> parse('IP(dts="192.0.2.1")')
    Traceback (most recent call last):
    rawkit.craft.expression.ExpressionError: IP has no field dts (column 4): did you mean dst?
    """
    line = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    tree = _tree(line)
    with quietly():
        return _Reader(line).packet(tree)


def _tree(line: str) -> ast.expr:
    indent = len(line) - len(line.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(line[indent:], mode="eval").body
    except SyntaxError as error:
        column = min(max((error.offset or 1) + indent, 1), len(line) + 1)
        wrong = f"this is not scapy's notation, {error.msg}" if line.strip() else "the expression is empty"
        raise ExpressionError(wrong, 'write LAYER(field=value)/LAYER(...), as in IP(dst="192.0.2.1")/TCP(dport=80)',
                              line, column) from None  # fmt: skip
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("the expression is too deep or holds a null byte", "write less", line, 1) from None


class _Reader:
    """Makes packets and values of the nodes of one expression."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._indent = len(line) - len(line.lstrip())

    def packet(self, tree: ast.expr) -> Parsed:
        vary: dict[str, Any] = {}
        seen: Tally[str] = Tally()
        packet = None
        for node in self._layers(tree):
            layer, own = self._layer(node)
            name = type(layer).__name__
            seen[name] += 1
            vary |= {f"{name}:{seen[name]}.{field}": value for field, value in own.items()}
            packet = layer if packet is None else packet / layer
        return Parsed(packet, vary)

    def _layers(self, node: ast.expr) -> Iterator[ast.expr]:
        """The operands of `/`, from left to right."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div):
                waiting += [one.right, one.left]
            else:
                yield one

    def _layer(self, node: ast.expr) -> tuple[Any, dict[str, Any]]:
        """A layer, and the fields of it that vary by a source of ours."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            return layer_class("Raw")(load=node.value), {}
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            raise self._error(node, f"{_what(node)} is no layer", "write LAYER(field=value), and / between layers")
        name = node.func.id
        if name not in layer_homes():
            raise self._error(node, f"no layer is called {name}", _advice(name, layer_homes(), "see scapy's ls()"))
        if node.args:
            raise self._error(node.args[0], f"{name} is given a value without a field", "write field=value")
        return self._filled(node, name, layer_class(name))

    def _filled(self, node: ast.Call, name: str, kind: Any) -> tuple[Any, dict[str, Any]]:
        blank = kind()
        fields: dict[str, Any] = {}
        vary: dict[str, Any] = {}
        for keyword in node.keywords:
            field, value = self._field(keyword, name, blank)
            ours = isinstance(value, (Counter, Random)) or (isinstance(value, list) and is_flags(blank, field))
            (vary if ours else fields)[field] = value
        try:
            layer = kind(**fields)
        except Exception as error:  # scapy's layers raise whatever comes up
            raise self._error(node, f"{name} does not take these values", f"scapy says {error}") from None
        for keyword in node.keywords:
            if keyword.arg in fields:
                self._checked(keyword.value, partial(try_out, layer, str(keyword.arg)))
        return layer, vary

    def _field(self, keyword: ast.keyword, name: str, blank: Any) -> tuple[str, Any]:
        known = field_names(blank)
        if keyword.arg is None:
            raise self._error(keyword, f"{name} is given ** of something", "write field=value")
        if keyword.arg not in known:
            remedy = _advice(keyword.arg, known, f"it has {', '.join(known)}")
            raise self._error(keyword, f"{name} has no field {keyword.arg}", remedy)
        value = self._value(keyword.value, top=True)
        self._check_each(keyword.value, blank, keyword.arg, value)
        return keyword.arg, value

    def _check_each(self, node: ast.expr, blank: Any, field: str, value: Any) -> None:
        """Checks a value, or each of a list of values where that is what a list means for the field."""
        if isinstance(node, ast.List) and not blank.get_field(field).islist:
            for part, one in zip(node.elts, value, strict=True):
                self._checked(part, partial(check, blank, field, one))
        else:
            self._checked(node, partial(check, blank, field, value))

    def _checked(self, node: Any, action: Callable[[], None]) -> None:
        try:
            action()
        except WrongValue as error:
            raise self._error(node, error.wrong, error.remedy) from None

    def _value(self, node: ast.expr, top: bool = False) -> Any:
        match node:
            case ast.Constant(value=int() | float() | str() | bytes() | None):
                return node.value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as size)):
                return -size
            case ast.List():
                return [self._value(part) for part in node.elts]
            case ast.Tuple():
                return tuple(self._value(part) for part in node.elts)
            case ast.Call(func=ast.Name(id=name)) if top and name in SOURCES:
                return self._source(node, name)
            case ast.Call() | ast.BinOp(op=ast.Div()):
                return self._inner(node)
        raise self._error(node, f"{_what(node)} is no value", "give a number, text, a list, or a tuple for a range")

    def _inner(self, node: ast.expr) -> Any:
        """A packet as the value of a field."""
        parsed = self.packet(node)
        if parsed.vary:
            raise self._error(node, "a layer inside a field cannot hold Counter or Random", "give it a value")
        return parsed.packet

    def _source(self, node: ast.Call, name: str) -> Counter | Random:
        kind, names = SOURCES[name]
        given = dict(zip(names, node.args, strict=False)) | {str(k.arg): k.value for k in node.keywords}
        values = {key: self._value(value) for key, value in given.items()}
        allowed = {*names, "seed"} if kind is Random else set(names)
        wrong = len(node.args) > len(names) or not set(values) <= allowed
        if wrong or not all(type(value) is int for value in values.values()):
            raise self._error(node, f"{name} does not take this", f"write {name}({', '.join(names)}), in whole numbers")
        source: Counter | Random = kind(**values)
        return source

    def _error(self, node: Any, wrong: str, remedy: str) -> ExpressionError:
        before = self._line[self._indent :].encode()[: node.col_offset].decode(errors="replace")
        return ExpressionError(wrong, remedy, self._line, len(before) + self._indent + 1)


def _advice(word: str, known: Any, otherwise: str) -> str:
    close = nearest(word, known)
    return close.removeprefix(", ") if close else otherwise


def _what(node: ast.expr) -> str:
    """The node as the user wrote it, cut short."""
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:37] + "..."
