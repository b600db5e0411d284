"""The bridge as a program: `python -m rawkit.lab.middlebox FIRST SECOND`, where both are interfaces.

It speaks lines of JSON: at each line on stdin, `[faults, faults_back]` or `null` for no change, it writes the
counts so far on stdout. It ends when stdin does.
"""

from __future__ import annotations

import gc
import json
import select
import sys
import time
from collections.abc import Sequence
from typing import Final

from rawkit.lab.faults import Faults, faults_of
from rawkit.lab.middlebox.direction import Direction
from rawkit.lab.middlebox.port import Port

BATCH: Final = 64
"""Frames that one port is read for before the other has its turn."""


class Bridge:
    """Two ports, and the direction from each to the other."""

    def __init__(self, names: Sequence[str]) -> None:
        self._ports = [Port(name) for name in names]
        self._directions = [Direction(Faults()), Direction(Faults())]

    def run(self) -> None:
        """Moves frames until stdin ends."""
        while True:
            ready, _, _ = select.select([*self._ports, sys.stdin], [], [], self._patience())
            for place, port in enumerate(self._ports):
                if port in ready:
                    self._take(place, port)
            self._send_due()
            if sys.stdin in ready and not self._obey(sys.stdin.readline()):
                return

    def _patience(self) -> float | None:
        deadlines = [direction.deadline for direction in self._directions]
        nearest = min((deadline for deadline in deadlines if deadline is not None), default=None)
        return None if nearest is None else max(0.0, nearest - time.monotonic())

    def _take(self, place: int, port: Port) -> None:
        direction = self._directions[place]
        frames = port.receive(BATCH)
        now = time.monotonic()
        for frame in frames:
            direction.arrive(frame, now)
        if direction.answers:
            for answer in direction.answers:
                port.send(answer)
            direction.answers.clear()

    def _send_due(self) -> None:
        now = time.monotonic()
        for place, direction in enumerate(self._directions):
            send = self._ports[1 - place].send
            for frame in direction.due(now):
                send(frame)

    def _obey(self, line: str) -> bool:
        if not line:
            return False
        if (change := json.loads(line)) is not None:
            self._directions = [Direction(faults_of(values)) for values in change]
        ports = [port.statistics() for port in self._ports]
        counts = [{**direction.counts, **port} for direction, port in zip(self._directions, ports, strict=True)]
        print(json.dumps(counts), flush=True)  # noqa: T201
        return True


def main(names: Sequence[str]) -> None:
    """Runs the bridge, without the pauses of a garbage collector that has nothing to collect."""
    gc.disable()
    bridge = Bridge(names)
    print("ready", flush=True)  # noqa: T201
    bridge.run()


if __name__ == "__main__":
    main(sys.argv[1:])
