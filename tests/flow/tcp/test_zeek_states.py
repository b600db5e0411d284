"""conn_state and history of conversations, by Zeek's rules.

Those of scripts/base/protocols/conn/main.zeek, and of update_history(), update_window(), update_last_seq() and the
order in which Process() calls them in src/packet_analysis/protocol/tcp/TCPSessionAdapter.cc.
"""

from __future__ import annotations

import pytest

CASES = {
    "S0": ("S", lambda t: t.c("S")),
    "S0 S": ("S", lambda t: t.c("S").c("S", seq=0).c("S", seq=0)),
    "S1": ("ShA", lambda t: t.opened()),
    "S1 before the last ACK": ("Sh", lambda t: t.c("S").s("SA")),
    "S1 with data": ("ShADad", lambda t: t.opened().c("PA", 10).s("A").s("PA", 20)),
    "S2": ("ShAFa", lambda t: t.opened().c("FA").s("A")),
    "S3": ("ShAf", lambda t: t.opened().s("FA").c("A")),
    "SF by the client": ("ShAFf", lambda t: t.opened().c("FA").s("FA").c("A")),
    "SF by the server": ("ShAfFa", lambda t: t.opened().s("FA").c("FA").s("A")),
    "SF and a RST behind it": ("ShAFfR", lambda t: t.opened().c("FA").s("FA").c("R")),
    "SF with data in a FIN": ("ShAFf", lambda t: t.opened().c("FPA", 10).s("FA").c("A")),
    "REJ": ("Sr", lambda t: t.c("S").s("RA")),
    "REJ after resets of both": ("ShRr", lambda t: t.c("S").s("SA").c("R").s("R")),
    "RSTO": ("ShADR", lambda t: t.opened().c("PA", 10).c("RA")),
    "RSTO of a half-open one": ("ShR", lambda t: t.c("S").s("SA").c("R")),
    "RSTR": ("ShADr", lambda t: t.opened().c("PA", 10).s("R")),
    "RSTR after resets of both, with data": ("ShADRr", lambda t: t.opened().c("PA", 10).c("R").s("R")),
    "RSTOS0": ("SR", lambda t: t.c("S").c("R")),
    "RSTRH": ("^hr", lambda t: t.s("SA").s("R")),
    "SH": ("SF", lambda t: t.c("S").c("F")),
    "SHR": ("^hf", lambda t: t.s("SA").s("FA")),
    "OTH of a SYN-ACK": ("^h", lambda t: t.s("SA")),
    "OTH in the middle": ("DaA", lambda t: t.c("PA", 10).s("A").c("A")),
    "OTH of a lone RST": ("R", lambda t: t.c("R")),
    "OTH of a lone ACK": ("A", lambda t: t.c("A")),
    "S1 where the SYN was missed": ("^hA", lambda t: t.s("SA").c("A")),
    "RSTR after a FIN": ("ShAFr", lambda t: t.opened().c("FA").s("R")),
}


@pytest.mark.parametrize(("name", "history", "script"), [(n, *case) for n, case in CASES.items()], ids=CASES)
def test_conn_state_and_history(track, talk, name, history, script):
    (flow,) = track(script(talk).frames).flows
    assert (flow.conn_state, flow.history) == (name.split()[0], history)


def repeated(count: int, send):
    """A conversation in which something happens `count` times after the opening."""

    def script(talk):
        talk.opened()
        for number in range(count):
            send(talk, number)
        return talk

    return script


LETTERS = {
    "a once": ("ShA", repeated(5, lambda t, n: t.c("A"))),
    "d once": ("ShADd", repeated(5, lambda t, n: t.c("PA", 10).s("PA", 10))),
    "f again at another number": ("ShAFF", repeated(2, lambda t, n: t.c("FA"))),
    "f once at the same": ("ShAF", repeated(3, lambda t, n: t.c("FA", seq=1))),
    "r again at another number": ("ShArr", lambda t: t.opened().s("R", seq=1).s("R", seq=2)),
    "r once at the same": ("ShAr", lambda t: t.opened().s("R", seq=1).s("R", seq=1)),
    "h once, also where it is repeated": ("Sh", lambda t: t.c("S").s("SA").s("SA", seq=0)),
    "i": ("ShAI", repeated(2, lambda t, n: t.c("FRA"))),
    "q": ("Q", lambda t: t.c("SF")),
    "t of one": ("ShADT", repeated(2, lambda t, n: t.c("PA", 10, seq=1))),
    "t of nine": ("ShADT", repeated(10, lambda t, n: t.c("PA", 10, seq=1))),
    "t of ten": ("ShADTT", repeated(11, lambda t, n: t.c("PA", 10, seq=1))),
    "t of 99": ("ShADTT", repeated(100, lambda t, n: t.c("PA", 10, seq=1))),
    "t of 100": ("ShADTTT", repeated(101, lambda t, n: t.c("PA", 10, seq=1))),
    "w of one": ("ShAaw", repeated(1, lambda t, n: t.s("A", window=0))),
    "w of ten": ("ShAaww", repeated(10, lambda t, n: t.s("A", window=0))),
    "w of a RST is none": ("ShAr", lambda t: t.opened().s("R", window=0)),
    "c of one": ("ShAC", repeated(1, lambda t, n: t.c("PA", 10, seq=1, damaged=True))),
    "c of nine": ("ShAC", repeated(9, lambda t, n: t.c("PA", 10, seq=1, damaged=True))),
    "c of ten": ("ShACC", repeated(10, lambda t, n: t.c("PA", 10, seq=1, damaged=True))),
    "g of one, in the client's bytes": ("ShADaG", lambda t: t.opened().c("PA", 10, seq=11).s("A")),
}


@pytest.mark.parametrize(("history", "script"), LETTERS.values(), ids=LETTERS)
def test_letters(track, talk, history, script):
    (flow,) = track(script(talk).frames).flows
    assert flow.history == history


def test_a_gap_is_told_at_the_first_and_the_tenth(track, talk):
    talk.opened()
    for number in range(10):
        talk.c("PA", 10, seq=1 + 20 * number + 10).s("A")
    (flow,) = track(talk.frames).flows
    assert flow.history.count("G") == 2
    assert flow.missed_bytes == 100


def test_bytes_of_sequence_numbers(track, talk):
    """Payload counts once, however often it comes; packets and IP bytes count as often."""
    talk.opened().c("PA", 100).c("PA", 100, seq=1).s("A").s("PA", 200).c("A").c("FA").s("FA").c("A")
    (flow,) = track(talk.frames).flows
    assert (flow.orig_bytes, flow.resp_bytes, flow.missed_bytes) == (100, 200, 0)
    assert (flow.orig_pkts, flow.resp_pkts) == (7, 4)
    assert (flow.orig_ip_bytes, flow.resp_ip_bytes) == (7 * 40 + 200, 4 * 40 + 200)
    assert flow.duration == 10 * 1_000_000


def test_numbers_that_wrap_around(track, talk, monkeypatch):
    """Counting goes on where 32 bits end."""
    monkeypatch.setitem(vars(type(talk))["_send"].__globals__, "FIRST_SEQ", (2**32 - 50, 2**32 - 1))
    talk.opened().c("PA", 100).s("PA", 10).c("PA", 100).s("A").c("FA").s("FA").c("A")
    (flow,) = track(talk.frames).flows
    assert (flow.orig_bytes, flow.resp_bytes, flow.conn_state) == (200, 10, "SF")
    assert flow.history == "ShADdaFf"


def test_the_first_sender_is_the_originator(track, another):
    """Also where it is the side with the higher address; only a SYN-ACK tells otherwise."""
    backwards = another(client=(bytes([198, 51, 100, 20]), 9000), server=(bytes([192, 0, 2, 10]), 40000))
    (flow,) = track(backwards.opened().frames).flows
    assert (str(flow.orig), str(flow.resp)) == ("198.51.100.20:9000", "192.0.2.10:40000")


def test_one_batch_or_many(track, talk):
    talk.opened().c("PA", 100).s("A").s("PA", 200).c("A").c("FA").s("FA").c("A")
    assert track(talk.frames) == track(talk.frames, one_by_one=True)
