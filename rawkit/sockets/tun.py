"""`Tun`: a link whose other end is this program (tun(4), Documentation/networking/tuntap.rst in Linux)."""

from __future__ import annotations

import fcntl
import os
from struct import Struct
from types import TracebackType
from typing import Final, Self

from rawkit.errors import PrivilegeError, TargetError

PATH: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN: Final = 0x0001
_IFF_NO_PI: Final = 0x1000
"""Packets without the four bytes that tell the protocol."""
_REQUEST: Final = Struct("16sH22x")
_NAME_MAX: Final = 15
_LARGEST: Final = 65535 + 40


class Tun:
    """A tun device: what the kernel routes to it is read here, what is written here the kernel receives from it.

    The device is made where there is none of this name, and then goes with this object. Addresses and routes are given
    to it as to any other (`ip address add 192.0.2.2/24 dev tun0`, `ip link set tun0 up`).

    Args:
        name: of the device, up to 15 bytes.

    Raises PrivilegeError without CAP_NET_ADMIN, TargetError where there cannot be such a device.
    """

    def __init__(self, name: str) -> None:
        if not 0 < len(os.fsencode(name)) <= _NAME_MAX:
            raise TargetError(f"{name!r} is no name of a device: give 1 to {_NAME_MAX} bytes")
        self.name = name
        try:
            self._descriptor = os.open(PATH, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        except PermissionError as error:
            raise PrivilegeError(f"no access to {PATH}: run as root, or with CAP_NET_ADMIN") from error
        except OSError as error:
            raise TargetError(f"{PATH}: {error.strerror}: load the kernel's module tun") from error
        try:
            request = _REQUEST.pack(os.fsencode(name), _IFF_TUN | _IFF_NO_PI)
            fcntl.ioctl(self._descriptor, _TUNSETIFF, request)
        except PermissionError as error:
            self.close()
            raise PrivilegeError(f"no tun device {name}: run as root, or with CAP_NET_ADMIN") from error
        except OSError as error:
            self.close()
            raise TargetError(f"no tun device {name}: {error.strerror}: give the name of one, or a new one") from error

    def fileno(self) -> int:
        """The descriptor, to wait for packets."""
        return self._descriptor

    def read(self) -> bytes | None:
        """The next packet, None where none waits."""
        try:
            return os.read(self._descriptor, _LARGEST)
        except BlockingIOError:
            return None

    def write(self, packet: bytes) -> bool:
        """Hands the kernel a packet; False where it did not take it, as a link loses packets."""
        try:
            return os.write(self._descriptor, packet) == len(packet)
        except OSError:  # the device is down, or the kernel has no memory: the packet is lost
            return False

    def close(self) -> None:
        """Gives the device back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
