"""Scapy's notation, parsed and not evaluated: `IP(dst="198.18.0.0/24") / TCP(dport=[80, 443], flags="S")`.

Python's grammar is used, its meaning is not: only layers called with `field=value`, joined by `/`, `fuzz` of them, and
the values that `rawkit.craft.values` reads. Nothing else gets through.
"""

from __future__ import annotations

import ast
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from rawkit.craft.draws import seed_of
from rawkit.craft.fields import ip_version
from rawkit.craft.fuzz import fuzzed
from rawkit.craft.layers import layer_class, layer_homes
from rawkit.craft.literals import WrongValue, check, is_flags, try_out
from rawkit.craft.names import field_names, nearest
from rawkit.craft.notation import ExpressionError, Line
from rawkit.craft.packets import layers_of
from rawkit.craft.quiet import quietly
from rawkit.craft.template import Template
from rawkit.craft.values import CALLED, Resolve, Values
from rawkit.craft.volatiles import is_volatile, lasting
from rawkit.errors import SendError
from rawkit.values import dataclass

__all__ = ["ExpressionError", "Parsed", "parse"]

BARE: Final = ("Raw", "Padding")
"""Layers that are given their bytes without a field's name."""
INNERMOST: Final = 16
"""Layers as values of fields, inside one another."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an expression says.

    Attributes:
        packet: a scapy packet.
        vary: fields that are new in every frame, or vary in ways that scapy's packets have none for.
        link: the interface that its addresses name, as in `fe80::1%eth0`.
        built: those of the fields that scapy has to draw, which is slow, and not the same for the same seed.
    """

    packet: Any
    vary: dict[str, Any]
    link: str | None = None
    built: tuple[str, ...] = ()

    def template(self, link_type: int | None = None) -> Template:
        """All frames of the expression."""
        return Template(self.packet, link_type=link_type, vary=self.vary)


def parse(text: str, resolve: Resolve | None = None) -> Parsed:
    """Reads an expression. Raises `ExpressionError`, before anything is built, for all that is not in the notation.

    Args:
        text: the expression.
        resolve: gives the address of a name; without it addresses alone are taken.

    >>> parsed = parse('IP(dst="198.18.0.0/30", id=Counter(7)) / UDP(dport=[53, (100, 102)]) / ("x" * 5)')
    >>> len(parsed.template())
    16
    >>> parse('IP(dts="192.0.2.1")')
    Traceback (most recent call last):
    rawkit.craft.notation.ExpressionError: IP has no field dts (column 4): did you mean dst?
    """
    line = Line(text)
    tree = line.tree()
    with quietly():
        return _Reader(line, resolve).packet(tree)


class _Reader:
    """Makes packets and values of the nodes of one expression."""

    def __init__(self, line: Line, resolve: Resolve | None) -> None:
        self._line = line
        self._values = Values(line, self._inner, resolve)
        self._depth = 0

    def packet(self, tree: ast.expr) -> Parsed:
        vary: dict[str, Any] = {}
        seen: Tally[str] = Tally()
        packet, fuzzes = None, []
        for node, fuzz in self._layers(tree, None):
            layer, own = self._layer(node)
            name = type(layer).__name__
            seen[name] += 1
            vary |= {f"{name}:{seen[name]}.{field}": value for field, value in own.items()}
            packet = layer if packet is None else packet / layer
            fuzzes.append((f"{name}:{seen[name]}", fuzz))
        for depth, (layer, (name, fuzz)) in enumerate(zip(layers_of(packet), fuzzes, strict=True)):
            vary = (self._fuzzed(layer, name, fuzz, depth) if fuzz else {}) | vary
        built = tuple(name.replace(":1.", ".") for name, value in vary.items() if is_volatile(value))
        return Parsed(packet, vary, self._values.link, built)

    def _fuzzed(self, layer: Any, name: str, fuzz: _Fuzz, depth: int) -> dict[str, Any]:
        """The fields of a layer that `fuzz` has new in every frame; others it sets."""
        try:
            found = fuzzed(layer, None if fuzz.seed is None else seed_of(fuzz.seed, depth))
        except SendError as error:
            wrong, _, remedy = str(error).partition(": ")
            raise self._line.error(fuzz.node, wrong, remedy) from None
        layer.fields |= {field: value for field, value in found.items() if not lasting(value)}
        return {f"{name}.{field}": value for field, value in found.items() if lasting(value)}

    def _layers(self, node: ast.expr, fuzz: _Fuzz | None) -> Iterator[tuple[ast.expr, _Fuzz | None]]:
        """The operands of `/`, from left to right, and what fuzzes each."""
        waiting = [(node, fuzz)]
        while waiting:
            one, fuzz = waiting.pop()
            if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div):
                waiting += [(one.right, fuzz), (one.left, fuzz)]
            elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "fuzz":
                waiting.append((one.args[0] if one.args else one, self._fuzz(one)))
            else:
                yield one, fuzz

    def _fuzz(self, node: ast.Call) -> _Fuzz:
        seeds = [key.value for key in node.keywords if key.arg == "seed"]
        if len(node.args) != 1 or len(seeds) != len(node.keywords):
            raise self._line.error(node, "fuzz does not take this", "write fuzz(LAYER(...)), or with seed=N")
        seed = self._values.value(seeds[0]) if seeds else None
        if seeds and type(seed) is not int:
            raise self._line.error(seeds[0], f"{self._line.shown(seeds[0])} is no seed", "give a whole number")
        return _Fuzz(node, seed)

    def _layer(self, node: ast.expr) -> tuple[Any, dict[str, Any]]:
        """A layer, and the fields of it that vary by a source of ours."""
        if isinstance(node, (ast.Constant, ast.BinOp)):
            return self._text(node)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            raise self._no_layer(node)
        name = node.func.id
        if name not in layer_homes():
            raise self._error(
                node, f"no layer is called {name}", _advice(name, [*layer_homes(), *CALLED], "see scapy's ls()")
            )
        if name in BARE and len(node.args) == 1 and not node.keywords:
            node = ast.copy_location(ast.Call(node.func, [], [ast.keyword("load", node.args[0])]), node)
        if node.args:
            raise self._error(node.args[0], f"{name} is given a value without a field", "write field=value")
        return self._filled(node, name, layer_class(name))

    def _text(self, node: ast.Constant | ast.BinOp) -> tuple[Any, dict[str, Any]]:
        """Text as a layer: what the one in front of it carries."""
        if any(isinstance(one, ast.Call) for one in ast.walk(node)):
            raise self._no_layer(
                node, 'write LAYER()/("x" * 9), with the text in parentheses, and --count for more frames'
            )
        text = self._values.value(node)
        if not isinstance(text, (str, bytes)):
            raise self._no_layer(node)
        return layer_class("Raw")(load=text), {}

    def _no_layer(
        self, node: ast.expr, remedy: str = "write LAYER(field=value), and / between layers"
    ) -> ExpressionError:
        return self._error(node, f"{self._line.shown(node)} is no layer", remedy)

    def _filled(self, node: ast.Call, name: str, kind: Any) -> tuple[Any, dict[str, Any]]:
        blank = kind()
        fields: dict[str, Any] = {}
        vary: dict[str, Any] = {}
        for keyword in node.keywords:
            field, value = self._field(keyword, name, blank)
            ours = lasting(value) or (isinstance(value, list) and is_flags(blank, field))
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
        value = self._values.value(keyword.value, top=True)
        if version := ip_version(blank, keyword.arg):
            value = self._values.addresses(keyword.value, version, value)
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

    def _inner(self, node: ast.expr) -> Any:
        """A packet as the value of a field."""
        if self._depth >= INNERMOST:
            raise self._error(node, f"more than {INNERMOST} layers inside one another", "write less")
        self._depth += 1
        parsed = self.packet(node)
        self._depth -= 1
        if parsed.vary:
            wrong = "a layer inside a field cannot hold Counter, Random, fuzz or any other random value"
            raise self._error(node, wrong, "give it a value")
        return parsed.packet

    def _error(self, node: Any, wrong: str, remedy: str) -> ExpressionError:
        return self._line.error(node, wrong, remedy)


@dataclass(frozen=True, slots=True)
class _Fuzz:
    """Where `fuzz` stands, and its seed."""

    node: ast.expr
    seed: int | None


def _advice(word: str, known: Any, otherwise: str) -> str:
    close = nearest(word, known)
    return close.removeprefix(", ") if close else otherwise
