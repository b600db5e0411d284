"""Labs that run in the background: starting them, finding them, ending them."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rawkit.errors import LabError
from rawkit.lab import modules
from rawkit.lab.launcher import GRACE
from rawkit.lab.record import LabRecord
from rawkit.lab.state import log_path, records, state_folder

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PATIENCE: Final = 2 * GRACE
"""Seconds that a lab gets to end all of its programs, before it is killed."""


def up(spec: Path, name: str) -> LabRecord:
    """Starts a lab of the TOML file `spec`, which stays up when this process ends.

    LabError where a lab of that name is up already, or this one cannot be built.
    """
    if not _NAME.fullmatch(name):
        raise LabError(f"{name!r} is no name for a lab: use up to 32 of a-z, 0-9, - and _ (--name)")
    folder = state_folder()
    arguments = (str(folder), name, str(spec.absolute()))
    process, line = modules.start(subprocess.Popen, "rawkit.lab.holder", *arguments, stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.close()
    if line != modules.READY:
        process.wait()
        raise LabError(line or f"the lab ended at once: see {log_path(folder, name)}")
    return choose(running(), name)


def running() -> tuple[LabRecord, ...]:
    """The labs of this user that are up, by name."""
    return records(state_folder())


def choose(labs: Sequence[LabRecord], name: str | None) -> LabRecord:
    """The lab of that name, or without a name the only one; LabError, with the names there are, where there is none.

    >>> choose((), None)
    Traceback (most recent call last):
    rawkit.errors.LabError: no lab is up: start one with `rawkit lab up`
    """
    names = ", ".join(lab.name for lab in labs)
    found = [lab for lab in labs if name in (None, lab.name)]
    if not labs:
        raise LabError("no lab is up: start one with `rawkit lab up`")
    if not found:
        raise LabError(f"no lab {name!r} is up: use one of {names}")
    if len(found) > 1:
        raise LabError(f"several labs are up: say which, one of {names}")
    return found[0]


def down(lab: LabRecord) -> None:
    """Ends a lab with all its programs."""
    check_reachable(lab)
    try:
        holder = os.pidfd_open(lab.pid)
    except ProcessLookupError:
        return
    try:
        # Only now is it sure whose process the descriptor names: a lab that is still up still has its number.
        if lab in running():
            _end(holder)
    finally:
        os.close(holder)
    records(state_folder())


def check_reachable(lab: LabRecord) -> None:
    """Raises LabError where the lab's process has another number here than where it was started."""
    if os.readlink("/proc/self/ns/pid") != lab.pid_namespace:
        raise LabError(f"lab {lab.name} was started elsewhere: leave this lab or container first")


def _end(holder: int) -> None:
    for number, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, _PATIENCE)):
        signal.pidfd_send_signal(holder, number)
        if select.select([holder], [], [], patience)[0]:
            return
