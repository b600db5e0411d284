"""Targets as people write them; the standard library's networks are the referee."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import TargetError
from rawkit.probe.targets import EXPAND_MAX, AddressRange, Target, expand, parse, read_list


def no_names(name: str) -> Target:
    raise TargetError(f"{name}: not known: give an address")


@given(st.ip_addresses(v=4), st.integers(20, 30))
def test_an_ipv4_network_has_the_hosts_that_ipaddress_gives(address, bits):
    network = ip_network(f"{address}/{bits}", strict=False)
    found = parse(str(network))
    hosts = list(network.hosts())
    assert (found.first, found.last, len(found)) == (hosts[0], hosts[-1], len(hosts))


@pytest.mark.parametrize("bits", [31, 32])
def test_the_smallest_networks_have_all_their_addresses(bits):
    assert list(parse(f"192.0.2.6/{bits}")) == list(ip_network(f"192.0.2.6/{bits}"))


@given(st.ip_addresses(v=6), st.integers(112, 128))
def test_an_ipv6_network_has_all_its_addresses(address, bits):
    network = ip_network(f"{address}/{bits}", strict=False)
    found = parse(str(network))
    assert (found.first, found.last) == (network[0], network[-1])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("192.0.2.1-192.0.3.1", "192.0.2.1", "192.0.3.1"),
        ("192.0.2.1-20", "192.0.2.1", "192.0.2.20"),
        ("2001:db8::1-2001:db8::ff", "2001:db8::1", "2001:db8::ff"),
        ("2001:db8::1-ff", "2001:db8::1", "2001:db8::ff"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
    ],
)
def test_ranges(text, first, last):
    assert parse(text) == AddressRange(ip_address(first), ip_address(last))


@pytest.mark.parametrize(
    "text", ["192.0.2.0/33", "192.0.2.1-", "192.0.2.1-256", "192.0.2.9-1", "192.0.2.1-2001:db8::1", "a/b", "::1-g"]
)
def test_what_is_no_range_is_refused_in_one_line(text):
    with pytest.raises(TargetError, match=r"is no (network|range): .+") as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["server", "web-1.example", "192.0.2", "192.0.2.256"])
def test_everything_else_is_a_name(text):
    assert parse(text) is None


def test_a_link_local_address_keeps_its_interface():
    (target,) = expand(["fe80::1%eth0"], no_names)
    assert (str(target.address), target.scope, target.name) == ("fe80::1", "eth0", "fe80::1%eth0")


def test_names_are_looked_up_in_their_place():
    found = expand(["192.0.2.1", "server"], lambda name: Target(name, ip_address("192.0.2.9")))
    assert [(target.name, str(target.address)) for target in found] == [
        ("192.0.2.1", "192.0.2.1"),
        ("server", "192.0.2.9"),
    ]


def test_too_many_addresses_are_refused_before_one_is_made():
    with pytest.raises(TargetError, match=f"give at most {EXPAND_MAX}"):
        next(expand(["2001:db8::/64"], no_names))


def test_a_range_is_no_place_for_the_other_family():
    assert ip_address("::c000:201") not in parse("192.0.2.0/24")
    assert ip_address("192.0.2.1") in parse("192.0.2.0/24")


def test_a_list_has_comments_and_blank_lines():
    assert list(read_list(["a b # c", "#d", "", " e "])) == ["a", "b", "e"]
