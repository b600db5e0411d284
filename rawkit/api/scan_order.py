"""What a scan would send, and in which order: `ScanOrder`, for which nothing is sent or opened."""

from __future__ import annotations

from rawkit.run.scan.order import ScanOrder

__all__ = ["ScanOrder"]
