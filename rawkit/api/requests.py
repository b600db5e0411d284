"""What can be asked of a network, in the words of the command line; loading this loads nothing heavy.

Each request has the defaults of its command, and a `check` that raises a RawkitError for what cannot be. The `LIMITS`
say what its numbers may be. Each name is loaded when it is first used.

>>> from rawkit.api.requests import PingRequest
>>> PingRequest(("192.0.2.20",), ttl=300).check()
Traceback (most recent call last):
rawkit.errors.RawkitError: -t 300: give a number from 1 to 255
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawkit.probe.scan.kinds import KINDS as SCAN_KINDS
    from rawkit.probe.scan.kinds import SYN_SCAN, ScanKind
    from rawkit.run.limits import Limit
    from rawkit.run.ping.request import PingRequest
    from rawkit.run.replay.request import LIMITS as REPLAY_LIMITS
    from rawkit.run.replay.request import ReplayRequest
    from rawkit.run.scan.request import LIMITS as SCAN_LIMITS
    from rawkit.run.scan.request import ScanRequest
    from rawkit.run.scan.timing import NORMAL as NORMAL_TIMING
    from rawkit.run.send.request import LIMITS as SEND_LIMITS
    from rawkit.run.send.request import TX, SendRequest

__all__ = [
    "NORMAL_TIMING",
    "REPLAY_LIMITS",
    "SCAN_KINDS",
    "SCAN_LIMITS",
    "SEND_LIMITS",
    "SYN_SCAN",
    "TX",
    "Limit",
    "PingRequest",
    "ReplayRequest",
    "ScanKind",
    "ScanRequest",
    "SendRequest",
]

_HOMES = {
    "Limit": ("rawkit.run.limits", "Limit"),
    "NORMAL_TIMING": ("rawkit.run.scan.timing", "NORMAL"),
    "PingRequest": ("rawkit.run.ping.request", "PingRequest"),
    "REPLAY_LIMITS": ("rawkit.run.replay.request", "LIMITS"),
    "ReplayRequest": ("rawkit.run.replay.request", "ReplayRequest"),
    "SCAN_KINDS": ("rawkit.probe.scan.kinds", "KINDS"),
    "SYN_SCAN": ("rawkit.probe.scan.kinds", "SYN_SCAN"),
    "ScanKind": ("rawkit.probe.scan.kinds", "ScanKind"),
    "SCAN_LIMITS": ("rawkit.run.scan.request", "LIMITS"),
    "ScanRequest": ("rawkit.run.scan.request", "ScanRequest"),
    "SEND_LIMITS": ("rawkit.run.send.request", "LIMITS"),
    "TX": ("rawkit.run.send.request", "TX"),
    "SendRequest": ("rawkit.run.send.request", "SendRequest"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit.api.requests' has no attribute {name!r}") from None
    return getattr(import_module(module), attribute)
