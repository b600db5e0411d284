"""What the awaited runs have in common: they are iterated over, stopped and closed alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from rawkit.api.aio.waiting import Waiting
from rawkit.api.run import Run as BlockingRun
from rawkit.sockets.pausing import Course, Pause

Item = TypeVar("Item")


class Each(AsyncIterator[Item]):
    """The items of a run, one by one; what is dropped before the end lets go of its run."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    async def __anext__(self) -> Item:
        return await self._run.next_item()  # type: ignore[no-any-return]


class Run:
    """Something that goes on for a while on asyncio's loop, and can be stopped; it is good for one time.

    It is closed at its end, where what waits for it is cancelled, at the end of `async with`, and when nobody has it
    any more. One task waits for it at a time.

    Args:
        run: the same for who blocks; what it is told, and what it finds, is its own.
    """

    def __init__(self, run: BlockingRun) -> None:
        self._base, self._waiting = run, Waiting()
        self._course: Iterator[Pause | Iterable[object]] | None = None
        self._items: Iterator[object] = iter(())

    @property
    def stopped(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._base.stopped

    def stop(self) -> None:
        """Ends it in order, from another task, another thread or a signal's handler, also before it begins."""
        self._base.stop()

    def close(self) -> None:
        """Ends it at once; what was found and counted stays. A second call does nothing."""
        self._waiting.wake()
        close = getattr(self._course, "close", None)
        if close is not None:
            close()
        self._base.close()

    async def next_item(self) -> Any:
        """The next item; StopAsyncIteration at the end. RawkitError where another task waits for it already."""
        self._waiting.check()
        try:
            if self._waiting.is_time:
                await self._waiting.let_others()
            for item in self._items:
                return item
            return await self._next_piece()
        except BaseException:
            self.close()
            raise

    async def _next_piece(self) -> Any:
        """The first item of the next piece that has one."""
        for one in self._begun():
            if isinstance(one, Pause):
                await self._waiting.wait(one)
                continue
            self._items = iter(one)
            for item in self._items:
                return item
        raise StopAsyncIteration

    def _begun(self) -> Iterator[Pause | Iterable[object]]:
        if self._course is None:
            self._course = self._begin()
        return self._course

    def _begin(self) -> Course[Iterable[object]]:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        with suppress(Exception):  # at the end of the process not everything is there any more
            self.close()
