"""Awaiting pauses on asyncio's own loop, by descriptors and timers: no thread, and nothing is left of a wait."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from rawkit.errors import RawkitError
from rawkit.sockets.pausing import Made, Pause, Steps

SLICE: Final = 0.005
"""Seconds after which the loop's other tasks have their turn, where there is always more to do."""


class Waiting:
    """Waits for one run, and for one pause of it at a time."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Future[None] | None = None
        self._readers: list[int] = []
        self._writers: list[int] = []
        self._others = 0.0

    def check(self) -> None:
        """RawkitError where another task waits already."""
        if self._woken is not None:
            raise RawkitError("two tasks wait for one run: begin one for each")

    async def wait(self, pause: Pause) -> None:
        """Waits for what a pause has, or until `wake`; where it only lets others go on, not before `SLICE` is over."""
        self.check()
        if pause.seconds == 0 and not pause.readers and not pause.writers:
            await self.let_others()
            return
        self._loop = loop = asyncio.get_running_loop()
        self._woken = woken = loop.create_future()
        timer = None if pause.seconds is None else loop.call_later(pause.seconds, self._wake)
        try:
            self._watch(loop, pause)
            await woken
        finally:
            if timer is not None:
                timer.cancel()
            self._woken = None
            self.wake()
        self._others = time.monotonic() + SLICE

    async def let_others(self) -> None:
        """Lets the loop's other tasks go on, where this one has gone on for `SLICE`."""
        if time.monotonic() >= self._others:
            await asyncio.sleep(0)
            self._others = time.monotonic() + SLICE

    @property
    def is_time(self) -> bool:
        """Whether it is time to let others go on."""
        return time.monotonic() >= self._others

    def wake(self) -> None:
        """Ends the wait, and forgets its descriptors, which may be closed then."""
        if self._loop is not None and not self._loop.is_closed():
            for number in self._readers:
                self._loop.remove_reader(number)
            for number in self._writers:
                self._loop.remove_writer(number)
        self._readers, self._writers = [], []
        self._wake()

    def _watch(self, loop: asyncio.AbstractEventLoop, pause: Pause) -> None:
        for one in pause.readers:
            if (number := one.fileno()) != -1:
                loop.add_reader(number, self._wake)
                self._readers.append(number)
        for one in pause.writers:
            if (number := one.fileno()) != -1:
                loop.add_writer(number, self._wake)
                self._writers.append(number)

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


async def awaited(steps: Steps[Made], waiting: Waiting) -> Made:
    """Goes through the steps to their end, and awaits their pauses; what is raised meanwhile ends them."""
    try:
        while True:
            await waiting.wait(next(steps))
    except StopIteration as end:
        made: Made = end.value
        return made
    finally:
        steps.close()
