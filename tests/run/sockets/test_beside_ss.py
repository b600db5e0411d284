"""The same sockets as ss(8), field by field: addresses, queues, owners, memory, timers, TCP_INFO."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.netns,
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("ss") is None, reason="ss is not installed"),
]
BUSY = Path(__file__).with_name("busy.py")
SOCKETS, SNAPSHOTS = 300, 3
SILENT = "192.0.2.77"
"""Who answers no SYN."""
KINDS = {
    "p_dgr UNCONN", "p_raw UNCONN", "raw UNCONN", "udp ESTAB", "udp UNCONN",
    *(f"tcp {state}" for state in ("LISTEN", "ESTAB", "SYN-SENT", "CLOSE-WAIT", "FIN-WAIT-2", "TIME-WAIT")),
    *(f"u_{kind} {state}" for kind in ("str", "seq") for state in ("LISTEN", "ESTAB")), "u_dgr ESTAB",
}  # fmt: skip


def test_the_same_sockets_in_a_busy_host(lab_up):
    with lab_up("pair") as lab:
        name = lab["client"].interfaces[0].name
        silent = ["ip", "neigh", "add", SILENT, "lladdr", "02:00:00:00:00:77", "dev", name]
        lab["client"].run(silent, check=True)
        done = lab["client"].run([sys.executable, str(BUSY), str(SOCKETS), str(SNAPSHOTS)], timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["sockets"] >= SOCKETS
    assert set(told["kinds"]) >= KINDS
    assert told["differences"] == [[]] * SNAPSHOTS
