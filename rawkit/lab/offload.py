"""Turns a network interface's offloads off, so that the frames on the wire are what the TCP and IP code made.

With them on, a veth carries segments of up to 64 KiB whose checksums nobody has filled in (ethtool(8), -K;
include/uapi/linux/ethtool.h).
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import socket
import struct
from typing import Final

SIOCETHTOOL: Final = 0x8946
ETHTOOL_SRXCSUM: Final = 0x15
ETHTOOL_STXCSUM: Final = 0x17
ETHTOOL_SSG: Final = 0x19
ETHTOOL_STSO: Final = 0x1F
ETHTOOL_SGSO: Final = 0x24
ETHTOOL_SFLAGS: Final = 0x26
ETHTOOL_SGRO: Final = 0x2C

# SFLAGS sets the VLAN offloads (and LRO) at once; a veth takes no tag off a frame once they are 0.
_COMMANDS: Final = (
    ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SSG, ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SFLAGS
)  # fmt: skip


def turn_off(interface: str) -> None:
    """Turns off checksum, segmentation, scatter-gather, receive-merging and VLAN offload of an interface.

    The interface is one of the calling thread's network namespace. What the device does not have is passed
    over; OSError where there is no such interface.

    >>> turn_off("nosuch0")
    Traceback (most recent call last):
    OSError: [Errno 19] No such device
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in _COMMANDS:
            _set_zero(control, interface, command)


def _set_zero(control: socket.socket, interface: str, command: int) -> None:
    value = array.array("I", [command, 0])  # struct ethtool_value
    request = struct.pack("16sP", os.fsencode(interface), value.buffer_info()[0])  # struct ifreq
    try:
        fcntl.ioctl(control, SIOCETHTOOL, request)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
            raise
