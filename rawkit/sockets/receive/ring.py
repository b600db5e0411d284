"""`ReceiveRing`: frames of an interface through memory that the kernel shares (TPACKET_V3).

The kernel fills a ring of blocks (packet_mmap.rst under Linux Documentation/networking); each full block, or what has
come when its time is over, is read as one batch, where it lies.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from rawkit import linktypes
from rawkit.errors import CaptureError
from rawkit.kernels import Engine
from rawkit.sockets import device, layout
from rawkit.sockets.filter import live as live_filter
from rawkit.sockets.filter.bpf import BpfProgram, compile_filter
from rawkit.sockets.filter.live import Direction
from rawkit.sockets.packet_socket import FanoutMode, bind, join_fanout, make_promiscuous, open_packet_socket, set_option
from rawkit.sockets.receive.bell import Bell
from rawkit.sockets.receive.counters import InterfaceDrops, RingStatistics, take_statistics
from rawkit.sockets.receive.link_state import LinkState
from rawkit.sockets.receive.ring_memory import RingMemory
from rawkit.sockets.receive.waiting import wait

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.sockets.receive.block import BlockReader

Place: TypeAlias = tuple[socket.socket, int]
"""What a ring in another network namespace is opened with: see `ReceiveRing`."""
MEMORY: Final = 64
"""MiB of a ring: more than half a second of the smallest frames at full speed."""
SNAPLEN: Final = 262144
ANY: Final = "any"
"""What libpcap calls all interfaces together."""
RETIRE: Final = 20
"""Milliseconds after which the kernel hands over a block that is not full."""


class ReceiveRing:
    """All frames of an interface; a FrameSource and a context manager.

    Args:
        interface: its name; None for all interfaces, whose packets get cooked headers (LINUX_SLL2).
        memory: MiB of the ring.
        promiscuous: take frames to other hosts' MAC addresses too.
        filter: tcpdump's language, or a program compiled for `device.link_type(interface)`. It is in place before
            the first frame can come.
        snaplen: bytes kept of each frame.
        direction: which frames; `"in"` leaves out what this host sends (PACKET_IGNORE_OUTGOING). Of the two copies
            that the kernel shows of each frame on the loopback interface, only `"out"` takes the one that is sent.
        fanout: group number (up to 65535) and mode: the rings of one group share the frames (PACKET_FANOUT). While
            a ring joins a group that runs already, a frame can come to both.
        timeout_ms: milliseconds after which the kernel hands over a block that is not full.
        number: what the `interface` column says.
        engine: runs the walk through the blocks; without one it is interpreted.
        place: a packet socket that is not bound yet, and a descriptor of its /proc/net/dev, where the interface is in
            another network namespace than the calling thread; the ring closes both.
        batches: whether frames are wanted as batches; where only `take_block` is called, NumPy is not loaded.

    Raises PrivilegeError without CAP_NET_RAW, TargetError where there is no such interface, FilterError, and
    CaptureError where the kernel cannot give the memory.

    Attributes:
        interface: the name, None for all.
        link_type: LINKTYPE number of the frames.
        link: whether the interface is down.
        bell: ends a wait of another thread.
        timeout_ms: as given.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with ReceiveRing("lo", filter="udp port 9", memory=1) as ring:
    ...         print(len(ring.read(timeout=0)))
    ... except PrivilegeError:  # not everyone may
    ...     print(0)
    0
    """

    def __init__(
        self,
        interface: str | None,
        *,
        memory: int = MEMORY,
        promiscuous: bool = True,
        filter: str | BpfProgram | None = None,
        snaplen: int = SNAPLEN,
        direction: Direction = "inout",
        fanout: tuple[int, FanoutMode] | None = None,
        timeout_ms: int = RETIRE,
        number: int = 0,
        engine: Engine | None = None,
        place: Place | None = None,
        batches: bool = True,
    ) -> None:
        self.interface, self.timeout_ms, self.bell = interface, timeout_ms, Bell()
        with ExitStack() as undo:
            self._socket = open_packet_socket() if place is None else place[0]
            undo.callback(self._socket.close)
            self._lost = InterfaceDrops(interface, None if place is None else place[1])
            undo.callback(self._lost.close)
            self.link_type = _prepared(self._socket, interface)
            index = 0 if interface is None else device.index_of(self._socket, interface)
            live_filter.attach(self._socket, _program(filter, self.link_type, snaplen, direction))
            self._memory: RingMemory | None = RingMemory(self._socket, memory, timeout_ms)
            _join(self._socket, index, promiscuous, direction, fanout)
            undo.pop_all()
        self.link = LinkState(self._socket, interface, index)
        self._reader = _reader(self.link_type, snaplen, number, interface or ANY, engine) if batches else None
        self._statistics = RingStatistics()

    def fileno(self) -> int:
        """The socket's descriptor, which is readable when a block can be read; -1 after `close`."""
        return self._socket.fileno()

    def read(self, timeout: float | None = None) -> FrameBatch | None:
        """The frames of the next block, without a copy; None after `close`, also one of another thread.

        The batch is valid until the next read, which gives its memory back to the kernel: `copy()` keeps it.

        Args:
            timeout: seconds to wait; then the batch is empty, as it is where somebody rings the bell. None waits for
                as long as it takes, also for an interface that is down.

        Raises CaptureError where the interface is gone.
        """
        if self._memory is None:
            return None
        self.release()
        if wait((self,), timeout):
            return self.take()
        return None if self.is_closed else _no_frames()

    def ready(self) -> bool:
        """Whether a block can be taken at once."""
        return self._memory is not None and self._memory.ready()

    def pending(self) -> int:
        """Frames that were received and are in no block that was taken: the kernel has not handed them over yet.

        Its timer may be late where the processor is busy, so a pause does not say that all is there.
        """
        return 0 if self._memory is None else self.statistics().received - self._memory.handed_over

    def begin(self) -> int:
        """When the block that `ready` has told of was begun: nanoseconds since the epoch."""
        return self._open_memory.begin()

    def take(self) -> FrameBatch:
        """The frames of the block that `ready` has told of; CaptureError where no batches were wanted."""
        if self._reader is None:
            raise CaptureError("the receive ring gives blocks: open one that gives batches")
        return self._reader.read(self._open_memory.hold())

    def take_block(self) -> memoryview:
        """The block that `ready` has told of, as the kernel made it (struct tpacket_block_desc); it may be changed."""
        return self._open_memory.hold()

    def release(self) -> None:
        """Gives the block that was taken last back to the kernel; its batch is not valid any more."""
        if self._memory is not None:
            self._memory.release()

    def statistics(self) -> RingStatistics:
        """What was received and lost since the ring was opened; after `close`, until then."""
        if self._memory is not None:
            lost = RingStatistics(interface_dropped=self._lost.count() - self._statistics.interface_dropped)
            self._statistics += take_statistics(self._socket) + lost
        return self._statistics

    def close(self) -> None:
        """Ends the capture, and the wait of a thread that reads; a second call does nothing.

        The last batch stays readable for whoever has it.
        """
        if self._memory is not None:
            self.statistics()
            self._memory = None
            self.bell.ring()
            self._socket.close()
            self._lost.close()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._memory is None

    @property
    def _open_memory(self) -> RingMemory:
        if self._memory is None:
            raise CaptureError("the receive ring is closed: open another")
        return self._memory

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reader(link_type: int, snaplen: int, number: int, name: str, engine: Engine | None) -> BlockReader:
    from rawkit.sockets.receive.block import BlockReader

    return BlockReader(link_type, snaplen, number, engine or Engine("interpreted"), name)


def _no_frames() -> FrameBatch:
    from rawkit.frames import FrameBatch

    return FrameBatch.from_frames(())


def _prepared(sock: socket.socket, interface: str | None) -> int:
    """The LINKTYPE number of the frames that a packet socket will have."""
    link_type = device.link_type(interface, sock)
    if link_type == linktypes.LINUX_SLL2:
        set_option(sock, layout.PACKET_RESERVE, layout.COOKED_RESERVE)
    return link_type


def _program(filter: str | BpfProgram | None, link_type: int, snaplen: int, direction: Direction) -> BpfProgram:
    program = compile_filter(filter, link_type) if isinstance(filter, str) else filter
    return live_filter.socket_program(program, link_type, snaplen, direction)


def _join(
    sock: socket.socket,
    index: int,
    promiscuous: bool,
    direction: Direction,
    fanout: tuple[int, FanoutMode] | None,
) -> None:
    """Binds the socket: from here on frames come."""
    incoming = direction == "in"
    if incoming:
        set_option(sock, layout.PACKET_IGNORE_OUTGOING, 1)
    bind(sock, index)
    if promiscuous and index:
        make_promiscuous(sock, index)
    if fanout is not None:
        join_fanout(sock, *fanout, ignore_outgoing=incoming)
