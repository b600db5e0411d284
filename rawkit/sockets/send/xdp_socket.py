"""`XdpSocket`: an AF_XDP socket that only sends, with the memory and the rings that it shares with the kernel.

The numbers are those of linux/if_xdp.h, the rules those of Documentation/networking/af_xdp.rst.
"""

from __future__ import annotations

import errno
import mmap
import os
import socket
import struct
from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Bytes
from rawkit.sockets import layout
from rawkit.sockets.packet_socket import bind_to
from rawkit.sockets.receive.ring_memory import map_shared

Words = NDArray[np.uint32]

AF_XDP: Final = 44
SOL_XDP: Final = 283
XDP_MMAP_OFFSETS: Final = 1
XDP_TX_RING: Final = 3
XDP_UMEM_REG: Final = 4
XDP_UMEM_FILL_RING: Final = 5
XDP_UMEM_COMPLETION_RING: Final = 6
XDP_MAX_TX_SKB_BUDGET: Final = 9
XDP_COPY: Final = 1 << 1
XDP_PGOFF_TX_RING: Final = 0x80000000
XDP_UMEM_PGOFF_COMPLETION_RING: Final = 0x180000000

ENTRIES: Final = 2048
"""Of the ring of frames to be sent, and of that of frames that are out; a power of two."""
MEMORY: Final = 2 << 20
"""Bytes for frames. They are locked, of which a user has 8 MiB in all on most systems (RLIMIT_MEMLOCK)."""
CHUNK: Final = 4096
"""Bytes of memory that no frame may reach across: a page, so that frames lie as close as they are short."""
_UNUSED: Final = 64
"""Entries of the ring for receiving, without which the kernel binds no socket."""
_ADDRESS: Final = 2
_DESCRIPTOR: Final = 4
_LENGTH: Final = 2
"""32-bit words of an address, and of struct xdp_desc, and which of these is the size."""
_OFFSETS: Final = struct.Struct("=16Q")
"""struct xdp_mmap_offsets: producer, consumer, entries and flags of four rings: rx, tx, fill, completion."""


class XdpSocket:
    """An AF_XDP socket, bound to a queue of an interface, in copy mode: the kernel copies each frame that it sends.

    Nothing is received, so it needs no BPF program, and a user namespace will do. The kernel has to let us say how many
    frames a call sends (Linux 6.17): one before that sends 32 at a time, and says later how many they were.

    Args:
        index: of the interface.
        queue: to send to.
        buffer: bytes of the socket's send buffer; None for as many as it has memory.

    Raises OSError where the kernel gives none: EBUSY where the queue has an AF_XDP socket already.

    Attributes:
        socket: the socket itself.
        memory: the bytes that frames are sent from.
        addresses, lengths: where in `memory` frames are that are to be sent, and their sizes.
        produced, consumed: how many entries of these were written by us, and were taken by the kernel; modulo 2**32.
        done: where in memory frames are that are out.
        completed, seen: how many of these were written by the kernel, and were read by us; modulo 2**32.
    """

    def __init__(self, index: int, queue: int = 0, *, buffer: int | None = None) -> None:
        self.socket = socket.socket(AF_XDP, socket.SOCK_RAW, 0)
        try:
            self._set_up(buffer)
            bind_to(self.socket, struct.pack("=HHIII", AF_XDP, XDP_COPY, index, queue, 0))  # struct sockaddr_xdp
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes it; a second call does nothing. What is not taken by the kernel yet is never sent."""
        self.socket.close()
        # The mapped rings keep the socket open.
        none = np.zeros(1, np.uint32)
        self.produced = self.consumed = self.completed = self.seen = self.lengths = none
        self.addresses = self.done = np.zeros(1, np.uint64)

    def _set_up(self, buffer: int | None) -> None:
        option = self.socket.setsockopt
        self.memory: Bytes = _fresh_memory()
        area = struct.pack("=QQIIII", self.memory.ctypes.data, MEMORY, CHUNK, 0, 0, 0)  # struct xdp_umem_reg
        option(SOL_XDP, XDP_UMEM_REG, area)
        option(SOL_XDP, XDP_UMEM_FILL_RING, _UNUSED)
        option(SOL_XDP, XDP_UMEM_COMPLETION_RING, ENTRIES)
        option(SOL_XDP, XDP_TX_RING, ENTRIES)
        option(SOL_XDP, XDP_MAX_TX_SKB_BUDGET, ENTRIES)
        with suppress(PermissionError):  # in a user namespace, whose limit (net.core.wmem_max) will do
            option(socket.SOL_SOCKET, layout.SO_SNDBUFFORCE, buffer or MEMORY)
        offsets = _OFFSETS.unpack(self.socket.getsockopt(SOL_XDP, XDP_MMAP_OFFSETS, _OFFSETS.size))
        sending, done = offsets[4:8], offsets[12:16]
        self.produced, self.consumed, entries = self._ring(XDP_PGOFF_TX_RING, sending, _DESCRIPTOR)
        self.addresses, self.lengths = entries.view(np.uint64)[:, 0], entries[:, _LENGTH]
        self.completed, self.seen, entries = self._ring(XDP_UMEM_PGOFF_COMPLETION_RING, done, _ADDRESS)
        self.done = entries.view(np.uint64)[:, 0]

    def _ring(self, place: int, offsets: tuple[int, ...], words: int) -> tuple[Words, Words, Words]:
        """A ring: its producer and its consumer, an array of one number each, and its entries, of so many numbers."""
        producer, consumer, entries = offsets[:3]
        memory = map_shared(self.socket.fileno(), entries + ENTRIES * words * 4, place)
        ring = np.frombuffer(memory, np.uint32)
        rows = ring[entries // 4 :].reshape(ENTRIES, words)
        return ring[producer // 4 :][:1], ring[consumer // 4 :][:1], rows


def _fresh_memory() -> Bytes:
    try:
        return np.frombuffer(mmap.mmap(-1, MEMORY, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE), np.uint8)
    except (OSError, ValueError):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from None
