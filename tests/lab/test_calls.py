"""Python functions in a host: values and errors come back, and what cannot go there is said."""

from __future__ import annotations

import os
import threading
import time

import pytest
from scapy.layers.inet import IP, TCP

from rawkit.errors import LabError, TargetError
from rawkit.lab import Lab

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]


class OddError(Exception):
    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def test_a_function_runs_in_the_host(pair: Lab) -> None:
    local = 7
    got = pair["server"].call(lambda more: (os.uname().nodename, os.stat("/proc/self/ns/net").st_ino, local + more), 5)
    assert got == ("server", os.fstat(pair["server"].network).st_ino, 12)


def test_each_is_a_process_of_its_own(pair: Lab) -> None:
    assert len({pair["client"].call(os.getpid), pair["client"].call(os.getpid), os.getpid()}) == 3


def test_its_error_is_raised_here(pair: Lab) -> None:
    def fails() -> None:
        raise TargetError("no such thing: name another")

    with pytest.raises(TargetError, match="no such thing") as caught:
        pair["client"].call(fails)
    assert "in fails" in caught.value.__notes__[0]


def odd() -> None:
    raise OddError(1, 2)


def dies() -> None:
    os._exit(3)


def test_what_cannot_come_back_is_said(pair: Lab) -> None:
    client = pair["client"]
    with pytest.raises(
        LabError, match=r"^OddError: 1 and 2: raised in the host, by an exception that cannot be pickled$"
    ):
        client.call(odd)
    with pytest.raises(LabError, match=r"^dies on host client ended without a result \(exit code 3\)"):
        client.call(dies)
    with pytest.raises(
        LabError, match=r"^the result of Lock cannot|^the result of .*lock.* cannot go to another process"
    ):
        client.call(threading.Lock)
    with pytest.raises(LabError, match=r"^what is given to print cannot go to another process .*: give plain values$"):
        client.call(print, threading.Lock())


def test_packets_go_there_as_they_are_written(pair: Lab) -> None:
    """Scapy's own way would build them: with the first port alone."""
    sent = pair["client"].call(
        lambda packet: [bytes(one) for one in packet], IP(dst="192.0.2.20") / TCP(dport=[80, 81])
    )
    assert [IP(one).dport for one in sent] == [80, 81]


def test_values_come_one_by_one_until_it_is_stopped(pair: Lab) -> None:
    def ticks():
        number = 0
        while True:
            yield number
            number += 1
            time.sleep(0.01)

    with pair["client"].iterate(ticks) as found:
        assert [next(found), next(found)] == [0, 1]
        found.stop()
        rest = found.wait()
    assert rest == list(range(2, 2 + len(rest)))
    assert list(found) == []


def test_an_error_comes_after_what_was_given(pair: Lab) -> None:
    def breaks():
        yield 1
        raise ValueError("over")

    found = pair["client"].iterate(breaks)
    assert next(found) == 1
    with pytest.raises(ValueError, match="over"):
        next(found)
    assert list(found) == []


def test_calls_from_several_threads_do_not_meet(pair: Lab) -> None:
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda host=host: got.append(host.call(lambda: os.uname().nodename)))
        for host in pair.hosts.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ["client", "server"]
