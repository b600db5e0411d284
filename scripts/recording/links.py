"""Other link types, and a tunnel: VXLAN, Linux cooked captures, raw IP."""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rawkit import linktypes
from rawkit.lab import Host

from .control import echo_request
from .network import CONNECTIONS, Network, Story, finish, send
from .scene import ANSWER, CLIENT_PORT, PORT, QUESTION
from .udp import exchange

INNER: Final = {"client": "203.0.113.1", "server": "203.0.113.2"}
INNER_MAC: Final = {"client": "02:00:00:00:0a:01", "server": "02:00:00:00:0a:02"}
VXLAN_PORT, VXLAN_NUMBER = 4789, 42
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def inner_connection(network: Network) -> None:
    """A TCP connection and an exchange over UDP between the inner addresses."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with network.unbound(network.client, kind) as client, network.unbound(network.server, kind) as server:
            client.bind((INNER["client"], CLIENT_PORT))
            server.bind((INNER["server"], PORT))
            if kind == socket.SOCK_STREAM:
                server.listen()
            client.connect((INNER["server"], PORT))
            if kind == socket.SOCK_DGRAM:
                exchange(client, server)
            else:
                accepted, _address = server.accept()
                send(client, accepted, QUESTION)
                send(accepted, client, ANSWER)
                finish(client, accepted)
        network.recorder.until_quiet()


def vxlan(network: Network) -> None:
    """An Ethernet of its own, VXLAN 42, between client and server (RFC 7348): ARP, TCP and UDP inside."""
    for name, other in (("client", "server"), ("server", "client")):
        host = getattr(network, name)
        tunnel = f"vxlan id {VXLAN_NUMBER} dstport {VXLAN_PORT} local {network.address(name)} dev eth0"
        ip(host, f"link add vx0 address {INNER_MAC[name]} type {tunnel} remote {network.address(other)}")
        bring_up(host, "vx0", INNER[name])
    inner_connection(network)


def ip(host: Host, command: str) -> None:
    """Runs iproute2's `ip` in the host."""
    host.run(["ip", *command.split()], check=True)


def bring_up(host: Host, interface: str, address: str) -> None:
    """An IPv4 address for the interface, and no IPv6 one, whose announcements would come at any time."""
    ip(host, f"link set {interface} addrgenmode none")
    ip(host, f"address add {address}/24 dev {interface}")
    ip(host, f"link set {interface} up")


def ordinary(network: Network) -> None:
    """A TCP connection and an exchange over UDP, so that a cooked capture has both directions of both."""
    client, server = network.connected()
    send(client, server, QUESTION)
    send(server, client, ANSWER)
    finish(client, server)
    caller = network.bound("client", CLIENT_PORT, socket.SOCK_DGRAM)
    caller.connect((network.address("server"), PORT))
    with caller, network.bound("server", PORT, socket.SOCK_DGRAM) as answerer:
        exchange(caller, answerer)


@contextmanager
def tunnel_end(network: Network, name: str) -> Iterator[int]:
    """A tun device in that host, with its inner address; the descriptor gives and takes bare IP packets (tun.rst)."""
    host: Host = getattr(network, name)
    with host.entered():
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    try:
        bring_up(host, "tun0", INNER[name])
        yield descriptor
    finally:
        os.close(descriptor)


def carry(first: int, second: int, stop: int) -> None:
    """Carries packets between the two descriptors until `stop` becomes readable."""
    while True:
        ready, _writable, _failed = select.select([first, second, stop], [], [])
        if stop in ready:
            return
        for descriptor in ready:
            os.write(second if descriptor == first else first, os.read(descriptor, 65535))


def raw_ip(network: Network) -> None:
    """TCP, UDP and a ping over a tun device, whose packets begin with the IP header."""
    stop, stopping = os.pipe()
    with tunnel_end(network, "client") as first, tunnel_end(network, "server") as second:
        thread = threading.Thread(target=carry, args=(first, second, stop))
        thread.start()
        try:
            inner_connection(network)
            with network.unbound(network.client, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
                raw.sendto(echo_request(4, 1), (INNER["server"], 0))
                network.recorder.until("icmp", 2)
        finally:
            os.close(stopping)
            thread.join()
            os.close(stop)


def spanning_tree(network: Network) -> None:
    """The client's interface becomes a port of a bridge that speaks 802.1D: BPDUs in 802.3 frames with LLC."""
    ip(network.client, "link add br0 type bridge stp_state 1")
    ip(network.client, "link set eth0 master br0")
    ip(network.client, "link set br0 up")
    network.recorder.until("", 2)


COOKED = f"({CONNECTIONS}) or udp"
STORIES = (
    Story("vxlan.pcap", vxlan, keep=f"udp port {VXLAN_PORT}"),
    Story("spanning-tree.pcap", spanning_tree, keep="ether[12:2] <= 1500"),
    Story("linktype-sll.pcap", ordinary, keep=COOKED, where=("client", "any"), link_type=linktypes.LINUX_SLL),
    Story("linktype-sll2.pcap", ordinary, 6, keep=COOKED, where=("client", "any"), link_type=linktypes.LINUX_SLL2),
    Story("linktype-raw.pcap", raw_ip, keep=COOKED, where=("client", "tun0"), link_type=linktypes.RAW),
)
