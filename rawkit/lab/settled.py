"""Waits until the TCP connections of a lab's hosts are over: what the other end does about a close() takes its time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rawkit.lab.host import Host

PATIENCE: Final = 2.0
"""Seconds after which a connection that stays is left alone."""
PAUSE: Final = 0.005
TIME_WAIT: Final = "06"
LISTEN: Final = "0A"
"""The states that last, as proc(5) has them (include/net/tcp_states.h)."""


def wait_settled(hosts: Iterable[Host], patience: float = PATIENCE) -> bool:
    """Waits until no connection of the hosts is open, or being opened or closed; False where one still is.

    >>> wait_settled([])
    True
    """
    hosts, end = list(hosts), time.monotonic() + patience
    while not all(map(_is_settled, hosts)):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE)  # the kernel tells nobody of a connection's end
    return True


def _is_settled(host: Host) -> bool:
    with host.entered():
        tables = [Path("/proc/thread-self/net", name).read_text() for name in ("tcp", "tcp6")]
    rows = (line.split() for table in tables for line in table.splitlines()[1:])
    return all(row[3] in (TIME_WAIT, LISTEN) for row in rows)
