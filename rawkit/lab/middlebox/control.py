"""How a lab speaks with the middlebox of a link."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Self

from rawkit.errors import LabError
from rawkit.lab.faults import Faults, check


class Middlebox:
    """The faults of a link of a running lab, which can be changed while traffic flows.

    Args:
        ask: puts a question to the program that is the middlebox, and returns its answer.
    """

    def __init__(self, ask: Callable[[object], Any]) -> None:
        self.ask = ask

    @classmethod
    def of(cls, process: subprocess.Popen[Any], faults: Faults, back: Faults | None) -> Self:
        """That of a program, with its first faults."""
        box = cls(partial(_ask, process))
        box.change(faults, back)
        return box

    def change(self, faults: Faults, back: Faults | None = None) -> None:
        """Sets other faults; what was under way is lost, and counts begin anew.

        Args:
            faults: from the link's first end to its second.
            back: from the second to the first; the same, with the next seed, where it is None.

        Raises LabError where a value is out of its range.
        """
        check(faults, "faults")
        values = asdict(faults)
        backwards = values | {"seed": faults.seed + 1}
        if back is not None:
            check(back, "back")
            backwards = asdict(back)
        self.ask([values, backwards])

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How many frames met each fate since the last change: from first to second end, and back.

        The names: `lost`, `duplicated`, `reordered`, `corrupted`, `overflowed`, `dropped`, `rejected`; since the
        beginning, `missed` came in too fast to be received, and `unsent` did not fit the other interface.
        """
        there, back = self.ask(None)
        return there, back


def _ask(process: subprocess.Popen[Any], question: object) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())
    except (OSError, ValueError) as error:
        raise LabError("the middlebox has ended: build the lab again") from error
