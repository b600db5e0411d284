"""`XdpRing`: frames through an AF_XDP socket (af_xdp.rst), for many in less time than a packet socket takes."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import threading
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Bytes, FrameBatch
from rawkit.sockets.send.fits import fits
from rawkit.sockets.send.frame_rows import FrameRows
from rawkit.sockets.send.xdp_socket import ENTRIES, MEMORY, XdpSocket

NARROWEST: Final = 64
_AGAIN: Final = (errno.EAGAIN, errno.ENOBUFS, errno.EINTR)
_WORD: Final = 0xFFFFFFFF


class Otherwise(Protocol):
    """A load that takes the frames that AF_XDP did not."""

    @property
    def socket(self) -> socket.socket:
        """The socket that it goes through."""

    @property
    def via(self) -> str:
        """What that is called."""

    def send(self, begin: int, end: int) -> int:
        """Sends frames from `begin` on, up to `end` at most; returns how many went, at least 1, or OSError."""


class XdpRing:
    """Sends frames past the interface's queue, as PACKET_QDISC_BYPASS does: unseen by tc and captures on this host.

    Frames lie in slots, one behind the other and as wide as the widest needs; a slot is free again when the kernel says
    that its frame is out, in whatever order. The kernel takes frames within the call that asks it to, so that what it
    did not take can be counted exactly, and goes another way.

    Args:
        opened: a socket that is bound; it is closed with this.
        control: a packet socket on the same interface.
        interface: its name.

    Attributes:
        trouble: the errno that ended it; 0 as long as it works. Then nothing goes out of it any more.
        queued: frames in the ring that the kernel did not take yet.
    """

    def __init__(self, opened: XdpSocket, control: socket.socket, interface: str) -> None:
        self.socket, self.trouble, self.queued = opened.socket, 0, 0
        self._xdp, self._control, self._interface = opened, control, interface
        self._sendto = ctypes.CDLL(None, use_errno=True).sendto
        self._lock = threading.Lock()
        self._produced, self._seen, self._under_way = 0, 0, 0
        self._sizes = np.zeros(ENTRIES, dtype=np.int32)
        self._set_width(NARROWEST)

    def takes(self, batch: FrameBatch) -> bool:
        """Whether all frames of a batch can go: the kernel does not look at the MTU."""
        if self.trouble or self.queued or not len(batch) or not fits(batch, self._control, self._interface):
            return False
        most = int(batch.captured.max())
        self._look_back()
        if not self._under_way:
            self._set_width(max(NARROWEST, 1 << (most - 1).bit_length()))
        return most <= self._width

    def load(self, batch: FrameBatch, otherwise: Callable[[], Otherwise]) -> XdpLoad:
        """Frames that it takes, ready to be sent; `otherwise` gives the load that takes them where it fails."""
        return XdpLoad(self, batch, otherwise)

    def send(self, rows: FrameRows, sizes: NDArray[np.int32], begin: int) -> int:
        """Sends as many frames as there is room for; returns how many the kernel took, which may be none.

        Args:
            rows: the frames.
            sizes: bytes of those to be sent; the first `queued` ones are in the ring already.
            begin: the number of the first one among `rows`.
        """
        count = min(len(sizes) - self.queued, self._room())
        if count > 0:
            self._put(rows, sizes[self.queued : self.queued + count], begin + self.queued)
        return self._flush()

    def close(self) -> None:
        """Closes the socket; a second call does nothing."""
        self.trouble = self.trouble or errno.EBADF
        self._xdp.close()

    def _set_width(self, width: int) -> None:
        """Bytes of a slot, a power of two; where all are free."""
        self._width, self._slots = width, min(ENTRIES, MEMORY // width)
        # The ring's length is a multiple of theirs: a place in it always refers to the same slot.
        self._xdp.addresses[:] = np.arange(ENTRIES, dtype=np.uint64) % self._slots * width
        self._frames: Bytes = self._xdp.memory[: self._slots * width].reshape(self._slots, width)
        self._busy = np.zeros(self._slots, dtype=np.bool_)

    def _room(self) -> int:
        """How many slots from the next one to the last are free."""
        self._look_back()
        at = self._produced % self._slots
        if self._under_way and len(busy := np.flatnonzero(self._busy[at:])):
            return int(busy[0])
        return self._slots - at

    def _look_back(self) -> None:
        """Frees the slots of frames that are out."""
        with self._lock:
            completed = int(self._xdp.completed[0])
        new = completed - self._seen & _WORD
        if not new:
            return
        self._under_way -= new
        if not self._under_way:
            self._busy[:] = False
        else:
            with self._lock:  # twice, for the processor reads what was written before `completed`, after it
                out = self._xdp.done[np.arange(self._seen, self._seen + new) % ENTRIES]
            self._busy[out.astype(np.int64) // self._width] = False
        self._seen = self._xdp.seen[0] = completed

    def _put(self, rows: FrameRows, sizes: NDArray[np.int32], begin: int) -> None:
        count, at = len(sizes), self._produced % self._slots
        rows.copy(begin, begin + count, self._frames[at : at + count])
        self._busy[at : at + count] = True
        at = self._produced % ENTRIES
        if self._sizes[at : at + count].tobytes() != sizes.tobytes():  # as in TxRing
            self._sizes[at : at + count] = sizes
            self._xdp.lengths[at : at + count] = sizes
        # The kernel reads the ring within a call of this thread: nothing else has to keep the order of these writes.
        self._produced = self._xdp.produced[0] = self._produced + count & _WORD
        self.queued, self._under_way = self.queued + count, self._under_way + count

    def _flush(self) -> int:
        """Has the kernel send what is in the ring; returns how many of these frames it took."""
        failed = self._sendto(self.socket.fileno(), None, 0, socket.MSG_DONTWAIT, None, 0) < 0
        number = ctypes.get_errno() if failed else 0
        left = self._produced - int(self._xdp.consumed[0]) & _WORD
        went, self.queued = self.queued - left, left
        if number and number not in _AGAIN:
            self.trouble = number
            # The device refused one that was taken out of the ring (NET_XMIT_DROP in __xsk_generic_xmit).
            went = max(went - (number == errno.EBUSY), 0)
        return went


class XdpLoad:
    """A batch that an `XdpRing` sends, part by part, and another load where that fails.

    Attributes:
        socket: the one that the next frame goes through.
        via: what that is called.
    """

    def __init__(self, ring: XdpRing, batch: FrameBatch, otherwise: Callable[[], Otherwise]) -> None:
        self.socket, self.via = ring.socket, "AF_XDP"
        self._ring, self._rows, self._sizes, self._otherwise = ring, FrameRows(batch), batch.captured, otherwise
        self._instead: Otherwise | None = None

    def send(self, begin: int, end: int) -> int:
        """Sends frames from `begin` on, up to `end` at most; returns how many went, at least 1, or OSError."""
        if not self._ring.trouble:
            went = self._ring.send(self._rows, self._sizes[begin:end], begin)
            if went:
                return went
        if not self._ring.trouble:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        if self._instead is None:
            self._instead = self._otherwise()
            self.socket, self.via = self._instead.socket, self._instead.via
        return self._instead.send(begin, end)
