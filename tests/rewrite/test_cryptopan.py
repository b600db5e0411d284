"""Addresses mapped as Crypto-PAn's own sample has them, and what stays."""

from __future__ import annotations

from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import RawkitError
from rawkit.rewrite.cryptopan import CryptoPAn
from rawkit.rewrite.labels import Labels
from rawkit.rewrite.mapping import Mapping

KEY = bytes([21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
             216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2])  # fmt: skip
"""The key of the sample in the distribution of Crypto-PAn 1.0."""
SAMPLE = """
128.11.68.132 135.242.180.132   129.118.74.4 134.136.186.123   130.132.252.244 133.68.164.234
141.223.7.43 141.167.8.160      141.233.145.108 141.129.237.235  152.163.225.39 151.140.114.167
156.29.3.236 147.225.12.42      165.247.96.84 162.9.99.234     166.107.77.190 160.132.178.185
192.102.249.13 252.138.62.131   192.215.32.125 252.43.47.189   192.41.57.43 252.222.221.184
203.12.160.252 244.248.163.4    212.146.8.236 228.19.4.234     216.157.30.252 235.89.31.26
24.0.250.221 100.15.198.226     38.15.67.68 64.3.66.187        4.3.88.225 124.60.155.63
63.14.55.111 95.9.215.7         64.39.15.238 0.219.7.41        10.185.25.118 117.161.29.118
"""
"""Of sample_trace_raw.dat and sample_trace_sanitized.dat there: an address, and what it becomes."""
SAMPLE_6 = """
::1 78ff:f001:9fc0:20df:8380:b1f1:704:ed           ::2 78ff:f001:9fc0:20df:8380:b1f1:704:ef
::ffff 78ff:f001:9fc0:20df:8380:b1f1:704:f838      2001:db8::1 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e
2001:db8::2 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c
"""
"""As github.com/Yawning/cryptopan has them, and those that are held to it."""
WORDS = (SAMPLE + SAMPLE_6).split()
PAIRS = list(zip(WORDS[::2], WORDS[1::2], strict=True))


def packed(*texts):
    return np.array([list(ip_address(text).packed) for text in texts], np.uint8)


def texts(addresses):
    return [str(ip_address(one.tobytes())) for one in addresses]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_published_sample(old, new):
    assert texts(CryptoPAn(KEY).map(packed(old))) == [new]
    assert texts(Mapping(KEY, specials=True).addresses(packed(old))) == [new]


@pytest.fixture(scope="module")
def mapping():
    return Mapping(KEY)


WHOLE = [
    "0.0.0.0", "127.0.0.1", "127.1.2.3", "224.0.0.251", "239.255.255.250", "255.255.255.255", "::", "::1", "ff02::fb",
    "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("text", WHOLE)
def test_addresses_that_are_no_hosts_stay(mapping, text):
    assert texts(mapping.addresses(packed(text))) == [text]


@pytest.mark.parametrize(("text", "bits"), [("169.254.7.9", 16), ("fe80::2ff:fe00:1", 64), ("ff02::1:ff12:3456", 104)])
def test_of_others_the_prefix_stays(mapping, text, bits):
    [new] = mapping.addresses(packed(text))
    assert common(packed(text)[0], new) >= bits
    assert texts([new]) != [text]


def common(one, other):
    """How many bits two addresses have in common."""
    return int(np.argmax(np.append(np.unpackbits(one ^ other), 1)))


@given(st.integers(4, 16).filter(lambda size: size in (4, 16)).flatmap(
    lambda size: st.tuples(st.binary(min_size=size, max_size=size), st.binary(min_size=size, max_size=size),
                           st.integers(0, size * 8))))  # fmt: skip
def test_common_prefixes_stay_as_long_as_they_are(mapping, drawn):
    first, second, bits = drawn
    mask = np.packbits(np.arange(len(first) * 8) < bits)
    one, rest = np.frombuffer(first, np.uint8), np.frombuffer(second, np.uint8)
    other = (one & mask) | (rest & ~mask)
    if one[0] == other[0] == 0xFF:  # of groups some stay, and some are mapped
        return
    new, another = mapping.addresses(np.array([one, other]))
    assert common(new, another) == common(one, other)


@given(st.sets(st.binary(min_size=6, max_size=6), max_size=20))
def test_different_macs_become_different_ones_of_the_same_kind(mapping, macs):
    old = np.frombuffer(b"".join([*macs, bytes(6)]), np.uint8).reshape(-1, 6)
    new = mapping.addresses(old)
    assert len({one.tobytes() for one in new}) == len({one.tobytes() for one in old})
    assert ((old[:, 0] & 3) == (new[:, 0] & 3)).all()
    assert not new[-1].any()
    groups = (old[:, 0] & 1 == 1) & ~(old[:, :3] == (0x33, 0x33, 0xFF)).all(axis=1)
    assert (new[groups] == old[groups]).all()


def test_the_mac_of_a_solicited_group_is_that_of_the_group_it_became(mapping):
    [group] = mapping.addresses(packed("ff02::1:ff12:3456"))
    [mac] = mapping.addresses(np.array([[0x33, 0x33, 0xFF, 0x12, 0x34, 0x56]], np.uint8))
    assert mac[2:].tobytes() == group[12:].tobytes()


def test_the_maker_of_a_card_stays_where_it_is_to():
    old = np.array([[0x00, 0x50, 0x56, 1, 2, 3]], np.uint8)
    [new], [other] = Mapping(KEY, oui=True).addresses(old), Mapping(KEY).addresses(old)
    assert new[:3].tobytes() == old[0, :3].tobytes() != other[:3].tobytes()
    assert new.tobytes() != old[0].tobytes()


def test_addresses_are_remembered_by_their_key_alone(mapping):
    again = Mapping(KEY)
    old = packed(*(f"192.0.2.{host}" for host in range(256)))
    assert (mapping.addresses(old[::-1])[::-1] == again.addresses(old)).all()
    assert (Mapping(bytes(32)).addresses(old) != again.addresses(old)).any()


@given(st.sets(st.binary(min_size=1, max_size=3), max_size=200))
def test_different_labels_stay_different_and_as_long(labels):
    mapped = Labels(KEY)
    new = {label: mapped.map(label) for label in labels}
    assert len(set(new.values())) == len(labels)
    assert all(len(one) == len(other) for one, other in new.items())


@given(st.text("abcxyz0189-_", min_size=1, max_size=20))
def test_capitals_in_labels_make_no_other_label(text):
    labels = Labels(KEY)
    assert labels.map(text.upper().encode()) == labels.map(text.encode()).upper()


def test_a_key_of_another_length_is_said_to_be_none():
    with pytest.raises(RawkitError, match="a key of 16 bytes: give 32"):
        CryptoPAn(bytes(16))
