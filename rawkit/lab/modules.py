"""Starts Python modules of rawkit as programs of their own, and hears whether they came up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

READY: Final = "ready"
"""What such a program writes in its first line when it has come up; anything else is the reason why not."""


def environment() -> dict[str, str]:
    """That of a Python program which is to find what this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def start(
    popen: Callable[..., subprocess.Popen[Any]], module: str, *arguments: str, **options: Any
) -> tuple[subprocess.Popen[Any], str]:
    """Starts a module in a session of its own, and returns it with the first line that it wrote.

    Args:
        popen: `subprocess.Popen`, or what stands for it in a host.
        module: the module's full name.
        arguments: its command line.
        options: further ones for `popen`.

    >>> process, line = start(subprocess.Popen, "this")
    >>> line
    'The Zen of Python, by Tim Peters'
    >>> process.communicate()[0][:10], process.returncode
    (b'\\nBeautiful', 0)
    """
    # -P: a folder that the user happens to be in is no place to load modules from.
    command = [sys.executable, "-P", "-m", module, *arguments]
    process = popen(command, env=environment(), stdout=subprocess.PIPE, start_new_session=True, **options)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process, line.decode().strip()
