"""Capture files: pcap and pcapng, read and written in batches, also compressed with gzip, zstd or xz.

Each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawkit.files.interfaces import Interface
    from rawkit.files.merged import MergedReader
    from rawkit.files.pcap_writer import PcapWriter
    from rawkit.files.pcapng_writer import PcapngWriter
    from rawkit.files.reader import CaptureReader, open_capture

__all__ = ["CaptureReader", "Interface", "MergedReader", "PcapWriter", "PcapngWriter", "open_capture"]

_HOMES = {
    "CaptureReader": "rawkit.files.reader",
    "Interface": "rawkit.files.interfaces",
    "MergedReader": "rawkit.files.merged",
    "PcapWriter": "rawkit.files.pcap_writer",
    "PcapngWriter": "rawkit.files.pcapng_writer",
    "open_capture": "rawkit.files.reader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rawkit.files' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
