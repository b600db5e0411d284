"""rawkit: a packet crafting and sniffing toolkit for Linux.

Importing this package loads nothing but itself; each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rawkit.api.ask import Exchange, Exchanges, ask
    from rawkit.api.by_hand import no_kernel_rst
    from rawkit.api.captures import CaptureWarning, Step, follow, read_events, read_flows, read_packets
    from rawkit.api.frame import Frame
    from rawkit.api.lab import Lab
    from rawkit.api.send import SendRequest, SendRun, Sent, send
    from rawkit.api.write import write
    from rawkit.craft import Counter, Random, Template, zipped
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
    "Counter",
    "Engine",
    "Exchange",
    "Exchanges",
    "FieldError",
    "FlowRecord",
    "FlowRules",
    "Frame",
    "FrameBatch",
    "FrameSink",
    "FrameSource",
    "Handshake",
    "Lab",
    "Packets",
    "Random",
    "RawkitError",
    "SendRequest",
    "SendRun",
    "Sent",
    "Step",
    "Table",
    "Teardown",
    "Template",
    "UdpExchange",
    "__version__",
    "ask",
    "follow",
    "no_kernel_rst",
    "open",
    "read_events",
    "read_flows",
    "read_packets",
    "send",
    "write",
    "zipped",
]

_HOMES = {
    "CaptureWarning": ("rawkit.api.captures", "CaptureWarning"),
    "Counter": ("rawkit.craft", "Counter"),
    "Engine": ("rawkit.kernels", "Engine"),
    "Exchange": ("rawkit.api.ask", "Exchange"),
    "Exchanges": ("rawkit.api.ask", "Exchanges"),
    "FieldError": ("rawkit.tables", "FieldError"),
    "FlowRecord": ("rawkit.flow.conn_log.record", "FlowRecord"),
    "FlowRules": ("rawkit.flow.rules", "FlowRules"),
    "Frame": ("rawkit.api.frame", "Frame"),
    "FrameBatch": ("rawkit.frames", "FrameBatch"),
    "FrameSink": ("rawkit.frames", "FrameSink"),
    "FrameSource": ("rawkit.frames", "FrameSource"),
    "Handshake": ("rawkit.flow.events", "Handshake"),
    "Lab": ("rawkit.api.lab", "Lab"),
    "Packets": ("rawkit.decode", "Packets"),
    "Random": ("rawkit.craft", "Random"),
    "RawkitError": ("rawkit.errors", "RawkitError"),
    "SendRequest": ("rawkit.api.send", "SendRequest"),
    "SendRun": ("rawkit.api.send", "SendRun"),
    "Sent": ("rawkit.api.send", "Sent"),
    "Step": ("rawkit.api.captures", "Step"),
    "Table": ("rawkit.tables", "Table"),
    "Teardown": ("rawkit.flow.events", "Teardown"),
    "Template": ("rawkit.craft", "Template"),
    "UdpExchange": ("rawkit.flow.events", "UdpExchange"),
    "ask": ("rawkit.api.ask", "ask"),
    "follow": ("rawkit.api.captures", "follow"),
    "no_kernel_rst": ("rawkit.api.by_hand", "no_kernel_rst"),
    "open": ("rawkit.files", "open_capture"),
    "read_events": ("rawkit.api.captures", "read_events"),
    "read_flows": ("rawkit.api.captures", "read_flows"),
    "read_packets": ("rawkit.api.captures", "read_packets"),
    "send": ("rawkit.api.send", "send"),
    "write": ("rawkit.api.write", "write"),
    "zipped": ("rawkit.craft", "zipped"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit' has no attribute {name!r}") from None
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
