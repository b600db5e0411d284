"""The kernels of the decoder that follow from its registry, rawkit/decode/headers/layers.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from generating.text import python

if TYPE_CHECKING:
    from rawkit.decode.headers.layers import Entry, Layer

SOURCE = "rawkit/decode/headers/layers.py"
HEAD = '''"""{doc}"""

from __future__ import annotations

from typing import Final

{imports}

FORCE_INLINE: Final = True
'''


def constant(number: int) -> str:
    """What rawkit.decode.layout calls a layer."""
    from rawkit.decode import layout

    names = list(vars(layout))
    layers = names[names.index("NOTHING") : names.index("TUNNEL")]
    return next(name for name in layers if getattr(layout, name) == number)


def lookup_kernel(_present: str) -> str:
    """The functions that give the layer of a number: `by_ethertype`, `by_ip_protocol`, ..."""
    from rawkit.decode.headers.layers import ENTRIES

    used = sorted({constant(entry.layer) for entry in ENTRIES} | {"NOTHING", "TUNNEL"})
    doc = "Which layer a number leads to; `TUNNEL` is added where a tunnel begins, `NOTHING` says that none is known."
    imports = f"from rawkit.decode.layout import {', '.join(used)}"
    parents = dict.fromkeys(entry.parent for entry in ENTRIES if entry.parent != "udp port")
    functions = [lookup(parent, [e for e in ENTRIES if e.parent == parent]) for parent in parents]
    functions += udp_ports([entry for entry in ENTRIES if entry.parent == "udp port"])
    return python(SOURCE, HEAD.format(doc=doc, imports=imports) + "\n\n".join(functions))


def result(entry: Entry) -> str:
    return f"TUNNEL | {constant(entry.layer)}" if entry.enters else constant(entry.layer)


def one_of(name: str, keys: list[int], form: str = "d") -> str:
    """The test whether a variable is one of the keys."""
    written = [f"0x{key:04X}" if form == "x" else str(key) for key in keys]
    return f"{name} == {written[0]}" if len(keys) == 1 else f"{name} in ({', '.join(written)})"


def lookup(parent: str, entries: list[Entry]) -> str:
    form = "x" if max(entry.key for entry in entries) > 0xFF and parent != "link type" else "d"
    lines = [f"def by_{parent.replace(' ', '_')}(number: int) -> int:"]
    for what, found in groupby(entries, result):
        lines.append(f"    if {one_of('number', [entry.key for entry in found], form)}:\n        return {what}")
    return "\n".join((*lines, "    return NOTHING\n"))


def udp_ports(entries: list[Entry]) -> Iterator[str]:
    """Whether datagrams between two ports may be a tunnel, and which one the first 16 bits of one say that it is."""
    both = [entry.key for entry in entries if entry.both_ways]
    yield (
        "def may_tunnel(source: int, destination: int) -> bool:\n"
        f"    return {one_of('destination', [e.key for e in entries])} or {one_of('source', both)}\n"
    )
    lines = ["def by_udp_port(source: int, destination: int, sign: int) -> int:"]
    for entry in sorted(entries, key=lambda entry: entry.both_ways):
        to = f"destination == {entry.key}" + (f" or source == {entry.key}" if entry.both_ways else "")
        told = f" if sign & 0x{entry.mask:04X} == 0x{entry.value:04X} else NOTHING" if entry.mask else ""
        lines.append(f"    if {to}:\n        return {result(entry)}{told}")
    yield "\n".join((*lines, "    return NOTHING\n"))


def dispatch_kernel(_present: str) -> str:
    """`step`, which calls the function of a layer."""
    from rawkit.decode.headers.layers import LAYERS

    names = ", ".join(sorted([*(constant(layer.number) for layer in LAYERS), "NOTHING"]))
    imports = [f"from rawkit.decode.layout import {names}"]
    for room in sorted({layer.room for layer in LAYERS}):
        functions = sorted({layer.function for layer in LAYERS if layer.room == room})
        imports.append(f"from rawkit.decode.headers.{room}_kernel import {', '.join(functions)}")
    imports.append("from rawkit.kernels import Ints")
    doc = "The step from one header to the next."
    return python(SOURCE, HEAD.format(doc=doc, imports="\n".join(imports)) + "\n\n" + "\n".join(step(LAYERS)))


def step(layers: Iterable[Layer]) -> Iterator[str]:
    arguments = "data: Ints, start: int, at: int, layer: int, rows: Ints, row: int"
    yield f"def step({arguments}) -> tuple[int, int]:"
    yield '    """Reads the header `layer` at `at`; returns the next layer and its place."""'
    for function, found in groupby(layers, lambda layer: layer.function):
        yield f"    if {' or '.join(f'layer == {constant(layer.number)}' for layer in found)}:"
        yield f"        return {function}(data, start, at, layer, rows, row)"
    yield "    return NOTHING, at"
