"""`Capture`: packets as they come, out of a file or live, and what they are recorded to meanwhile."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, overload

from rawkit.api.checks import recording_plan
from rawkit.api.passes import Pass, Passes, Pieces
from rawkit.api.run import Run
from rawkit.errors import RawkitError
from rawkit.flow.rules import FlowRules
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop
from rawkit.run.stopping import Stop
from rawkit.values import replace

if TYPE_CHECKING:
    import os

    from rawkit.api.kinds import Kind
    from rawkit.api.packet import Packet
    from rawkit.api.step import Step
    from rawkit.api.where import Choice, DisplayFilter
    from rawkit.count.summary import Summary
    from rawkit.decode import Packets
    from rawkit.files import CaptureReader, Interface, MergedReader
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.flow.kinds import Event
    from rawkit.flow.latency.values import Latency
    from rawkit.frames import FrameBatch
    from rawkit.run.capture.loop import Clock
    from rawkit.run.capture.outcome import CaptureStatistics
    from rawkit.run.capture.owners import Owners
    from rawkit.run.capture.plan import RecordingPlan
    from rawkit.run.capture.showing import CaptureView, MakeView, Put
    from rawkit.sockets.owners import Owner
    from rawkit.sockets.pausing import Pause
    from rawkit.streams.values import Stream

Item = TypeVar("Item")


class CaptureWarning(UserWarning):
    """A capture that was cut or damaged: what came before that was read. Or one that is odd in a way that mattered.

    >>> import rawkit, warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     table = rawkit.read_packets("captures/format-cut.pcap")
    >>> [warning.category.__name__ for warning in caught]
    ['CaptureWarning']
    """


class Source(Protocol):
    """What a capture goes through: `FileCapture`, `LiveCapture` or `SourceCapture` of `rawkit.run.capture`."""

    loop: CaptureLoop

    def open(self) -> None: ...
    def close(self) -> None: ...
    def wake(self) -> None: ...
    @property
    def links(self) -> list[tuple[str, int]]: ...
    @property
    def statistics(self) -> CaptureStatistics: ...
    def record_to(self, plan: RecordingPlan) -> None: ...


class Capture(Run):
    """Packets of a file (`rawkit.open`) or live (`rawkit.sniff`): a context manager, and a FrameSource.

    It is gone through once, in one way: by `packets` (which is what iterating over it does), `batches`, `steps`,
    `events`, `flows` or `latency`. The same way, asked for again, goes on where it was left; another raises
    RawkitError. All that it gives stays valid. At the end what it reads is closed, and what was odd is a
    CaptureWarning.

    `stop` ends it in order, from another thread or a signal's handler: live within 0.2 s, with what came before. Ctrl-C
    is a KeyboardInterrupt, as anywhere; within `stopped_by_signals` it ends the capture in order. `close`, or leaving
    the `with` block, ends it at once, also the wait of another thread; statistics stay.

    >>> import rawkit
    >>> with rawkit.open("captures/tcp-connect-refused.pcap") as capture:
    ...     for packet in capture:
    ...         print(packet["tcp.srcport"], packet["tcp.dstport"], packet.length)
    40000 9000 74
    9000 40000 54
    >>> capture.statistics.frames
    2
    """

    def __init__(self, make: Callable[[Stop], Source], engine: Engine, rules: FlowRules) -> None:
        super().__init__()
        self._source, self._engine, self._rules = make(self._stop), engine, rules
        self._passes = Passes(lambda: self._source.loop, engine, rules)
        self._items: Generator[Any] | None = None
        self._last: CaptureStatistics | None = None
        self._make_view: MakeView | None = None
        self._owners: Owners | None = None
        self._choice: Choice | None = None
        self._shown = self._warned = self._is_written = False

    def packets(self, *, follow: bool = True, where: str | DisplayFilter | None = None) -> Iterator[Packet]:
        """The packets, one by one.

        Args:
            follow: whether flows are followed, for `tcp.stream`, `udp.stream`, `tcp.analysis` and the marks at the end
                of a packet's line. Without them it takes a third less.
            where: which of them, in Wireshark's display filter language (docs/filters.md), or such a filter that is
                compiled already; flows are followed for it. Numbers, streams and analysis stay those of all packets.

        Raises FilterError for a filter that cannot be, RawkitError for one of events or without `follow`.

        Live, a packet comes at most 25 ms after it was on the wire, as the kernel hands frames over in blocks.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     sum(packet.get("udp.srcport") == 53 for packet in capture.packets())
        4
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     [packet.number for packet in capture.packets(where='dns.qry.name contains "nosuch"')]
        [5, 6]
        """
        return self._go(self._passes.packets(follow, where))

    def __iter__(self) -> Iterator[Packet]:
        return self.packets()

    def batches(self) -> Iterator[FrameBatch]:
        """The frames, undecoded, some thousand at a time: fast, and the least memory.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     [(len(batch), int(batch.length.sum())) for batch in capture.batches()]
        [(20, 3573)]
        """
        return (batch for batch in self._go(self._passes.batches()) if len(batch))

    def read(self) -> FrameBatch | None:
        """As `batches`, one at a time: an empty one where nothing comes for a tenth of a second, None at the end."""
        return next(self._go(self._passes.batches()), None)

    def steps(
        self,
        kinds: type[Event] | Collection[type[Event]] | None = None,
        *,
        where: str | DisplayFilter | None = None,
    ) -> Iterator[Step]:
        """A `Step` for each batch: its packets and events as tables. The last has the events of all that was open.

        `kinds` and `where` are those of `events`: packets are all there, whatever they say. Live there are steps
        without packets too, several times a second: connections end as time passes.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     [len(step.packet_table(["ip.src"])) for step in capture.steps()]
        [20, 0]
        """
        return self._go(self._passes.steps(kinds, where))

    @overload
    def events(self, *, where: str | None = None) -> Iterator[Event]: ...
    @overload
    def events(
        self, kinds: type[Kind] | Collection[type[Kind]], *, where: str | DisplayFilter | None = None
    ) -> Iterator[Kind]: ...
    @overload
    def events(  # type: ignore[overload-cannot-match]
        self, kinds: Collection[type[Event]], *, where: str | DisplayFilter | None = None
    ) -> Iterator[Event]: ...
    def events(self, kinds: Any = None, *, where: str | DisplayFilter | None = None) -> Iterator[Any]:
        """What happened, as it happens: a `rawkit.Handshake`, `Teardown`, `UdpExchange` or `FlowRecord` each.

        Live they come also where no packet does: a handshake that timed out is told when its time is over.

        Args:
            kinds: the classes that are wanted, or one of them; all of them where it is None.
            where: which of them, in Wireshark's display filter language, as of `rawkit sniff -Y` in the view of these
                events: their own fields (`flow.conn_state`, docs/filters.md) and those of packets, of which one of the
                connection up to then has to pass. With several kinds it has fields of packets alone.

        Raises TypeError for anything else, FilterError for a filter that cannot be.

        >>> import rawkit
        >>> with rawkit.open("captures/tcp-connect-refused.pcap") as capture:
        ...     [(event.outcome, event.frames) for event in capture.events(rawkit.Handshake)]
        [('refused', (1, 2))]
        >>> with rawkit.open("captures/syn-scan.pcap") as capture:
        ...     [one.server.port for one in capture.events(rawkit.Handshake, where='handshake.outcome == "half open"')]
        [22]
        """
        return self._go(self._passes.events(kinds, where))

    def flows(self, *, where: str | DisplayFilter | None = None) -> Iterator[FlowRecord]:
        """A `FlowRecord` for each flow, when it has ended, with the columns of Zeek's conn.log; `where` as of `events`.

        >>> import rawkit
        >>> with rawkit.open("captures/tcp-connect-refused.pcap") as capture:
        ...     [(flow.conn_state, flow.orig.address) for flow in capture.flows()]
        [('REJ', '192.0.2.10')]
        """
        from rawkit.flow.conn_log.record import FlowRecord

        return self.events(FlowRecord, where=where)

    def latency(self, *, where: str | DisplayFilter | None = None) -> Iterator[Latency]:
        """Where the time of each TCP connection went: a `Latency` each, when it has ended (docs/latency.md).

        Live they come as time passes too. Connections of one packet took no time, and have none.

        Args:
            where: which of them, in Wireshark's display filter language, as of `rawkit sniff --view latency -Y`: fields
                of that view (`latency.server_think_ns > 1000000000`, docs/filters.md), and those of packets, of which
                one of the connection up to then has to pass.

        Raises FilterError for a filter that cannot be, RawkitError for one of other events.

        >>> import rawkit
        >>> with rawkit.open("captures/tcp-zero-window.pcap") as capture:
        ...     for found in capture.latency():
        ...         longest = found.parts[0]
        ...         print(longest.phase, longest.cause, longest.ns, longest.frames, found.ns)
        request zero window 656510711 (10, 17) 909460888
        """
        return self._go(self._passes.latency(where))

    def streams(
        self,
        *,
        tcp: int | Collection[int] | None = None,
        udp: int | Collection[int] | None = None,
        where: str | DisplayFilter | None = None,
        memory: int | None = None,
        at_once: bool = False,
    ) -> Iterator[Stream]:
        """What was said: the payload of each TCP connection and UDP conversation, put together (docs/follow.md).

        A `rawkit.Stream` comes when its connection has ended; those that go on, at the end. What was sent again is left
        out, what came out of order put in order, what is missing is a `Gap`, and what was sent again but not the same
        a `Conflict`. Streams without payload are left out.

        Args:
            tcp: numbers of the TCP streams that are wanted, or one of them (`tcp.stream`).
            udp: the same of UDP; where neither is given, all streams are.
            where: streams of which a packet passes, in Wireshark's display filter language (docs/filters.md).
            memory: bytes of payload kept until their streams end, 256 MiB where it is None. Where more is there, those
                of which most is kept are given as they are, and go on in another `Stream` of the same number.
            at_once: give what is new of each stream after each batch of packets, and keep nothing.

        Raises FilterError for a filter that cannot be, TypeError and RawkitError for other arguments.

        >>> import rawkit
        >>> with rawkit.open("captures/tcp-half-close.pcap") as capture:
        ...     for stream in capture.streams():
        ...         print(stream.number, stream.client_endpoint, len(stream.client), len(stream.server))
        0 192.0.2.10:40000 19 14
        """
        from rawkit.api.stream_choice import asked_for

        return self._go(self._passes.streams(*asked_for(tcp, udp, where, memory, at_once)))

    def summary(
        self,
        *,
        where: str | DisplayFilter | None = None,
        by: Sequence[str] | None = None,
        sort: str = "bytes",
    ) -> Summary:
        """Goes on to the end, and says what it comes to, as `rawkit.read_summary` does of a whole file.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap", "udp") as capture:
        ...     found = capture.summary(by=["udp.dstport"], sort="packets")
        >>> found.frames, found.hosts["host"].tolist(), found.by["udp.dstport"].tolist()
        (8, ['192.0.2.10', '198.51.100.20'], [53, 40000])
        """
        from rawkit.api.counting import counted, counted_kinds, new_counter

        counter = new_counter(by, sort)
        return counted(counter, self.steps(counted_kinds()), where)

    def owner(self, flow: FlowRecord) -> Owner | None:
        """The process of this host behind a flow, as `rawkit sniff --processes` names it; None where it is not known.

        Raises RawkitError for a capture without `processes` of `rawkit.sniff`.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     capture.owner(next(capture.flows()))
        Traceback (most recent call last):
        rawkit.errors.RawkitError: nobody has looked for processes: give rawkit.sniff processes=True
        """
        if self._owners is None:
            raise RawkitError("nobody has looked for processes: give rawkit.sniff processes=True")
        return self._owners.owner(flow.ip_proto, flow.orig, flow.resp)

    def packet_batches(self) -> Iterator[Packets]:
        """The packets, decoded, a batch at a time: `Packets` have columns (`to_numpy`, `to_table`).

        Nothing is followed.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     [int(packets.to_numpy(["frame.len"])["frame.len"].sum()) for packets in capture.packet_batches()]
        [3573]
        """
        return self._go(self._passes.packet_batches())

    def wait(self) -> CaptureStatistics:
        """Goes on to the end, gives nothing, and decodes nothing: for what is only recorded.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     capture.wait().frames
        20
        """
        for _batch in self._go(self._passes.batches()):
            pass
        return self.statistics

    def write(
        self,
        path: str | os.PathLike[str],
        *,
        size: int | None = None,
        seconds: int | None = None,
        files: int | None = None,
        command: Sequence[str] = (),
        comment: str | None = None,
    ) -> Self:
        """Records what is read from now on, beside reading it: the frames that the filter lets through, none twice.

        Args:
            path: the file: pcapng where its name has `.pcapng` in it, else pcap; compressed where it ends in `.gz`,
                `.zst` or `.xz`; `-` is standard output. A `%` and a letter make it a pattern of strftime(3) for the
                time at which the file begins.
            size: bytes after which a new file begins.
            seconds: seconds of capture time after which a new file begins.
            files: how many there are: with `size` the oldest is overwritten, with `seconds` alone the capture ends.
            command: a program and its arguments, started with the name of each finished file behind them.
            comment: is written into the file, which has to be pcapng.

        Raises CaptureError where the file cannot be written: live at once, of a file when its first frames come.

        >>> import os, rawkit, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "syns.pcapng.gz")
        >>> with rawkit.open("captures/syn-scan.pcap", filter="tcp[tcpflags] == tcp-syn") as capture:
        ...     ports = [packet["tcp.dstport"] for packet in capture.write(path)]
        >>> ports, len(rawkit.read_packets(path))
        ([22, 23, 24, 25, 24], 5)
        """
        self.open()
        self._source.record_to(
            recording_plan(path, size=size, seconds=seconds, files=files, command=command, comment=comment)
        )
        self._is_written = True
        return self

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far: frames that were received, and that were lost. It stays known after the end."""
        if self._last is not None:
            return self._last
        found, tracker, loop = self._source.statistics, self._passes.tracker, self._source.loop
        if tracker is not None:
            return replace(found, flows=tracker.connections, noticed=tracker.noticed)
        return replace(found, flows=loop.connections, noticed=loop.noticed) if self._shown else found

    @property
    def streams_crowded_out(self) -> int:
        """Of `streams`: those that were given before their end, since more than 100,000 went on at once."""
        return 0 if self._passes.following is None else self._passes.following.crowded

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of each interface; of a pcapng file those that it described so far."""
        return self._source.links

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces as a capture file has them; of a pcapng file those that it described so far."""
        from rawkit.files import Interface

        if self._reader is not None:
            return self._reader.interfaces
        return [Interface(link_type, name=name) for name, link_type in self.links]

    @property
    def name(self) -> str:
        """What messages call it: a file's path, or the names of interfaces."""
        return self._reader.name if self._reader is not None else ", ".join(name for name, _ in self.links)

    @property
    def format(self) -> str | None:
        """`"pcap"` or `"pcapng"`; None live."""
        return self._reader.format if self._reader is not None else None

    @property
    def comments(self) -> list[tuple[int | None, str]]:
        """Comments in a pcapng file, so far: the frame's number, None for one on a section or interface; its text."""
        return list(self._reader.comments) if self._reader is not None else []

    def comments_not_in(self, path: str) -> bool:
        """Whether a file of that name, which `write` has made, lacks comments that this one has.

        Those on packets are copied to pcapng; pcap has no room for any, and those on files and interfaces are left out.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     capture.comments_not_in("copy.pcap")
        False
        """
        from rawkit.run.capture.naming import is_pcapng

        return any(number is None or not is_pcapng(path) for number, _ in self.comments)

    @property
    def is_live(self) -> bool:
        """Whether frames come from interfaces of this host."""
        return hasattr(self._source, "listening")

    @property
    def clock(self) -> Clock | None:
        """What tells the time, where frames come live, or may do so."""
        return self._source.loop.clock

    @property
    def interrupted(self) -> bool:
        """Whether it was ended by `stop`, a signal that was noted, or a Ctrl-C in `show`."""
        return self._stop.asked or self._source.loop.interrupted

    @property
    def truncated(self) -> str | None:
        """After the end, one line that says where the file was cut or damaged; None where it was not, and live."""
        return self._reader.truncated if self._reader is not None else None

    @property
    def remarks(self) -> list[str]:
        """After the end, what of the file was not taken as it stands, a line each, `truncated` the last; none live."""
        return self._reader.remarks if self._reader is not None else []

    @property
    def left_out(self) -> Mapping[int, int]:
        """Frames that a filter left out because libpcap has none for their link type, by the LINKTYPE number."""
        only = self._source.loop.frame_filter
        return {} if only is None else only.left_out

    def stopped_by_signals(self) -> AbstractContextManager[object]:
        """While it is entered, the first Ctrl-C or SIGTERM ends the capture in order.

        Not one that is read from a pipe, which nothing but an exception ends: there they do what they did before.
        """
        return self._stop if self.is_live or self._source.loop.ahead else nullcontext()

    def prepare(
        self,
        view: MakeView | None = None,
        *,
        choice: Choice | None = None,
        processes: bool = False,
        path: str | None = None,
    ) -> None:
        """Loads what `show` and `write` will need; after `rawkit.drop_privileges` it may not be readable.

        Args:
            view: makes the view that `show` puts out, of an engine and of what finds the owners of flows, or None.
            choice: what of it a display filter lets through; of a file, `write` is given the same frames.
            processes: whether owners of flows are looked for while packets come.
            path: where frames will be written.
        """
        self.open()
        if self.is_live and view is not None:
            from rawkit.run.capture.rehearsal import rehearse

            rehearse(self._engine, (choice.around(view) if choice else view)(self._engine, None))
        if self.is_live and path is not None:
            from rawkit.run.capture.recording import rehearse as rehearse_recording

            rehearse_recording(path)
        if processes:
            from rawkit.run.capture.owners import Owners

            self._owners = Owners()
            self._source.loop.source = self._owners.watch(self._source.loop.source)
        self._make_view, self._choice = view, choice

    def show(self, put: Put) -> None:
        """Goes on to the end; `put` takes the lines of the view that was prepared, if any. Ctrl-C ends it in order."""
        from rawkit.run.capture.showing import show

        self.open()
        loop = self._source.loop
        if self._make_view is None and self._choice is None:
            loop.record()
            return
        self._shown = True
        shown = self._make_view(self._engine, self._owners and self._owners.find) if self._make_view else None
        show(loop, self._chosen(shown, loop), put, self._rules)

    def await_elsewhere(self) -> Callable[[], Pause]:
        """For `rawkit.aio`: has no read wait, or take long; returns what says what is to be waited for instead."""
        await_elsewhere: Callable[[], Callable[[], Pause]] | None = getattr(self._source, "await_elsewhere", None)
        if await_elsewhere is None:
            raise RawkitError("a source of frames cannot be awaited: go through it as it is")
        return await_elsewhere()

    def _chosen(self, shown: CaptureView | None, loop: CaptureLoop) -> CaptureView:
        """The view of what the display filter lets through, if there is one."""
        if self._choice is None:
            assert shown is not None
            return shown
        sink, loop.sink = loop.sink, None  # it is written what comes through
        return self._choice(shown, sink if self._is_written else None, self._engine)

    def _open(self, stack: ExitStack) -> None:
        self._source.open()
        stack.callback(self._close)

    def _close(self) -> None:
        for each in (self._items, self._passes):
            with suppress(ValueError):  # another thread is in it; closing what it waits for has it leave
                if each is not None:
                    each.close()
        self._source.close()
        self._last = self.statistics

    def _wake(self) -> None:
        if self._was_opened:
            self._source.wake()

    def _go(self, chosen: Pass[Item]) -> Generator[Item]:
        """The items, one by one; gone on with where the same pass is asked for again."""
        self.open()
        pieces = self._passes.go(chosen)
        if self._items is None:
            self._items = self._each(pieces)
        return self._items

    def _each(self, pieces: Pieces[Item]) -> Generator[Item]:
        for piece in pieces:
            yield from piece
        self._end()

    @property
    def _reader(self) -> CaptureReader | MergedReader | None:
        """The file, where it is one."""
        return getattr(self._source, "reader", None)

    def _end(self, level: int = 3) -> None:
        """Lets go of what was read, as `list(rawkit.open(path))` expects, and warns of what was odd: it is over.

        `level` is as of `warnings.warn`.
        """
        from rawkit.view import capture as words

        tracker = self._passes.tracker
        lines = [] if tracker is None else words.noticed(tracker.noticed)
        if self._passes.timing is not None and self._passes.timing.untimed:
            lines.append(words.untimed(self._passes.timing.untimed))
        if self.streams_crowded_out:
            lines.append(words.streams_crowded_out(self.streams_crowded_out))
        if self.left_out:
            name = f"{self._reader.name}: " if self._reader is not None else ""
            lines.append(name + words.unfiltered(self.left_out))
        lines += self.remarks
        self._last = self.statistics
        self._source.close()
        for line in lines:
            warnings.warn(line, CaptureWarning, stacklevel=level)
