"""Numbers and addresses as the packets view writes them, against Python's and glibc's own formatting."""

import socket
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.view import numbers_kernel as kernel
from rawkit.view.services import read_services, services
from rawkit.view.text_tables import Names, printable

GROUPS = st.lists(st.sampled_from([0, 0, 0, 1, 0x20, 0x300, 0xFFFF]), min_size=8, max_size=8)


def written(put, *arguments: object) -> str:
    out = bytearray(64)
    return out[: put(out, 0, *arguments)].decode("ascii")


@given(st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-100_000, 100_000))
def test_decimal(value):
    assert written(kernel.put_decimal, value) == str(value)


@pytest.mark.parametrize("power", range(19))
def test_decimal_around_powers_of_ten(power):
    for value in (10**power - 1, 10**power, 10**power + 1):
        assert written(kernel.put_decimal, value) == str(value)


def test_every_short_number():
    assert [written(kernel.put_short, value) for value in range(10_000)] == [str(value) for value in range(10_000)]
    assert [written(kernel.put_four, value) for value in range(10_000)] == [f"{value:04}" for value in range(10_000)]
    assert [written(kernel.put_pair, value) for value in range(100)] == [f"{value:02}" for value in range(100)]


@given(GROUPS)
def test_ipv6(groups):
    address = b"".join(group.to_bytes(2, "big") for group in groups)
    assert written(kernel.put_ipv6, address, 0) == socket.inet_ntop(socket.AF_INET6, address)


@given(st.binary(min_size=4, max_size=4))
def test_ipv4(address):
    assert written(kernel.put_ipv4, address, 0) == socket.inet_ntop(socket.AF_INET, address)


@given(st.binary(min_size=1, max_size=20))
def test_mac(address):
    assert written(kernel.put_mac, address, 0, len(address)) == address.hex(":")


@given(st.integers(-(2**63), 2**63 - 1))
def test_epoch(nanoseconds):
    assert written(kernel.put_epoch, nanoseconds) == f"{Decimal(nanoseconds).scaleb(-9):.9f}"


def test_service_that_the_system_names():
    try:
        name = socket.getservbyport(22, "tcp")
    except OSError:
        pytest.skip("the system names no services")
    assert ("tcp", 22, name) in read_services()


def test_services_without_a_file(tmp_path):
    assert read_services(tmp_path / "none") == []


def test_names_are_printable_and_lines_that_are_no_services_are_left_out():
    found = list(services(["x\x1b[2J 80/tcp", "y 99999/tcp", "z eighty/tcp", "w 80", "", "# v 80/tcp"]))
    assert [printable(name) for _, _, name in found] == [b"x?[2J"]
    assert Names.of(1, {0: "n" * 400})[0] == "n" * 255
