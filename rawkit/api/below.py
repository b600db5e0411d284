"""What the packets view has below each line: trees and bytes of packets, made of a whole batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rawkit.api.packet import laid
from rawkit.api.tree import tree

if TYPE_CHECKING:
    from rawkit.decode import Packets
    from rawkit.view.packets.below import Part
    from rawkit.view.packets.dump import Form


def trees(*, details: bool) -> Callable[[Packets], Part]:
    """For a view: what gives the lines of packets' trees; with `details` each field has one."""
    from rawkit.view.packets.tree import tree_lines

    def of_batch(packets: Packets) -> Part:
        frame, lengths, links = _frames(packets), _missing(packets), packets.batch.link_type.tolist()

        def of(row: int) -> bytes:
            data = frame(row)
            lines = tree_lines(tree(data, len(data) + lengths[row], links[row]), details=details)
            return "".join(f"{line}\n" for line in lines).encode()

        return of

    return of_batch


def dumps(form: Form) -> Callable[[Packets], Part]:
    """For a view: what gives packets' bytes in one of tcpdump's forms."""
    from rawkit.view.packets.dump import dump

    def of_batch(packets: Packets) -> Part:
        frame, links = _frames(packets), packets.batch.link_type.tolist()
        return lambda row: dump(frame(row), links[row], form)

    return of_batch


def _frames(packets: Packets) -> Part:
    """What gives the bytes of each packet, with the VLAN tag that the system took off."""
    data, begins, ends = laid(packets.batch)
    return lambda row: data[begins[row] : ends[row]].tobytes()


def _missing(packets: Packets) -> list[int]:
    """Bytes of each packet that were not captured."""
    missing: list[int] = (packets.batch.length - packets.batch.captured).tolist()
    return missing
