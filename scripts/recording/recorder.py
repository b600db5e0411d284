"""Records what passes an interface, through an AF_PACKET socket, with the kernel's nanosecond timestamps."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Protocol

import numpy as np
import pcapy

from rawkit import linktypes
from rawkit.frames import FrameBatch

ETH_P_ALL: Final = 0x0003
SO_TIMESTAMPNS: Final = 35
"""include/uapi/asm-generic/socket.h; SCM_TIMESTAMPNS, the message's type, is the same number."""
DLT: Final = {linktypes.RAW: 12}
"""Where Linux's DLT number, which libpcap's compiler wants, is not the LINKTYPE number."""
TIMESPEC: Final = struct.Struct("=qq")
SLL: Final = struct.Struct("!HHH8sH")
SLL2: Final = struct.Struct("!HHIHBB8s")
PATIENCE: Final = 15.0
"""Seconds after which a frame that a story waits for is taken not to come any more."""


class InsideHost(Protocol):
    """A host whose network namespace the calling thread can enter."""

    def entered(self) -> AbstractContextManager[object]: ...


class CompiledFilter(Protocol):
    """What pcapy compiles: a BPF program that takes a frame (not 0) or not (0)."""

    def filter(self, frame: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """One recorded frame: when (nanoseconds since the epoch), its bytes, and the interface's name."""

    timestamp: int
    frame: bytes
    interface: str


class Recorder:
    """Records from entering to leaving, in a thread of its own; `frames` may be read at any time.

    The socket listens to all interfaces, so that one which the story makes later is recorded from its first frame.
    The filter is libpcap's; so are those that `until` waits for.
    """

    def __init__(self, host: InsideHost, interface: str, filter: str = "", link_type: int = linktypes.ETHERNET) -> None:
        self.frames: list[Seen] = []
        self._link_type, self._interface = link_type, interface
        self._matches = self._compile(filter)
        self._changed = threading.Condition()
        self._stopping = False
        cooked = link_type in (linktypes.LINUX_SLL, linktypes.LINUX_SLL2)
        with host.entered():
            kind = socket.SOCK_DGRAM if cooked else socket.SOCK_RAW
            self._socket = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL))
            self._indexes = {name: index for index, name in socket.if_nameindex()}
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.settimeout(0.02)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._stopping = True
        self._thread.join()
        self._socket.close()

    def _compile(self, expression: str) -> CompiledFilter:
        number = DLT.get(self._link_type, self._link_type)
        compiled: CompiledFilter = pcapy.compile(number, 65535, expression, 1, 0xFFFFFFFF)
        return compiled

    def _run(self) -> None:
        while not self._stopping:
            try:
                frame, messages, _flags, source = self._socket.recvmsg(65535, 128)
            except TimeoutError:
                continue
            seconds, nanoseconds = TIMESPEC.unpack(messages[0][2])
            if self._interface not in ("any", source[0]):
                continue
            frame = self._cooked(frame, source)
            if self._matches.filter(frame):
                with self._changed:
                    self.frames.append(Seen(seconds * 10**9 + nanoseconds, frame, source[0]))
                    self._changed.notify_all()

    def _cooked(self, frame: bytes, source: tuple[str, int, int, int, bytes]) -> bytes:
        """The frame behind the pseudo-header that LINKTYPE_LINUX_SLL and SLL2 define."""
        name, protocol, kind, hardware, address = source
        padded = address.ljust(8, b"\0")
        if self._link_type == linktypes.LINUX_SLL:
            return SLL.pack(kind, hardware, len(address), padded, protocol) + frame
        if self._link_type == linktypes.LINUX_SLL2:
            return SLL2.pack(protocol, 0, self._indexes[name], hardware, kind, len(address), padded) + frame
        return frame

    def count(self, expression: str) -> int:
        """How many of the frames recorded so far the filter takes."""
        matches = self._compile(expression)
        return sum(1 for seen in self.frames if matches.filter(seen.frame))

    def until(self, expression: str, count: int = 1) -> None:
        """Waits until so many frames that the filter takes have been recorded."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.count(expression) >= count, PATIENCE):
                raise TimeoutError(f"{self.count(expression)} of {count} frames came for: {expression}")

    def until_quiet(self, seconds: float = 0.1) -> None:
        """Waits until nothing has been recorded for that long."""
        with self._changed:
            while self._changed.wait(seconds):
                pass

    @property
    def interfaces(self) -> list[str]:
        """The names of the interfaces that frames were recorded on."""
        return sorted({seen.interface for seen in self.frames})

    def batch(self) -> FrameBatch:
        """All that was recorded, in the order of the timestamps; interfaces are numbered as `interfaces` lists them."""
        ordered = sorted(self.frames, key=lambda seen: seen.timestamp)
        frames, times = [seen.frame for seen in ordered], [seen.timestamp for seen in ordered]
        numbers = np.array([self.interfaces.index(seen.interface) for seen in ordered], dtype=np.int32)
        return replace(FrameBatch.from_frames(frames, times, self._link_type), interface=numbers)
