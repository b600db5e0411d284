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
from rawkit.facts import ethertypes
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import Bytes, FrameBatch, Int64s

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


def check_inside(batch: FrameBatch) -> None:
    """SendError where a frame is not inside its batch's data: the kernel would send what is not of it.

    >>> check_inside(FrameBatch.from_frames([b"frame"]))
    """
    start, size = batch.offset, batch.captured.astype(np.int64)
    if len(batch) and (start.min() < 0 or size.min() < 0 or (start + size).max() > len(batch.data)):
        raise SendError("a frame is not inside its batch's data: give offsets and sizes that are")


class Pieces:
    """Where the bytes of each frame are: one piece, or three where a VLAN tag goes back into the middle.

    Attributes:
        base: addresses, frames by pieces.
        size: bytes at each.

    Args:
        batch: whose frames `check_inside` has seen.
    """

    def __init__(self, batch: FrameBatch) -> None:
        start, size = batch.offset, batch.captured.astype(np.int64)
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
        words = np.stack([np.where(tpid == 0, ethertypes.VLAN, tpid), tci], axis=1)
        self._tags = words.astype(">u2").reshape(-1).view(np.uint8)
        tags = self._tags.ctypes.data + np.arange(len(tagged), dtype=np.int64) * _TAG_LEN
        start, size = self.base[:, 0], self.size[:, 0]
        head = np.where(tagged, _TAG_AT, size)
        self.base = np.stack([start, tags, start + head], axis=1)
        self.size = np.stack([head, np.where(tagged, _TAG_LEN, 0), size - head], axis=1)


class MessageArray:
    """Up to `MOST` messages, ready for sendmmsg, of a number of pieces each, and with names of that many bytes."""

    def __init__(self, pieces: int, name_len: int = 0) -> None:
        self._iovecs = np.zeros((MOST, pieces), dtype=_IOVEC)
        self._headers = np.zeros(MOST, dtype=_MMSGHDR)
        self._headers["iov"] = self._iovecs.ctypes.data + np.arange(MOST) * self._iovecs.strides[0]
        self._headers["iovlen"] = pieces
        self._headers["namelen"] = name_len
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg

    def fill(self, base: Int64s, size: Int64s, names: Int64s | None) -> None:
        """Makes messages of at most `MOST` rows of pieces; `names` are where their names are in memory."""
        self._iovecs["base"][: len(base)], self._iovecs["len"][: len(size)] = base, size
        if names is not None:
            self._headers["name"][: len(names)] = names

    def send(self, sock: socket.socket, begin: int, end: int) -> int:
        """Sends the messages from `begin` to `end`, without waiting; returns how many went, at least 1, or OSError."""
        place = self._headers.ctypes.data + begin * _MMSGHDR.itemsize
        sent = self._sendmmsg(sock.fileno(), ctypes.c_void_p(place), end - begin, socket.MSG_DONTWAIT)
        if sent < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return int(sent)


class Messages:
    """A batch that is sent by sendmmsg, part by part.

    Args:
        sock: a packet socket that is bound.
        array: where its messages are made.
        pieces: where its frames are.
        names: where in memory the address is that each is sent to; None where the socket's own says all.

    Attributes:
        socket: the packet socket.
        via: what the way is called.
    """

    via = "sendmmsg"

    def __init__(self, sock: socket.socket, array: MessageArray, pieces: Pieces, names: Int64s | None = None) -> None:
        self.socket, self._array, self._pieces, self._names = sock, array, pieces, names
        self._ready = range(0)

    def prepare(self, begin: int, end: int) -> None:
        """Makes messages of the frames from `begin` to `end`, at most `MOST`, so that `send` has less to do."""
        self._ready = range(begin, min(end, begin + MOST))
        rows = slice(self._ready.start, self._ready.stop)
        names = None if self._names is None else self._names[rows]
        self._array.fill(self._pieces.base[rows], self._pieces.size[rows], names)

    def rehearse(self) -> None:
        """Does what `send` does, with no frame."""
        self._array.send(self.socket, 0, 0)

    def send(self, begin: int, end: int, sock: socket.socket | None = None) -> int:
        """Sends frames from `begin` on, up to `end` at most; returns how many went, at least 1, or OSError.

        They go to `sock` where it is given, which is bound to another interface.
        """
        if begin not in self._ready:
            self.prepare(begin, end)
        first = self._ready.start
        return self._array.send(sock or self.socket, begin - first, min(end, self._ready.stop) - first)
