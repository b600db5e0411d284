"""Sets the loopback interface of a new network namespace up, which begins down (netdevice(7))."""

from __future__ import annotations

import fcntl
import socket
import struct
from typing import Final

SIOCSIFFLAGS: Final = 0x8914
IFF_UP: Final = 0x1


def loopback_up() -> None:
    """Sets `lo` of the calling thread's network namespace up; OSError where it may not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))  # struct ifreq
