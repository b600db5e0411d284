"""`Tun`: a link whose other end is this program (Documentation/networking/tuntap.rst in Linux).

With offload a header stands before each packet (struct virtio_net_hdr, Virtual I/O Device 1.2, section 5.1.6): the
kernel hands over and takes TCP segments of up to 64 KB, cut later or never (GSO), whose checksums nobody computes.
"""

from __future__ import annotations

import fcntl
import os
from struct import Struct
from typing import Final, NamedTuple

from rawkit.errors import PrivilegeError, TargetError
from rawkit.sockets.closing import Closes

PATH: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN: Final = 0x0001
_IFF_NO_PI: Final = 0x1000
"""Packets without the four bytes that tell the protocol."""
_IFF_VNET_HDR: Final = 0x4000
_TUNSETOFFLOAD: Final = 0x400454D0
_TUN_F_CSUM: Final = 0x01
_TUN_F_TSO4: Final = 0x02
_TUN_F_TSO6: Final = 0x04

_VNET: Final = Struct("=BBHHHH")
"""Flags, GSO type, length of all headers, payload of a segment, start of the checksum and its place from there."""
_NEEDS_CSUM: Final = 1
_DATA_VALID: Final = 2
_GSO_TCPV4: Final = 1
_GSO_TCPV6: Final = 4

_REQUEST: Final = Struct("16sH22x")
_NAME_MAX: Final = 15
_LARGEST: Final = 65535 + 40


class TunPacket(NamedTuple):
    """A packet that the kernel sent.

    Attributes:
        data: the IP packet.
        is_right: whether its transport checksum needs no look: it never was on a wire, or was checked.
    """

    data: bytes
    is_right: bool


class Tun(Closes):
    """A tun device: what the kernel routes to it is read here, what is written here the kernel receives from it.

    The device is made where there is none of this name, and then goes with this object. Addresses and routes are given
    to it as to any other (`ip address add 192.0.2.2/24 dev tun0`, `ip link set tun0 up`).

    Args:
        name: of the device, up to 15 bytes.
        offload: take and hand over large TCP segments, and leave checksums to each other.

    Attributes:
        offloads: whether that is so.

    Raises PrivilegeError without CAP_NET_ADMIN, TargetError where there cannot be such a device.
    """

    def __init__(self, name: str, *, offload: bool = True) -> None:
        if not 0 < len(os.fsencode(name)) <= _NAME_MAX:
            raise TargetError(f"{name!r} is no name of a device: give 1 to {_NAME_MAX} bytes")
        self.name, self.offloads = name, offload
        try:
            self._descriptor = os.open(PATH, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        except PermissionError as error:
            raise PrivilegeError(f"no access to {PATH}: run as root, or with CAP_NET_ADMIN") from error
        except OSError as error:
            raise TargetError(f"{PATH}: {error.strerror}: load the kernel's module tun") from error
        try:
            flags = _IFF_TUN | _IFF_NO_PI | (_IFF_VNET_HDR if offload else 0)
            fcntl.ioctl(self._descriptor, _TUNSETIFF, _REQUEST.pack(os.fsencode(name), flags))
            if offload:
                fcntl.ioctl(self._descriptor, _TUNSETOFFLOAD, _TUN_F_CSUM | _TUN_F_TSO4 | _TUN_F_TSO6)
        except PermissionError as error:
            self.close()
            raise PrivilegeError(f"no tun device {name}: run as root, or with CAP_NET_ADMIN") from error
        except OSError as error:
            self.close()
            raise TargetError(f"no tun device {name}: {error.strerror}: give the name of one, or a new one") from error

    def fileno(self) -> int:
        """The descriptor, to wait for packets."""
        return self._descriptor

    def read(self) -> TunPacket | None:
        """The next packet, None where none waits."""
        try:
            found = os.read(self._descriptor, _LARGEST)
        except BlockingIOError:
            return None
        if not self.offloads:
            return TunPacket(found, False)
        return TunPacket(found[_VNET.size :], bool(found[0] & (_NEEDS_CSUM | _DATA_VALID)))

    def write(self, packet: bytes, head: int, transport: int, checksum: int, size: int) -> bool:
        """Hands the kernel a packet; False where it did not take it, as a link loses packets.

        Args:
            packet: an IP packet. With offload its transport checksum is that of the pseudo-header alone.
            head: how long its headers are together.
            transport: where the transport header begins in it.
            checksum: where the checksum stands in that.
            size: bytes of payload in each segment that it is to be cut into; 0 where it is one.
        """
        parts = [packet]
        if self.offloads:
            kind = (_GSO_TCPV4 if packet[0] >> 4 == 4 else _GSO_TCPV6) if size else 0
            parts.insert(0, _VNET.pack(_NEEDS_CSUM, kind, head, size, transport, checksum))
        try:
            os.writev(self._descriptor, parts)
        except OSError:  # the device is down, or the kernel has no memory: the packet is lost
            return False
        return True

    def close(self) -> None:
        """Gives the device back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
