"""Writing: frames of any kind into a capture file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from os import PathLike, fspath
from typing import Any

import numpy as np

from rawkit.craft import Template
from rawkit.files import Interface
from rawkit.frames import FrameBatch
from rawkit.run.capture.recording import Recording
from rawkit.run.send.given import items, taken
from rawkit.values import replace


def write(path: str | PathLike[str], what: Any) -> int:
    """Writes frames to a capture file; returns how many.

    Nothing is asked of the network and its routes: a packet that begins with IP is written as such (LINKTYPE_RAW), and
    one that begins with Ether has to say its destination. Frames of captures keep their times and lengths; what is
    made has the time at which it is written.

    Args:
        path: the file: pcapng where its name has `.pcapng` in it, else pcap, which holds one link type; `-` is
            standard output. `.gz`, `.zst` and `.xz` compress.
        what: as of `rawkit.send`.

    Raises CaptureError where the file cannot be written or `what` not be read, or a pcap file would have to hold two
    link types; SendError for what cannot be made.

    >>> import rawkit, tempfile
    >>> from scapy.layers.inet import IP, UDP
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rawkit.write(f"{folder}/two.pcap", IP(src="192.0.2.1", dst="192.0.2.2") / UDP(dport=[7, 9]))
    ...     rawkit.read_packets(f"{folder}/two.pcap")["udp.dstport"].tolist()
    2
    [7, 9]
    """
    interfaces: list[Interface] = []
    frames = 0
    with Recording(fspath(path), interfaces) as recording:
        for batch in _batches(what):
            recording.write(_placed(batch, interfaces))
            frames += len(batch)
    return frames


def _batches(what: Any) -> Iterator[FrameBatch]:
    for item, _ in items(what):
        if isinstance(item, FrameBatch):
            yield item
            continue
        parsed = taken(item)
        template: Template = parsed.template() if parsed is not None else item
        for batch in template.batches():
            yield replace(batch, timestamp=np.full(len(batch), time.time_ns(), np.int64))


def _placed(batch: FrameBatch, interfaces: list[Interface]) -> FrameBatch:
    """The batch with the places of its interfaces in the file: one a link type and name, more as they come."""
    names = batch.interface_names
    column = np.zeros(len(batch), np.int32)
    kinds = np.stack([batch.link_type, batch.interface], axis=1)
    for link_type, number in np.unique(kinds, axis=0).tolist():
        described = Interface(link_type, name=names[number] if number < len(names) else "", resolution=9)
        if described not in interfaces:
            interfaces.append(described)
        column[(batch.link_type == link_type) & (batch.interface == number)] = interfaces.index(described)
    return replace(batch, interface=column)
