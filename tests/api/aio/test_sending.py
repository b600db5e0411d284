"""`rawkit.aio.send` and `ask` in a lab: the server sees what the blocking calls send, and answers are the same."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from ipaddress import ip_address

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

import rawkit
from rawkit.errors import RawkitError, SendError, TargetError

pytestmark = [pytest.mark.root, pytest.mark.netns]
PATIENCE = 60
SERVER, NOBODY = "192.0.2.20", "192.0.2.99"
TO = IP(dst=SERVER)


def ran(coroutine):
    async def awaited():
        return await asyncio.wait_for(coroutine, PATIENCE)

    return asyncio.run(awaited())


@pytest.fixture
def seen(lab):
    """What the server's interface had from the client, ARP left out."""
    with lab.record("server") as tap:

        def take():
            packets = [Ether(frame) for frame in tap.take().frames()]
            return [bytes(one) for one in packets if one.haslayer(IP) and one[IP].src == "192.0.2.10"]

        yield take


FORMS = {
    "packet": lambda: TO / UDP(sport=5000, dport=[7, 9]) / b"hello",
    "list": lambda: [TO / UDP(sport=5000, dport=port) / b"hello" for port in (7, 9)],
    "generator": lambda: (TO / UDP(sport=5000, dport=port) / b"hello" for port in (7, 9)),
    "text": lambda: f"IP(dst='{SERVER}')/UDP(sport=5000,dport=[7,9])/b'hello'",
    "template": lambda: rawkit.Template(TO / UDP(sport=5000) / b"hello", dport=[7, 9]),
    "bytes": lambda: [bytes(IP(src="192.0.2.10", dst=SERVER) / UDP(sport=5000, dport=p) / b"hello") for p in (7, 9)],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_server_sees_what_the_blocking_call_sends(client, seen, nothing_left, form):
    rawkit.send(FORMS[form]())
    theirs = seen()
    with nothing_left():
        sent = ran(rawkit.aio.send(FORMS[form]()))
    assert seen() == theirs
    assert (sent.frames, len(theirs)) == (2, 2)


def told(exchanges):
    return [(one.sent.bytes, [answer.bytes for answer in one.answers]) for one in exchanges]


@pytest.mark.parametrize(
    "what",
    [
        lambda: [TO / ICMP(id=9, seq=number) for number in range(50)],
        lambda: [Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst=SERVER)],
        lambda: TO / UDP(sport=5000, dport=9),
        lambda: IP(dst="192.0.2.10") / ICMP(id=7),
    ],
    ids=["echo", "arp", "error", "itself"],
)
def test_answers_are_those_of_the_blocking_call(client, nothing_left, what):
    patience = {"timeout": 2, "retries": 5}  # a kernel limits how many errors it sends
    with nothing_left():
        mine = ran(rawkit.aio.ask(what(), **patience))
    theirs = rawkit.ask(what(), **patience)
    assert len(mine.answered) == len(mine) > 0
    assert all(one.rtt_ns > 0 for one in mine)
    assert [kinds(one) for one in mine] == [kinds(one) for one in theirs]


def kinds(exchange):
    """Without what hosts count up, such as the identification of IP."""
    answer = exchange.answer.to_scapy()
    return exchange.sent.bytes, [layer.__name__ for layer in answer.layers()], len(exchange.answer.bytes)


def test_many_ask_at_once(client, nothing_left, no_threads):
    """And one that nobody answers holds up nobody."""

    async def main():
        asked = [rawkit.aio.ask(TO / ICMP(id=number, seq=1), timeout=5) for number in range(1, 9)]
        silent = asyncio.create_task(rawkit.aio.ask(TO / TCP(dport=9, flags="A"), timeout=0.2, answers=0))
        return await asyncio.gather(*asked), await silent

    with nothing_left(), no_threads():
        found, _ = ran(main())
    assert [one.answer.to_scapy()[ICMP].id for [one] in found] == list(range(1, 9))


def test_who_is_not_there_is_left_out_while_others_go_on(client, longest_turn):
    """The kernel asks for them for three seconds."""
    turns = longest_turn()

    async def main():
        beside = asyncio.create_task(turns.count())
        sent = await rawkit.aio.send([TO / ICMP(), IP(dst=NOBODY) / ICMP()])
        beside.cancel()
        with pytest.raises(TargetError, match="no answer on eth0"):
            await rawkit.aio.send(IP(dst=NOBODY) / ICMP())
        return sent

    sent = ran(main())
    assert (sent.frames, sent.silent) == (1, {ip_address(NOBODY)})
    assert len(turns.seconds) > 100


def test_a_rate_is_kept(client, seen):
    async def main():
        return await rawkit.aio.send(TO / UDP(dport=9), count=200, rate=1000)

    sent = ran(main())
    assert len(seen()) == 200
    assert 0.19 < sent.seconds < 1


def test_a_run_without_end_is_cancelled(client, nothing_left, longest_turn):
    turns = longest_turn()

    async def main():
        beside = asyncio.create_task(turns.count())
        sending = asyncio.create_task(rawkit.aio.send(TO / UDP(dport=9), loop=True))
        await asyncio.sleep(0.3)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        beside.cancel()
        assert sending.cancelled()

    with nothing_left():
        ran(main())
    assert sorted(turns.seconds)[-3] < 0.02


def test_another_thread_ends_it(client):
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    begin = time.monotonic()
    exchanges = ran(rawkit.aio.ask(TO / TCP(dport=9, flags="A"), answers=0, timeout=50, stop=stop))
    assert len(exchanges) <= 1
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("seed", range(6))
def test_a_cancel_at_any_moment_leaves_nothing(client, nothing_left, seed):
    """No socket, no promiscuous mode, and no rule for the kernel's RSTs."""
    moment = random.Random(seed).uniform(0, 0.15)
    syn = TO / TCP(sport=40000, dport=9, flags="S")

    async def main():
        tasks = [
            asyncio.create_task(rawkit.aio.ask(syn, no_kernel_rst=True, timeout=30)),
            asyncio.create_task(rawkit.aio.ask([TO / ICMP(id=3, seq=n) for n in range(500)], answers=0, timeout=30)),
            asyncio.create_task(rawkit.aio.ask(IP(dst=NOBODY) / ICMP(), timeout=30)),
            asyncio.create_task(rawkit.aio.send(TO / UDP(dport=9), rate=500, loop=True)),
        ]
        await asyncio.sleep(moment)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, (asyncio.CancelledError, TargetError)) for one in ended), ended

    with nothing_left():
        ran(main())


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"what": None}, RawkitError),
        ({"what": 7}, SendError),
        ({"what": TO / ICMP(), "rate": 1, "mbps": 1}, RawkitError),
        ({"what": TO / ICMP(), "interface": "no such"}, TargetError),
        ({"what": TO / ICMP(), "cuont": 3}, TypeError),
        ({}, TypeError),
    ],
)
def test_what_cannot_be_is_said_as_by_the_blocking_call(client, words, kind):
    with pytest.raises(kind):
        ran(rawkit.aio.send(**words))
    with pytest.raises(kind):
        rawkit.send(**words)
