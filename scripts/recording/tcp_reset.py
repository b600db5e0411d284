"""How TCP connections end out of order, and a forged end that does not count."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable

import dpkt

from .network import RST, Network, Story, fails_with, finish, flagged, inject, send
from .scene import ANSWER, CLIENT_PORT, PORT, QUESTION

FAR_AWAY = 1 << 30
"""Sequence numbers beyond any window that these connections have."""
NEAR_BY = 1000
"""Sequence numbers ahead, inside the window, but not the next one."""


def linger_zero(network: Network) -> None:
    """The client sets SO_LINGER to 0 seconds, then close(): RST in place of FIN."""
    client, server = network.connected()
    send(client, server, QUESTION)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    with server, fails_with(errno.ECONNRESET):
        server.recv(1)


def data_after_close(network: Network) -> None:
    """The client close()s; the server sends once more, and a client's kernel without a socket answers with RST."""
    client, server = network.connected()
    send(client, server, QUESTION)
    client.close()
    if server.recv(1):
        raise AssertionError("the server should read the end of the stream")
    server.sendall(ANSWER)
    network.recorder.until(flagged(RST))
    with server, fails_with(errno.EPIPE):
        server.sendall(ANSWER)


def unread_data(network: Network) -> None:
    """The client close()s while the server's answer lies unread in its buffer: RST in place of FIN (RFC 2525 2.17)."""
    client, server = network.connected()
    send(client, server, QUESTION)
    server.sendall(ANSWER)
    network.recorder.until_quiet()
    client.close()
    with server, fails_with(errno.ECONNRESET):
        server.recv(1)


def abort_while_connecting(network: Network) -> None:
    """A listener is closed with a connection in its queue that nobody accepted: RST."""
    with network.caller() as client:
        with network.listen():
            client.connect((network.address("server"), PORT))
        with fails_with(errno.ECONNRESET):
            client.recv(1)


def forge_reset(network: Network, ahead: int) -> None:
    """The router sends the client a RST in the server's name, so far `ahead` of what the client expects next."""
    from scapy.layers.inet import IP, TCP

    last = network.recorder.frames[-1].frame
    tcp = dpkt.ethernet.Ethernet(last).data.data
    if tcp.sport != CLIENT_PORT:
        raise AssertionError("the last segment should be the client's")
    segment = TCP(sport=PORT, dport=CLIENT_PORT, flags="R", seq=(tcp.ack + ahead) & 0xFFFFFFFF, window=0)
    inject(network.router, IP(src=network.address("server"), dst=network.address("client")) / segment)
    network.recorder.until(flagged(RST))
    network.recorder.until_quiet()


def forged(ahead: int) -> Callable[[Network], None]:
    """A connection that a forged RST does not end."""

    def tell(network: Network) -> None:
        client, server = network.connected()
        send(client, server, QUESTION)
        send(server, client, ANSWER)
        network.recorder.until_quiet()
        forge_reset(network, ahead)
        send(client, server, b"still there?\n")
        finish(client, server)

    return tell


STORIES = (
    Story("tcp-reset-linger-zero.pcap", linger_zero),
    Story("tcp6-reset-linger-zero.pcap", linger_zero, version=6),
    Story("tcp-reset-data-after-close.pcap", data_after_close),
    Story("tcp-reset-unread-data.pcap", unread_data),
    Story("tcp-reset-never-accepted.pcap", abort_while_connecting),
    Story("tcp-reset-out-of-window.pcap", forged(FAR_AWAY)),
    Story("tcp-reset-challenged.pcap", forged(NEAR_BY)),
)
