"""Pinging: what is asked is a `PingRequest`, what goes on is a `PingRun`; `rawkit ping` is made of them.

Who wants neither sockets nor a clock drives `rawkit.probe.ping.engine.PingEngine` by hand.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from rawkit.api.run import Run
from rawkit.errors import TargetError
from rawkit.probe.ping.engine import PingEngine
from rawkit.probe.ping.icmp import PATTERN_MAX
from rawkit.probe.ping.plan import PingPlan
from rawkit.probe.ping.results import Probe, Result
from rawkit.probe.ping.statistics import Summary
from rawkit.probe.targets import Target
from rawkit.run.names import find_targets
from rawkit.run.ping.channel import Channel
from rawkit.run.ping.loop import SPIN, PingLoop
from rawkit.run.ping.options import PMTU, STAMPS
from rawkit.run.ping.request import LIMITS, PingRequest
from rawkit.run.ping.sockets import open_channel
from rawkit.run.ping.waking import Bell
from rawkit.run.target_list import named
from rawkit.sockets.pausing import Course
from rawkit.values import replace

__all__ = ["LIMITS", "PATTERN_MAX", "PMTU", "STAMPS", "PingRequest", "PingRun", "Probe", "Result"]


class PingRun(Run):
    """A ping: iterate over it for results as they come, or `wait` for all of them; `stop` ends it from outside.

    Of ICMP it takes no root where the system lets users ping (`net.ipv4.ping_group_range`, icmp(7)). A run is good for
    one time. Results come late, and probes leave late, where whoever iterates takes long over one.

    Args:
        request: what is asked.

    Raises RawkitError for a request that cannot be, PrivilegeError for one that only root may make, TargetError where
    none of the targets is one. Iterating, `wait`, `open` and `go` raise PrivilegeError where the user may not have the
    sockets, TargetError where there is no such interface or source address.

    Attributes:
        targets: who is pinged; each address once, and each name.
        troubles: what is wrong with those of the request that are left out.

    >>> run = PingRun(PingRequest(("127.0.0.1", "::1"), version=4, method="udp", count=2, interval=0.01))
    >>> [target.name for target in run.targets], [str(error) for error in run.troubles]
    (['127.0.0.1'], ['::1 is no IPv4 address: leave out -4, or give another'])
    >>> [(result.kind, result.seq, result.address) for result in run]
    [('reply', 1, '127.0.0.1'), ('reply', 2, '127.0.0.1')]
    >>> run.summaries[0].sent, run.summaries[0].received
    (2, 2)
    """

    def __init__(self, request: PingRequest) -> None:
        super().__init__()
        request.check()
        self.troubles: list[TargetError] = []
        self.targets = _targets(request, self.troubles)
        self._request = request
        self._channels: dict[int, Channel] = {}
        self._plan: PingPlan | None = None
        self._engine: PingEngine | None = None
        self._bell: Bell | None = None

    @property
    def summaries(self) -> list[Summary]:
        """What each target did so far, in the order of `targets`; none before the beginning."""
        return self._engine.summaries if self._engine else []

    @property
    def finished(self) -> int:
        """How many targets are done."""
        return self._engine.finished if self._engine else 0

    def is_unanswered(self, probe: Probe) -> bool:
        """Whether a probe that was sent has no answer so far."""
        return self._engine is not None and self._engine.is_unanswered(probe)

    def begin(self) -> None:
        """Opens the sockets, and starts the clock: from now on probes are due."""
        self.open()
        if self._engine is None and self._plan is not None:
            self._engine = PingEngine(self._plan, self.targets, time.monotonic_ns())
            if self.stopped:
                self._engine.stop()

    def go(
        self,
        on_result: Callable[[Result], None],
        on_sent: Callable[[Probe, int], None] | None = None,
        on_pause: Callable[[], None] | None = None,
    ) -> bool:
        """Goes on to the end, and calls back; Ctrl-C ends it in order. Returns whether that was so.

        The sockets stay open until `close`.

        Args:
            on_result: gets each result. It should be quick: what takes long is done in `on_pause`.
            on_sent: gets each probe that has left, and when: nanoseconds since the epoch.
            on_pause: is called before each wait of 20 ms or more, and every 20 ms where waits are shorter.
        """
        return self._loop(on_result, on_sent, on_pause).run()

    def __iter__(self) -> Iterator[Result]:
        """The results as they come; the sockets are closed at the end."""
        found: deque[Result] = deque()
        with self:
            loop = self._loop(found.append)
            while self._engine is not None and not self._engine.done:
                loop.turn()
                while found:
                    yield found.popleft()

    def course(self) -> Course[list[Result]]:
        """The same for who waits elsewhere (`rawkit.aio`): results as they come, and what is to be waited for."""
        found: list[Result] = []
        with self:
            for pause in self._loop(found.append).turns():
                if found:
                    yield found[:]
                    found.clear()
                yield pause
            yield found

    def wait(self) -> list[Summary]:
        """Goes on to the end; returns what each target did, in the order of `targets`."""
        deque(self, maxlen=0)
        return self.summaries

    def _open(self, stack: ExitStack) -> None:
        """What root may is settled here, and root is of no use afterwards."""
        bell = Bell(self._end)
        stack.callback(bell.close)
        stack.callback(self._over)
        probes = self._request.probes()
        if probes.method == "arp" and probes.interface is None:
            from rawkit.run.ping.link import link_of

            probes = replace(probes, interface=link_of(self.targets))
        for version in sorted({target.address.version for target in self.targets}):
            channel = open_channel(probes, 4 if version == 4 else 6)
            stack.callback(channel.close)
            self._channels[version] = channel
        self._bell, self._plan = bell, self._request.plan(len(self.targets))

    def _loop(
        self,
        on_result: Callable[[Result], None],
        on_sent: Callable[[Probe, int], None] | None = None,
        on_pause: Callable[[], None] | None = None,
    ) -> PingLoop:
        self.begin()
        assert self._engine is not None
        spin = SPIN if len(self.targets) == 1 else 0
        return PingLoop(self._engine, self._channels, on_result, on_sent, spin, on_pause, self._bell)

    def _wake(self) -> None:
        if self._bell is not None:
            self._bell.ring()

    def _over(self) -> None:
        self._bell = None
        self._end()

    def _end(self) -> None:
        if self._engine is not None:
            self._engine.stop()


def _targets(request: PingRequest, troubles: list[TargetError]) -> list[Target]:
    """All targets; an error in one of many is kept, and the others go on."""
    found = find_targets(named(request.targets, request.target_file), request.version, troubles.append)
    if not found:
        raise troubles[0]
    if request.broadcast:
        from rawkit.run.ping.link import with_broadcasts

        found = with_broadcasts(found, request.interface)
    if not request.numeric:
        return found
    return list(dict.fromkeys(replace(one, name=str(one.address)) for one in found))
