"""How TCP connections end in order: who closes first, both at once, one direction before the other."""

from __future__ import annotations

import socket

from .carrier import Carrier
from .network import Network, Story, finish, send
from .scene import ANSWER, QUESTION

SHORT_PAUSE = 0.2
"""Seconds; where a pause belongs to the story, it is to be seen in the capture."""


def close_by_client(network: Network) -> None:
    """Connect, a question, an answer, close() by the client."""
    client, server = network.connected()
    send(client, server, QUESTION)
    send(server, client, ANSWER)
    finish(client, server)


def close_by_server(network: Network) -> None:
    """Connect, a question, an answer, close() by the server."""
    client, server = network.connected()
    send(client, server, QUESTION)
    send(server, client, ANSWER)
    finish(server, client)


def close_simultaneous(network: Network) -> None:
    """Both ends close() before either has heard of the other's: the FINs cross on a path of 20 ms."""
    with Carrier(network, delay=0.02):
        client, server = network.connected()
        send(client, server, b"bye\n")
        network.recorder.until_quiet()
        client.close()
        server.close()


def half_close(network: Network) -> None:
    """The client shutdown(SHUT_WR) after its question; the server answers in three parts, then closes."""
    client, server = network.connected()
    send(client, server, b"everything, please\n")
    client.shutdown(socket.SHUT_WR)
    if server.recv(1):
        raise AssertionError("the server should read the end of the stream")
    for part in (b"one\n", b"two\n", b"three\n"):
        network.recorder.until_quiet(SHORT_PAUSE)
        send(server, client, part)
    finish(server, client)


STORIES = (
    Story("tcp-close-by-client.pcap", close_by_client),
    Story("tcp6-close-by-client.pcap", close_by_client, version=6),
    Story("tcp-close-by-server.pcap", close_by_server),
    Story("tcp6-close-by-server.pcap", close_by_server, version=6),
    Story("tcp-close-simultaneous.pcap", close_simultaneous, carried=True),
    Story("tcp-half-close.pcap", half_close),
    Story("tcp6-half-close.pcap", half_close, version=6),
)
