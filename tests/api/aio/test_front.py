"""What `rawkit.aio` offers: each name exists, says what it is, and takes the words of the blocking call."""

from __future__ import annotations

import inspect
import signal
import subprocess
import sys
import time

import pytest

import rawkit
from rawkit import aio

CALLS = ("ask", "ping", "scan", "send", "sniff")


@pytest.mark.parametrize("name", aio.__all__)
def test_each_name_exists_and_has_an_example(name):
    assert name in dir(aio)
    told = inspect.getdoc(getattr(aio, name)) or ""
    assert ">>> " in told
    assert "asyncio.run(" in told


@pytest.mark.parametrize("name", CALLS)
def test_words_are_those_of_the_blocking_call(name):
    mine, theirs = inspect.signature(getattr(aio, name)), inspect.signature(getattr(rawkit, name))
    assert list(mine.parameters.values()) == list(theirs.parameters.values())
    assert inspect.iscoroutinefunction(getattr(aio, name)) == (name in ("ask", "send"))


def test_another_name_is_none():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = aio.nothing


def test_the_package_has_it_when_it_is_asked_for():
    code = "import rawkit, sys; assert 'rawkit.aio' not in sys.modules; print(rawkit.aio.__name__)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == (
        "rawkit.aio\n"
    )


INTERRUPTED = """
import asyncio, rawkit
async def main():
    run = rawkit.aio.ping("127.0.0.1", method="udp", interval=0.02)
    try:
        async for result in run:
            print(result.seq, flush=True)
    finally:
        print("left", run.summaries[0].received > 0, flush=True)
asyncio.run(main())
"""


def test_ctrl_c_is_a_keyboard_interrupt():
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", INTERRUPTED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout.readline() == "1\n"
        program.send_signal(signal.SIGINT)
        begin = time.monotonic()
        told, errors = program.communicate(timeout=30)
    assert told.splitlines()[-1] == "left True"
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert "Exception ignored" not in errors
    assert time.monotonic() - begin < 10
