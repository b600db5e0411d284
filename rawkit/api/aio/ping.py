"""`rawkit.aio.ping`: results as they come, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from rawkit.api.aio.run import Each, Run
from rawkit.api.aio.words import words_of
from rawkit.api.ping import PingRun as BlockingRun
from rawkit.api.ping_call import ping as blocking_ping
from rawkit.sockets.pausing import Course

if TYPE_CHECKING:
    from rawkit.errors import TargetError
    from rawkit.probe.ping.results import Result
    from rawkit.probe.ping.statistics import Summary
    from rawkit.probe.targets import Target


class PingRun(Run):
    """A ping: `async for` gives results as they come, `await run.wait()` goes on to the end; `stop` ends it.

    Nothing is sent before. A probe leaves up to a millisecond late, for asyncio's timers are no finer, and later where
    other tasks take long; round trips are by the kernel's clock all the same.

    Args:
        run: what is asked, of which nothing was sent.

    >>> import asyncio, rawkit
    >>> async def check() -> None:
    ...     run = rawkit.aio.ping(["127.0.0.1", "127.0.0.2"], method="udp", count=2, interval=0.01)
    ...     print([(one.received, one.loss_percent) for one in await run.wait()])
    >>> asyncio.run(check())
    [(2, 0.0), (2, 0.0)]
    """

    def __init__(self, run: BlockingRun) -> None:
        super().__init__(run)
        self._ping = run

    def __aiter__(self) -> AsyncIterator[Result]:
        return Each(self)

    async def wait(self) -> list[Summary]:
        """Goes on to the end; returns what each target did, in the order of `targets`."""
        async for _result in self:
            pass
        return self.summaries

    @property
    def summaries(self) -> list[Summary]:
        """What each target did so far, in the order of `targets`; none before the beginning."""
        return self._ping.summaries

    @property
    def targets(self) -> list[Target]:
        """Who is pinged; each address once, and each name."""
        return self._ping.targets

    @property
    def troubles(self) -> list[TargetError]:
        """What is wrong with those of the targets that are left out."""
        return self._ping.troubles

    def _begin(self) -> Course[Iterable[object]]:
        return self._ping.course()


@words_of(blocking_ping)
def ping(*given: Any, **words: Any) -> PingRun:
    """Sends probes to targets, as `rawkit.ping` does, with its arguments and errors; results are awaited.

    Names are looked up when it is called, which may take long: give addresses, or what `loop.getaddrinfo` gives.

    >>> import asyncio, rawkit
    >>> async def check() -> None:
    ...     async for result in rawkit.aio.ping("127.0.0.1", method="udp", count=2, interval=0.01):
    ...         print(result.kind, result.seq)
    >>> asyncio.run(check())
    reply 1
    reply 2
    """
    return PingRun(blocking_ping(*given, **words))
