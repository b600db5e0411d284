"""The kinds of events: the name of each, which its view has too, and the bits by which the tracker is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from rawkit.flow import layout

Name = Literal["handshakes", "teardowns", "udp", "flows", "latency"]

CODES: Final[Mapping[Name, int]] = {
    "handshakes": layout.HANDSHAKE,
    "teardowns": layout.TEARDOWN,
    "udp": layout.FLOW_END,
    "flows": layout.FLOW_END,
    "latency": layout.FLOW_END,
}
