"""rawkit: a packet crafting and sniffing toolkit for Linux.

Importing this package loads nothing but itself; each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rawkit.errors import RawkitError
    from rawkit.files import open_capture as open  # noqa: A004 - named as users of capture readers expect
    from rawkit.frames import FrameBatch, FrameSink, FrameSource

__all__ = ["FrameBatch", "FrameSink", "FrameSource", "RawkitError", "__version__", "open"]

_HOMES = {
    "FrameBatch": ("rawkit.frames", "FrameBatch"),
    "FrameSink": ("rawkit.frames", "FrameSink"),
    "FrameSource": ("rawkit.frames", "FrameSource"),
    "RawkitError": ("rawkit.errors", "RawkitError"),
    "open": ("rawkit.files", "open_capture"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit' has no attribute {name!r}") from None
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
