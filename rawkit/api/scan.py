"""Scans: what is asked is a `ScanRequest`, what goes on is a `ScanRun`; `rawkit synscan` is made of them.

Who wants neither sockets nor a clock drives `rawkit.probe.scan.engine.ScanEngine` by hand.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing

from rawkit.api.run import Run
from rawkit.api.scan_hosts import HostSummary, host_summaries
from rawkit.probe.scan.cookie import Cookies
from rawkit.probe.scan.earlier import can_be
from rawkit.probe.scan.engine import ScanEngine
from rawkit.probe.scan.kinds import CLOSED, FILTERED, KINDS, OPEN, OPEN_OR_FILTERED, STATES, UNFILTERED
from rawkit.probe.scan.patience import SECOND
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.probe.scan.turns import Ledger
from rawkit.probe.scan.values import ScanCounts, ScanPlan, Verdicts
from rawkit.probe.scan.window import Window
from rawkit.probe.targets import AddressRange
from rawkit.run.scan.journal import Journal, writing_results
from rawkit.run.scan.loop import scan_steps
from rawkit.run.scan.request import ScanRequest, rate_of
from rawkit.run.scan.resume import LedgerFile, ScanCourse, open_results, prepare
from rawkit.run.scan.scope import ScanScope, find_scope
from rawkit.run.scan.sending import Helper
from rawkit.run.scan.start import Start, find_start
from rawkit.run.scan.timing import timing_of
from rawkit.run.scan.wire import Clock, ScanWire, reserve_ports
from rawkit.sockets.closing import Closing, closed_aside
from rawkit.sockets.pausing import Course, Pause, Steps, blocking, without_pauses
from rawkit.sockets.send.sender import Through
from rawkit.sockets.way.ways import Way
from rawkit.values import dataclass, replace
from rawkit.view.scan.rows import PortVerdict, rows
from rawkit.view.scan.tally import Tally

__all__ = [
    "OPEN",
    "STATES",
    "Endpoints",
    "HostSummary",
    "PortVerdict",
    "ScanRequest",
    "ScanRun",
    "ScanSummary",
    "Verdicts",
    "open_results",
    "writing_results",
]


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What came of a scan.

    Attributes:
        up: hosts that were scanned.
        down: hosts that were found not to be there.
        open, closed, filtered, unfiltered, open_or_filtered: ports of each state.
        sent: probes sent, each retransmission counted.
        asked: frames sent before, to find the hosts.
        lost: answers that came faster than they were read.
        limited: hosts that limit how many ICMP errors they send, whose silent ports are asked slowly.
        elapsed_ns: nanoseconds since the first probe was due.
        whole: whether all was scanned.
    """

    up: int
    down: int
    open: int
    closed: int
    filtered: int
    unfiltered: int
    open_or_filtered: int
    sent: int
    asked: int
    lost: int
    limited: int
    elapsed_ns: int
    whole: bool


class ScanRun(Run):
    """A scan: iterate over it for verdicts as they come, or `wait` for all of them; `stop` ends it from outside.

    It takes CAP_NET_RAW. Where whoever iterates takes long over a verdict, answers wait in
    the receive ring.

    Args:
        request: what is asked.

    Raises RawkitError for a request that cannot be, MissingError where no ports or no targets are named, TargetError
    for what is none. Iterating, `wait`, `open` and `go` raise PrivilegeError without CAP_NET_RAW, TargetError where no
    host is up, CaptureError where the files of `resume` cannot be had.

    Attributes:
        kind: of scan.
        scope: ports and addresses, before it is known which are up.
        clock: the time of the scan, nanoseconds since the epoch.

    >>> run = ScanRun(ScanRequest(("192.0.2.20", "192.0.2.30-31"), "22,80-82"))
    >>> len(run.scope.ports), sum(map(len, run.scope.ranges))
    (4, 3)
    """

    def __init__(self, request: ScanRequest) -> None:
        super().__init__()
        self.scope: ScanScope = find_scope(request)
        self.kind = KINDS[request.kind]
        self.clock = Clock()
        self._request = request
        self._found: Start | None = None
        self._start: Start | None = None
        self._closing: Closing = closed_aside
        self._wire: ScanWire | None = None
        self._ledger: Ledger | None = None
        self._journal: Journal | None = None
        self._engine: ScanEngine | None = None
        self._tally: Tally | None = None
        self._began, self._is_closed = 0, False

    @property
    def counts(self) -> ScanCounts:
        """How far it is."""
        return self._engine.counts if self._engine else ScanCounts(0)

    @property
    def summary(self) -> ScanSummary:
        """What came of it so far."""
        ground = self._start.ground if self._start else None
        up, down = (sum(map(len, ground.ranges)), ground.down) if ground else (0, 0)
        counts = self.counts
        found = Counter(counts.found)
        return ScanSummary(
            up=up,
            down=down,
            open=found[OPEN],
            closed=found[CLOSED],
            filtered=found[FILTERED],
            unfiltered=found[UNFILTERED],
            open_or_filtered=found[OPEN_OR_FILTERED],
            sent=counts.sent,
            asked=self._start.asked if self._start else 0,
            lost=self._wire.lost if self._wire else 0,
            limited=self._engine.limited if self._engine else 0,
            elapsed_ns=self.elapsed,
            whole=self._engine is not None and self._engine.done,
        )

    @property
    def summaries(self) -> list[HostSummary]:
        """What is known of each host so far, in the order of addresses; `go` does not count them, who iterates and
        `wait` do. The hosts of which nothing is known are not among them."""
        return host_summaries(self._tally, self._space, self.scope.names) if self._tally is not None else []

    @property
    def through(self) -> Through:
        """What the probes went through so far."""
        return self._wire.through if self._wire else Through({}, "")

    @property
    def skipped(self) -> tuple[str, ...]:
        """Targets that are not scanned, and why: names without an address, addresses that nothing can be sent to."""
        ground = self._start.ground if self._start else None
        return self.scope.unknown + tuple(f"{one.text}: {one.reason}" for one in (ground.skipped if ground else ()))

    @property
    def space(self) -> Space:
        """The hosts that are scanned, in order, and the ports of each."""
        self.open()
        return self._space

    @property
    def seed(self) -> int | None:
        """Of the order; None before it is known."""
        return self._start.course.seed if self._start else None

    @property
    def ways(self) -> tuple[tuple[AddressRange, Way], ...]:
        """Which addresses are scanned, and how packets to them leave; none before that is known."""
        ground = self._start.ground if self._start else None
        return tuple(zip(ground.ranges, ground.ways, strict=True)) if ground else ()

    @property
    def silent(self) -> tuple[AddressRange, ...]:
        """Which addresses are not scanned since nobody answered; of a scan that goes on it is not known."""
        return self._start.ground.silent if self._start else ()

    @property
    def elapsed(self) -> int:
        """Nanoseconds since the first probe was due; 0 before."""
        return self.clock() - self._began if self._began else 0

    def begin(self) -> None:
        """Opens the sockets, and the files of `resume`."""
        self.open()
        path, start = self._request.resume, self._start
        if path is None or start is None or self._wire is None or self._ledger is not None:
            return
        kept = LedgerFile(path, start.course, self._plan.turns(len(self._space)))
        self._ledger = kept.ledger
        self._stack.callback(kept.seal)
        if self._request.whole_hosts:
            found, digest = path.with_name(f"{path.name}.found"), start.course.digest
            journal = Journal(found, anew=not start.begun, links=self._space.links, digest=digest)
            self._journal = self._stack.enter_context(journal)

    def earlier(self) -> Iterator[Verdicts]:
        """The verdicts of the scan's first part, which are not asked for again; none without `whole_hosts`."""
        self.begin()
        if self._journal is None or self._ledger is None:
            return
        told = 0
        for verdicts in self._journal.verdicts():
            if not can_be(verdicts, self._space, self._plan):
                raise self._journal.damaged()
            yield verdicts
            told += len(verdicts)
            self._ledger.settle(verdicts.turns)
        if told != self._ledger.done:
            raise self._journal.damaged()

    def go(self, on_verdicts: Callable[[Verdicts], None]) -> bool:
        """Goes on to the end, and calls back; whether all was scanned. The sockets stay open until `close`.

        Args:
            on_verdicts: puts verdicts where they do not get lost; called with none too, for the time that goes by. It
                gets none of those of `earlier`, which are asked for before.
        """
        with closing(self._steps()) as steps:
            for verdicts in steps:
                on_verdicts(verdicts)
        return self._engine is not None and self._engine.done

    def batches(self) -> Generator[Verdicts, None, None]:
        """The verdicts as arrays, as they come; those of `earlier` first. The sockets are closed at the end."""
        with self:
            yield from map(self._tallied, self.earlier())
            with closing(self._steps()) as steps:
                yield from (self._tallied(verdicts) for verdicts in steps if len(verdicts))

    def __iter__(self) -> Iterator[PortVerdict]:
        """The verdicts one by one, as they come; the sockets are closed at the end."""
        with closing(self.batches()) as batches:
            for verdicts in batches:
                yield from rows(verdicts, self.scope.names, self.kind.transport)

    def course(self) -> Course[Iterable[PortVerdict]]:
        """The same for who waits elsewhere (`rawkit.aio`): verdicts as they come, and what is to be waited for.

        It has no thread, and closes sockets itself.
        """
        self._closing = closing
        if not self.stopped:
            self._found = yield from self._find_start()
        with self:
            for verdicts in self.earlier():
                yield self._rows(verdicts)
            with closing(self._scanned(None)) as scanned:
                for one in scanned:
                    yield one if isinstance(one, Pause) else self._rows(one)

    def _rows(self, verdicts: Verdicts) -> Iterable[PortVerdict]:
        return rows(self._tallied(verdicts), self.scope.names, self.kind.transport) if len(verdicts) else ()

    def _tallied(self, verdicts: Verdicts) -> Verdicts:
        if self._tally is None:
            self._tally = Tally(self._space, self.scope.names, {}, self.kind.transport)
        if len(verdicts):
            self._tally.take(verdicts)
        return verdicts

    def wait(self) -> ScanSummary:
        """Goes on to the end; returns what came of it. What is open stays in `summaries`."""
        for _ in self.batches():
            pass
        return self.summary

    def _open(self, stack: ExitStack) -> None:
        """Finds the ways, asks which hosts are there, and opens the sockets."""
        self._space = Space((), self.scope.ports)
        if self.stopped:
            return
        request, start = self._request, self._found or blocking(self._find_start())
        versions = {one.first.version for one in start.ground.ranges}
        links = dict(socket.if_nameindex()) if 6 in versions else {}
        self._space = space = Space(start.ground.ranges, self.scope.ports, links)
        if self._is_stopped():
            self._start = start
            return
        port = reserve_ports(versions, start.course.source_port, stack, self.kind)
        self._start = start = replace(start, course=replace(start.course, source_port=port))
        self._cookies = cookies = Cookies.of(start.course.seed, port)
        ground = start.ground
        wire = ScanWire(space, ground.ways, cookies, port, ground.macs, self.clock, self.kind, self._closing)
        self._wire = stack.enter_context(wire)
        self._plan = _plan(request, start.course)
        if request.resume is not None:
            prepare()
        stack.callback(self._over)

    def _find_start(self) -> Steps[Start]:
        return find_start(self._request, self.scope, self._is_stopped, self._closing)

    def _is_stopped(self) -> bool:
        return self.stopped

    def _over(self) -> None:
        self._is_closed = True

    def _steps(self) -> Generator[Verdicts, None, None]:
        """New verdicts; each is in the journal before it is given."""
        with Helper() as helper, closing(self._scanned(helper)) as scanned:
            yield from without_pauses(scanned)

    def _scanned(self, helper: Helper | None) -> Generator[Pause | Verdicts, None, None]:
        """The same, and pauses between."""
        self.begin()
        if self._wire is None or self._is_closed:
            return
        if self._engine is None:
            self._engine = ScanEngine(self._space, self._cookies, self._plan, self.clock(), self._ledger)
            self._began = self.clock()
        with closing(scan_steps(self._engine, self._wire, self.clock, self._stop, helper)) as steps:
            for one in steps:
                if self._journal is not None and not isinstance(one, Pause):
                    self._journal.write(one)
                yield one


def _plan(request: ScanRequest, course: ScanCourse) -> ScanPlan:
    timing = timing_of(request.timing)
    fixed = rate_of(request.rate)
    return ScanPlan(
        seed=course.seed,
        shard=course.shard,
        rate=fixed,
        retries=timing.retries if request.retries is None else request.retries,
        timeout=None if request.timeout is None else round(request.timeout * SECOND),
        patience=timing.patience,
        least=request.min_rate,
        most=None if fixed else request.fastest(),
        at_once=Window.MOST if timing.gap is None else 1,
        scan=KINDS[request.kind],
    )
