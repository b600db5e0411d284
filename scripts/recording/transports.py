"""Transports and a routing protocol that the recording kernel does not speak: SCTP, DCCP, OSPF."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from rawkit.frames import FrameBatch

from .conversation import CLIENT_MAC, Packet, batch, ether, network
from .scene import ADDRESSES, ANSWER, CLIENT_PORT, PORT, QUESTION

CLIENT_TAG, SERVER_TAG = 0x11111111, 0x22222222
COOKIE = bytes(range(32))
DCCP_NUMBER, DCCP_PORT = 33, 5001
REQUEST, RESPONSE, ACK, DATA_ACK, CLOSE, RESET = 0, 1, 3, 4, 6, 7
CLOSED_CODE = 1


def sctp() -> FrameBatch:
    """An association: four-way handshake, a message each way, shutdown (RFC 9260 section 5 and 9)."""
    from scapy.layers.sctp import SCTP

    frames = []
    for from_client, chunk in sctp_chunks():
        ports = (CLIENT_PORT, PORT) if from_client else (PORT, CLIENT_PORT)
        first = type(chunk).__name__ == "SCTPChunkInit"
        tag = 0 if first else SERVER_TAG if from_client else CLIENT_TAG
        frames.append(ether(from_client) / network(from_client) / SCTP(sport=ports[0], dport=ports[1], tag=tag) / chunk)
    return batch(frames)


def sctp_chunks() -> Iterator[tuple[bool, Packet]]:
    """Each packet's sender (whether it is the client) and its chunk."""
    from scapy.layers import sctp as s

    streams = {"a_rwnd": 106496, "n_out_streams": 10, "n_in_streams": 10}
    yield True, s.SCTPChunkInit(init_tag=CLIENT_TAG, init_tsn=100, **streams)
    state = [s.SCTPChunkParamStateCookie(cookie=COOKIE)]
    yield False, s.SCTPChunkInitAck(init_tag=SERVER_TAG, init_tsn=200, params=state, **streams)
    yield True, s.SCTPChunkCookieEcho(cookie=COOKIE)
    yield False, s.SCTPChunkCookieAck()
    yield True, s.SCTPChunkData(beginning=1, ending=1, tsn=100, data=QUESTION)
    yield False, s.SCTPChunkSACK(cumul_tsn_ack=100, a_rwnd=106496, n_gap_ack=0, n_dup_tsn=0)
    yield False, s.SCTPChunkData(beginning=1, ending=1, tsn=200, data=ANSWER)
    yield True, s.SCTPChunkSACK(cumul_tsn_ack=200, a_rwnd=106496, n_gap_ack=0, n_dup_tsn=0)
    yield True, s.SCTPChunkShutdown(cumul_tsn_ack=200)
    yield False, s.SCTPChunkShutdownAck()
    yield True, s.SCTPChunkShutdownComplete()


def sctp_abort() -> FrameBatch:
    """A refusal; an open association that a forged ABORT does not end; one that its server aborts, data unread."""
    from scapy.layers import sctp as s
    from scapy.layers.sctp import SCTP

    user_initiated = struct.pack("!HH", 12, 4)
    opening = list(sctp_chunks())[:5]
    talks = (
        (0, PORT + 1, [opening[0], (False, s.SCTPChunkAbort())], CLIENT_TAG),
        (1, PORT, [*opening, (False, s.SCTPChunkAbort(error_causes=user_initiated))], CLIENT_TAG + 1),
        (2, PORT, [*opening, (False, s.SCTPChunkAbort(error_causes=user_initiated))], CLIENT_TAG),
    )
    frames = []
    for number, port, chunks, last_tag in talks:
        for from_client, chunk in chunks:
            client = CLIENT_PORT + number
            ports = (client, port) if from_client else (port, client)
            first, last = chunk is chunks[0][1], chunk is chunks[-1][1]
            tag = 0 if first else last_tag if last else SERVER_TAG if from_client else CLIENT_TAG
            head = SCTP(sport=ports[0], dport=ports[1], tag=tag)
            frames.append(ether(from_client) / network(from_client) / head / chunk)
    return batch(frames)


def dccp() -> FrameBatch:
    """A connection: Request, Response, Ack, data each way, Close, Reset (RFC 4340 section 8)."""
    frames = []
    for from_client, kind, seq, ack, rest in (
        (True, REQUEST, 100, None, struct.pack("!I", 42)),
        (False, RESPONSE, 200, 100, struct.pack("!I", 42)),
        (True, ACK, 101, 200, b""),
        (True, DATA_ACK, 102, 200, QUESTION),
        (False, DATA_ACK, 201, 102, ANSWER),
        (True, CLOSE, 103, 201, b""),
        (False, RESET, 202, 103, bytes([CLOSED_CODE, 0, 0, 0])),
    ):
        body = dccp_packet(from_client, kind, seq, ack, rest)
        frames.append(ether(from_client) / network(from_client, proto=DCCP_NUMBER) / body)
    return batch(frames)


def dccp_packet(from_client: bool, kind: int, seq: int, ack: int | None, rest: bytes) -> bytes:
    """A DCCP packet with 48-bit sequence numbers and its checksum (RFC 4340 sections 5.1 and 9)."""
    from scapy.layers.inet import in4_chksum

    ports = (CLIENT_PORT, DCCP_PORT) if from_client else (DCCP_PORT, CLIENT_PORT)
    acknowledgement = b"" if ack is None else struct.pack("!Q", ack)
    numbers = struct.pack("!BBHI", kind << 1 | 1, 0, seq >> 32, seq & 0xFFFFFFFF) + acknowledgement
    header = 8 + len(numbers) + (4 if kind in (REQUEST, RESPONSE, RESET) else 0)
    whole = struct.pack("!HHBBH", *ports, header // 4, 0, 0) + numbers + rest
    checksum = in4_chksum(DCCP_NUMBER, network(from_client), whole)
    return whole[:6] + struct.pack("!H", checksum) + whole[8:]


def ospf() -> FrameBatch:
    """A Hello of OSPFv2 to 224.0.0.5 (RFC 2328 appendix A.3.2) and one of OSPFv3 to ff02::5 (RFC 5340 A.3.2)."""
    from scapy.contrib.ospf import OSPF_Hdr, OSPF_Hello, OSPFv3_Hdr, OSPFv3_Hello
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether

    hello = OSPF_Hello(mask="255.255.255.0", neighbors=["198.51.100.1"])
    v2 = IP(src=ADDRESSES[4]["router"], dst="224.0.0.5", ttl=1) / OSPF_Hdr(src=ADDRESSES[4]["router"]) / hello
    v3 = IPv6(src="fe80::1", dst="ff02::5", hlim=1) / OSPFv3_Hdr(src=ADDRESSES[4]["router"]) / OSPFv3_Hello()
    return batch(
        [
            Ether(src=CLIENT_MAC, dst="01:00:5e:00:00:05") / v2,
            Ether(src=CLIENT_MAC, dst="33:33:00:00:00:05") / v3,
        ]
    )
