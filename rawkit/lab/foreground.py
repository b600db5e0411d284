"""Runs a program in the foreground of the terminal, as a shell runs its jobs (credentials(7), tcsetpgrp(3)).

A program in a PID namespace of its own cannot see the process group of its parent, so a shell there could neither
take the terminal nor give it back, unless it begins in a group of its own that has the terminal already.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from typing import Final

_TERMINAL: Final = 0


def is_foreground() -> bool:
    """Whether a person at a terminal waits for this process, and nothing else shares input and output with it."""
    return os.isatty(_TERMINAL) and os.isatty(1) and os.tcgetpgrp(_TERMINAL) == os.getpgrp()


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Starts a program in a group of its own, which gets the terminal; OSError where it cannot be started."""
    # A process in the background may set the foreground group only if it ignores this signal (tcsetpgrp(3)).
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        return subprocess.Popen(command, preexec_fn=_step_forward)  # no threads here, so nothing can hold a lock
    except OSError:
        os.tcsetpgrp(_TERMINAL, os.getpgrp())
        raise


def _step_forward() -> None:
    os.setpgid(0, 0)
    os.tcsetpgrp(_TERMINAL, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)


def wait(process: subprocess.Popen[bytes]) -> int:
    """The program's return code; where the program is suspended (Ctrl-Z), so is this process, until both go on."""
    try:
        while os.WIFSTOPPED(status := os.waitpid(process.pid, os.WUNTRACED)[1]):
            os.tcsetpgrp(_TERMINAL, os.getpgrp())
            os.kill(os.getpid(), signal.SIGSTOP)
            os.tcsetpgrp(_TERMINAL, process.pid)
            os.killpg(process.pid, signal.SIGCONT)
    finally:
        os.tcsetpgrp(_TERMINAL, os.getpgrp())
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode
