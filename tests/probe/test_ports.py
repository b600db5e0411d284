"""Ports as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import TargetError
from rawkit.probe.ports import parse_ports, top_ports


@given(st.sets(st.integers(0, 65535), min_size=1, max_size=30))
def test_a_list_is_its_numbers_sorted(ports):
    assert parse_ports(",".join(map(str, ports))) == tuple(sorted(ports))


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_a_range_has_both_ends(one, other):
    low, high = sorted((one, other))
    assert parse_ports(f"{low}-{high}") == tuple(range(low, high + 1))


def test_names_and_open_ranges():
    assert parse_ports("ssh, http,-3,65535-") == (1, 2, 3, 22, 80, 65535)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "port 1 of '': '' is no port"),
        ("80,,22", "port 2 of '80,,22': '' is no port"),
        ("22,65536", "port 2 of '22,65536': port 65536 is over 65535"),
        ("9-1", "port 1 of '9-1': '9-1' runs backwards"),
        ("no-such-service", "port 1 of 'no-such-service': 'no-such-service' is no port"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, complaint):
    with pytest.raises(TargetError, match=complaint):
        parse_ports(text)


def test_top_ports_go_by_frequency_then_number():
    services = ["# comment", "b 2/tcp 0.5", "a 1/tcp 0.5", "c 3/tcp 0.9", "d 4/udp 0.99"]
    assert top_ports(2, services) == (1, 3)
    with pytest.raises(TargetError, match="--top-ports 4: 3 ports are known"):
        top_ports(4, services)
