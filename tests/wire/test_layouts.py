"""The named offsets of each file against the bytes that `pack` writes: a field alone is all ones."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from rawkit.facts import ah as ah_facts
from rawkit.facts import arp as arp_facts
from rawkit.facts import dccp as dccp_facts
from rawkit.facts import ethernet as ethernet_facts
from rawkit.facts import icmp as icmp_facts
from rawkit.facts import icmpv6 as icmpv6_facts
from rawkit.facts import igmp as igmp_facts
from rawkit.facts import ipv4 as ipv4_facts
from rawkit.facts import ipv6 as ipv6_facts
from rawkit.facts import ipv6_fragment as ipv6_fragment_facts
from rawkit.facts import ipv6_routing as ipv6_routing_facts
from rawkit.facts import llc as llc_facts
from rawkit.facts import ndp as ndp_facts
from rawkit.facts import ospfv2 as ospfv2_facts
from rawkit.facts import ospfv3 as ospfv3_facts
from rawkit.facts import sctp as sctp_facts
from rawkit.facts import snap as snap_facts
from rawkit.facts import tcp as tcp_facts
from rawkit.facts import udp as udp_facts
from rawkit.facts import vlan as vlan_facts
from rawkit.wire import (
    ah,
    arp,
    dccp,
    ethernet,
    icmp,
    icmpv6,
    igmp,
    igmpv3,
    ipv4,
    ipv6,
    ipv6_fragment,
    ipv6_routing,
    llc,
    ndp,
    ospfv2,
    ospfv3,
    sctp,
    snap,
    tcp,
    udp,
    vlan,
)

NO4, ALL4 = IPv4Address(0), IPv4Address("255.255.255.255")
NO6, ALL6 = IPv6Address(0), IPv6Address((1 << 128) - 1)
NO_MAC, ALL_MAC = bytes(6), b"\xff" * 6

ETHERNET = {"dst": NO_MAC, "src": NO_MAC, "type": 0}
ARP = {"operation": 0, "sender_mac": NO_MAC, "sender_ip": NO4, "target_ip": NO4}
IPV4 = {"src": NO4, "dst": NO4, "protocol": 0, "ttl": 0, "checksum": 0}
IPV6 = {"src": NO6, "dst": NO6, "next_header": 0, "hop_limit": 0}
PORTS = {"src_port": 0, "dst_port": 0, "checksum": 0}
UDP = {**PORTS, "length": 0}
TCP = {**PORTS, "window": 0}
DCCP = {**PORTS, "type": 0, "seq": 0, "extended": 0}
LONG_DCCP = {**DCCP, "extended": 1}
OSPF = {"type": 0, "router_id": NO4, "area_id": NO4, "checksum": 0, "length": 0}
ROUTING = {"next_header": 0, "type": 0, "segments_left": 0}
AH = {"next_header": 0, "spi": 0, "seq": 0, "length": 0}
ECHO = {"type": 0, "id": 0, "seq": 0, "checksum": 0}
RA = {"checksum": 0}
REDIRECT = {"target": NO6, "destination": NO6, "checksum": 0}

# The header, what it holds, the field set to all ones, and the offset and size in bytes that it must have.
CASES = [
    (ethernet.Ethernet, ETHERNET, {"dst": ALL_MAC}, ethernet_facts.DST, 6),
    (ethernet.Ethernet, ETHERNET, {"src": ALL_MAC}, ethernet_facts.SRC, 6),
    (ethernet.Ethernet, ETHERNET, {"type": 0xFFFF}, ethernet_facts.TYPE, 2),
    (ethernet.Ieee8023, {"dst": NO_MAC, "src": NO_MAC, "length": 0}, {"length": 0xFFFF}, ethernet_facts.LENGTH, 2),
    (llc.Llc, {"dsap": 0, "ssap": 0, "control": 3}, {"dsap": 0xFF}, llc_facts.DSAP, 1),
    (llc.Llc, {"dsap": 0, "ssap": 0, "control": 3}, {"ssap": 0xFF}, llc_facts.SSAP, 1),
    (snap.Snap, {"oui": 0, "protocol": 0}, {"oui": 0xFFFFFF}, snap_facts.OUI, 3),
    (snap.Snap, {"oui": 0, "protocol": 0}, {"protocol": 0xFFFF}, snap_facts.PROTOCOL, 2),
    (vlan.Vlan, {"id": 0, "type": 0}, {"id": 0xFFF, "dei": 1, "priority": 7}, vlan_facts.TCI, 2),
    (vlan.Vlan, {"id": 0, "type": 0}, {"type": 0xFFFF}, vlan_facts.TYPE, 2),
    (arp.Arp, {**ARP, "hardware_type": 0}, {"hardware_type": 0xFFFF}, arp_facts.HARDWARE_TYPE, 2),
    (arp.Arp, ARP, {"operation": 0xFFFF}, arp_facts.OPERATION, 2),
    (arp.Arp, ARP, {"sender_mac": ALL_MAC}, arp_facts.SENDER_MAC, 6),
    (arp.Arp, ARP, {"sender_ip": ALL4}, arp_facts.SENDER_IP, 4),
    (arp.Arp, ARP, {"target_mac": ALL_MAC}, arp_facts.TARGET_MAC, 6),
    (arp.Arp, ARP, {"target_ip": ALL4}, arp_facts.TARGET_IP, 4),
    (ipv4.Ipv4, IPV4, {"dscp": 63, "ecn": 3}, ipv4_facts.DSCP_ECN, 1),
    (ipv4.Ipv4, {**IPV4, "total_length": 0}, {"total_length": 0xFFFF}, ipv4_facts.TOTAL_LENGTH, 2),
    (ipv4.Ipv4, IPV4, {"id": 0xFFFF}, ipv4_facts.IDENTIFICATION, 2),
    (ipv4.Ipv4, IPV4, {"flags": 7, "fragment_offset": 8191}, ipv4_facts.FLAGS_FRAGMENT, 2),
    (ipv4.Ipv4, IPV4, {"ttl": 255}, ipv4_facts.TTL, 1),
    (ipv4.Ipv4, IPV4, {"protocol": 255}, ipv4_facts.PROTOCOL, 1),
    (ipv4.Ipv4, IPV4, {"checksum": 0xFFFF}, ipv4_facts.CHECKSUM, 2),
    (ipv4.Ipv4, IPV4, {"src": ALL4}, ipv4_facts.SRC, 4),
    (ipv4.Ipv4, IPV4, {"dst": ALL4}, ipv4_facts.DST, 4),
    (ipv6.Ipv6, {**IPV6, "payload_length": 0}, {"payload_length": 0xFFFF}, ipv6_facts.PAYLOAD_LENGTH, 2),
    (ipv6.Ipv6, IPV6, {"next_header": 255}, ipv6_facts.NEXT_HEADER, 1),
    (ipv6.Ipv6, IPV6, {"hop_limit": 255}, ipv6_facts.HOP_LIMIT, 1),
    (ipv6.Ipv6, IPV6, {"src": ALL6}, ipv6_facts.SRC, 16),
    (ipv6.Ipv6, IPV6, {"dst": ALL6}, ipv6_facts.DST, 16),
    (ipv6_fragment.Fragment, {"next_header": 0}, {"id": 0xFFFFFFFF}, ipv6_fragment_facts.IDENTIFICATION, 4),
    (
        ipv6_fragment.Fragment,
        {"next_header": 0},
        {"offset": 8191, "more": 1, "reserved": 3},
        ipv6_fragment_facts.OFFSET_FLAGS,
        2,
    ),
    (ipv6_routing.Routing, ROUTING, {"type": 255}, ipv6_routing_facts.ROUTING_TYPE, 1),
    (ipv6_routing.Routing, ROUTING, {"segments_left": 255}, ipv6_routing_facts.SEGMENTS_LEFT, 1),
    (ipv6_routing.Routing, ROUTING, {"data": b"\xff" * 4}, ipv6_routing_facts.DATA, 4),
    (ah.Ah, AH, {"length": 255}, ah_facts.LENGTH, 1),
    (ah.Ah, AH, {"spi": 0xFFFFFFFF}, ah_facts.SPI, 4),
    (ah.Ah, AH, {"seq": 0xFFFFFFFF}, ah_facts.SEQUENCE, 4),
    (udp.Udp, UDP, {"src_port": 0xFFFF}, udp_facts.SRC_PORT, 2),
    (udp.Udp, UDP, {"dst_port": 0xFFFF}, udp_facts.DST_PORT, 2),
    (udp.Udp, UDP, {"length": 0xFFFF}, udp_facts.LENGTH, 2),
    (udp.Udp, UDP, {"checksum": 0xFFFF}, udp_facts.CHECKSUM, 2),
    (tcp.Tcp, TCP, {"src_port": 0xFFFF}, tcp_facts.SRC_PORT, 2),
    (tcp.Tcp, TCP, {"dst_port": 0xFFFF}, tcp_facts.DST_PORT, 2),
    (tcp.Tcp, TCP, {"seq": 0xFFFFFFFF}, tcp_facts.SEQUENCE, 4),
    (tcp.Tcp, TCP, {"ack": 0xFFFFFFFF}, tcp_facts.ACKNOWLEDGMENT, 4),
    (tcp.Tcp, TCP, {"flags": 0xFF}, tcp_facts.FLAGS, 1),
    (tcp.Tcp, TCP, {"window": 0xFFFF}, tcp_facts.WINDOW, 2),
    (tcp.Tcp, TCP, {"checksum": 0xFFFF}, tcp_facts.CHECKSUM, 2),
    (tcp.Tcp, TCP, {"urgent": 0xFFFF}, tcp_facts.URGENT_POINTER, 2),
    (sctp.Sctp, PORTS, {"verification_tag": 0xFFFFFFFF}, sctp_facts.VERIFICATION_TAG, 4),
    (sctp.Sctp, PORTS, {"checksum": 0xFFFFFFFF}, sctp_facts.CHECKSUM, 4),
    (dccp.Dccp, {**DCCP, "data_offset": 0}, {"data_offset": 255}, dccp_facts.DATA_OFFSET, 1),
    (dccp.Dccp, DCCP, {"ccval": 15, "cscov": 15}, dccp_facts.CCVAL_CSCOV, 1),
    (dccp.Dccp, DCCP, {"checksum": 0xFFFF}, dccp_facts.CHECKSUM, 2),
    (dccp.Dccp, DCCP, {"seq": 0xFFFFFF}, dccp_facts.SHORT_SEQUENCE, 3),
    (dccp.Dccp, LONG_DCCP, {"seq": (1 << 48) - 1}, dccp_facts.LONG_SEQUENCE, 6),
    (ospfv2.Ospfv2, OSPF, {"length": 0xFFFF}, ospfv2_facts.LENGTH, 2),
    (ospfv2.Ospfv2, OSPF, {"router_id": ALL4}, ospfv2_facts.ROUTER_ID, 4),
    (ospfv2.Ospfv2, OSPF, {"area_id": ALL4}, ospfv2_facts.AREA_ID, 4),
    (ospfv2.Ospfv2, OSPF, {"checksum": 0xFFFF}, ospfv2_facts.CHECKSUM, 2),
    (ospfv2.Ospfv2, OSPF, {"au_type": 0xFFFF}, ospfv2_facts.AU_TYPE, 2),
    (ospfv2.Ospfv2, OSPF, {"authentication": b"\xff" * 8}, ospfv2_facts.AUTHENTICATION, 8),
    (ospfv3.Ospfv3, OSPF, {"router_id": ALL4}, ospfv3_facts.ROUTER_ID, 4),
    (ospfv3.Ospfv3, OSPF, {"checksum": 0xFFFF}, ospfv3_facts.CHECKSUM, 2),
    (ospfv3.Ospfv3, OSPF, {"instance_id": 255}, ospfv3_facts.INSTANCE_ID, 1),
    (icmp.Echo, ECHO, {"type": 255}, icmp_facts.TYPE, 1),
    (icmp.Echo, ECHO, {"code": 255}, icmp_facts.CODE, 1),
    (icmp.Echo, ECHO, {"checksum": 0xFFFF}, icmp_facts.CHECKSUM, 2),
    (icmp.Echo, ECHO, {"id": 0xFFFF}, icmp_facts.ID, 2),
    (icmp.Echo, ECHO, {"seq": 0xFFFF}, icmp_facts.SEQUENCE, 2),
    (icmp.DestinationUnreachable, {"code": 0, "checksum": 0}, {"next_hop_mtu": 0xFFFF}, icmp_facts.NEXT_HOP_MTU, 2),
    (icmp.Redirect, {"code": 0, "gateway": NO4, "checksum": 0}, {"gateway": ALL4}, icmp_facts.GATEWAY, 4),
    (icmpv6.Echo, ECHO, {"checksum": 0xFFFF}, icmpv6_facts.CHECKSUM, 2),
    (icmpv6.Echo, ECHO, {"id": 0xFFFF}, icmpv6_facts.ID, 2),
    (icmpv6.Echo, ECHO, {"seq": 0xFFFF}, icmpv6_facts.SEQUENCE, 2),
    (icmpv6.PacketTooBig, {"mtu": 0, "checksum": 0}, {"mtu": 0xFFFFFFFF}, icmpv6_facts.MTU, 4),
    (ndp.RouterAdvertisement, RA, {"hop_limit": 255}, ndp_facts.CURRENT_HOP_LIMIT, 1),
    (ndp.RouterAdvertisement, RA, {"flags": 255}, ndp_facts.ROUTER_FLAGS, 1),
    (ndp.RouterAdvertisement, RA, {"lifetime": 0xFFFF}, ndp_facts.ROUTER_LIFETIME, 2),
    (ndp.RouterAdvertisement, RA, {"reachable_time": 0xFFFFFFFF}, ndp_facts.REACHABLE_TIME, 4),
    (ndp.RouterAdvertisement, RA, {"retrans_timer": 0xFFFFFFFF}, ndp_facts.RETRANS_TIMER, 4),
    (ndp.NeighborSolicitation, {"target": NO6, "checksum": 0}, {"target": ALL6}, ndp_facts.TARGET, 16),
    (ndp.NeighborAdvertisement, {"target": NO6, "checksum": 0}, {"flags": 255}, ndp_facts.NEIGHBOR_FLAGS, 1),
    (
        ndp.Redirect,
        {"target": NO6, "destination": NO6, "checksum": 0},
        {"destination": ALL6},
        ndp_facts.DESTINATION,
        16,
    ),
    (igmp.Igmp, {"type": 0, "group": NO4, "checksum": 0}, {"max_response": 255}, igmp_facts.MAX_RESPONSE, 1),
    (igmp.Igmp, {"type": 0, "group": NO4, "checksum": 0}, {"group": ALL4}, igmp_facts.GROUP, 4),
    (igmpv3.Query, {"group": NO4, "checksum": 0}, {"flags": 255}, igmp_facts.QUERY_FLAGS, 1),
    (igmpv3.Query, {"group": NO4, "checksum": 0}, {"qqic": 255}, igmp_facts.QQIC, 1),
]


@pytest.mark.parametrize(("header", "base", "field", "offset", "size"), CASES)
def test_offset_is_where_the_field_is(header, base, field, offset, size):
    without = header(**base).pack()
    changed = header(**{**base, **field}).pack()
    expected = without[:offset] + b"\xff" * size + without[offset + size :]
    assert changed == expected
    assert without[offset : offset + size] == bytes(size)
