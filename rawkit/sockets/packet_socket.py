"""Opening packet sockets (packet(7))."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from typing import Final, Literal

from rawkit.errors import CaptureError
from rawkit.sockets import layout
from rawkit.sockets.privileges import needing_net_raw

MAX_FANOUT_GROUP: Final = 0xFFFF
FanoutMode = Literal["hash", "lb", "cpu", "rollover", "rnd", "qm"]
_FANOUT_MODES: Final[dict[FanoutMode, int]] = {"hash": 0, "lb": 1, "cpu": 2, "rollover": 3, "rnd": 4, "qm": 5}


def open_packet_socket(kind: socket.SocketKind = socket.SOCK_RAW) -> socket.socket:
    """A packet socket that gets no frames before it is bound: for whole frames, or what they carry (SOCK_DGRAM).

    PrivilegeError without CAP_NET_RAW.
    """
    with needing_net_raw("packet sockets"):
        return socket.socket(socket.AF_PACKET, kind, 0)


def bind(sock: socket.socket, index: int, protocol: int = layout.ETH_P_ALL) -> None:
    """Binds a packet socket to the interface of an index; 0 stands for all, for which Python has no way."""
    head = struct.pack("=H", socket.AF_PACKET) + struct.pack("!H", protocol)
    bind_to(sock, head + struct.pack("=i12x", index))  # struct sockaddr_ll


def bind_to(sock: socket.socket, address: bytes) -> None:
    """Binds a socket to an address for which Python has no way; OSError where the kernel does not."""
    if ctypes.CDLL(None, use_errno=True).bind(sock.fileno(), address, len(address)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def set_option(sock: socket.socket, option: int, value: int) -> None:
    """Sets an option of a packet socket to a number."""
    sock.setsockopt(layout.SOL_PACKET, option, value)


def make_promiscuous(sock: socket.socket, index: int) -> None:
    """Lets the interface of an index take frames to any MAC address, as long as the socket is open."""
    request = struct.pack("=iHH8x", index, layout.PACKET_MR_PROMISC, 0)  # struct packet_mreq
    sock.setsockopt(layout.SOL_PACKET, layout.PACKET_ADD_MEMBERSHIP, request)


def join_fanout(sock: socket.socket, group: int, mode: FanoutMode, *, ignore_outgoing: bool) -> None:
    """Lets a bound socket share its frames with the others of a group of the same network namespace.

    CaptureError where it cannot.
    """
    flags = layout.PACKET_FANOUT_FLAG_IGNORE_OUTGOING if ignore_outgoing else 0
    if not 0 <= group <= MAX_FANOUT_GROUP:
        raise CaptureError(f"fanout group {group}: give 0 to {MAX_FANOUT_GROUP}")
    try:
        set_option(sock, layout.PACKET_FANOUT, group | (_FANOUT_MODES[mode] | flags) << 16)
    except OSError as error:
        trouble = "the others of the group are on another interface, or have another mode or direction"
        raise CaptureError(f"fanout group {group}: {trouble}: use another group") from error
