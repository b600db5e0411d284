"""The fields of a scan's verdict in JSON and CSV, in their order."""

from __future__ import annotations

from typing import Final

NAMES: Final = (
    "host",
    "port",
    "protocol",
    "state",
    "reason",
    "reason_ttl",
    "reason_ip",
    "rtt_ns",
    "timestamp",
    "name",
)
