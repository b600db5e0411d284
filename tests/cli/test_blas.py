"""NumPy's threads, as the kernel counts them."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import os, sys
from rawkit.cli.blas import without_blas_threads
without_blas_threads()
import numpy
print(len(os.listdir("/proc/self/task")), os.environ["OPENBLAS_NUM_THREADS"])
"""


def threads(**environment: str) -> list[int]:
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)
    return [int(number) for number in done.stdout.split()]


def test_numpy_starts_no_thread():
    assert threads() == [1, 1]


def test_how_many_the_user_wants_stays():
    assert threads(OPENBLAS_NUM_THREADS="3")[1] == 3
