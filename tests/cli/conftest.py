"""What the tests of live captures share: a lab, and programs that listen in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from rawkit.lab import Lab


@pytest.fixture(scope="module")
def lab(lab_up: Callable[[str], AbstractContextManager[Lab]]) -> Iterator[Lab]:
    with lab_up("pair") as lab:
        yield lab


@pytest.fixture
def listening(lab: Lab) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program on the server, and returns when it says that it listens; none is left afterwards."""
    with ExitStack() as running:

        def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[str]:
            process = lab["server"].popen(command, stderr=subprocess.PIPE, text=True, **options)
            running.callback(process.communicate)
            running.callback(process.kill)
            assert process.stderr is not None
            while "listening on" not in (line := process.stderr.readline()):
                assert line
            return process

        yield start
