"""The memory that a packet socket shares with the kernel: a ring of blocks (packet_mmap.rst, TPACKET_V3)."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import struct
import weakref
from contextlib import suppress
from functools import cache
from typing import Final

from rawkit.errors import CaptureError
from rawkit.sockets import layout
from rawkit.sockets.packet_socket import set_option

MIB: Final = 1 << 20
_FRAME_SIZE: Final = 2048
"""Checked by the kernel, but of no use: in a TPACKET_V3 ring frames are as long as they are."""


def geometry(memory: int) -> tuple[int, int]:
    """Bytes of a block and number of blocks of a ring of so many MiB; any frame fits into a block.

    >>> geometry(64), geometry(1)
    ((1048576, 64), (262144, 4))
    """
    block = MIB if memory >= 16 else MIB // 4
    return block, memory * MIB // block


def available() -> int:
    """Bytes that can be had without swapping (proc(5), MemAvailable); all that there are where /proc is missing.

    The kernel looks for the memory of a ring until it has tried everything else, which takes a minute.

    >>> available() > 0
    True
    """
    with suppress(OSError), open("/proc/meminfo", "rb") as told:
        for line in told:
            if line.startswith(b"MemAvailable:"):
                return int(line.split()[1]) << 10
    return os.sysconf("SC_PHYS_PAGES") * mmap.PAGESIZE


class RingMemory:
    """A ring of blocks, read one after the other.

    Args:
        sock: a packet socket that is not bound yet.
        memory: MiB.
        retire: milliseconds after which the kernel hands over a block that is not full.

    Attributes:
        handed_over: frames in the blocks that were taken.

    Raises CaptureError where the kernel does not give that much.
    """

    def __init__(self, sock: socket.socket, memory: int, retire: int) -> None:
        if memory < 1 or retire < 1:
            raise CaptureError(f"a ring of {memory} MiB and {retire} ms: give at least 1 of each")
        if memory > (most := available() // MIB):
            raise CaptureError(f"no memory for a ring of {memory} MiB: {most} MiB are left: ask for less")
        self._block_size, count = geometry(memory)
        set_option(sock, layout.PACKET_VERSION, layout.TPACKET_V3)
        _request(sock, self._block_size, count, retire)
        self._bytes = map_shared(sock.fileno(), self._block_size * count)
        self._words = self._bytes.cast("I")
        self._next, self._held = 0, False
        self.handed_over = 0

    def ready(self) -> bool:
        """Whether the kernel has handed over the next block."""
        return bool(self._words[self._next + layout.BLOCK_STATUS >> 2] & layout.TP_STATUS_USER)

    def begin(self) -> int:
        """When the next block, which is there, was begun: nanoseconds since the epoch."""
        seconds = self._words[self._next + layout.BLOCK_SEC >> 2]
        return seconds * 10**9 + self._words[self._next + layout.BLOCK_NSEC >> 2]

    def hold(self) -> memoryview:
        """The bytes of the next block, which is there; it is the caller's until `release`."""
        if not self._held:
            self.handed_over += self._words[self._next + layout.BLOCK_COUNT >> 2]
        self._held = True
        return self._bytes[self._next : self._next + self._block_size]

    def release(self) -> None:
        """Gives the block that is held back to the kernel."""
        if self._held:
            self._words[self._next + layout.BLOCK_STATUS >> 2] = layout.TP_STATUS_KERNEL
            self._next = (self._next + self._block_size) % len(self._bytes)
            self._held = False


def _request(sock: socket.socket, block_size: int, count: int, retire: int) -> None:
    frames = block_size // _FRAME_SIZE * count
    request = struct.pack("=7I", block_size, count, _FRAME_SIZE, frames, retire, 0, 0)  # struct tpacket_req3
    try:
        sock.setsockopt(layout.SOL_PACKET, layout.PACKET_RX_RING, request)
    except OSError as error:
        if error.errno not in (errno.ENOMEM, errno.EINVAL):
            raise
        size = block_size * count // MIB
        raise CaptureError(f"no memory for a ring of {size} MiB: ask for less") from error


def map_shared(descriptor: int, size: int, offset: int = 0) -> memoryview:
    """Shared memory of a descriptor, from an offset on; unmapped when nothing refers to it any more.

    Python's own `mmap` keeps a copy of the descriptor, so that the socket would stay open as long as a batch.
    """
    protection, libc = mmap.PROT_READ | mmap.PROT_WRITE, _libc()
    address = libc.mmap(None, size, protection, mmap.MAP_SHARED, descriptor, offset)
    if address == ctypes.c_void_p(-1).value:
        raise CaptureError(f"a ring of {size // MIB} MiB: {os.strerror(ctypes.get_errno())}: ask for less")
    memory = (ctypes.c_uint8 * size).from_address(address)
    # Not at the end of the process: arrays may still be read then, and the kernel unmaps all by itself.
    weakref.finalize(memory, libc.munmap, address, size).atexit = False
    return memoryview(memory).cast("B")


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
    )  # fmt: skip
    libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    return libc
