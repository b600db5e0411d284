"""`TxRing`: frames in memory that the kernel shares, sent many in one call (packet_mmap.rst, TPACKET_V2)."""

from __future__ import annotations

import errno
import os
import socket
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import FrameBatch
from rawkit.sockets import layout
from rawkit.sockets.packet_socket import set_option
from rawkit.sockets.receive.ring_memory import map_shared
from rawkit.sockets.send.fits import fits
from rawkit.sockets.send.frame_rows import WIDEST, FrameRows

PACKET_TX_RING: Final = 13
PACKET_VNET_HDR: Final = 15
TPACKET_V2: Final = 1
TP_STATUS_AVAILABLE: Final = 0
TP_STATUS_SEND_REQUEST: Final = 1
TP_STATUS_WRONG_FORMAT: Final = 4

SLOTS: Final = 1024
SLOT: Final = 2112
"""Bytes of a slot: 33 lines of a processor's cache. Were it a power of two, all slots would share a few sets of it."""
_BLOCK: Final = 64 * SLOT
"""33 pages, which have no room behind the last slot: the distance from each slot to the next is the same."""
_HEADER_LEN: Final = 32
"""Of struct tpacket2_hdr; a struct virtio_net_hdr comes behind it, then the frame."""
_VNET_LEN: Final = 10
_VNET_HDR_LEN: Final = _HEADER_LEN + 2
"""Where the virtio_net_hdr has how many bytes of the frame are headers."""
_FRAME: Final = _HEADER_LEN + _VNET_LEN


class TxRing:
    """Sends frames out of an Ethernet interface; for many, in less time than sendmmsg takes.

    Each frame has a virtio_net_hdr which says that all of it is headers, so that the kernel copies it into the buffer
    that it sends. Without one the buffer refers to the ring's pages, and where a frame stays on this host (veth, lo)
    the kernel copies them into a new page each (skb_orphan_frags in __netif_receive_skb_core): slower than sendmmsg.

    Args:
        sock: a packet socket that is not bound yet. The caller binds it, and closes it at the end.
        interface: its name.

    Raises OSError where the kernel gives no ring.

    Attributes:
        socket: the packet socket.
    """

    def __init__(self, sock: socket.socket, interface: str) -> None:
        self.socket, self._interface, self._head = sock, interface, 0
        self._under_way = False
        set_option(sock, layout.PACKET_VERSION, TPACKET_V2)
        set_option(sock, PACKET_VNET_HDR, 1)
        size = SLOTS * SLOT
        sock.setsockopt(layout.SOL_PACKET, PACKET_TX_RING, struct.pack("=4I", _BLOCK, size // _BLOCK, SLOT, SLOTS))
        slots = np.frombuffer(map_shared(sock.fileno(), size), dtype=np.uint8).reshape(SLOTS, SLOT)
        words: NDArray[np.uint32] = slots.view(np.uint32)
        self._status, self._length = words[:, 0], words[:, 1]
        self._headers = slots.view(np.uint16)[:, _VNET_HDR_LEN // 2]
        self._frames = slots[:, _FRAME : _FRAME + WIDEST]
        # What the slots say already, in one piece: most often the next frames are as long.
        self._sizes = np.zeros(SLOTS, dtype=np.int32)

    def takes(self, batch: FrameBatch) -> bool:
        """Whether all frames of a batch can go: with a virtio_net_hdr the kernel does not look at the MTU."""
        return fits(batch, self.socket, self._interface)

    def load(self, batch: FrameBatch) -> RingLoad:
        """Frames that it takes, ready to be sent; they must be inside the batch's data."""
        return RingLoad(self, batch)

    def send(self, rows: FrameRows, sizes: NDArray[np.int32], begin: int) -> int:
        """Sends as many frames as there is room for; returns how many the kernel took, at least 1, or OSError.

        Args:
            rows: the frames.
            sizes: bytes of those to be sent.
            begin: the number of the first one among `rows`.
        """
        count = min(len(sizes), self._free())
        if not count:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        slots = slice(self._head, self._head + count)
        rows.copy(begin, begin + count, self._frames[slots])
        self._set_sizes(slots, sizes[:count])
        self._status[slots] = TP_STATUS_SEND_REQUEST
        return self._flush(slots)

    def _set_sizes(self, slots: slice, sizes: NDArray[np.int32]) -> None:
        if self._sizes[slots].tobytes() == sizes.tobytes():  # a sixth of the time of NumPy's comparison
            return
        self._sizes[slots] = sizes
        self._length[slots] = sizes + _VNET_LEN
        self._headers[slots] = sizes

    def _flush(self, slots: slice) -> int:
        """Has the kernel send what is in the slots. What it does not take is taken out again, so is never sent late."""
        trouble = None
        try:
            self.socket.send(b"", socket.MSG_DONTWAIT)
        except OSError as error:
            trouble = error
        went = self._taken(self._status[slots])
        self._head = (self._head + went) % SLOTS
        if not went:
            raise trouble or OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return went

    def _taken(self, status: NDArray[np.uint32]) -> int:
        """How many frames of slots with that status the kernel took; the slots of the others are free again."""
        if not status.any():  # all are out already, as without a queue they are
            return len(status)
        left = np.flatnonzero(status & (TP_STATUS_SEND_REQUEST | TP_STATUS_WRONG_FORMAT))
        went = int(left[0]) if len(left) else len(status)
        status[went:] = TP_STATUS_AVAILABLE
        self._under_way = True
        return went

    def _free(self) -> int:
        """How many slots from the next one to the last are free; others have frames that are not out yet."""
        if not self._under_way:
            return SLOTS - self._head
        self._under_way = bool(self._status.any())
        busy = np.flatnonzero(self._status[self._head :])
        return int(busy[0]) if len(busy) else SLOTS - self._head


class RingLoad:
    """A batch that a `TxRing` sends, part by part.

    Attributes:
        socket: the ring's.
        via: what the way is called.
    """

    via = "PACKET_TX_RING"

    def __init__(self, ring: TxRing, batch: FrameBatch) -> None:
        self.socket = ring.socket
        self._ring, self._rows, self._sizes = ring, FrameRows(batch), batch.captured

    def send(self, begin: int, end: int) -> int:
        """Sends frames from `begin` on, up to `end` at most; returns how many went, at least 1, or OSError."""
        return self._ring.send(self._rows, self._sizes[begin:end], begin)
