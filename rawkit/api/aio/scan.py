"""`rawkit.aio.scan`: verdicts as they come, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from rawkit.api.aio.run import Each, Run
from rawkit.api.aio.words import words_of
from rawkit.api.scan import ScanRun as BlockingRun
from rawkit.api.scan_call import scan as blocking_scan
from rawkit.sockets.pausing import Course

if TYPE_CHECKING:
    from rawkit.api.scan import ScanSummary
    from rawkit.api.scan_hosts import HostSummary
    from rawkit.view.scan.rows import PortVerdict


class ScanRun(Run):
    """A scan: `async for` gives verdicts as they come, `await run.wait()` goes on to the end; `stop` ends it.

    Nothing is sent before. The loop goes on while hosts are looked for, and between bursts of 256 probes. It takes
    CAP_NET_RAW.

    Args:
        run: what is asked, of which nothing was sent.

    >>> import asyncio, rawkit
    >>> async def check() -> None:
    ...     run = rawkit.aio.scan("127.0.0.1", [9], retries=0)
    ...     print((await run.wait()).closed, [host.host for host in run.summaries])
    >>> try:
    ...     asyncio.run(check())
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(1, ["127.0.0.1"])
    1 ['127.0.0.1']
    """

    def __init__(self, run: BlockingRun) -> None:
        super().__init__(run)
        self._scan = run

    def __aiter__(self) -> AsyncIterator[PortVerdict]:
        return Each(self)

    async def wait(self) -> ScanSummary:
        """Goes on to the end; returns what came of it. What is open stays in `summaries`."""
        async for _verdict in self:
            pass
        return self.summary

    @property
    def summary(self) -> ScanSummary:
        """What came of it so far."""
        return self._scan.summary

    @property
    def summaries(self) -> list[HostSummary]:
        """What is known of each host so far, in the order of addresses."""
        return self._scan.summaries

    @property
    def skipped(self) -> tuple[str, ...]:
        """Targets that are not scanned, and why: names without an address, addresses that nothing can be sent to."""
        return self._scan.skipped

    def _begin(self) -> Course[Iterable[object]]:
        return self._scan.course()


@words_of(blocking_scan)
def scan(*given: Any, **words: Any) -> ScanRun:
    """Finds open ports, as `rawkit.scan` does, with its arguments and errors; verdicts are awaited.

    Names are looked up when it is called, which may take long: give addresses, or what `loop.getaddrinfo` gives.

    >>> import asyncio, rawkit
    >>> async def check() -> None:
    ...     async for verdict in rawkit.aio.scan("127.0.0.1", "9", retries=0):
    ...         print(verdict.host, verdict.port, verdict.state)
    >>> try:
    ...     asyncio.run(check())
    ... except rawkit.RawkitError:  # not everyone may
    ...     print("127.0.0.1 9 closed")
    127.0.0.1 9 closed
    """
    return ScanRun(blocking_scan(*given, **words))
