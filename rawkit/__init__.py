"""rawkit: a packet crafting and sniffing toolkit for Linux.

Importing this package loads nothing but itself; each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rawkit import aio
    from rawkit.api.anonymize import Anonymized, anonymize
    from rawkit.api.ask import Exchange, Exchanges, ask
    from rawkit.api.by_hand import no_kernel_rst
    from rawkit.api.capture import Capture, CaptureWarning
    from rawkit.api.captures import follow, read_events, read_flows, read_packets
    from rawkit.api.check import Checked, check
    from rawkit.api.lab import Lab
    from rawkit.api.opening import open_capture as open
    from rawkit.api.packet import Packet
    from rawkit.api.ping import PingRun
    from rawkit.api.ping_call import ping
    from rawkit.api.privileges import drop_privileges
    from rawkit.api.replay import Replayed, ReplayRequest, ReplayRun
    from rawkit.api.replay_call import replay
    from rawkit.api.scan import ScanRun, ScanSummary
    from rawkit.api.scan_call import scan
    from rawkit.api.scan_hosts import HostSummary
    from rawkit.api.send import SendRequest, SendRun, Sent, send
    from rawkit.api.sniff import Recorder, record, sniff
    from rawkit.api.socket_list import Sockets, list_sockets
    from rawkit.api.step import Step
    from rawkit.api.streams import read_streams
    from rawkit.api.summary import read_summary
    from rawkit.api.write import write
    from rawkit.count.summary import Summary
    from rawkit.craft import Counter, Random, Template, zipped
    from rawkit.decode import Packets
    from rawkit.diag.socket import Socket
    from rawkit.errors import RawkitError
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.flow.events import Handshake, Teardown, UdpExchange
    from rawkit.flow.latency.values import Latency
    from rawkit.flow.rules import FlowRules
    from rawkit.frames import FrameBatch, FrameSink, FrameSource
    from rawkit.kernels import Engine
    from rawkit.probe.ping.engine import PingEngine
    from rawkit.probe.ping.plan import PingPlan
    from rawkit.probe.ping.results import Result as PingResult
    from rawkit.probe.ping.statistics import Summary as PingSummary
    from rawkit.probe.scan.engine import ScanEngine
    from rawkit.probe.scan.values import ScanPlan
    from rawkit.probe.targets import AddressRange, Target
    from rawkit.run.capture.outcome import CaptureStatistics
    from rawkit.run.ping.request import PingRequest
    from rawkit.run.scan.request import ScanRequest
    from rawkit.sockets.owners import Owner
    from rawkit.streams.values import Stream
    from rawkit.tables import FieldError, Table
    from rawkit.view.scan.rows import PortVerdict

__all__ = [
    "AddressRange",
    "Anonymized",
    "Capture",
    "CaptureStatistics",
    "CaptureWarning",
    "Checked",
    "Counter",
    "Engine",
    "Exchange",
    "Exchanges",
    "FieldError",
    "FlowRecord",
    "FlowRules",
    "FrameBatch",
    "FrameSink",
    "FrameSource",
    "Handshake",
    "HostSummary",
    "Lab",
    "Latency",
    "Owner",
    "Packet",
    "Packets",
    "PingEngine",
    "PingPlan",
    "PingRequest",
    "PingResult",
    "PingRun",
    "PingSummary",
    "PortVerdict",
    "Random",
    "RawkitError",
    "Recorder",
    "ReplayRequest",
    "ReplayRun",
    "Replayed",
    "ScanEngine",
    "ScanPlan",
    "ScanRequest",
    "ScanRun",
    "ScanSummary",
    "SendRequest",
    "SendRun",
    "Sent",
    "Socket",
    "Sockets",
    "Step",
    "Stream",
    "Summary",
    "Table",
    "Target",
    "Teardown",
    "Template",
    "UdpExchange",
    "__version__",
    "aio",
    "anonymize",
    "ask",
    "check",
    "drop_privileges",
    "follow",
    "list_sockets",
    "no_kernel_rst",
    "open",
    "ping",
    "read_events",
    "read_flows",
    "read_packets",
    "read_streams",
    "read_summary",
    "record",
    "replay",
    "scan",
    "send",
    "sniff",
    "write",
    "zipped",
]

_HOMES = {
    "AddressRange": ("rawkit.probe.targets", "AddressRange"),
    "Anonymized": ("rawkit.api.anonymize", "Anonymized"),
    "Capture": ("rawkit.api.capture", "Capture"),
    "CaptureStatistics": ("rawkit.run.capture.outcome", "CaptureStatistics"),
    "CaptureWarning": ("rawkit.api.capture", "CaptureWarning"),
    "Checked": ("rawkit.api.check", "Checked"),
    "Counter": ("rawkit.craft", "Counter"),
    "Engine": ("rawkit.kernels", "Engine"),
    "Exchange": ("rawkit.api.ask", "Exchange"),
    "Exchanges": ("rawkit.api.ask", "Exchanges"),
    "FieldError": ("rawkit.tables", "FieldError"),
    "FlowRecord": ("rawkit.flow.conn_log.record", "FlowRecord"),
    "FlowRules": ("rawkit.flow.rules", "FlowRules"),
    "FrameBatch": ("rawkit.frames", "FrameBatch"),
    "FrameSink": ("rawkit.frames", "FrameSink"),
    "FrameSource": ("rawkit.frames", "FrameSource"),
    "Handshake": ("rawkit.flow.events", "Handshake"),
    "HostSummary": ("rawkit.api.scan_hosts", "HostSummary"),
    "Lab": ("rawkit.api.lab", "Lab"),
    "Latency": ("rawkit.flow.latency.values", "Latency"),
    "Owner": ("rawkit.sockets.owners", "Owner"),
    "Packet": ("rawkit.api.packet", "Packet"),
    "Packets": ("rawkit.decode", "Packets"),
    "PingEngine": ("rawkit.probe.ping.engine", "PingEngine"),
    "PingPlan": ("rawkit.probe.ping.plan", "PingPlan"),
    "PingRequest": ("rawkit.run.ping.request", "PingRequest"),
    "PingResult": ("rawkit.probe.ping.results", "Result"),
    "PingRun": ("rawkit.api.ping", "PingRun"),
    "PingSummary": ("rawkit.probe.ping.statistics", "Summary"),
    "PortVerdict": ("rawkit.view.scan.rows", "PortVerdict"),
    "Random": ("rawkit.craft", "Random"),
    "RawkitError": ("rawkit.errors", "RawkitError"),
    "Recorder": ("rawkit.api.sniff", "Recorder"),
    "ScanEngine": ("rawkit.probe.scan.engine", "ScanEngine"),
    "ScanPlan": ("rawkit.probe.scan.values", "ScanPlan"),
    "ScanRequest": ("rawkit.run.scan.request", "ScanRequest"),
    "ScanRun": ("rawkit.api.scan", "ScanRun"),
    "ScanSummary": ("rawkit.api.scan", "ScanSummary"),
    "SendRequest": ("rawkit.api.send", "SendRequest"),
    "SendRun": ("rawkit.api.send", "SendRun"),
    "Sent": ("rawkit.api.send", "Sent"),
    "Socket": ("rawkit.diag.socket", "Socket"),
    "Sockets": ("rawkit.api.socket_list", "Sockets"),
    "Step": ("rawkit.api.step", "Step"),
    "Stream": ("rawkit.streams.values", "Stream"),
    "Summary": ("rawkit.count.summary", "Summary"),
    "Table": ("rawkit.tables", "Table"),
    "Target": ("rawkit.probe.targets", "Target"),
    "Teardown": ("rawkit.flow.events", "Teardown"),
    "Template": ("rawkit.craft", "Template"),
    "UdpExchange": ("rawkit.flow.events", "UdpExchange"),
    "ReplayRequest": ("rawkit.api.replay", "ReplayRequest"),
    "ReplayRun": ("rawkit.api.replay", "ReplayRun"),
    "Replayed": ("rawkit.api.replay", "Replayed"),
    "anonymize": ("rawkit.api.anonymize", "anonymize"),
    "ask": ("rawkit.api.ask", "ask"),
    "check": ("rawkit.api.check", "check"),
    "drop_privileges": ("rawkit.api.privileges", "drop_privileges"),
    "follow": ("rawkit.api.captures", "follow"),
    "list_sockets": ("rawkit.api.socket_list", "list_sockets"),
    "no_kernel_rst": ("rawkit.api.by_hand", "no_kernel_rst"),
    "open": ("rawkit.api.opening", "open_capture"),
    "ping": ("rawkit.api.ping_call", "ping"),
    "read_events": ("rawkit.api.captures", "read_events"),
    "read_flows": ("rawkit.api.captures", "read_flows"),
    "read_packets": ("rawkit.api.captures", "read_packets"),
    "read_streams": ("rawkit.api.streams", "read_streams"),
    "read_summary": ("rawkit.api.summary", "read_summary"),
    "record": ("rawkit.api.sniff", "record"),
    "replay": ("rawkit.api.replay_call", "replay"),
    "scan": ("rawkit.api.scan_call", "scan"),
    "send": ("rawkit.api.send", "send"),
    "sniff": ("rawkit.api.sniff", "sniff"),
    "write": ("rawkit.api.write", "write"),
    "zipped": ("rawkit.craft", "zipped"),
}


def __getattr__(name: str) -> Any:
    if name == "aio":
        return import_module("rawkit.aio")
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit' has no attribute {name!r}") from None
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
