"""What tests of `rawkit.aio` share: what a process holds, and how long its loop is held up."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from rawkit.lab import Lab


def held() -> Counter[str]:
    """What the descriptors of this process are open on."""
    found: Counter[str] = Counter()
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the folder's own
            found[os.readlink(f"/proc/self/fd/{number}")] += 1
    return found


def threads() -> set[str]:
    """The threads that are there, but for those of the lab."""
    return {one.name for one in threading.enumerate() if "rawkit-lab" not in one.name}


@pytest.fixture(scope="module")
def lab(lab_up: Callable[[str], Any]) -> Iterator[Lab]:
    """The scenario `pair`."""
    with lab_up("pair") as lab:
        yield lab


@pytest.fixture
def client(lab: Lab) -> Iterator[Any]:
    """Its client, in whose network the test is."""
    with lab["client"].entered():
        yield lab["client"]


@pytest.fixture
def nothing_left(lab: Lab) -> Callable[[], Any]:
    """Makes a context manager: behind it is no descriptor, thread, promiscuous mode or rule that was not before."""

    @contextmanager
    def check() -> Iterator[None]:
        gc.collect()
        before, ran = held(), threads()
        yield
        gc.collect()
        assert held() - before == Counter()
        assert threads() <= ran
        assert promiscuity(lab) == 0
        assert rules(lab) == ""

    return check


def promiscuity(lab: Lab) -> int:
    """How many want all frames of the client's interface, as `ip` has it."""
    told = lab["client"].run(["ip", "-d", "link", "show", "eth0"], check=True).stdout
    words = told.split()
    return int(words[words.index("promiscuity") + 1])


def rules(lab: Lab) -> str:
    """The client's packet filter, as nft has it."""
    return lab["client"].run(["nft", "list", "ruleset"], check=True).stdout


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Makes a context manager in which nobody begins a thread."""

    def refuse(thread: threading.Thread) -> None:
        raise AssertionError(f"{thread.name} was begun")

    @contextmanager
    def check() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            yield

    return check


@pytest.fixture
def longest_turn() -> Callable[[], Any]:
    """Gives a task to run beside others, and what says how many seconds of the processor one turn of theirs took."""

    class Turns:
        def __init__(self) -> None:
            self.seconds: list[float] = []

        async def count(self) -> None:
            while True:
                begin = time.thread_time()
                await asyncio.sleep(0)
                self.seconds.append(time.thread_time() - begin)

    return Turns
