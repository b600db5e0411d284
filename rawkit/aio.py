"""rawkit on asyncio: the same calls, awaited on asyncio's own loop by file descriptors, without threads.

`sniff`, `open`, `ping` and `scan` give runs that `async for` goes through; `send`, `ask` and `replay` are awaited,
and so is the end of what `record` gives. Arguments, results and errors are those of the calls in `rawkit`. Cancelling
what waits for a run, leaving its `async with` block, or dropping it closes it: no socket, rule, promiscuous mode or
timer is left. Each name is loaded when it is first used.

>>> import asyncio, rawkit
>>> async def check() -> list[str]:
...     return [result.kind async for result in rawkit.aio.ping("127.0.0.1", method="udp", count=2, interval=0.01)]
>>> asyncio.run(check())
['reply', 'reply']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawkit.api.aio.capture import Capture, Recorder, open, record, sniff
    from rawkit.api.aio.ping import PingRun, ping
    from rawkit.api.aio.replay import replay
    from rawkit.api.aio.scan import ScanRun, scan
    from rawkit.api.aio.send import ask, send

__all__ = [
    "Capture",
    "PingRun",
    "Recorder",
    "ScanRun",
    "ask",
    "open",
    "ping",
    "record",
    "replay",
    "scan",
    "send",
    "sniff",
]

_HOMES = {
    "Capture": "capture",
    "PingRun": "ping",
    "ScanRun": "scan",
    "Recorder": "capture",
    "ask": "send",
    "record": "capture",
    "open": "capture",
    "ping": "ping",
    "replay": "replay",
    "scan": "scan",
    "send": "send",
    "sniff": "capture",
}


def __getattr__(name: str) -> Any:
    try:
        module = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'rawkit.aio' has no attribute {name!r}") from None
    return getattr(import_module(f"rawkit.api.aio.{module}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
