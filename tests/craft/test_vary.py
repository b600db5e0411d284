"""Values beyond scapy's notation: counters, random numbers, arrays, iterators, and fields that go together."""

from __future__ import annotations

import random
from itertools import islice, product

import numpy as np
import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.volatile import RandShort, RandString

from rawkit.craft import Counter, Random, Template, zipped
from rawkit.errors import SendError

SYN = IP(src="192.0.2.1", dst="192.0.2.2") / TCP(flags="S")


def packets(template, count=None, size=1000):
    frames = [frame for batch in template.batches(size, count) for frame in batch.frames()]
    return [IP(frame) for frame in frames]


def assert_right(frames):
    """Checksums and lengths are those that scapy computes for these packets."""
    for frame in frames:
        again = frame.copy()
        for layer in again.iterpayloads():
            for name in ("chksum", "len"):
                layer.fields.pop(name, None)
        assert bytes(again) == bytes(frame)


def test_a_field_that_is_named_varies_as_if_the_values_stood_in_the_packet():
    ours = Template(SYN, vary={"TCP.sport": [5, (10, 12)], "IP.dst": "198.18.0.0/30"})
    scapys = IP(src="192.0.2.1", dst="198.18.0.0/30") / TCP(flags="S", sport=[5, (10, 12)])
    assert list(map(bytes, packets(ours))) == list(map(bytes, scapys))


def test_flags_vary_though_scapy_takes_no_list_of_them():
    assert [str(one[TCP].flags) for one in packets(Template(SYN, vary={"TCP.flags": ["S", "SA", "R"]}))] == [
        "S",
        "SA",
        "R",
    ]


@pytest.mark.parametrize("kind", [np.uint16, np.int64, np.uint64, np.uint8])
def test_an_array_is_gone_through(kind):
    values = np.arange(3, 250, 7).astype(kind)
    found = packets(Template(SYN, vary={"sport": values}))
    assert [one.sport for one in found] == values.tolist()
    assert_right(found)


def test_addresses_vary_by_an_array_of_numbers():
    found = packets(Template(SYN, vary={"IP.dst": np.array([0xC0000201, 0xC6336401])}))
    assert [one.dst for one in found] == ["192.0.2.1", "198.51.100.1"]


def test_a_counter_goes_on_with_every_frame_and_begins_again_behind_the_largest():
    found = packets(Template(SYN, vary={"TCP.dport": range(1, 101), "IP.id": Counter(65500, 3)}))
    assert [one.id for one in found] == [(65500 + 3 * n) % 65536 for n in range(100)]
    assert [one.dport for one in found] == list(range(1, 101))
    assert_right(found)


def test_a_counter_of_ipv6_addresses_carries_into_the_upper_half():
    base, step = 0x20010DB8_00000000_FFFFFFFF_FFFFFF00, (1 << 64) + 77
    packet = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP()
    frames = [f for b in Template(packet, vary={"dst": Counter(base, step)}).batches(300, 300) for f in b.frames()]
    assert [int.from_bytes(frame[24:40], "big") for frame in frames] == [base + step * n for n in range(300)]


@pytest.mark.parametrize("step", [-1, -5, 1 << 70])
def test_a_counter_goes_in_any_steps(step):
    packet = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP()
    start = (0x20010DB8 << 96) + 100
    frames = [f for b in Template(packet, vary={"dst": Counter(start, step)}).batches(99, 150) for f in b.frames()]
    assert [int.from_bytes(f[24:40], "big") for f in frames] == [(start + step * n) % (1 << 128) for n in range(150)]


def test_random_numbers_keep_their_bounds_and_come_again_with_their_seed():
    def ports(seed, size):
        return [p.sport for p in packets(Template(SYN, vary={"TCP.sport": Random(seed, 5000, 5009)}), 2000, size)]

    first = ports(1, 1000)
    assert first == ports(1, 77)
    assert first != ports(2, 1000)
    assert set(first) == set(range(5000, 5010))
    assert max(first.count(port) for port in set(first)) < 300


def test_random_numbers_of_scapy_are_drawn_for_every_frame():
    found = packets(Template(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=RandShort())), 500)
    assert len({one.sport for one in found}) > 400
    assert_right(found)


def test_random_text_of_scapy_is_drawn_for_every_frame():
    found = packets(Template(IP(src="192.0.2.1", dst="192.0.2.2") / UDP() / Raw(load=RandString(8))), 60)
    assert len({bytes(one[UDP].payload) for one in found}) > 50
    assert_right(found)


def test_an_iterator_ends_the_frames_where_it_ends():
    template = Template(SYN, vary={"TCP.seq": iter(range(150)), "TCP.dport": [80, 443]})
    assert template.total is None
    found = packets(template, size=64)
    assert [(one.seq, one.dport) for one in found] == [(0, 80), (1, 443)]
    template = Template(SYN, vary={"TCP.seq": (n * n for n in range(150))})
    assert [one.seq for one in packets(template, size=64)] == [n * n for n in range(150)]


def test_an_iterator_of_payloads_makes_frames_of_their_sizes():
    sizes = [random.Random(3).randrange(5) for _ in range(400)]
    payloads = [bytes([n % 256]) * size for n, size in enumerate(sizes)]
    packet = IP(src="192.0.2.1", dst="192.0.2.2") / UDP() / Raw()
    found = packets(Template(packet, vary={"Raw.load": iter(payloads)}), size=150)
    assert [bytes(one[UDP].payload) for one in found] == payloads
    assert_right(found)


def test_zipped_fields_go_together_outside_of_the_loops():
    pair = zipped(**{"IP.dst": ["192.0.2.7", "192.0.2.8"], "TCP.dport": [80, 443]})
    found = packets(Template(SYN, pair, vary={"TCP.sport": range(3)}))
    assert [(p.dst, p.dport, p.sport) for p in found] == [
        (dst, dport, sport) for (dst, dport), sport in product([("192.0.2.7", 80), ("192.0.2.8", 443)], range(3))
    ]


def test_the_order_of_a_product_of_millions_is_that_of_scapys_loops():
    packet = IP(src="198.18.0.0/20", dst="198.19.0.0/28") / TCP(sport=(0, 255), dport=[(1, 10), 80])
    template = Template(packet)
    assert len(template) == 4096 * 16 * 256 * 11
    batch = next(islice(template.batches(300_000), 7, None))
    # Scapy loops over the fields of a layer from the last set to the first, and over the outer layer first.
    for row in range(0, 300_000, 4999):
        n = 7 * 300_000 + row
        expected = (n % 256, [*range(1, 11), 80][n // 256 % 11], n // 2816 % 4096, n // 2816 // 4096)
        frame = IP(batch.frame(row))
        assert (frame.sport, frame.dport, host(frame.src), host(frame.dst)) == expected


def host(address):
    parts = list(map(int, address.split(".")))
    return parts[2] * 256 + parts[3]


def test_options_vary_as_lists():
    lists = [[("MSS", 1460)], [("MSS", 536), ("NOP", None)], []]
    found = packets(Template(SYN, vary={"TCP.options": lists, "TCP.sport": range(60)}))
    scapys = [
        IP(src="192.0.2.1", dst="192.0.2.2") / TCP(flags="S", sport=s, options=o) for s in range(60) for o in lists
    ]
    assert sorted(map(bytes, found)) == sorted(map(bytes, scapys))


@pytest.mark.parametrize(
    ("vary", "parts"),
    [
        ({"TCP.dprot": [1]}, ["no field TCP.dprot", "did you mean dport"]),
        ({"TPC.dport": [1]}, ["no layer TPC", "did you mean TCP"]),
        ({"flags": ["S"]}, ["flags is a field of 2 layers"]),
        ({"IP:2.dst": ["192.0.2.1"]}, ["no layer IP:2"]),
        ({"TCP.dport": [70000]}, ["TCP.dport cannot be 70000", "give 0 to 65535"]),
        ({"TCP.dport": range(65530, 65540)}, ["TCP.dport cannot be 65539"]),
        ({"TCP.dport": np.array([-1, 5])}, ["TCP.dport cannot be -1"]),
        ({"TCP.dport": np.zeros((2, 2), int)}, ["2 dimensions"]),
        ({"TCP.dport": Random(1, 9, 5)}, ["low <= high"]),
        ({"TCP.dport": Counter(99999)}, ["TCP.dport cannot be 99999"]),
        ({"TCP.options": Counter(1)}, ["TCP.options holds no plain number"]),
        ({"TCP.sport": [RandShort(), 3]}, ["random value in a list"]),
    ],
)
def test_what_cannot_vary_is_said(vary, parts):
    with pytest.raises(SendError) as caught:
        Template(SYN, vary=vary)
    assert all(part in str(caught.value) for part in parts), caught.value
    assert "\n" not in str(caught.value)


def test_zipped_fields_need_as_many_values():
    with pytest.raises(SendError, match="2 and 3 values"):
        Template(SYN, zipped(**{"TCP.sport": [1, 2], "TCP.dport": [1, 2, 3]}))


def test_a_counter_that_is_zipped_goes_on_with_its_fields():
    found = packets(Template(SYN, zipped(**{"TCP.sport": [7, 8], "IP.id": Counter(5)}), vary={"TCP.dport": range(2)}))
    assert [(p.sport, p.id, p.dport) for p in found] == [(7, 5, 0), (7, 5, 1), (8, 6, 0), (8, 6, 1)]


def test_iterators_are_not_zipped():
    with pytest.raises(SendError, match="may never end"):
        Template(SYN, zipped(**{"TCP.sport": iter([1, 2]), "TCP.dport": [1, 2]}))


def test_a_field_cannot_vary_twice():
    with pytest.raises(SendError, match=r"TCP\.dport varies twice"):
        Template(SYN / b"x", zipped(**{"TCP.dport": [1, 2]}), vary={"dport": [1]})


def test_endless_templates_have_no_length():
    template = Template(SYN, vary={"IP.id": Counter()})
    with pytest.raises(TypeError):
        len(template)
    assert sum(len(batch) for batch in islice(template.batches(10), 5)) == 50


def test_a_generator_in_the_packet_is_refused():
    with pytest.raises(SendError, match="good for one loop"):
        Template(IP(src="192.0.2.1", dst="192.0.2.2") / TCP(sport=(n for n in range(3))))


def test_no_network_is_asked_for_a_mac_address():
    with pytest.raises(SendError, match=r"Ether\.dst is not set"):
        Template(Ether(src="02:00:00:00:00:01") / SYN)
