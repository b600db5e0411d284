"""rawkit: a packet crafting and sniffing toolkit for Linux.

Importing this package loads nothing but itself; each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rawkit.api.capture import Capture, CaptureWarning
    from rawkit.api.captures import follow, read_events, read_flows, read_packets
    from rawkit.api.opening import open_capture as open
    from rawkit.api.packet import Packet
    from rawkit.api.privileges import drop_privileges
    from rawkit.api.sniff import Recorder, record, sniff
    from rawkit.api.step import Step
    from rawkit.decode import Packets
    from rawkit.errors import RawkitError
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.flow.events import Handshake, Teardown, UdpExchange
    from rawkit.flow.rules import FlowRules
    from rawkit.frames import FrameBatch, FrameSink, FrameSource
    from rawkit.kernels import Engine
    from rawkit.run.capture.outcome import CaptureStatistics
    from rawkit.tables import FieldError, Table

__all__ = [
    "Capture",
    "CaptureStatistics",
    "CaptureWarning",
    "Engine",
    "FieldError",
    "FlowRecord",
    "FlowRules",
    "FrameBatch",
    "FrameSink",
    "FrameSource",
    "Handshake",
    "Packet",
    "Packets",
    "RawkitError",
    "Recorder",
    "Step",
    "Table",
    "Teardown",
    "UdpExchange",
    "__version__",
    "drop_privileges",
    "follow",
    "open",
    "read_events",
    "read_flows",
    "read_packets",
    "record",
    "sniff",
]

_HOMES = {
    "Capture": ("rawkit.api.capture", "Capture"),
    "CaptureStatistics": ("rawkit.run.capture.outcome", "CaptureStatistics"),
    "CaptureWarning": ("rawkit.api.capture", "CaptureWarning"),
    "Engine": ("rawkit.kernels", "Engine"),
    "FieldError": ("rawkit.tables", "FieldError"),
    "FlowRecord": ("rawkit.flow.conn_log.record", "FlowRecord"),
    "FlowRules": ("rawkit.flow.rules", "FlowRules"),
    "FrameBatch": ("rawkit.frames", "FrameBatch"),
    "FrameSink": ("rawkit.frames", "FrameSink"),
    "FrameSource": ("rawkit.frames", "FrameSource"),
    "Handshake": ("rawkit.flow.events", "Handshake"),
    "Packet": ("rawkit.api.packet", "Packet"),
    "Packets": ("rawkit.decode", "Packets"),
    "RawkitError": ("rawkit.errors", "RawkitError"),
    "Recorder": ("rawkit.api.sniff", "Recorder"),
    "Step": ("rawkit.api.step", "Step"),
    "Table": ("rawkit.tables", "Table"),
    "Teardown": ("rawkit.flow.events", "Teardown"),
    "UdpExchange": ("rawkit.flow.events", "UdpExchange"),
    "drop_privileges": ("rawkit.api.privileges", "drop_privileges"),
    "follow": ("rawkit.api.captures", "follow"),
    "open": ("rawkit.api.opening", "open_capture"),
    "read_events": ("rawkit.api.captures", "read_events"),
    "read_flows": ("rawkit.api.captures", "read_flows"),
    "read_packets": ("rawkit.api.captures", "read_packets"),
    "record": ("rawkit.api.sniff", "record"),
    "sniff": ("rawkit.api.sniff", "sniff"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit' has no attribute {name!r}") from None
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
