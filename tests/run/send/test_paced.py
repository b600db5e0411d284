"""What is sent: rounds, text with hex, pairs of question and answer, sizes, and rates from outside."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from rawkit.errors import SendError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch
from rawkit.run.send.hex_text import typed_frames
from rawkit.run.send.paced import Sent, check_size, too_large
from rawkit.run.send.reply import Replies
from rawkit.run.send.supply import Supply
from rawkit.sockets.interfaces import SystemInterface

LINK = SystemInterface(2, "eth0", 1, 1500, bytes(6), (), 1, "up", 1)


def given_out(supply, full, most):
    return list(itertools.islice((frame for batch in supply.batches(full) for frame in batch.frames()), most))


@given(
    sizes=st.lists(st.integers(0, 7), min_size=1, max_size=4).filter(any),
    count=st.one_of(st.none(), st.integers(1, 60)),
    loop=st.booleans(),
    same=st.booleans(),
    full=st.integers(1, 20),
)
def test_frames_come_round_after_round(sizes, count, loop, same, full):
    numbers = iter(range(100))
    batches = [FrameBatch.from_frames([bytes((next(numbers),)) for _ in range(size)]) for size in sizes]
    once = [frame for batch in batches for frame in batch.frames()]
    endless = itertools.cycle(once) if loop or count else iter(once)
    found = given_out(Supply(lambda: batches, count, loop, same), full, 70)
    assert found == list(itertools.islice(endless, min(70, count or 70)))


def test_nothing_to_send_is_said():
    with pytest.raises(SendError, match="there is no frame to send"):
        list(Supply(lambda: [FrameBatch.from_frames([])], loop=True).batches())


def test_a_rate_needs_two_frames():
    assert Sent(1, 60, 1000).rate is None
    assert Sent(11, 600, 10**9).rate == 10


@pytest.mark.parametrize(
    ("frame", "status", "is_large"),
    [
        (bytes(1514), 0, False),
        (bytes(1515), 0, True),
        (bytes(12) + b"\x81\x00" + bytes(1504), 0, False),
        (bytes(12) + b"\x81\x00" + bytes(1505), 0, True),
        (bytes(12) + b"\x88\xa8" + bytes(1501), 0, True),
        (bytes(1514), VLAN_STRIPPED, False),
        (bytes(12) + b"\x81\x00" + bytes(1501), VLAN_STRIPPED, True),
    ],
)
def test_an_802_1q_tag_comes_on_top_of_the_mtu(frame, status, is_large):
    batch = FrameBatch.from_frames([b"", frame])
    batch.status[1] = status
    assert too_large(batch, LINK).tolist() == [False, is_large]
    if is_large:
        with pytest.raises(SendError, match=f"a frame of {len(frame)} bytes is too large, eth0 takes 1514"):
            check_size(batch, LINK)


PACKET = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP() / b"abc")
FRAME = bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")) + PACKET


@pytest.mark.parametrize(
    "text",
    [
        FRAME.hex(),
        FRAME.hex(" "),
        FRAME.hex(":") + "\n\n",
        "# note\n" + FRAME.hex(" ", 2) + " # the frame",
        " ".join(f"0x{byte:02x}" for byte in FRAME),
        "\n".join(f"{at:04x}  {FRAME[at : at + 16].hex(' ')}" for at in range(0, len(FRAME), 16)),
        "\n".join(f"0x{at:04x}:  {FRAME[at : at + 16].hex(' ', 2)}  ..(.E.." for at in range(0, len(FRAME), 16)),
        "\n".join(f"{at:08x}: {FRAME[at : at + 16].hex(' ')}" for at in range(0, len(FRAME), 16)),
        "\n".join(f"{at:08x}  {FRAME[at : at + 16].hex(' ')}  |abc 00 ff|" for at in range(0, len(FRAME), 16)),
    ],
)
def test_frames_in_text_are_read_in_any_of_the_usual_forms(text):
    found = typed_frames(text)
    assert list(found.frames()) == [FRAME]
    assert found.link_type.tolist() == [1]
    assert list(typed_frames(f"{text}\n{text}").frames()) == [FRAME, FRAME]


def test_ip_packets_in_text_are_known_by_their_length():
    assert typed_frames(PACKET.hex()).link_type.tolist() == [101]
    assert typed_frames(PACKET[:-1].hex()).link_type.tolist() == [1]
    with pytest.raises(SendError, match="IP packets and Ethernet frames in one text"):
        typed_frames(f"{PACKET.hex()}\n{FRAME.hex()}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "-: no frame in it: give a capture, or hex"),
        ("aabb\nzz", "-: line 2 is no hex: give two digits a byte, or a capture file"),
        ("abc", "-: line 1 is no hex"),
        ("0000  aa bb\n0003  cc", "-: line 2 is at byte 2, not 0003: correct it"),
        ("0000  aa bb\ncc dd", "-: line 2 has no offset in front: give it one, as the others have"),
        ("0000  aa bb\n0003:  zz", "-: line 2 is at byte 2, not 0003"),
        ("0000:  aabb\n0002:  zz", "-: line 2 is no hex"),
        (bytes(ARP(psrc="192.0.2.1", pdst="192.0.2.2")).hex(), "-: an ARP packet without its Ethernet header"),
    ],
)
def test_text_that_is_no_frame_is_refused_with_its_line(text, message):
    with pytest.raises(SendError) as caught:
        typed_frames(text)
    assert str(caught.value).startswith(message)


ETHER = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
BACK = {"src": "02:00:00:00:00:02", "dst": "02:00:00:00:00:01"}
THERE, HERE = {"src": "192.0.2.1", "dst": "192.0.2.2"}, {"src": "192.0.2.2", "dst": "192.0.2.1"}


def asked(*packets):
    replies = Replies(1)
    for number, packet in enumerate(packets):
        replies.ask(bytes(Ether(**ETHER) / packet), at=number * 100)
    return replies


def answer(replies, packet, at=5000):
    return replies.seen(bytes(Ether(**BACK) / packet), at)


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (IP(**THERE) / TCP(sport=9, dport=80, seq=7), IP(**HERE) / TCP(sport=80, dport=9, flags="SA", ack=8)),
        (IP(**THERE) / ICMP(id=5, seq=6), IP(**HERE) / ICMP(type=0, id=5, seq=6)),
        (
            IP(**THERE) / UDP(sport=4, dport=5),
            IP(src="192.0.2.9", dst="192.0.2.1") / ICMP(type=11) / IP(**THERE) / UDP(sport=4, dport=5),
        ),
        (ARP(psrc="192.0.2.1", pdst="192.0.2.2"), ARP(op=2, psrc="192.0.2.2", pdst="192.0.2.1")),
    ],
)
def test_an_answer_is_given_once_to_its_question(question, reply):
    replies = asked(IP(**THERE) / TCP(sport=1, dport=2), question)
    assert answer(replies, IP(**HERE) / TCP(sport=81, dport=9, flags="SA")) is None
    found = answer(replies, reply)
    assert (found.number, found.nanoseconds, replies.answered) == (2, 4900, 1)
    assert answer(replies, reply) is None


def test_equal_questions_are_answered_in_turn():
    replies = asked(IP(**THERE) / ICMP(), IP(**THERE) / ICMP())
    found = [answer(replies, IP(**HERE) / ICMP(type=0)) for _ in range(3)]
    assert [one and one.number for one in found] == [1, 2, None]


SEVERAL = [
    (IP(src="192.0.2.1", dst="224.0.0.1") / ICMP(id=5), IP(src="192.0.2.99", dst="192.0.2.1") / ICMP(type=0, id=5)),
    (IP(src="192.0.2.1", dst="192.0.2.255") / ICMP(id=5), IP(src="192.0.2.99", dst="192.0.2.1") / ICMP(type=0, id=5)),
    (
        IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / BOOTP(xid=7) / DHCP(),
        IP(src="192.0.2.99", dst="192.0.2.150") / UDP(sport=67, dport=68) / BOOTP(op=2, xid=7) / DHCP(),
    ),
    (
        IPv6(src="fe80::1", dst="ff02::1") / ICMPv6EchoRequest(id=5),
        IPv6(src="fe80::99", dst="fe80::1") / ICMPv6EchoReply(id=5),
    ),
]


def from_host(number, answer_):
    """The answer of one of the hosts."""
    told = answer_.copy()
    layer = told.getlayer(0)
    layer.src = layer.src.replace("99", str(number))
    return told


@pytest.mark.parametrize(("question", "reply"), SEVERAL)
@pytest.mark.parametrize(("most", "wanted"), [(0, 4), (1, 1), (3, 3)])
def test_a_group_has_as_many_answers_as_are_asked_for(question, reply, most, wanted):
    replies = Replies(1, most)
    replies.ask(bytes(Ether(src=ETHER["src"], dst="ff:ff:ff:ff:ff:ff") / question), at=100)
    found = [answer(replies, from_host(number, reply)) for number in (2, 3, 4, 5)]
    assert [bool(one) for one in found] == [True] * wanted + [False] * (4 - wanted)
    assert (replies.answers, replies.answered, replies.sent) == (wanted, 1, 1)
    assert [one.source for one in found if one] == [from_host(n, reply).src for n in (2, 3, 4, 5)][:wanted]
    assert replies.is_complete == (most > 0)


def test_other_hosts_answers_are_none_to_a_host():
    """Neither are those to another of our frames, nor what a group says to somebody else."""
    replies = Replies(1, 0)
    replies.ask(bytes(Ether(**ETHER) / IP(**THERE) / ICMP(id=5)), at=100)
    assert answer(replies, IP(src="192.0.2.3", dst="192.0.2.1") / ICMP(type=0, id=5)) is None
    replies.ask(bytes(Ether(src=ETHER["src"], dst="ff:ff:ff:ff:ff:ff") / SEVERAL[0][0]), at=100)
    assert answer(replies, IP(src="192.0.2.3", dst="192.0.2.1") / ICMP(type=0, id=6)) is None
    assert answer(replies, IP(**HERE) / ICMP(type=0, id=5)).number == 1


def test_the_kernels_time_of_sending_counts():
    replies = asked(IP(**THERE) / ICMP())
    assert replies.seen(bytes(Ether(**ETHER) / IP(**THERE) / ICMP()), at=1500) is None
    assert answer(replies, IP(**HERE) / ICMP(type=0)).nanoseconds == 3500


def test_a_tag_that_the_kernel_took_off_is_there_again():
    replies = asked(Dot1Q(vlan=5) / IP(**THERE) / ICMP())
    untagged = FrameBatch.from_frames([bytes(Ether(**BACK) / IP(**HERE) / ICMP(type=0) / Raw(b""))], [9000])
    untagged.status[:] = VLAN_STRIPPED | 5 << 16 | 0x8100 << 32
    (found,) = replies.read(untagged)
    assert (found.number, found.nanoseconds) == (1, 9000)
    assert Ether(found.frame)[Dot1Q].vlan == 5


def test_any_bytes_are_no_answer():
    replies = asked(IP(**THERE) / ICMP())
    draw = np.random.default_rng(1)
    for size in range(60):
        assert replies.seen(draw.bytes(size), at=1) is None
