"""Targets and exclusions, and the numbers of their pairs with ports."""

from ipaddress import ip_address, ip_network

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import TargetError
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.targets import find_ranges, public_count
from rawkit.probe.targets import Target
from rawkit.values import replace


def nobody(name):
    raise TargetError(f"{name}: no such name")


def addresses(texts, excluded=()):
    return [str(address) for one in find_ranges(texts, excluded, nobody, print).ranges for address in one]


def test_each_address_comes_once_without_the_excluded():
    found = addresses(["192.0.2.8/30", "192.0.2.9-12", "192.0.2.9"], ["192.0.2.10", "192.0.2.12/31"])
    assert found == ["192.0.2.8", "192.0.2.9", "192.0.2.11"]


def test_both_ip_versions():
    assert addresses(["2001:db8::1-3", "192.0.2.1"], ["2001:db8::2"]) == ["192.0.2.1", "2001:db8::1", "2001:db8::3"]


def both(name):
    texts = {"both.example": ["2001:db8::1", "192.0.2.1", "192.0.2.2"], "six.example": ["2001:db8::6"]}
    return [Target(name, ip_address(text)) for text in texts[name]]


@pytest.mark.parametrize(
    ("version", "found", "said"),
    [
        (None, ["192.0.2.9", "2001:db8::1", "2001:db8::9"], []),
        (4, ["192.0.2.1", "192.0.2.9"], ["2001:db8::9: no IPv4 address: leave out -4, or give another"]),
        (6, ["2001:db8::1", "2001:db8::9"], ["192.0.2.9: no IPv6 address: leave out -6, or give another"]),
    ],
)
def test_one_ip_version_alone(version, found, said):
    """Of a name the first address of that version, as with nmap's -6."""
    left_out = []
    texts = ["2001:db8::9", "both.example", "192.0.2.9"]
    ranges = find_ranges(texts, [], both, left_out.append, version=version).ranges
    assert [str(address) for one in ranges for address in one] == found
    assert [str(error) for error in left_out] == said


def test_a_name_without_an_address_of_that_version():
    with pytest.raises(TargetError, match=r"^six\.example: no IPv4 address: leave out -4, or give another$"):
        find_ranges(["six.example"], [], both, print, version=4)


@pytest.mark.parametrize("text", ["224.0.0.0/24", "255.255.255.255", "0.0.0.1", "240.0.0.0/8", "ff02::1"])
def test_what_no_host_has_is_never_scanned(text):
    with pytest.raises(TargetError, match="no address is left"):
        find_ranges([text], [], nobody, print)


def test_reserved_networks_are_left_out_of_larger_targets_only():
    around = find_ranges(["192.0.0.0/16"], [], nobody, print).ranges
    reserved = [ip_network("192.0.0.0/24"), ip_network("192.0.2.0/24")]
    assert not any(address in network for one in around for address in one for network in reserved)
    assert sum(map(len, around)) == 65536 - 512
    assert len(addresses(["192.0.2.0/28"])) == 16


def test_public_addresses_are_counted():
    ranges = find_ranges(["192.0.2.0/24", "192.0.1.0/24", "198.18.0.0/15"], [], nobody, print).ranges
    assert public_count(ranges) == 256


def test_large_ipv6_networks_are_refused():
    with pytest.raises(TargetError, match="has 2097152 addresses: give an IPv6 network of /108 or smaller"):
        find_ranges(["2001:db8::/107"], [], nobody, print)


TEXTS = st.lists(
    st.sampled_from(["192.0.2.0/29", "192.0.2.4-20", "198.51.100.7", "2001:db8::/124", "2001:db8::ffff-2001:db8::1:1"]),
    min_size=1,
)


@given(TEXTS, st.sets(st.integers(1, 65535), min_size=1, max_size=5))
def test_numbers_and_pairs_are_one_to_one(texts, ports):
    space = Space(find_ranges(texts, [], nobody, print).ranges, sorted(ports))
    numbers = np.arange(len(space))
    ends = space.endpoints(numbers)
    assert len({(ends.address(n), int(ends.port[n])) for n in range(len(space))}) == len(space)
    assert np.array_equal(space.numbers(ends), numbers)


def test_what_is_not_scanned_has_no_number():
    space = Space(find_ranges(["192.0.2.1-2", "192.0.2.5", "2001:db8::5"], [], nobody, print).ranges, [80])
    other = Space(find_ranges(["192.0.2.0-6", "2001:db8::4-6"], [], nobody, print).ranges, [80, 81])
    numbers = space.numbers(other.endpoints(np.arange(len(other))))
    ends = other.endpoints(np.arange(len(other)))
    known = {(str(ends.address(n)), int(ends.port[n])) for n in np.flatnonzero(numbers >= 0).tolist()}
    assert known == {(host, 80) for host in ("192.0.2.1", "192.0.2.2", "192.0.2.5", "2001:db8::5")}


SCOPED = ["fe80::1%eth1", "fe80::1%eth0", "fe80::/126%eth1", "fe80::2-9%eth0", "2001:db8::1", "192.0.2.1"]


@pytest.mark.parametrize("links", [None, {3: "eth0", 2: "eth1"}, {70000: "eth1", 1 << 31: "eth0"}])
def test_an_address_on_each_link_is_a_pair_of_its_own(links):
    """Whatever numbers the links have, which may be in another order than their names."""
    space = Space(find_ranges(SCOPED, [], nobody, print).ranges, [22, 80], links)
    numbers = np.arange(len(space))
    ends = space.endpoints(numbers)
    hosts = [str(ends.address(n)) for n in range(space.hosts)]
    assert hosts[:3] == ["192.0.2.1", "2001:db8::1", "fe80::1%eth0"]
    assert len(set(hosts)) == 2 + 9 + 4
    assert np.array_equal(space.numbers(ends), numbers)
    elsewhere = replace(ends, zone=np.where(ends.zone > 0, 7, 0))
    assert np.array_equal(space.numbers(elsewhere) >= 0, ends.zone == 0)


def test_a_link_that_is_not_there():
    with pytest.raises(TargetError, match=r"^fe80::1%eth7: no interface 'eth7': name one that `ip link` lists$"):
        Space(find_ranges(["fe80::1%eth7"], [], nobody, print).ranges, [80], {2: "eth0"})


def test_other_addresses_are_on_one_link_alone():
    with pytest.raises(TargetError, match="2001:db8::1 is wanted on more than one interface"):
        find_ranges(["2001:db8::1%eth0", "2001:db8::1%eth1"], [], nobody, print)


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ("fe80::1", ["fe80::2%eth0", "fe80::2%eth1"]),
        ("fe80::1%eth1", ["fe80::1%eth0", "fe80::2%eth0", "fe80::2%eth1"]),
        ("fe80::/64%eth0", ["fe80::1%eth1", "fe80::2%eth1"]),
    ],
)
def test_exclusions_by_link(excluded, left):
    ranges = find_ranges(["fe80::1-2%eth0", "fe80::1-2%eth1"], [excluded], nobody, print).ranges
    assert [f"{address}%{one.scope}" for one in ranges for address in one] == left


def test_an_exclusion_of_another_address_holds_on_all_links():
    assert addresses(["2001:db8::1-2"], ["2001:db8::1%eth0"]) == ["2001:db8::2"]


@pytest.mark.parametrize("text", ["192.0.2.0/24%eth0", "192.0.2.1-9%eth0", "fe80::/64%"])
def test_a_link_that_cannot_be(text):
    with pytest.raises(TargetError, match="names no link"):
        addresses([text])


def test_a_range_across_the_upper_half_of_ipv6():
    first, last = ip_address("2001:db8::ffff:ffff:ffff:fffe"), ip_address("2001:db8:0:1::1")
    space = Space(find_ranges([f"{first}-{last}"], [], nobody, print).ranges, [80])
    ends = space.endpoints(np.arange(4))
    assert [int(ends.address(n)) for n in range(4)] == list(range(int(first), int(last) + 1))
