"""A TCP conversation and a UDP one, crafted packet by packet: what the tunnels carry.

Sequence numbers, ports and times are fixed, so that a crafted file comes out byte for byte the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from rawkit import linktypes
from rawkit.frames import FrameBatch

from .scene import ADDRESSES, ANSWER, CLIENT_PORT, PORT, QUESTION

CLIENT_MAC, SERVER_MAC = "02:00:5e:00:53:10", "02:00:5e:00:53:20"

EPOCH: Final = 1_704_067_200_000_000_000
"""2024-01-01T00:00:00Z in nanoseconds: the time of the first crafted frame of each file."""
STEP: Final = 1_000_000
"""Nanoseconds between two crafted frames."""
CLIENT_ISN, SERVER_ISN = 1000, 5000
SYN_OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("NOP", None), ("WScale", 7)]

Packet = Any
"""A scapy packet: scapy ships no types that mypy could use."""
Wrap = Callable[[Packet, bool], Packet]
"""Puts the lower layers around a packet; the flag says whether the client sends it."""


def batch(packets: Iterable[Packet], link_type: int = linktypes.ETHERNET) -> FrameBatch:
    """The frames of scapy packets or plain bytes, `STEP` apart."""
    frames = [bytes(packet) for packet in packets]
    return FrameBatch.from_frames(frames, [EPOCH + STEP * n for n in range(len(frames))], link_type)


def network(from_client: bool, version: int = 4, **fields: Any) -> Packet:
    """The IP header between the client and the server."""
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    ends = (ADDRESSES[version]["client"], ADDRESSES[version]["server"])
    source, target = ends if from_client else ends[::-1]
    return (IP if version == 4 else IPv6)(src=source, dst=target, **fields)


def ether(from_client: bool, **fields: Any) -> Packet:
    """The Ethernet header between the client and the server."""
    from scapy.layers.l2 import Ether

    ends = (CLIENT_MAC, SERVER_MAC)
    source, target = ends if from_client else ends[::-1]
    return Ether(src=source, dst=target, **fields)


def tcp_conversation(wrap: Wrap, version: int = 4, port: int = CLIENT_PORT) -> Iterator[Packet]:
    """Connect, a question, an answer, close by the client: ten packets, each in its wrapping."""
    from scapy.layers.inet import TCP

    asked, answered = CLIENT_ISN + 1 + len(QUESTION), SERVER_ISN + 1 + len(ANSWER)
    for from_client, flags, seq, ack, data in (
        (True, "S", CLIENT_ISN, 0, b""),
        (False, "SA", SERVER_ISN, CLIENT_ISN + 1, b""),
        (True, "A", CLIENT_ISN + 1, SERVER_ISN + 1, b""),
        (True, "PA", CLIENT_ISN + 1, SERVER_ISN + 1, QUESTION),
        (False, "A", SERVER_ISN + 1, asked, b""),
        (False, "PA", SERVER_ISN + 1, asked, ANSWER),
        (True, "A", asked, answered, b""),
        (True, "FA", asked, answered, b""),
        (False, "FA", answered, asked + 1, b""),
        (True, "A", asked + 1, answered + 1, b""),
    ):
        ports = {"sport": port, "dport": PORT} if from_client else {"sport": PORT, "dport": port}
        options = SYN_OPTIONS if "S" in flags else []
        segment = TCP(**ports, flags=flags, seq=seq, ack=ack, window=64240, options=options)
        yield wrap(network(from_client, version) / segment / data, from_client)


def udp_conversation(wrap: Wrap, version: int = 4, port: int = CLIENT_PORT) -> Iterator[Packet]:
    """A question and an answer over UDP: two packets, each in its wrapping."""
    from scapy.layers.inet import UDP

    for from_client, source, target, data in ((True, port, PORT, QUESTION), (False, PORT, port, ANSWER)):
        yield wrap(network(from_client, version) / UDP(sport=source, dport=target) / data, from_client)
