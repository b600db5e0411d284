"""Many frames in one system call: sendmmsg(2), its arrays filled by NumPy with addresses into a batch."""

from __future__ import annotations

import ctypes
import os
import socket
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.errors import SendError
from rawkit.frames import VLAN_STRIPPED, Bytes, FrameBatch, Int64s

MOST: Final = 1024
"""Messages that the kernel takes in one call (UIO_MAXIOV)."""

_IOVEC: Final = np.dtype([("base", "=u8"), ("len", "=u8")])
_MMSGHDR: Final = np.dtype(
    [
        ("name", "=u8"),
        ("namelen", "=u8"),
        ("iov", "=u8"),
        ("iovlen", "=u8"),
        ("control", "=u8"),
        ("controllen", "=u8"),
        ("flags", "=u8"),
        ("sent", "=u8"),
    ]
)
"""struct mmsghdr of 64-bit Linux; its shorter fields stand with the padding behind them."""

_TAG_AT: Final = 12
_TAG_LEN: Final = 4
_DEFAULT_TPID: Final = 0x8100


class Pieces:
    """Where the bytes of each frame are: one piece, or three where a VLAN tag goes back into the middle.

    Attributes:
        base: addresses, frames by pieces.
        size: bytes at each.

    Raises SendError where a frame is not inside its buffer.
    """

    def __init__(self, batch: FrameBatch) -> None:
        start, size = batch.offset, batch.captured.astype(np.int64)
        if len(batch) and (start.min() < 0 or size.min() < 0 or (start + size).max() > len(batch.data)):
            raise SendError("a frame is not inside its batch's data: give offsets and sizes that are")
        # Referred to as long as the addresses are in use.
        self._data: Bytes = np.ascontiguousarray(batch.data)
        self._tags: Bytes = np.empty(0, dtype=np.uint8)
        self.base: Int64s = (self._data.ctypes.data + start)[:, None]
        self.size: Int64s = size[:, None]
        tagged = (batch.status & VLAN_STRIPPED != 0) & (batch.link_type == linktypes.ETHERNET) & (size >= _TAG_AT)
        if tagged.any():
            self._insert_tags(batch.status, tagged)

    def _insert_tags(self, status: Int64s, tagged: NDArray[np.bool_]) -> None:
        tpid, tci = status >> 32 & 0xFFFF, status >> 16 & 0xFFFF
        words = np.stack([np.where(tpid == 0, _DEFAULT_TPID, tpid), tci], axis=1)
        self._tags = words.astype(">u2").reshape(-1).view(np.uint8)
        tags = self._tags.ctypes.data + np.arange(len(tagged), dtype=np.int64) * _TAG_LEN
        start, size = self.base[:, 0], self.size[:, 0]
        head = np.where(tagged, _TAG_AT, size)
        self.base = np.stack([start, tags, start + head], axis=1)
        self.size = np.stack([head, np.where(tagged, _TAG_LEN, 0), size - head], axis=1)


class MessageArray:
    """Up to `MOST` messages, ready for sendmmsg, of a number of pieces each."""

    def __init__(self, pieces: int) -> None:
        self._iovecs = np.zeros((MOST, pieces), dtype=_IOVEC)
        self._headers = np.zeros(MOST, dtype=_MMSGHDR)
        self._headers["iov"] = self._iovecs.ctypes.data + np.arange(MOST) * self._iovecs.strides[0]
        self._headers["iovlen"] = pieces
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg

    def fill(self, base: Int64s, size: Int64s) -> None:
        """Makes messages of at most `MOST` rows of pieces."""
        self._iovecs["base"][: len(base)], self._iovecs["len"][: len(size)] = base, size

    def send(self, sock: socket.socket, begin: int, end: int) -> int:
        """Sends the messages from `begin` to `end`, without waiting; returns how many went, at least 1, or OSError."""
        place = self._headers.ctypes.data + begin * _MMSGHDR.itemsize
        sent = self._sendmmsg(sock.fileno(), ctypes.c_void_p(place), end - begin, socket.MSG_DONTWAIT)
        if sent < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return int(sent)
