"""Waiting apart from who waits: what a run waits for is a value, and its driver blocks until then, or awaits it."""

from __future__ import annotations

import select
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

from rawkit.values import dataclass

Made = TypeVar("Made")


class Waited(Protocol):
    """What can be waited for: a socket, a ring, a bell."""

    def fileno(self) -> int:
        """The descriptor; -1 once it is closed."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What is waited for, whichever comes first.

    Attributes:
        seconds: of the wait at most; None for as long as it takes, 0 to let others go on.
        readers: one of them can be read, or has an error.
        writers: one of them can be written to, or has an error.

    >>> Pause(0.01).block()
    """

    seconds: float | None
    readers: Sequence[Waited] = ()
    writers: Sequence[Waited] = ()

    def block(self) -> None:
        """Waits for it, and lets nothing else go on in this thread."""
        if not self.readers and not self.writers:
            if self.seconds:
                time.sleep(self.seconds)
            return
        poll = select.poll()
        for events, each in ((select.POLLIN, self.readers), (select.POLLOUT, self.writers)):
            for one in each:
                poll.register(one, events)
        poll.poll(None if self.seconds is None else self.seconds * 1000)


OTHERS = Pause(0)
"""Lets others go on: said often enough where much is done between two waits."""

Steps: TypeAlias = Generator[Pause, None, Made]
"""What is done step by step, and what comes of it; between the steps it pauses."""
Course: TypeAlias = Iterator["Pause | Made"]
"""What is found one after the other, and pauses between."""


def blocking(steps: Steps[Made]) -> Made:
    """Goes through the steps to their end, and blocks where they pause.

    >>> def steps():
    ...     yield Pause(0.001)
    ...     return "done"
    >>> blocking(steps())
    'done'
    """
    try:
        while True:
            next(steps).block()
    except StopIteration as end:
        made: Made = end.value
        return made
    finally:
        steps.close()


def without_pauses(course: Course[Made]) -> Iterator[Made]:
    """What is found; it blocks where the course pauses.

    >>> list(without_pauses(iter([Pause(0.001), "a", "b"])))
    ['a', 'b']
    """
    for one in course:
        if isinstance(one, Pause):
            one.block()
        else:
            yield one
