"""A packet socket as a port of a bridge: whole Ethernet frames in and out, VLAN tags included (packet(7))."""

from __future__ import annotations

import socket
import struct
from typing import Final

ETH_P_ALL: Final = 3
SOL_PACKET: Final = 263
PACKET_STATISTICS: Final = 6
PACKET_AUXDATA: Final = 8
PACKET_IGNORE_OUTGOING: Final = 23
SO_RCVBUFFORCE: Final = 33
TP_STATUS_VLAN_VALID: Final = 0x10
RECEIVE_BUFFER: Final = 16 << 20

_VLAN: Final = struct.Struct("=HH")  # the end of struct tpacket_auxdata, which is 20 bytes long
_TAG: Final = struct.Struct("!HH")
_LARGEST: Final = 65536
_AUXILIARY: Final = socket.CMSG_SPACE(20)


class Port:
    """All frames that come in at an interface, and a way to send frames out of it.

    Attributes:
        missed: frames that the kernel threw away since they were not received in time, up to the last `statistics`.
        unsent: frames that the interface did not take.
    """

    def __init__(self, interface: str) -> None:
        self.missed = self.unsent = 0
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        _enlarge(self.socket)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setblocking(False)
        self.socket.bind((interface, ETH_P_ALL))

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self.socket.fileno()

    def receive(self, most: int) -> list[bytes]:
        """The frames that are waiting, up to `most` of them."""
        frames, receive = [], self.socket.recvmsg
        try:
            for _ in range(most):
                frame, auxiliary, _, _ = receive(_LARGEST, _AUXILIARY)
                # The kernel takes the tag off before packet sockets see the frame; bit 4 of the first byte says so.
                frames.append(_tagged(frame, auxiliary[0][2]) if auxiliary[0][2][0] & 0x10 else frame)
        except BlockingIOError:
            pass
        return frames

    def send(self, frame: bytes) -> None:
        """Sends a frame; one that the interface does not take (too long, queue full) is counted."""
        try:
            self.socket.send(frame)
        except OSError:
            self.unsent += 1

    def statistics(self) -> dict[str, int]:
        """What was missed and what could not be sent, since the beginning."""
        # The kernel begins anew at each reading (tpacket_stats: packets, drops).
        _, drops = struct.unpack("=II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.missed += drops
        return {"missed": self.missed, "unsent": self.unsent}


def _enlarge(port: socket.socket) -> None:
    try:
        port.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:  # in a user namespace; then net.core.rmem_max is the limit (socket(7))
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _tagged(frame: bytes, auxiliary: bytes) -> bytes:
    tci, tpid = _VLAN.unpack_from(auxiliary, 16)
    return frame[:12] + _TAG.pack(tpid, tci) + frame[12:]
