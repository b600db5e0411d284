"""`Tree`: a packet's layers and fields with their bytes; where rawkit has no reader for a layer, scapy reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rawkit.decode.tree import TreeField, TreeLayer, layers
from rawkit.values import dataclass, replace

if TYPE_CHECKING:
    from rawkit.craft.dissected import Dissected


@dataclass(frozen=True, slots=True)
class Tree:
    """The layers of a packet, outermost first; as text, what `rawkit sniff -vv` shows of it.

    Attributes:
        layers: each with its name, place and fields.

    >>> import rawkit
    >>> with rawkit.open("captures/tcp-connect-refused.pcap") as capture:
    ...     tree = next(capture.packets()).tree()
    >>> [(layer.name, layer.offset, layer.size) for layer in tree]
    [('eth', 0, 14), ('ip', 14, 20), ('tcp', 34, 40)]
    >>> field = tree.layers[1].fields[-1]
    >>> field.name, field.value, field.offset, field.bytes.hex()
    ('ip.dst', '198.51.100.20', 30, 'c6336414')
    """

    layers: tuple[TreeLayer, ...]

    def __iter__(self) -> Iterator[TreeLayer]:
        return iter(self.layers)

    def __str__(self) -> str:
        from rawkit.view.packets.tree import tree_lines

        return "\n".join(tree_lines(self.layers, details=True))


def tree(frame: bytes, length: int, link_type: int) -> Tree:
    """The tree of a frame; arguments as of `rawkit.decode.tree.layers`."""
    found: list[TreeLayer] = []
    for layer in layers(frame, length, link_type):
        if layer.name == "data":
            found += _of_rest(frame, link_type, found[-1] if found else None, layer)
        elif not layer.fields:
            found += _from(frame[: layer.offset + layer.size], layer.name, layer.offset)[:1] or [layer]
        else:
            found.append(layer)
    return Tree(tuple(found))


def _of_rest(frame: bytes, link_type: int, last: TreeLayer | None, rest: TreeLayer) -> list[TreeLayer]:
    """What scapy finds in bytes behind the last header, and what is left of them."""
    if last is not None and (last.is_quoted or last.source != "rawkit"):
        return [rest]
    end = rest.offset + rest.size
    found = _from(frame[:end], link_type, 0) if last is None else _from(frame[:end], last.name, last.offset)[1:]
    at = found[-1].offset + found[-1].size if found else rest.offset
    if at >= end:
        return found
    raw = frame[at:end]
    return [*found, replace(rest, offset=at, size=len(raw), fields=(TreeField("data.data", raw.hex(), at, raw),))]


def _from(frame: bytes, layer: str | int, at: int) -> list[TreeLayer]:
    """A layer and those behind it, as scapy reads them."""
    from rawkit.craft.dissected import dissected

    return [_read_by_scapy(frame, found, at) for found in dissected(layer, frame[at:])]


def _read_by_scapy(frame: bytes, found: Dissected, at: int) -> TreeLayer:
    fields = [
        TreeField(name, value, at + offset if offset >= 0 else -1, frame[at + offset : at + offset + size], True)
        for name, value, offset, size in found.fields
    ]
    return TreeLayer(found.name, at + found.offset, found.size, tuple(fields), "scapy")
