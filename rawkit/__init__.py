"""rawkit: a packet crafting and sniffing toolkit for Linux.

Importing this package loads nothing but itself; each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rawkit.api.captures import CaptureWarning, Step, follow, read_events, read_flows, read_packets
    from rawkit.decode import Packets
    from rawkit.errors import RawkitError
    from rawkit.files import open_capture as open
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.flow.events import Handshake, Teardown, UdpExchange
    from rawkit.flow.rules import FlowRules
    from rawkit.frames import FrameBatch, FrameSink, FrameSource
    from rawkit.kernels import Engine
    from rawkit.tables import FieldError, Table

__all__ = [
    "CaptureWarning",
    "Engine",
    "FieldError",
    "FlowRecord",
    "FlowRules",
    "FrameBatch",
    "FrameSink",
    "FrameSource",
    "Handshake",
    "Packets",
    "RawkitError",
    "Step",
    "Table",
    "Teardown",
    "UdpExchange",
    "__version__",
    "follow",
    "open",
    "read_events",
    "read_flows",
    "read_packets",
]

_HOMES = {
    "CaptureWarning": ("rawkit.api.captures", "CaptureWarning"),
    "Engine": ("rawkit.kernels", "Engine"),
    "FieldError": ("rawkit.tables", "FieldError"),
    "FlowRecord": ("rawkit.flow.conn_log.record", "FlowRecord"),
    "FlowRules": ("rawkit.flow.rules", "FlowRules"),
    "FrameBatch": ("rawkit.frames", "FrameBatch"),
    "FrameSink": ("rawkit.frames", "FrameSink"),
    "FrameSource": ("rawkit.frames", "FrameSource"),
    "Handshake": ("rawkit.flow.events", "Handshake"),
    "Packets": ("rawkit.decode", "Packets"),
    "RawkitError": ("rawkit.errors", "RawkitError"),
    "Step": ("rawkit.api.captures", "Step"),
    "Table": ("rawkit.tables", "Table"),
    "Teardown": ("rawkit.flow.events", "Teardown"),
    "UdpExchange": ("rawkit.flow.events", "UdpExchange"),
    "follow": ("rawkit.api.captures", "follow"),
    "open": ("rawkit.files", "open_capture"),
    "read_events": ("rawkit.api.captures", "read_events"),
    "read_flows": ("rawkit.api.captures", "read_flows"),
    "read_packets": ("rawkit.api.captures", "read_packets"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit' has no attribute {name!r}") from None
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
