"""Scapy's random values: within what scapy's own draw, all of it, alike for the same seed, by sources of ours."""

from __future__ import annotations

from collections import Counter as Tally
from ipaddress import ip_address, ip_network

import numpy as np
import pytest
from scapy import volatile
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw, fuzz

from rawkit.craft import Template, parse
from rawkit.craft.draws import Permuted
from rawkit.craft.sources import Drawn

FROM_TO = 'src="192.0.2.1", dst="192.0.2.2"'
FRAMES = 3000


def frames_of(text: str, count: int = FRAMES, size: int = 1000) -> list[bytes]:
    return [frame for batch in parse(text).template().batches(size, count) for frame in batch.frames()]


def numbers(field: str, value: str, count: int = FRAMES) -> list[int]:
    """The values of a field of TCP, in so many frames."""
    return [getattr(TCP(frame[20:]), field) for frame in frames_of(f"IP({FROM_TO})/TCP({field}={value})", count)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("window", "RandByte()"),
        ("sport", "RandShort()"),
        ("sport", "RandNum(1000, 1011)"),
        ("sport", "RandEnum(1000, 1011)"),
        ("sport", "RandEnumShort()"),
        ("seq", "RandInt()"),
        ("seq", "RandEnumInt()"),
        ("sport", "RandChoice(7, 9, 80)"),
    ],
)
def test_numbers_are_drawn_from_all_that_scapy_draws_from(field, value):
    found = numbers(field, value)
    scapys = eval(f"volatile.{value}", {"volatile": volatile})  # the referee
    low, high = (min(scapys._choice), max(scapys._choice)) if "Choice" in value else (scapys.min, scapys.max)
    assert low <= min(found) <= max(found) <= high
    span = high - low
    assert min(found) - low <= span / 100
    assert high - max(found) <= span / 100
    assert abs(sum(found) / len(found) - (7 + 9 + 80) / 3 if "Choice" in value else 0) < 3
    quarters = Tally((one - low) * 4 // (span + 1) for one in found)
    assert "Choice" in value or all(abs(count - len(found) / 4) < len(found) / 20 for count in quarters.values())


def test_an_enumeration_has_each_number_once_before_any_comes_again():
    found = numbers("sport", "RandEnum(1000, 1099)", 300)
    assert sorted(found[:100]) == sorted(found[100:200]) == list(range(1000, 1100))
    assert found[:100] != sorted(found[:100])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 256, 1000, 65536])
def test_a_permutation_has_all_numbers(size):
    index = np.arange(size, dtype=np.int64)
    found = Permuted(5, 10, 9 + size).word(index, 0)
    assert sorted(found.tolist()) == list(range(10, 10 + size))


@pytest.mark.parametrize(
    ("value", "network"),
    [
        ('RandIP("192.0.2.0/24")', "192.0.2.0/24"),
        ('RandIP("192.0.2.7/30")', "192.0.2.4/30"),
        ("RandIP()", "0.0.0.0/0"),
        ('Random("192.0.2.4", "192.0.2.7")', "192.0.2.4/30"),
        ("Random()", "0.0.0.0/0"),
    ],
)
def test_ipv4_addresses_are_of_the_network_and_any_of_it(value, network):
    found = {ip_address(frame[12:16]) for frame in frames_of(f'IP(src={value}, dst="192.0.2.2")/UDP()')}
    wanted = ip_network(network)
    assert all(one in wanted for one in found)
    assert len(found) == wanted.num_addresses if wanted.num_addresses <= 256 else len(found) > FRAMES * 0.99


@pytest.mark.parametrize(
    ("value", "network"),
    [
        ('RandIP6("2001:db8::*")', "2001:db8::/112"),
        ('RandIP6("2001:db8::*:*")', "2001:db8::/96"),
        ('RandIP6("2001:db8:**")', "2001:db8::/32"),
        ('RandIP6("2001:db8::/64")', "2001:db8::/64"),
        ('RandIP6("2001:db8::/120")', "2001:db8::/120"),
        ('RandIP6("2001:db8::/40")', "2001:db8::/40"),
        ('RandIP6("::*")', "::/112"),
        ("RandIP6()", "::/0"),
        ('Random("2001:db8::100", "2001:db8::1ff")', "2001:db8::100/120"),
        ("Random()", "::/0"),
    ],
)
def test_ipv6_addresses_are_of_the_network_and_any_of_it(value, network):
    found = {ip_address(frame[8:24]) for frame in frames_of(f'IPv6(src={value}, dst="2001:db8::2")/UDP()')}
    wanted = ip_network(network)
    assert all(one in wanted for one in found)
    assert len(found) > min(FRAMES * 0.95, wanted.num_addresses * 0.95)
    scapys = value.replace("Random()", "RandIP6()")
    if "/" not in value and "Random(" not in scapys:
        assert ip_address(str(eval(f"volatile.{scapys}", {"volatile": volatile}))) in wanted


def test_mac_addresses_are_those_of_the_pattern():
    rest = f'dst="02:00:00:00:00:02")/IP({FROM_TO})/UDP()'
    for value, scapys in (('RandMAC("02:00:*:10-1f:00:*")', volatile.RandMAC("02:00:*:10-1f:00:*")),
                          ("RandMAC()", volatile.RandMAC())):  # fmt: skip
        found = [frame[6:12] for frame in frames_of(f"Ether(src={value}, {rest}")]
        for column, part in enumerate(scapys.mac):
            wanted = {part} if isinstance(part, int) else set(range(part.min, part.max + 1))
            assert {mac[column] for mac in found} == wanted


def test_macs_go_up_and_are_drawn_between_two():
    rest = f'src="02:00:00:00:00:02")/IP({FROM_TO})/UDP()'
    counted = frames_of(f'Ether(dst=Counter("02:00:00:00:00:fe"), {rest}', 3)
    assert [frame[:6].hex() for frame in counted] == ["0200000000fe", "0200000000ff", "020000000100"]
    drawn = {frame[:6].hex() for frame in frames_of(f'Ether(dst=Random("2:0:0:0:0:8", "02:00:00:00:00:0a"), {rest}')}
    assert drawn == {"020000000008", "020000000009", "02000000000a"}


@pytest.mark.parametrize(
    ("value", "sizes", "letters"),
    [
        ("RandString(9)", {9}, volatile.RandString._DEFAULT_CHARS.encode()),
        ('RandString(size=4, chars="ab")', {4}, b"ab"),
        ("RandBin(7)", {7}, bytes(range(256))),
        ("RandBin(RandNum(0, 3))", {0, 1, 2, 3}, bytes(range(256))),
        ("RandString(Random(2, 3))", {2, 3}, volatile.RandString._DEFAULT_CHARS.encode()),
        ('RandTermString(3, b"\\x00")', {4}, bytes(range(256))),
    ],
)
def test_texts_have_the_size_and_the_letters(value, sizes, letters):
    frames = frames_of(f"IP({FROM_TO})/UDP()/Raw({value})", 2000)
    texts = [frame[28:] for frame in frames]
    assert {len(text) for text in texts} == sizes
    body = b"".join(text[:-1] if "Term" in value else text for text in texts)
    wanted = letters.replace(b"\0", b"") if "Term" in value else letters
    assert set(body) == set(wanted)
    mean = len(body) / len(wanted)
    assert max(Tally(body).values()) < mean + 6 * mean**0.5
    assert all(bytes(without_sums(frame)) == frame for frame in frames[::40])


def without_sums(frame: bytes) -> IP:
    """The packet with checksums and lengths left to scapy."""
    packet = IP(frame)
    del packet.chksum, packet.len
    for kind in (TCP, UDP):
        if kind in packet:
            del packet[kind].chksum
    return packet


def test_the_same_seed_draws_the_same_whatever_the_batches():
    text = (
        f"Ether(src=RandMAC(seed=1), dst=RandMAC('02:*', seed=2))/IP({FROM_TO}, id=RandShort(seed=3), "
        "ttl=RandChoice(1, 64, seed=4))/UDP(sport=RandEnumShort(seed=5))/Raw(RandString(5, seed=6))"
    )
    assert frames_of(text, 300, 300) == frames_of(text, 300, 7)
    assert frames_of(text, 300) != frames_of(text.replace("seed=5", "seed=9"), 300)


@pytest.mark.parametrize(
    "packet",
    [
        IP(src=volatile.RandIP("192.0.2.0/24"), dst="192.0.2.2") / UDP(sport=volatile.RandShort()),
        Ether(src=volatile.RandMAC(), dst="02:00:00:00:00:01")
        / IPv6(src=volatile.RandIP6(), dst="2001:db8::1")
        / UDP(),
        IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=volatile.RandEnumShort()) / Raw(volatile.RandBin(8)),
        IP(src="192.0.2.1", dst="192.0.2.2") / fuzz(UDP()),
    ],
)
def test_what_scapy_s_packets_hold_is_drawn_by_us(packet):
    template = Template(packet)
    assert not any(isinstance(track.source, Drawn) for _, track in template._order.tracks())
    frames = [frame for batch in template.batches(500, 500) for frame in batch.frames()]
    assert len(set(frames)) > 495


def test_what_only_scapy_can_draw_is_drawn_by_scapy():
    parsed = parse(f"IP({FROM_TO}, ttl=RandNumGauss(60, 3))/UDP()/Raw(RandString())")
    assert sorted(parsed.built) == ["IP.ttl", "Raw.load"]
    frames = [frame for batch in parsed.template().batches(50, 50) for frame in batch.frames()]
    assert 40 < sum(frame[8] for frame in frames) / 50 < 80
    assert len({len(frame) for frame in frames}) > 10


def test_fuzz_draws_what_scapys_fuzz_draws_and_leaves_the_rest():
    text = f"fuzz(IP({FROM_TO}))/fuzz(TCP(dport=80, options=[]), seed=1)/Raw('x')"
    frames = frames_of(text, 400)
    scapys = [IP(bytes(fuzz(IP(src="192.0.2.1", dst="192.0.2.2")) / fuzz(TCP(dport=80, options=[])) / Raw("x")))
              for _ in range(60)]  # fmt: skip
    for layer in (IP, TCP):
        for field in layer.fields_desc:
            ours = {str(getattr(layer(frame if layer is IP else frame[20:]), field.name)) for frame in frames}
            theirs = {str(getattr(one[layer], field.name)) for one in scapys if layer in one}
            drawn_there = len(theirs) > 1 and field.name not in ("chksum", "len")
            if field.name not in ("chksum", "len"):
                assert (len(ours) > 1) == drawn_there, field.name
    assert {int.from_bytes(frame[2:4], "big") for frame in frames} == {41}
    assert frames_of(text.replace("fuzz(IP(", "(IP("), 50) == frames_of(text.replace("fuzz(IP(", "(IP("), 50)


def test_fuzz_keeps_what_the_layer_behind_decides():
    ether = "Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02')"
    text = f"fuzz({ether}/IP({FROM_TO}, version=4, flags=0, frag=0)/UDP())"
    frames = [Ether(frame) for frame in frames_of(text, 50)]
    assert {(frame.type, frame[IP].proto, frame[IP].ihl) for frame in frames} == {(0x800, 17, 5)}
    assert len({frame[UDP].dport for frame in frames}) > 45
