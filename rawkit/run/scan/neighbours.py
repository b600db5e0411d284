"""Asks a link for all hosts of a scan at once, and waits for those that answer."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from rawkit.frames import FrameBatch
from rawkit.probe.scan.link import ANSWERS, neighbours_in, who_has
from rawkit.run.pace import LOOK, Allowance
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.pausing import Pause, Steps, blocking
from rawkit.sockets.receive.listener import FrameListener
from rawkit.sockets.send.sender import FrameSender
from rawkit.wire.address import IPAddress

ROUNDS: Final = (0.1, 0.1, 0.2, 0.2, 0.4, 0.4, 0.8)
"""Seconds of waiting after each time that those which have not answered are asked."""
SLOW_ROUNDS: Final = (0.2, 0.4, 0.8)
"""The same at a rate that the user has set: a round takes its time anyway."""
MORE_ROUNDS: Final = (0.4, 0.4, 0.8, 0.8)
"""These too where questions or answers get lost: where a tenth of those that answer had to be asked again."""
BURST: Final = 256
"""Questions between two looks at the answers: more at once overrun a switch, or a neighbour's table."""
PAUSE: Final = 0.002


def find_neighbours(
    link: SystemInterface,
    source: IPAddress,
    addresses: Iterable[IPAddress],
    rounds: Sequence[float] = ROUNDS,
    allowance: Allowance | None = None,
) -> dict[IPAddress, bytes]:
    """As `neighbour_steps`; it blocks."""
    return blocking(neighbour_steps(link, source, addresses, rounds, allowance))


def neighbour_steps(
    link: SystemInterface,
    source: IPAddress,
    addresses: Iterable[IPAddress],
    rounds: Sequence[float] = ROUNDS,
    allowance: Allowance | None = None,
) -> Steps[dict[IPAddress, bytes]]:
    """The MAC addresses of those hosts that are there.

    Args:
        link: the interface.
        source: this host's address there, of the same IP version as `addresses`.
        addresses: on that link.
        rounds: seconds to wait after each time of asking.
        allowance: at which rate; without limit where it is None.
    """
    allowance = allowance or Allowance(None)
    rounds = rounds if allowance.rate is None else SLOW_ROUNDS
    silent = dict.fromkeys(addresses)
    found: dict[IPAddress, bytes] = {}
    with (
        allowance.closing(FrameListener(link.name, ANSWERS)) as listener,
        allowance.closing(FrameSender(link.name)) as sender,
    ):
        for patience in _rounds(rounds, found):
            questions = [who_has(one, link.mac or bytes(6), source) for one in silent]
            for burst in _bursts(questions, allowance.at_once(BURST)):
                yield from _take(listener, silent, found, allowance.wait(len(burst)), allowance)
                if not silent or allowance.is_stopped():
                    break
                yield from sender.steps(burst)
                yield from _take(listener, silent, found, PAUSE if len(silent) > BURST else 0, allowance)
            yield from _take(listener, silent, found, patience, allowance)
            if not silent or allowance.is_stopped():
                break
    return found


def _rounds(rounds: Sequence[float], found: Collection[IPAddress]) -> Iterator[float]:
    """Seconds of waiting for each round; `found` grows as hosts answer."""
    yield rounds[0]
    at_once = len(found)
    yield from rounds[1:]
    if 10 * at_once < 9 * len(found):
        yield from MORE_ROUNDS


def _bursts(questions: Iterable[bytes], size: int) -> Iterator[FrameBatch]:
    rest = iter(questions)
    while burst := list(islice(rest, size)):
        yield FrameBatch.from_frames(burst)


def _take(
    listener: FrameListener,
    silent: dict[IPAddress, None],
    found: dict[IPAddress, bytes],
    seconds: float,
    allowance: Allowance,
) -> Steps[None]:
    """Moves those that answer from the silent to the found, until all have or the time is over."""
    end = time.monotonic() + seconds
    while silent and not allowance.is_stopped():
        left = max(end - time.monotonic(), 0)
        yield Pause(min(left, LOOK), (listener,))
        for address, mac in neighbours_in(listener.read(0)):
            if address in silent:
                del silent[address]
                found[address] = mac
        if left == 0:
            return
