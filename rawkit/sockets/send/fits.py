"""What the kernel does not look at where it takes frames from memory that it shares: whether they fit the link."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from typing import Final

from rawkit.facts import ethernet
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch
from rawkit.sockets import device
from rawkit.sockets.send.frame_rows import WIDEST

_SIOCGIFMTU: Final = 0x8921


def fits(batch: FrameBatch, control: socket.socket, interface: str) -> bool:
    """Whether all frames of a batch have a link header, fit the MTU and a slot of `WIDEST` bytes, and miss no tag.

    Args:
        batch: the frames.
        control: a socket of the interface's network namespace.
        interface: its name.
    """
    most = min(WIDEST, mtu(control, interface) + ethernet.HEADER_LEN)
    size = batch.captured
    fit = len(batch) == 0 or (size.min() >= ethernet.HEADER_LEN and size.max() <= most)
    return bool(fit) and not (batch.status & VLAN_STRIPPED).any()


def mtu(control: socket.socket, interface: str) -> int:
    """That of an interface now; 0 where it is gone.

    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    ...     mtu(control, "lo") > 0, mtu(control, "none")
    (True, 0)
    """
    request = os.fsencode(interface).ljust(40, b"\0")
    try:
        answer = fcntl.ioctl(control, _SIOCGIFMTU, request)
    except OSError:
        return 0
    return int(struct.unpack_from("=i", answer, device.IFNAMSIZ)[0])
