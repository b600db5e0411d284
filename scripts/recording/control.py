"""Ping, ARP, neighbour discovery, a SYN scan: what raw sockets and the kernel itself send."""

from __future__ import annotations

import socket

from .network import SYN, Network, Story, flagged, inject, rules
from .scene import CLIENT_PORT

IDENTIFIER = 0x1234
PAYLOAD = bytes(range(56))
OPEN, CLOSED, DROPPED, REJECTED = 22, 23, 24, 25
ABSENT = {4: "192.0.2.99", 6: "2001:db8:1::99"}
"""Addresses on the client's link that nobody has."""
ASKED = {4: "arp[26:2] = 0x0263", 6: "icmp6 and ip6[40] = 135 and ip6[62:2] = 0x0099"}
"""Filters: who has `ABSENT`? The last two bytes of the target's address."""
DISCOVERY = "icmp6 and (ip6[40] = 128 or ip6[40] = 129 or ip6[40] = 135 or ip6[40] = 136)"
HOPS = {4: (socket.IPPROTO_IP, socket.IP_TTL), 6: (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)}
QUICK = {
    "client": {
        "net.ipv4.neigh.eth0.retrans_time_ms": "200",
        "net.ipv6.neigh.eth0.retrans_time_ms": "200",
    }
}


def echo_request(version: int, sequence: int) -> bytes:
    """An echo request without IPv6's checksum, which the kernel fills in (RFC 792, RFC 4443 section 4.1)."""
    from scapy.layers.inet import ICMP
    from scapy.layers.inet6 import ICMPv6EchoRequest

    if version == 6:
        return bytes(ICMPv6EchoRequest(id=IDENTIFIER, seq=sequence, data=PAYLOAD, cksum=0))
    return bytes(ICMP(id=IDENTIFIER, seq=sequence) / PAYLOAD)


def ping_socket(network: Network) -> socket.socket:
    """The client's raw ICMP or ICMPv6 socket."""
    protocol = socket.IPPROTO_ICMP if network.version == 4 else socket.IPPROTO_ICMPV6
    return network.unbound(network.client, socket.SOCK_RAW, protocol)


def ping(network: Network) -> None:
    """Three echo requests to the server, each answered; then one with a hop limit of 1, which the router ends."""
    replies = "icmp[0] = 0" if network.version == 4 else "icmp6 and ip6[40] = 129"
    errors = "icmp[0] = 11" if network.version == 4 else "icmp6 and ip6[40] = 3"
    with ping_socket(network) as raw:
        for sequence in range(1, 4):
            raw.sendto(echo_request(network.version, sequence), (network.address("server"), 0))
            network.recorder.until(replies, sequence)
        raw.setsockopt(*HOPS[network.version], 1)
        raw.sendto(echo_request(network.version, 4), (network.address("server"), 0))
        network.recorder.until(errors)


def neighbours(network: Network) -> None:
    """A ping to the router, whose link-layer address is asked for first; then one to an address that nobody has."""
    replies = "arp[6:2] = 2" if network.version == 4 else "icmp6 and ip6[40] = 129"
    with ping_socket(network) as raw:
        raw.sendto(echo_request(network.version, 1), (network.address("router"), 0))
        network.recorder.until(replies)
        raw.sendto(echo_request(network.version, 2), (ABSENT[network.version], 0))
        network.recorder.until(ASKED[network.version], 3)
        network.recorder.until_quiet(0.4)


def syn_scan(network: Network) -> None:
    """A raw SYN to a port that is open, closed, silent, rejected; the client's kernel resets unknown answers."""
    from scapy.layers.inet import IP, TCP

    with network.bound("server", OPEN) as listener:
        listener.listen()
        for place, port in enumerate((OPEN, CLOSED, DROPPED, REJECTED, DROPPED), 1):
            segment = TCP(sport=CLIENT_PORT, dport=port, flags="S", seq=1_000_000 + port, window=1024)
            segment.options = [("MSS", 1460)]
            inject(network.client, IP(src=network.address("client"), dst=network.address("server")) / segment)
            network.recorder.until(f"{flagged(SYN)} and src port {CLIENT_PORT}", place)
            network.recorder.until_quiet()


FILTERED = {
    "server": rules(
        "input", f"tcp dport {DROPPED} drop", f"tcp dport {REJECTED} reject with icmp type admin-prohibited"
    )
}
STORIES = (
    Story("ping.pcap", ping),
    Story("ping6.pcap", ping, 6),
    Story("arp.pcap", neighbours, keep="arp or icmp", sysctls=QUICK),
    Story("neighbour-discovery.pcap", neighbours, 6, keep=DISCOVERY, sysctls=QUICK),
    Story("syn-scan.pcap", syn_scan, rules=FILTERED),
)
