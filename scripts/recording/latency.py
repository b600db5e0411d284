"""Connections that are slow in one known way each: who thinks, who reads late, what the path does."""

from __future__ import annotations

import socket
import time
from typing import Final

from .carrier import Carrier
from .network import CONNECTIONS, Network, Story, finish, send
from .scene import ANSWER, CLIENT_PORT, QUESTION
from .services import DNS_PORT, question
from .tcp_transfer import ZERO_WINDOW

PATH: Final = 0.02
"""Seconds that the path takes one way."""
SLOW_RESOLVER: Final = 0.3
CLIENT_THINKS: Final = 0.2
SERVER_THINKS: Final = 0.4
CLIENT_THINKS_AGAIN: Final = 0.25
SERVER_THINKS_AGAIN: Final = 0.15
READS_LATE: Final = 0.5
PARTS: Final = 20_000
"""Bytes that go through a small window."""
NAME: Final = b"www.example.com"


def look_up(network: Network) -> None:
    """A question for the server's address, answered after `SLOW_RESOLVER` seconds."""
    from scapy.layers.dns import DNS, DNSRR

    with (
        network.bound("server", DNS_PORT, socket.SOCK_DGRAM) as resolver,
        network.bound("client", CLIENT_PORT, socket.SOCK_DGRAM) as client,
    ):
        client.connect((network.address("server"), DNS_PORT))
        client.send(bytes(question(1, NAME, "A")))
        query, address = resolver.recvfrom(512)
        time.sleep(SLOW_RESOLVER)
        told = DNS(query)
        record = DNSRR(rrname=told.qd[0].qname, ttl=3600, rdata=network.address("server"))
        resolver.sendto(bytes(DNS(id=told.id, qr=1, aa=1, rd=1, qd=told.qd, an=[record])), address)
        client.recv(512)


def exchanges(network: Network) -> None:
    """A slow resolver; then two questions and answers, each side thinking a while before it speaks."""
    with Carrier(network, PATH):
        look_up(network)
        client, server = network.connected()
        for first, second in ((CLIENT_THINKS, SERVER_THINKS), (CLIENT_THINKS_AGAIN, SERVER_THINKS_AGAIN)):
            time.sleep(first)
            send(client, server, QUESTION)
            time.sleep(second)
            send(server, client, ANSWER)
        finish(client, server)


def slow_reader(network: Network) -> None:
    """The server has a small buffer, and reads nothing for `READS_LATE` seconds after its window is closed."""
    with Carrier(network, PATH), network.listen() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client, server = network.connect(listener)
        client.sendall(b"x" * PARTS)
        network.recorder.until(ZERO_WINDOW)
        time.sleep(READS_LATE)
        drain(server)
        finish(client, server)


def small_window(network: Network) -> None:
    """The server has a small buffer and reads at once: each window takes a round trip."""
    with Carrier(network, PATH), network.listen() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client, server = network.connect(listener)
        client.sendall(b"x" * PARTS)
        drain(server)
        finish(client, server)


def drain(server: socket.socket) -> None:
    """Reads all that was sent."""
    received = 0
    while received < PARTS:
        received += len(server.recv(65536))


def nagle(network: Network) -> None:
    """A question in two writes: the second waits until the server's host has acknowledged the first, late."""
    with Carrier(network, PATH):
        client, server = network.connected()
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        client.sendall(QUESTION[:5])
        client.sendall(QUESTION[5:])
        received = 0
        while received < len(QUESTION):
            received += len(server.recv(100))
        send(server, client, ANSWER)
        finish(client, server)


STORIES = (
    Story("latency-exchanges.pcap", exchanges, keep=f"{CONNECTIONS} or udp port 53", carried=True),
    Story("latency-slow-reader.pcap", slow_reader, carried=True),
    Story("latency-small-window.pcap", small_window, carried=True),
    Story("latency-nagle.pcap", nagle, carried=True),
)
