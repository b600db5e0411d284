"""Memory of sockets (include/uapi/linux/sock_diag.h, SK_MEMINFO_*; struct inet_diag_meminfo)."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.diag.fields import WORD, Field, row

SOCKET_MEMORY: Final = (
    *row(WORD, "rmem_alloc rcvbuf wmem_alloc sndbuf fwd_alloc wmem_queued optmem backlog", "bytes"),
    Field("drops", 8 * WORD, WORD),
)
"""What a socket's buffers hold and may hold; `drops` are packets that had no room."""
LETTERS: Final = {
    "rmem_alloc": "r", "rcvbuf": "rb", "wmem_alloc": "t", "sndbuf": "tb", "fwd_alloc": "f", "wmem_queued": "w",
    "optmem": "o", "backlog": "bl", "drops": "d",
}  # fmt: skip
"""What ss calls them in `skmem:(…)`."""
INET_MEMORY: Final = row(WORD, "rmem wmem fmem tmem", "bytes")
_QUEUES: Final = Struct("=I4xI")


def queues(raw: bytes) -> tuple[int, int]:
    """Bytes that wait to be read and to be sent, of a socket's memory.

    >>> queues(bytes([1, 0, 0, 0, 9, 9, 9, 9, 2, 0, 0, 0])), queues(b"")
    ((1, 2), (0, 0))
    """
    received, sent = _QUEUES.unpack_from(raw) if len(raw) >= _QUEUES.size else (0, 0)
    return received, sent
