"""DNS, DHCP and NTP between real sockets, their messages built with scapy and dpkt."""

from __future__ import annotations

import socket
import struct
from typing import Any, Final

import dpkt

from .network import Network, Story, receive
from .scene import CLIENT_PORT

DNS_PORT: Final = 53
NAMES: Final = {
    (b"www.example.com.", "A"): "198.51.100.80",
    (b"www.example.com.", "AAAA"): "2001:db8:2::80",
    (b"example.com.", "TXT"): [b"x" * 250] * 8,
}
"""What the server knows; the TXT record is longer than the 512 bytes that UDP carries (RFC 1035 section 4.2.1)."""
NAME_ERROR: Final = 3
CLIENT_MAC, TRANSACTION = "02:00:00:00:01:00", 0x1234ABCD
OFFERED = "192.0.2.50"
NTP_EPOCH: Final = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905 section 6)."""


def question(number: int, name: bytes, kind: str) -> Any:
    """A DNS query that asks for recursion."""
    from scapy.layers.dns import DNS, DNSQR

    return DNS(id=number, rd=1, qd=DNSQR(qname=name, qtype=kind))


def answer(query: bytes, room: int) -> bytes:
    """What the server says to a query: the record, that there is none, or that it does not fit (TC)."""
    from scapy.layers.dns import DNS, DNSRR

    asked = DNS(query)
    name, kind = asked.qd[0].qname, asked.qd[0].sprintf("%qtype%")
    reply = DNS(id=asked.id, qr=1, aa=1, rd=1, qd=asked.qd)
    if (name, kind) not in NAMES:
        reply.rcode = NAME_ERROR
        return bytes(reply)
    full = reply.copy()
    full.an = [DNSRR(rrname=name, type=kind, ttl=3600, rdata=NAMES[name, kind])]
    if len(bytes(full)) > room:
        reply.tc = 1
        return bytes(reply)
    return bytes(full)


def dns(network: Network) -> None:
    """A and AAAA of a name, a name that is not there, and a record that comes truncated, so that TCP has to do."""
    with (
        network.bound("server", DNS_PORT, socket.SOCK_DGRAM) as server,
        network.bound("client", CLIENT_PORT, socket.SOCK_DGRAM) as client,
    ):
        client.connect((network.address("server"), DNS_PORT))
        lookups = ((b"www.example.com", "A"), (b"www.example.com", "AAAA"), (b"nosuch.example.com", "A"))
        for number, (name, kind) in enumerate((*lookups, (b"example.com", "TXT")), 1):
            client.send(bytes(question(number, name, kind)))
            query, address = server.recvfrom(512)
            server.sendto(answer(query, room=512), address)
            client.recv(512)
    dns_over_tcp(network)


def dns_over_tcp(network: Network) -> None:
    """The same query over TCP, each message behind its length (RFC 1035 section 4.2.2)."""
    with network.bound("server", DNS_PORT) as listener, network.caller(CLIENT_PORT + 1) as client:
        listener.listen()
        client.connect((network.address("server"), DNS_PORT))
        query = bytes(question(5, b"example.com", "TXT"))
        client.sendall(struct.pack("!H", len(query)) + query)
        server, _address = listener.accept()
        with server:
            reply = answer(receive(server, 2 + len(query))[2:], room=65535)
            server.sendall(struct.pack("!H", len(reply)) + reply)
            receive(client, 2 + len(reply))
            client.close()
            server.recv(1)


def dhcp_message(operation: int, kind: str, *options: Any, **fields: Any) -> bytes:
    """A BOOTP message with DHCP options (RFC 2131 section 2, RFC 2132)."""
    from scapy.layers.dhcp import BOOTP, DHCP

    hardware = bytes.fromhex(CLIENT_MAC.replace(":", ""))
    head = BOOTP(op=operation, xid=TRANSACTION, chaddr=hardware, **fields)
    return bytes(head / DHCP(options=[("message-type", kind), *options, "end"]))


def from_nowhere(network: Network, message: bytes) -> None:
    """Sends as a client without an address does: a frame from 0.0.0.0 to everyone, past the IP stack."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    frame = Ether(src=CLIENT_MAC, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255")
    with network.client.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("eth0", 0))
        raw.send(bytes(frame / UDP(sport=68, dport=67) / message))


def broadcasting(network: Network, host: Any, interface: str, port: int) -> socket.socket:
    """A UDP socket that may send to and hears from everyone on one link."""
    made = network.unbound(host, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    made.bind(("", port))
    return made


def dhcp(network: Network) -> None:
    """Discover, offer, request, acknowledgement; later the release."""
    server_id = ("server_id", network.address("router"))
    lease = (server_id, ("lease_time", 3600), ("subnet_mask", "255.255.255.0"), ("router", network.address("router")))
    wish = ("requested_addr", OFFERED)
    with (
        broadcasting(network, network.router, "to-client", 67) as server,
        broadcasting(network, network.client, "eth0", 68) as client,
    ):
        for sent, replied, options in (("discover", "offer", ()), ("request", "ack", (wish, server_id))):
            from_nowhere(network, dhcp_message(1, sent, *options, flags="B"))
            server.recv(1000)
            reply = dhcp_message(2, replied, *lease, yiaddr=OFFERED, siaddr=network.address("router"), flags="B")
            server.sendto(reply, ("255.255.255.255", 68))
            client.recv(1000)
        client.sendto(dhcp_message(1, "release", server_id, ciaddr=OFFERED), (network.address("router"), 67))
        server.recv(1000)


def ntp_time(network: Network) -> bytes:
    """The time of the latest recorded frame, as NTP writes it: seconds since 1900 and a fraction of 2**32."""
    seconds, nanoseconds = divmod(network.recorder.frames[-1].timestamp, 10**9)
    return struct.pack("!II", (seconds + NTP_EPOCH) & 0xFFFFFFFF, (nanoseconds << 32) // 10**9)


def ntp_message(mode: int, stratum: int, reference: bytes, *times: bytes) -> bytes:
    """A message of NTP version 4; the times are update, originate, receive, transmit (RFC 5905 section 7.3)."""
    names = ("update_time", "originate_time", "receive_time", "transmit_time")
    head = {"flags": 4 << 3 | mode, "stratum": stratum, "interval": 6, "precision": 0xEC, "id": reference}
    return bytes(dpkt.ntp.NTP(**head, **dict(zip(names, times, strict=True))))


def ntp(network: Network) -> None:
    """A client asks (mode 3, its own times left at zero), a server of stratum 2 answers (mode 4); twice."""
    with (
        network.bound("server", 123, socket.SOCK_DGRAM) as server,
        network.bound("client", 123, socket.SOCK_DGRAM) as client,
    ):
        client.connect((network.address("server"), 123))
        for number in (1, 3):
            client.send(ntp_message(3, 0, bytes(4), *[bytes(8)] * 4))
            query, address = server.recvfrom(100)
            network.recorder.until("udp", number)
            now = ntp_time(network)
            server.sendto(ntp_message(4, 2, socket.inet_aton("203.0.113.1"), now, query[40:48], now, now), address)
            client.recv(100)
            network.recorder.until_quiet()


STORIES = (
    Story("dns.pcap", dns, keep="port 53"),
    Story("dns6.pcap", dns, 6, keep="port 53"),
    Story("dhcp.pcap", dhcp, keep="udp port 67"),
    Story("ntp.pcap", ntp, keep="udp port 123"),
)
