"""What a message says, and what is kept of many, has a bound in bytes; what is over it costs nothing."""

import struct
import sys

import numpy as np
import pytest

from rawkit.decode import Decoder
from rawkit.flow.udp import messages
from rawkit.flow.udp.messages import Message, MessageCollector, describe
from rawkit.flow.words import dns as dns_words
from rawkit.flow.words.describing import LONGEST
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine


def query(names):
    body = b"".join(name + struct.pack(">2H", 1, 1) for name in names)
    return struct.pack(">6H", 7, 0, len(names), 0, 0, 0) + body


def test_names_that_are_not_told_are_not_resolved(monkeypatch):
    """10,700 questions with chains of pointers took 0.115 s: each name is read through all of them."""
    resolved = []
    whole = dns_words.name_at
    monkeypatch.setattr(dns_words, "name_at", lambda message, at: resolved.append(at) or whole(message, at))
    told = describe("dns", query([b"\3www\0"] + [b"\xc0\x0c"] * 9_999))
    assert told == ", ".join(["A? www"] * 16 + ["9984 more"])
    assert len(resolved) == 16


def test_answers_that_are_not_told_are_counted():
    record = b"\0" + struct.pack(">2HIH", 1, 1, 60, 4) + bytes((192, 0, 2, 1))
    message = struct.pack(">6H", 7, 0x8180, 0, 1000, 0, 0) + record * 1000
    assert describe("dns", message) == ", ".join(["A 192.0.2.1"] * 16 + ["984 more"])


def test_a_long_text_is_cut():
    name = (b"\x3f" + b"x" * 63) * 3
    told = describe("dns", query([name + b"\x3c" + b"\xff" * 60 + b"\0"] * 16))
    assert len(told) == LONGEST + 3
    assert told.endswith("...")


@pytest.mark.parametrize("letter", [b"x", "\U0001f600".encode()])
def test_the_texts_of_all_conversations_take_bounded_memory(monkeypatch, letter):
    """By what Python takes for them: one character outside the basic plane makes each take four bytes."""
    monkeypatch.setattr(messages, "MOST_BYTES", 100_000)
    collector, label = MessageCollector(), letter * (60 // len(letter))
    payload = query([bytes([len(label)]) + label + b"\0"] * 16)
    ip_and_udp = bytes.fromhex("450000000000000040110000c0000201c0000202 1000 0035 0000 0000")
    frame = ip_and_udp[:2] + (28 + len(payload)).to_bytes(2, "big") + ip_and_udp[4:]
    frame = frame[:24] + (8 + len(payload)).to_bytes(2, "big") + frame[26:] + payload
    packets = Decoder(Engine("interpreted")).decode(FrameBatch.from_frames([frame] * 1000, link_type=101))
    collector.take(packets, np.arange(1000, dtype=np.int32))
    kept = [message for stream in range(1000) for message in collector.pop(stream)]
    size = sum(sys.getsizeof(message.text) for message in kept)
    assert 50_000 < size < 110_000
    assert all(isinstance(message, Message) for message in kept)
    assert collector.forgotten == 1000 - len(kept) > 0
    assert collector._bytes == 0
