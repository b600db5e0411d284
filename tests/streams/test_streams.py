"""Streams put together: what is told beside the bytes, parts, and limits."""

from __future__ import annotations

import itertools

import pytest

import rawkit
from rawkit.streams import assembler
from tests.conftest import ROOT
from tests.streams.made import ACK, FIN, PSH, SYN, Sent, conversation, frame, pcap

RULES = rawkit.FlowRules(checksums="ignore")
DATA = ACK | PSH


@pytest.fixture
def streams(tmp_path):
    """What `read_streams` gives of segments, or of conversations by their ports."""

    def read(*segments, **options):
        path = tmp_path / "made.pcap"
        made = [frame(40000, one) if isinstance(one, Sent) else frame(*one) for one in segments]
        path.write_bytes(pcap(made))
        return list(rawkit.read_streams(path, engine="interpreted", rules=RULES, **options))

    return read


def opened(seq=1000):
    return Sent(0, seq, 0, SYN, b""), Sent(1, 5000, seq + 1, SYN | ACK, b"")


def data(seq, payload, side=0, flags=DATA):
    return Sent(side, seq, 5001 if side == 0 else 1001, flags, payload)


def test_sequence_numbers_wrap(streams):
    seq = (1 << 32) - 3
    (stream,) = streams(*opened(seq), data(seq + 1, b"ab"), data(seq + 5, b"ef"), data(seq + 3, b"cd"))
    assert (stream.client, stream.gaps, stream.conflicts) == (b"abcdef", (), ())
    assert [(piece.offset, piece.data, piece.frame) for piece in stream.pieces] == [
        (0, b"ab", 3), (2, b"cd", 5), (4, b"ef", 4),
    ]  # fmt: skip


def test_a_syn_with_data(streams):
    (stream,) = streams(Sent(0, 1000, 0, SYN, b"early"), Sent(1, 5000, 1006, SYN | ACK, b""), data(1006, b"late"))
    assert stream.client == b"earlylate"


def test_an_injection_shows(streams):
    """Whoever was first wins; the others' bytes are told with their place and frame."""
    (stream,) = streams(*opened(), data(1001, b"GET /good"), data(1001, b"GET /evil HTTP"))
    assert stream.client == b"GET /good HTTP"
    assert [(one.side, one.offset, one.kept, one.other, one.frame) for one in stream.conflicts] == [
        ("client", 5, b"good", b"evil", 4)
    ]


def test_sent_again_after_long_is_compared(streams):
    sent = [data(1001 + 10 * number, bytes([number]) * 10) for number in range(100)]
    (stream,) = streams(*opened(), *sent, data(1006, b"\0\0xy"), data(1001, sent[0].payload))
    assert [(one.offset, one.kept, one.other) for one in stream.conflicts] == [(7, b"\0\0", b"xy")]
    assert len(stream.client) == 1000


def test_keep_alives_say_nothing(streams):
    (stream,) = streams(*opened(), data(1001, b"hello"), data(1005, b"\0", flags=ACK), data(1006, b"again"))
    assert (stream.client, stream.conflicts) == (b"helloagain", ())


def test_a_gap_that_the_peer_acknowledges(streams):
    (stream,) = streams(*opened(), data(1001, b"one"), data(1010, b"two"), *[Sent(1, 5001, 1013, ACK, b"")] * 2)
    assert stream.client == b"onetwo"
    assert [(gap.side, gap.offset, gap.size, gap.frame, gap.reason) for gap in stream.gaps] == [
        ("client", 3, 6, 5, "not seen")
    ]
    assert [piece.offset for piece in stream.pieces] == [0, 9]


def test_what_is_missing_at_the_end(streams):
    """Up to a FIN, or as far as the peer has acknowledged; one byte may be a FIN that nobody saw."""
    (stream,) = streams(*opened(), data(1001, b"one"), data(1010, b"", flags=ACK | FIN))
    assert [(gap.offset, gap.size) for gap in stream.gaps] == [(3, 6)]
    (stream,) = streams(*opened(), data(1001, b"one"), Sent(1, 5001, 1020, ACK, b""))
    assert [(gap.offset, gap.size) for gap in stream.gaps] == [(3, 16)]
    (stream,) = streams(*opened(), data(1001, b"one"), Sent(1, 5001, 1005, ACK, b""))
    assert stream.gaps == ()


def test_cut_frames():
    """tests/streams/test_tshark.py holds the bytes to tshark's; what is not there is said."""
    (stream,) = rawkit.read_streams(ROOT / "captures/format-snapped.pcap", engine="interpreted")
    assert {gap.reason for gap in stream.gaps} == {"cut"}


def test_at_once_is_the_same(tmp_path):
    frames = [frame(10000 + seed, sent) for seed in range(10) for sent in conversation(seed)]
    path = tmp_path / "made.pcap"
    path.write_bytes(pcap(frames))

    def said(**options):
        found = {}
        with rawkit.open(path, engine="interpreted", rules=RULES) as capture:
            for stream in capture.streams(**options):
                found.setdefault(stream.number, []).extend(stream)
        return found

    whole = said()
    assert said(at_once=True) == whole == said(memory=0)


def test_memory_gives_the_largest_first(streams):
    many = [data(1001 + 1000 * number, b"x" * 1000) for number in range(4000)]
    found = streams(*opened(), *many, memory=1 << 20)
    assert [stream.part for stream in found] == list(range(1, len(found) + 1))
    assert len(found) > 1
    assert sum(len(stream.client) for stream in found) == 4_000_000
    offsets = [next(iter(stream)).offset for stream in found]
    assert offsets == [0, *itertools.accumulate(len(stream.client) for stream in found)][:-1]


def test_more_streams_than_can_be_followed(streams, monkeypatch):
    monkeypatch.setattr(assembler, "MOST_OPEN", 2)
    told = [(40000 + port, one) for port in range(5) for one in (*opened(), data(1001, b"%d" % port))]
    with pytest.warns(rawkit.CaptureWarning, match="3 streams were told before their end"):
        assert [stream.client for stream in streams(*told)] == [b"%d" % port for port in range(5)]


def test_what_waits_is_bounded(streams, monkeypatch):
    """In the capture of one direction nobody acknowledges; what waits then goes on behind a gap."""
    monkeypatch.setattr(assembler, "MOST_WAITING", 4096)
    (stream,) = streams(opened()[0], *(data(1011 + 100 * number, b"x" * 100) for number in range(50)))
    assert [(gap.offset, gap.size, gap.reason) for gap in stream.gaps] == [(0, 10, "room")]
    assert len(stream.client) == 5000


def test_what_a_filter_has_not_let_through(streams):
    segments = [*opened(), data(1001, b"a" * 10)]
    assert streams(*segments, where="tcp.len == 11") == []
    (stream,) = streams(*segments, data(1011, b"b" * 11), where="tcp.len == 11")
    assert stream.client == b"a" * 10 + b"b" * 11
    (stream,) = streams(*segments, data(1011, b"b" * 11), where="tcp.len == 11", memory=0)
    assert stream.client == b"a" * 10 + b"b" * 11  # one batch


def test_what_had_to_go_before_it_passed(tmp_path):
    """What there was no memory for, and a filter lets through later, is a gap."""
    segments = [*opened(), *(data(1001 + 1000 * number, b"x" * 1000) for number in range(9000))]
    path = tmp_path / "made.pcap"
    path.write_bytes(pcap([frame(40000, one) for one in [*segments, data(9001001, b"end")]]))
    streams = list(rawkit.read_streams(path, where="tcp.len == 3", memory=0, engine="interpreted", rules=RULES))
    assert len(streams) == 1
    (gap,) = streams[0].gaps
    assert (gap.offset, gap.reason) == (0, "memory")
    assert gap.size + len(streams[0].client) == 9_000_003


def test_numbers_of_streams():
    path = ROOT / "captures/tcp-three-at-once.pcap"
    all_of_them = {stream.number for stream in rawkit.read_streams(path)}
    assert len(all_of_them) == 3
    assert {stream.number for stream in rawkit.read_streams(path, tcp=[0, 2])} == {0, 2}
    assert list(rawkit.read_streams(path, udp=0)) == []
    with pytest.raises(TypeError, match="tcp '1': give the number of a stream"):
        list(rawkit.read_streams(path, tcp="1"))


def test_a_stream_is_known_behind_its_end(streams):
    """What is sent again after the connection has ended is nothing new."""
    ended = [*opened(), data(1001, b"bye"), Sent(1, 5001, 1004, 0x14, b"")]
    (stream,) = streams(*ended, data(1001, b"bye"))
    assert stream.client == b"bye"
