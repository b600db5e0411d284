"""A TCP of our own (RFC 9293), in user space. The names here are loaded when they are first used.

The engine is `rawkit.tcp.connection`, without I/O; `connect` and `listen` run it over a link.

>>> from rawkit import tcp
>>> tcp.Settings().nagle
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawkit.api.tcp import Network, Settings, TcpListener, TcpSocket, Tun, connect, listen

__all__ = ["Network", "Settings", "TcpListener", "TcpSocket", "Tun", "connect", "listen"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rawkit.tcp' has no attribute {name!r}")
    return getattr(import_module("rawkit.api.tcp"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
