"""`HostRun`: a ping or a scan that goes on in a host of a lab, told here as it comes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from rawkit.values import dataclass

if TYPE_CHECKING:
    from rawkit.api.ping import PingRun
    from rawkit.api.scan import ScanRun
    from rawkit.lab.calls import Iteration

Result = TypeVar("Result")
Each = TypeVar("Each")
Whole = TypeVar("Whole")
APART: Final = 0.1
"""Seconds between two times that summaries are told, at the least."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the host says: a result, or the end.

    Attributes:
        result: the result; None at the end.
        summaries: what was found so far; None where it was told just before.
        whole: at the end what `wait` gives.
    """

    result: Any = None
    summaries: Any = None
    whole: Any = None


class Teller:
    """A run in the host, as `HostRun` hears it: what it is about, its results and summaries, and the end.

    Args:
        run: the run.
        names: its attributes that are told before anything else.
    """

    def __init__(self, run: PingRun | ScanRun, names: tuple[str, ...]) -> None:
        self._run, self._names = run, names
        self.open, self.stop, self.close = run.open, run.stop, run.close

    def __iter__(self) -> Iterator[Any]:
        run, next_time = self._run, 0.0
        yield {name: getattr(run, name) for name in self._names}
        for result in run:
            is_time = time.monotonic() >= next_time
            yield Told(result, run.summaries if is_time else None)
            next_time = time.monotonic() + APART if is_time else next_time
        yield Told(None, run.summaries, run.wait())


class HostRun(Generic[Result, Each, Whole]):
    """A ping or a scan in a host of a lab: as `rawkit.PingRun` and `rawkit.ScanRun`, but that it has begun already.

    Iterate over it for results as they come, or `wait`; `stop` ends it in order, `close` or leaving the `with` block
    at once. Results that were not asked for yet are kept.

    Args:
        iteration: what the host says.
    """

    def __init__(self, iteration: Iteration[Any]) -> None:
        self._iteration = iteration
        self._about: dict[str, Any] = next(iteration)
        self._summaries: list[Each] = []
        self._whole: Whole | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Result:
        told: Told = next(self._iteration)
        if told.summaries is not None:
            self._summaries = told.summaries
        if told.result is None:
            self._whole = told.whole
            self._iteration.close()
            raise StopIteration
        result: Result = told.result
        return result

    def wait(self) -> Whole:
        """Goes on to the end: of a ping the summaries of all targets, of a scan the `rawkit.ScanSummary`.

        Raises LabError where it was closed before.
        """
        deque(self, maxlen=0)
        if self._whole is None:
            from rawkit.errors import LabError

            raise LabError("the run was closed before its end: begin another")
        return self._whole

    @property
    def summaries(self) -> list[Each]:
        """So far, a tenth of a second old at most: what each target did, or what is open on each host."""
        return self._summaries

    @property
    def targets(self) -> list[Any]:
        """Of a ping: who is pinged; each address once, and each name."""
        return list(self._said("targets"))

    @property
    def troubles(self) -> list[Any]:
        """Of a ping: what is wrong with those that are left out."""
        return list(self._said("troubles"))

    @property
    def skipped(self) -> tuple[str, ...]:
        """Of a scan: what is left out, and why."""
        return tuple(self._said("skipped"))

    def _said(self, name: str) -> Any:
        if name not in self._about:
            raise AttributeError(f"{name}: this run has none")
        return self._about[name]

    def stop(self) -> None:
        """Ends it in order, from any thread; what was under way still comes."""
        self._iteration.stop()

    def close(self) -> None:
        """Ends it at once; a second call does nothing."""
        self._iteration.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
