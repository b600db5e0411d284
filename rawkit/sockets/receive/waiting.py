"""Waiting for a block of one of several rings."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from typing import Final, Protocol

from rawkit.errors import CaptureError
from rawkit.sockets.receive.bell import Bell
from rawkit.sockets.receive.link_state import LinkState

LOOK_EVERY: Final = 0.25
"""Seconds between two looks at interfaces that are down: the kernel does not say when such a one is removed."""
LOOK_CLOSELY: Final = 0.002
"""Seconds between two looks for the last blocks."""


class Waitable(Protocol):
    """What is asked of a ring that is waited for."""

    @property
    def bell(self) -> Bell: ...
    @property
    def link(self) -> LinkState: ...
    @property
    def timeout_ms(self) -> int: ...
    def fileno(self) -> int: ...
    def ready(self) -> bool: ...


def wait(rings: Sequence[Waitable], timeout: float | None) -> bool:
    """Waits until one of the rings has a block, for at most `timeout` seconds (None: as long as it takes).

    The wait also ends where the bell of one is rung, or one is closed. CaptureError where an interface is gone, once
    all is read that came before.
    """
    if any(ring.ready() for ring in rings) and not any(ring.link.down for ring in rings):
        return True
    try:
        return _wait(rings, timeout)
    except CaptureError:
        if _wait_for_last_blocks(rings):
            return True
        raise


def _wait_for_last_blocks(rings: Sequence[Waitable]) -> bool:
    """Waits until one has a block, for as long as the kernel may hold one back that is not full."""
    end = time.monotonic() + 2 * max(ring.timeout_ms for ring in rings) / 1000
    while not any(ring.ready() for ring in rings):
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_CLOSELY)  # the sockets cannot be waited for: they are readable for their error
    return True


def _wait(rings: Sequence[Waitable], timeout: float | None) -> bool:
    end = None if timeout is None else time.monotonic() + timeout
    poll = select.poll()
    by_descriptor = {ring.fileno(): ring for ring in rings}
    if -1 in by_descriptor:
        return False  # another thread has closed it just now
    bells = {ring.bell.fileno(): ring.bell for ring in rings}
    for descriptor in (*by_descriptor, *bells):
        poll.register(descriptor, select.POLLIN)
    for ring in rings:
        ring.link.look()
    while not any(ring.ready() for ring in rings):
        left = None if end is None else max(end - time.monotonic(), 0)
        _wait_once(poll, by_descriptor, left)
        rung = [bell.hush() for bell in bells.values()]
        if True in rung or left == 0:
            break
    return any(ring.ready() for ring in rings)


def _wait_once(poll: select.poll, rings: dict[int, Waitable], left: float | None) -> None:
    down = [ring for ring in rings.values() if ring.link.down]
    step = min(LOOK_EVERY, left if left is not None else LOOK_EVERY) if down else left
    for descriptor, event in poll.poll(None if step is None else step * 1000):
        if event & select.POLLERR and descriptor in rings and rings[descriptor].fileno() == descriptor:
            rings[descriptor].link.heed_error()
    for ring in down:
        if ring.fileno() != -1:
            ring.link.look()
