"""What happens while a TCP connection lives: keep-alives, a closed window, loss, reordering, urgent data."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from .carrier import Carrier, nth
from .network import ACK, Network, Story, fails_with, finish, flagged, rules, send
from .scene import PORT

URG = 32
SEGMENT = 1000
"""Bytes a segment carries in the stories of loss; TCP_MAXSEG makes it so."""
DELAY = 0.02
"""Seconds that the path takes one way: long enough that a busy machine changes nothing of what waits for what."""


def keep_alive(client: socket.socket) -> None:
    """A keep-alive after 1 s of silence, then every second, given up after 3."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3)):
        client.setsockopt(socket.IPPROTO_TCP, option, value)


def keep_alives_answered(network: Network) -> None:
    """Two keep-alives of the client, each answered; then an orderly close by the client."""
    client, server = network.connected()
    keep_alive(client)
    send(client, server, b"wait for me\n")
    network.recorder.until(EMPTY_FROM_SERVER, 4)
    finish(client, server)


def keep_alives_unanswered(network: Network) -> None:
    """The network goes silent; after three keep-alives without an answer the client gives up with a RST."""
    client, server = network.connected()
    keep_alive(client)
    send(client, server, b"wait for me\n")
    network.router.run(["nft", "-f", "-"], input=rules("forward", "drop"), check=True)
    with client, fails_with(errno.ETIMEDOUT):
        client.recv(1)
    network.recorder.until_quiet()
    server.close()


EMPTY_FROM_SERVER = f"src port {PORT} and {flagged(ACK)} and ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2) = 0"
"""Filter: the server's segments without data, over IPv4."""
ZERO_WINDOW = f"{EMPTY_FROM_SERVER} and tcp[14:2] = 0"


def zero_window(network: Network) -> None:
    """The server reads nothing until its window is zero and two probes have come; then it reads everything."""
    with network.listen() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client, server = network.connect(listener)
    sent = fill(client)
    network.recorder.until(ZERO_WINDOW, 3)
    client.settimeout(15)
    received = 0
    while received < sent:
        received += len(server.recv(65536))
    finish(client, server)


def fill(client: socket.socket) -> int:
    """Sends until the buffers on both sides are full; the number of bytes that went."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.setblocking(False)
    sent = 0
    try:
        while True:
            sent += client.send(b"x" * SEGMENT)
    except BlockingIOError:
        return sent


def is_data(packet: bytes, from_client: bool) -> bool:
    """Whether the client's IPv4 packet carries a whole segment of data."""
    return from_client and len(packet) > SEGMENT


def is_answer(packet: bytes, from_client: bool) -> bool:
    """Whether the server's IPv4 packet carries a whole segment of data."""
    return not from_client and len(packet) > SEGMENT


def small_segments(network: Network) -> tuple[socket.socket, socket.socket]:
    """A connection whose segments carry `SEGMENT` bytes."""
    with network.listen() as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT + 12)
        return network.connect(listener)


def transfer(count: int, *lost: int, late: float | None = None, to_client: bool = False) -> Callable[[Network], None]:
    """So many segments in one go, of which those numbered are lost on the way, or come that much later."""

    def tell(network: Network) -> None:
        with Carrier(network, DELAY, nth(*lost, where=is_answer if to_client else is_data, late=late)):
            client, server = small_segments(network)
            ends = (server, client) if to_client else (client, server)
            send(*ends, b"x" * SEGMENT * count)
            network.recorder.until_quiet()
            finish(client, server)

    return tell


def acknowledgement_lost(network: Network) -> None:
    """The server's acknowledgement is lost, so the client sends again what has arrived already."""

    def is_acknowledgement(packet: bytes, from_client: bool) -> bool:
        flags, empty = packet[33], len(packet) == 52
        return not from_client and empty and flags == ACK

    with Carrier(network, DELAY, nth(1, where=is_acknowledgement)):
        client, server = small_segments(network)
        send(client, server, b"x" * SEGMENT)
        network.recorder.until_quiet(0.5)
        finish(client, server)


def urgent(network: Network) -> None:
    """A byte sent with MSG_OOB between others; the server takes it with MSG_OOB too."""
    client, server = network.connected()
    send(client, server, b"ordinary\n")
    client.send(b"!", socket.MSG_OOB)
    network.recorder.until(flagged(URG))
    server.setblocking(True)  # a time-out would wait for ordinary data first
    if server.recv(1, socket.MSG_OOB) != b"!":
        raise AssertionError("the urgent byte should have arrived")
    send(client, server, b"ordinary again\n")
    finish(client, server)


ANSWER_EVERY_PROBE = {"server": {"net.ipv4.tcp_invalid_ratelimit": "0"}}
NO_PROBE = {"client": {"net.ipv4.tcp_early_retrans": "0"}}
"""Without a tail loss probe, so that the retransmission timer is what acts (ip-sysctl: tcp_early_retrans)."""


def offloaded(network: Network) -> None:
    """A transfer on links that take checksums and segmentation over, as seen on the sender's side."""
    client, server = network.connected()
    send(client, server, b"x" * 20_000)
    send(server, client, b"thanks\n")
    finish(client, server)


STORIES = (
    Story("tcp-keep-alive-answered.pcap", keep_alives_answered),
    Story("tcp-keep-alive-unanswered.pcap", keep_alives_unanswered),
    Story("tcp-zero-window.pcap", zero_window, sysctls=ANSWER_EVERY_PROBE),
    Story("tcp-retransmission-timeout.pcap", transfer(3, 3, 4, 5), carried=True, sysctls=NO_PROBE),
    Story("tcp-tail-loss-probe.pcap", transfer(4, 3, 4), carried=True),
    Story("tcp-fast-retransmission.pcap", transfer(9, 3), carried=True),
    Story("tcp-loss-seen-by-receiver.pcap", transfer(9, 3, 10, to_client=True), carried=True),
    Story("tcp-reordering.pcap", transfer(9, 8, late=0.002, to_client=True), carried=True),
    Story("tcp-reordering-taken-for-loss.pcap", transfer(9, 3, late=0.004, to_client=True), carried=True),
    Story("tcp-acknowledgement-lost.pcap", acknowledgement_lost, where=("server", "eth0"), carried=True),
    Story("tcp-urgent-data.pcap", urgent),
    Story("checksum-offload.pcap", offloaded, offloads=True),
)
