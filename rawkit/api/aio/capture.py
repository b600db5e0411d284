"""`rawkit.aio.Capture`: packets of a live capture as they come, or of a file, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from rawkit.api.aio.run import Each, Run
from rawkit.api.aio.words import words_of, words_of_method
from rawkit.api.capture import Capture as BlockingCapture
from rawkit.api.opening import open_capture as blocking_open
from rawkit.api.passes import Pass, Pieces
from rawkit.api.sniff import record as blocking_record
from rawkit.api.sniff import sniff as blocking_sniff
from rawkit.errors import RawkitError
from rawkit.run.capture.live_capture import LiveCapture
from rawkit.sockets.pausing import Course, Pause

if TYPE_CHECKING:
    from rawkit.api.kinds import Kind
    from rawkit.api.packet import Packet
    from rawkit.api.sniff import Recorder as BlockingRecorder
    from rawkit.api.step import Step
    from rawkit.api.where import DisplayFilter
    from rawkit.decode import Packets
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.flow.kinds import Event
    from rawkit.flow.latency.values import Latency
    from rawkit.frames import FrameBatch
    from rawkit.run.capture.outcome import CaptureStatistics
    from rawkit.sockets.owners import Owner

Item = TypeVar("Item")
_LEVEL: Final = 6
"""Calls from a warning at the end up to who awaits the next item."""


class Capture(Run):
    """Packets as they come: iterated over by `async for`, in one of the ways of `rawkit.Capture`, with its words.

    Frames are kept from the call of `rawkit.aio.sniff` on. It ends as `rawkit.aio` says of all runs; `stop` ends it in
    order within 0.2 s, with what came before. A wait of another task ends where it is closed.

    Args:
        capture: an open capture, live or of a file on a disk, which nobody else goes through.

    >>> import asyncio, rawkit
    >>> async def listen() -> None:
    ...     async with rawkit.aio.sniff("lo", "udp port 9", duration=0.05, engine="interpreted") as capture:
    ...         print([str(packet) async for packet in capture], capture.statistics.frames)
    >>> try:
    ...     asyncio.run(listen())
    ... except rawkit.RawkitError:  # not everyone may
    ...     print([], 0)
    [] 0
    """

    def __init__(self, capture: BlockingCapture) -> None:
        super().__init__(capture)
        self._capture, self._pause = capture, capture.await_elsewhere()

    def packets(self, *, follow: bool = True, where: str | DisplayFilter | None = None) -> AsyncIterator[Packet]:
        """The packets, one by one; arguments and errors as of `rawkit.Capture.packets`.

        Live, a packet comes at most 25 ms after it was on the wire, as the kernel hands frames over in blocks.
        """
        return self._go(self._capture._passes.packets(follow, where))

    def __aiter__(self) -> AsyncIterator[Packet]:
        return self.packets()

    def batches(self) -> AsyncIterator[FrameBatch]:
        """The frames, undecoded, up to a thousand at a time; where nothing comes for a tenth of a second, none."""
        return self._go(self._capture._passes.batches())

    def packet_batches(self) -> AsyncIterator[Packets]:
        """The packets, decoded, up to a thousand at a time; nothing is followed."""
        return self._go(self._capture._passes.packet_batches())

    def steps(
        self,
        kinds: type[Event] | Collection[type[Event]] | None = None,
        *,
        where: str | DisplayFilter | None = None,
    ) -> AsyncIterator[Step]:
        """A `rawkit.Step` for each batch, as of `rawkit.Capture.steps`; without packets too, as time passes."""
        return self._go(self._capture._passes.steps(kinds, where))

    @overload
    def events(self, *, where: str | None = None) -> AsyncIterator[Event]: ...
    @overload
    def events(
        self, kinds: type[Kind] | Collection[type[Kind]], *, where: str | DisplayFilter | None = None
    ) -> AsyncIterator[Kind]: ...
    @overload
    def events(  # type: ignore[overload-cannot-match]
        self, kinds: Collection[type[Event]], *, where: str | DisplayFilter | None = None
    ) -> AsyncIterator[Event]: ...
    def events(self, kinds: Any = None, *, where: str | DisplayFilter | None = None) -> AsyncIterator[Any]:
        """What happened, as it happens, as of `rawkit.Capture.events`: also where no packet comes and time is over."""
        return self._go(self._capture._passes.events(kinds, where))

    def flows(self, *, where: str | DisplayFilter | None = None) -> AsyncIterator[FlowRecord]:
        """A `rawkit.FlowRecord` for each flow, when it has ended."""
        from rawkit.flow.conn_log.record import FlowRecord

        return self.events(FlowRecord, where=where)

    def latency(self, *, where: str | DisplayFilter | None = None) -> AsyncIterator[Latency]:
        """Where the time of each TCP connection went, when it has ended."""
        return self._go(self._capture._passes.latency(where))

    async def wait(self) -> CaptureStatistics:
        """Goes on to the end, and decodes nothing: for what is only recorded."""
        async for _batch in self.batches():
            pass
        return self.statistics

    @words_of_method(BlockingCapture.write)
    def write(self, *given: Any, **words: Any) -> Capture:
        """Records what is read from now on, beside reading it; arguments and errors as of `rawkit.Capture.write`."""
        self._capture.write(*given, **words)
        return self

    def owner(self, flow: FlowRecord) -> Owner | None:
        """The process of this host behind a flow, as of `rawkit.Capture.owner`: it takes `processes` of `sniff`."""
        return self._capture.owner(flow)

    @property
    def truncated(self) -> str | None:
        """After the end, one line that says where the file was cut or damaged; None where it was not, and live."""
        return self._capture.truncated

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far: frames that were received, and that were lost. It stays known after the end."""
        return self._capture.statistics

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of each interface."""
        return self._capture.links

    def _go(self, chosen: Pass[Item]) -> AsyncIterator[Item]:
        """The items of a pass, gone on with where the same is asked for again."""
        pieces = self._capture._passes.go(chosen)
        if self._course is None:
            self._course = _course(pieces, self._pause, self._capture)
        return Each(self)


def _course(pieces: Pieces[Item], pause: Callable[[], Pause], capture: BlockingCapture) -> Course[Iterable[Item]]:
    for piece in pieces:
        yield piece
        yield pause()
    capture._end(_LEVEL)


@words_of(blocking_open)
def open(*given: Any, **words: Any) -> Capture:
    """Opens a capture file, as `rawkit.open` does, with its arguments and errors; others go on while it is read.

    A thousand frames are read, decoded and followed between two turns of the loop, without a thread. It takes paths
    of files: CaptureError for standard input and other pipes, RawkitError for a FrameSource, which are waited for.

    >>> import asyncio, rawkit
    >>> async def asked() -> list[str]:
    ...     async with rawkit.aio.open("captures/tcp-connect-refused.pcap") as capture:
    ...         return [packet["ip.src"] async for packet in capture]
    >>> asyncio.run(asked())
    ['192.0.2.10', '198.51.100.20']
    """
    capture = blocking_open(*given, **words)
    try:
        return Capture(capture)
    except RawkitError:
        capture.close()
        raise


@words_of(blocking_sniff)
def sniff(*given: Any, **words: Any) -> Capture:
    """Listens to interfaces, as `rawkit.sniff` does, with its arguments and errors; what comes is awaited.

    Opening the rings takes the kernel 10 to 30 ms for each interface, as does closing them. Where a version of rawkit
    runs for the first time, kernels are compiled before, half a minute: `python -m rawkit.api.compile_all` does
    that beforehand.

    >>> import asyncio, rawkit, socket
    >>> async def hear() -> None:
    ...     async with rawkit.aio.sniff("lo", "udp port 9", count=1, direction="in", engine="interpreted") as capture:
    ...         with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    ...             size = sender.sendto(b"hello", ("127.0.0.1", 9))
    ...         async for packet in capture:
    ...             print(packet["ip.dst"], packet.payload)
    >>> try:
    ...     asyncio.run(hear())
    ... except rawkit.RawkitError:  # not everyone may
    ...     print("127.0.0.1", b"hello")
    127.0.0.1 b'hello'
    """
    return Capture(blocking_sniff(*given, **words))


class Recorder(Run):
    """A recording of what comes, which `rawkit.aio.record` makes: `await recorder.wait()` goes on to its end.

    Args:
        recorder: the same for who blocks, of a live capture; it is open.

    >>> import asyncio, os, rawkit, tempfile
    >>> async def keep(path: str) -> tuple[int, bool]:
    ...     recorder = rawkit.aio.record("lo", path, "udp port 9")
    ...     recorder.stop()
    ...     return (await recorder.wait()).frames, os.path.exists(path)
    >>> try:
    ...     print(asyncio.run(keep(os.path.join(tempfile.mkdtemp(), "lo.pcap"))))
    ... except rawkit.RawkitError:  # not everyone may
    ...     print((0, True))
    (0, True)
    """

    def __init__(self, recorder: BlockingRecorder) -> None:
        super().__init__(recorder)
        self._recorder = recorder
        self._last: CaptureStatistics | None = None

    async def wait(self) -> CaptureStatistics:
        """Records until the end: `count`, `duration`, `stop`. Raises CaptureError where an interface is removed."""
        with suppress(StopAsyncIteration):
            await self.next_item()
        return self.statistics

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far. It stays known after the end."""
        return self._recorder.statistics if self._last is None else self._last

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of each interface."""
        return self._recorder.links

    def _begin(self) -> Course[Iterable[object]]:
        self._recorder.begin()
        source = self._recorder._source
        assert isinstance(source, LiveCapture)
        pause = source.await_elsewhere()
        try:
            for _kept in source.loop.kept():
                yield pause()
        finally:
            self._last = self._recorder.statistics


@words_of(blocking_record)
def record(*given: Any, **words: Any) -> Recorder:
    """Writes what comes to a file, as `rawkit.record` does, with its arguments and errors, while others go on.

    Frames are kept from the call on, and written from when `Recorder.wait` is awaited. Python walks through the ring,
    a thousand frames at a time: RawkitError for another `engine`, which would write whole blocks and hold others up.

    >>> import asyncio, os, rawkit, tempfile
    >>> async def keep(path: str) -> int:
    ...     async with rawkit.aio.record("lo", path, "udp port 9", duration=0.05) as recorder:
    ...         return (await recorder.wait()).frames
    >>> try:
    ...     print(asyncio.run(keep(os.path.join(tempfile.mkdtemp(), "lo.pcap"))))
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(0)
    0
    """
    if words.setdefault("engine", "interpreted") not in ("auto", "interpreted"):
        raise RawkitError(f"engine {words['engine']!r}: rawkit.aio records by Python: leave it out")
    recorder = blocking_record(*given, **{**words, "engine": "interpreted"})
    recorder.open()
    return Recorder(recorder)
