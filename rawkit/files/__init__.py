"""Capture files: pcap and pcapng, read and written in batches, also compressed with gzip, zstd or xz."""

from __future__ import annotations

from rawkit.files.interfaces import Interface
from rawkit.files.pcap_writer import PcapWriter
from rawkit.files.pcapng_writer import PcapngWriter
from rawkit.files.reader import CaptureReader, open_capture

__all__ = ["CaptureReader", "Interface", "PcapWriter", "PcapngWriter", "open_capture"]
