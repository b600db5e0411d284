"""How a lab speaks with the middlebox of a link."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rawkit.errors import LabError
from rawkit.lab.faults import Faults, check


class Middlebox:
    """The faults of a link of a running lab, which can be changed while traffic flows."""

    def __init__(self, process: subprocess.Popen[Any], faults: Faults, back: Faults | None) -> None:
        self._process = process
        self.change(faults, back)

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
        self._ask([values, backwards])

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How many frames met each fate since the last change: from first to second end, and back.

        The names: `lost`, `duplicated`, `reordered`, `corrupted`, `overflowed`, `dropped`, `rejected`; since the
        beginning, `missed` came in too fast to be received, and `unsent` did not fit the other interface.
        """
        there, back = self._ask(None)
        return there, back

    def _ask(self, question: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise LabError("the middlebox has ended: build the lab again") from error
