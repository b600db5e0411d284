"""UDP: questions with and without answers, ICMP errors, fragments, multicast."""

from __future__ import annotations

import errno
import socket
import struct

from .carrier import Carrier, nth
from .network import Network, Story, fails_with
from .scene import ANSWER, CLIENT_PORT, PORT, QUESTION

GROUPS = {4: "233.252.0.1", 6: "ff05::db8:0:1"}
"""Multicast groups for documentation (RFC 6676)."""
UDP_AND_ERRORS = "udp or icmp or (icmp6 and ip6[40] < 130)"
FRAGMENTS = "ip proto 17 or ip6 proto 17 or ip6 proto 44"
GROUP_DATA = "udp and dst port 9000"
IGMP = f"igmp or ({GROUP_DATA})"
MLD = f"(ip6[6] = 0 and ip6[60:4] = 0xff050000) or ({GROUP_DATA})"
"""Filter: only reports for the group; the kernel reports its own groups at any time."""
BIG = 4000
"""Bytes that need three fragments on a link of 1,500."""


def pair(network: Network, client_port: int = CLIENT_PORT) -> tuple[socket.socket, socket.socket]:
    """The client's socket, connected to the server's."""
    client = network.bound("client", client_port, socket.SOCK_DGRAM)
    client.connect((network.address("server"), PORT))
    return client, network.bound("server", PORT, socket.SOCK_DGRAM)


def exchange(client: socket.socket, server: socket.socket, question: bytes = QUESTION, answer: bytes = ANSWER) -> None:
    """A datagram to the server, and one back."""
    client.send(question)
    received, address = server.recvfrom(65535)
    server.sendto(answer, address)
    if (received, client.recv(65535)) != (question, answer):
        raise AssertionError("other data arrived than was sent")


def answered(network: Network) -> None:
    """Two clients ask the same server, one once, one twice."""
    first, server = pair(network)
    second = network.bound("client", CLIENT_PORT + 1, socket.SOCK_DGRAM)
    second.connect((network.address("server"), PORT))
    with first, second, server:
        for client in (first, second, second):
            exchange(client, server)


def unanswered(network: Network) -> None:
    """Three questions, 0.3 s apart, to a server that reads them and says nothing."""
    client, server = pair(network)
    with client, server:
        for number in range(1, 4):
            client.send(QUESTION)
            network.recorder.until("udp", number)
            network.recorder.until_quiet(0.3)


def refused(network: Network) -> None:
    """A datagram to a port that nobody has: the socket learns of it with its next call."""
    with network.bound("client", CLIENT_PORT, socket.SOCK_DGRAM) as client:
        client.connect((network.address("server"), PORT))
        client.send(QUESTION)
        with fails_with(errno.ECONNREFUSED):
            client.recv(100)


def fragmented(network: Network) -> None:
    """A question of one packet, an answer of three fragments; then both in fragments."""
    client, server = pair(network)
    with client, server:
        exchange(client, server, QUESTION, b"x" * BIG)
        exchange(client, server, b"y" * BIG, b"z" * BIG)


def fragments_disordered(network: Network) -> None:
    """Of an answer's three fragments, the first comes last; of the next answer's, the second never comes."""
    late = nth(1, where=is_fragment, late=0.003)
    lost = nth(5, where=is_fragment)

    def fate(packet: bytes, from_client: bool) -> float | None:
        delay, kept = late(packet, from_client), lost(packet, from_client)
        return None if kept is None else delay

    client, server = pair(network)
    with Carrier(network, 0.005, fate), client, server:
        exchange(client, server, QUESTION, b"x" * BIG)
        client.send(QUESTION)
        _question, address = server.recvfrom(100)
        server.sendto(b"y" * BIG, address)


def is_fragment(packet: bytes, from_client: bool) -> bool:
    """Whether the server's IPv4 packet is a fragment."""
    return not from_client and bool(packet[6] & 0x3F or packet[7])


def multicast(network: Network) -> None:
    """The client joins a group, the router sends to it, the client leaves."""
    group = GROUPS[network.version]
    with network.unbound(network.client, socket.SOCK_DGRAM) as member:
        member.bind((group, PORT))
        with network.client.entered():
            join, leave, level, request = membership(network.version, group)
        member.setsockopt(level, join, request)
        network.recorder.until("")
        network.recorder.until_quiet()
        send_to_group(network, group)
        if member.recv(100) != ANSWER:
            raise AssertionError("the datagram to the group should have arrived")
        before = len(network.recorder.frames)
        member.setsockopt(level, leave, request)
        network.recorder.until("", before + 1)
        network.recorder.until_quiet(1.0)


def membership(version: int, group: str) -> tuple[int, int, int, bytes]:
    """The options that join and leave a group, their level and their value (ip(7), ipv6(7))."""
    index = socket.if_nametoindex("eth0")
    if version == 6:
        request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=I", index)
        return socket.IPV6_JOIN_GROUP, socket.IPV6_LEAVE_GROUP, socket.IPPROTO_IPV6, request
    request = socket.inet_aton(group) + socket.inet_aton("0.0.0.0") + struct.pack("=i", index)
    return socket.IP_ADD_MEMBERSHIP, socket.IP_DROP_MEMBERSHIP, socket.IPPROTO_IP, request


def send_to_group(network: Network, group: str) -> None:
    """A datagram from the router to the group on the client's link."""
    with network.router.entered():
        index = socket.if_nametoindex("to-client")
    with network.bound("router", CLIENT_PORT, socket.SOCK_DGRAM) as sender:
        if network.version == 6:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        else:
            own = socket.inet_aton(network.address("router"))
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        sender.sendto(ANSWER, (group, PORT))


IGMP2 = {"client": {"net.ipv4.conf.all.force_igmp_version": "2"}}
STORIES = (
    Story("udp-answered.pcap", answered, keep=UDP_AND_ERRORS),
    Story("udp6-answered.pcap", answered, 6, keep=UDP_AND_ERRORS),
    Story("udp-unanswered.pcap", unanswered, keep=UDP_AND_ERRORS),
    Story("udp-port-unreachable.pcap", refused, keep=UDP_AND_ERRORS),
    Story("udp6-port-unreachable.pcap", refused, 6, keep=UDP_AND_ERRORS),
    Story("udp-fragments.pcap", fragmented, keep=FRAGMENTS),
    Story("udp6-fragments.pcap", fragmented, 6, keep=FRAGMENTS),
    Story("udp-fragments-disordered.pcap", fragments_disordered, keep=FRAGMENTS, carried=True),
    Story("udp-multicast-igmp3.pcap", multicast, keep=IGMP),
    Story("udp-multicast-igmp2.pcap", multicast, keep=IGMP, sysctls=IGMP2),
    Story("udp6-multicast-mld.pcap", multicast, 6, keep=MLD),
)
