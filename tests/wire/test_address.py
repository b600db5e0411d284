from ipaddress import IPv4Address, IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet6 import in6_getnsmac
from scapy.utils import in4_getnsmac, mac2str, str2mac
from scapy.utils6 import in6_getnsma

from rawkit.wire.address import BROADCAST, is_group, mac, mac_text, multicast_mac, solicited_node

MAC = st.binary(min_size=6, max_size=6)


@given(address=MAC)
def test_text_same_as_scapy_and_dpkt(address):
    text = mac_text(address)
    assert text == str2mac(address)
    assert text == dpkt.utils.mac_to_str(address)
    assert mac(text) == mac2str(text) == address
    assert mac(text.upper().replace(":", "-")) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00:00:5e:00:53",
        "00:00:5e:00:53:01:02",
        "00:00:5e:00:53:1",
        "00-00:5e:00:53:01",
        "0000.5e00.5301",
        "00:00:5e:00:53:0g",
        " 00:00:5e:00:53:01",
        "00:00:5e:00:53:01\n",
        "٠٠:00:5e:00:53:01",
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(ValueError, match="is not a MAC address: give six octets"):
        mac(text)


def test_groups():
    assert is_group(BROADCAST)
    assert is_group(mac("01:00:5e:00:00:fb"))
    assert not is_group(mac("02:00:00:00:00:01"))


@given(group=st.ip_addresses(network="224.0.0.0/4"))
def test_ipv4_multicast_same_as_scapy(group):
    assert mac_text(multicast_mac(group)) == in4_getnsmac(group.packed)


@given(group=st.ip_addresses(network="ff02::1:ff00:0/104"))
def test_ipv6_multicast_same_as_scapy(group):
    assert mac_text(multicast_mac(group)) == in6_getnsmac(group.packed)


def test_recorded_groups():
    # From a Linux 6 host: an IGMP report and a neighbor solicitation.
    assert multicast_mac(IPv4Address("224.0.0.22")) == mac("01:00:5e:00:00:16")
    assert multicast_mac(IPv6Address("ff02::1:ff00:2")) == mac("33:33:ff:00:00:02")


@given(st.ip_addresses(v=6))
def test_solicited_node_addresses_are_those_of_scapy(address):
    assert solicited_node(address).packed == in6_getnsma(address.packed)
