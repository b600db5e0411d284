"""Which files are written from declarations, and by which function: a line here is all that a new one needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generating import (
    completion,
    conn_log,
    decode,
    expectations,
    filters,
    man,
    packet_records,
    probing,
    sockets,
    states,
    tcp_states,
    views,
)

Writer = Callable[[str], str]
"""Gives the whole text of a file; it is handed the present one ("" where there is none), of which a page keeps the
parts that people write (`generating.text.between`)."""

FILES: dict[str, Writer] = {
    "docs/ci.md": expectations.page,
    "docs/filters.md": filters.page,
    "docs/sockets.md": sockets.page,
    "docs/states.md": states.page,
    "docs/tcp.md": tcp_states.page,
    "docs/views.md": views.page,
    "rawkit/flow/conn_log/record.py": conn_log.record,
    "rawkit/flow/conn_log/table_kernel.py": conn_log.table_kernel,
    "rawkit/view/flows/record_kernel.py": conn_log.record_kernel,
    "rawkit/decode/headers/dispatch_kernel.py": decode.dispatch_kernel,
    "rawkit/decode/headers/lookup_kernel.py": decode.lookup_kernel,
    "rawkit/view/packets/record_kernel.py": packet_records.module,
    "rawkit/api/ping_call.py": probing.ping,
    "rawkit/api/scan_call.py": probing.scan,
    "rawkit/api/replay_call.py": probing.replay,
    "rawkit/cli/complete/table.py": completion.table,
}
FILES |= {man.path(name): lambda _present, name=name: man.page(name) for name in ("", *man.names())}
"""Paths below the top of the checkout. What is Python goes through `generating.text.python`."""


def out_of_date(root: Path) -> dict[str, str]:
    """The files that differ from what the declarations say now, with what they should be."""
    wanted = {path: write(present(root / path)) for path, write in FILES.items()}
    return {path: text for path, text in wanted.items() if text != present(root / path)}


def present(path: Path) -> str:
    return path.read_text() if path.exists() else ""
