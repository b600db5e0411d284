"""Where rawkit keeps what outlives a command."""

from __future__ import annotations

from rawkit.lab.place import state_place as lab_records

__all__ = ["lab_records"]
