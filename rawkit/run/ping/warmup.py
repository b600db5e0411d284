"""Waiting until the kernel stamps packets: it begins a moment after the first socket has asked for it.

`net_enable_timestamp` in net/core/dev.c leaves the switch to a work queue; packets that come before have no stamp.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Final

from rawkit.sockets.ip.ancillary import SO_TIMESTAMPING, stamp_of
from rawkit.sockets.ip.stamps import RECEIVE_STAMPS, ROOM

PATIENCE: Final = 0.02
"""Seconds to wait at most; it takes well under a millisecond where the machine is not busy."""

_PAUSE: Final = 0.0002


def await_stamps(patience: float = PATIENCE) -> bool:
    """Sends datagrams to itself over the loopback interface until one is stamped; whether one was.

    Another socket must have asked for stamps, and stay open.

    >>> from rawkit.sockets.ip.stamps import enable_stamps
    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    ...     enable_stamps(sock)
    ...     await_stamps(1)
    True
    """
    end = time.monotonic() + patience
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RECEIVE_STAMPS)
            sock.bind(("127.0.0.1", 0))
            while not _is_stamped(sock, end):
                if time.monotonic() >= end:
                    return False
                select.select((), (), (), _PAUSE)
        except OSError:  # no loopback interface, or it is down
            return False
    return True


def _is_stamped(sock: socket.socket, end: float) -> bool:
    sock.sendto(b"", sock.getsockname())
    if not select.select((sock,), (), (), max(end - time.monotonic(), 0))[0]:
        return False
    _, ancillary, _, _ = sock.recvmsg(1, ROOM)
    return stamp_of(ancillary) is not None
