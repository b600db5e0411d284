"""Capture files for the benchmarks: TCP connections with right checksums, made by NumPy, the same at every run.

`many_flows` has 12 packets a connection, a thousand connections under way at once; `few_flows` has 50 connections that
carry data all the time. Times go on by a microsecond a packet. Addresses are from the benchmarking range.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

FIN, SYN, PSH, ACK = 1, 2, 8, 16
SERVER_PORT = 443
START = 1_700_000_000
CLIENT_NET, SERVER_NET = 0xC6120000, 0xC6130000  # 198.18.0.0, 198.19.0.0
HEADERS = 14 + 20 + 20
PCAP_HEADER = bytes.fromhex("4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000")

# Of each packet of a connection: by the client?, flags, payload.
CONNECTION = (
    (True, SYN, 0), (False, SYN | ACK, 0), (True, ACK, 0),
    (True, PSH | ACK, 180), (False, ACK, 0), (False, ACK, 1000), (False, PSH | ACK, 420), (True, ACK, 0),
    (True, FIN | ACK, 0), (False, ACK, 0), (False, FIN | ACK, 0), (True, ACK, 0),
)  # fmt: skip


class Connections:
    """A number of connections that go on in step: one packet of each at a time."""

    def __init__(self, first: int, count: int) -> None:
        numbers = np.arange(first, first + count, dtype=np.int64)
        self.count = count
        self._client = CLIENT_NET + numbers % 50_000 + 1
        self._server = SERVER_NET + numbers % 251 + 1
        self._port = 1024 + numbers // 50_000 * 7 + numbers % 60_000
        self._next = [numbers * 7919 & 0xFFFFFFFF, numbers * 104_729 + 1 & 0xFFFFFFFF]

    def packet(self, by_client: bool, flags: int, payload: int, now: int) -> Bytes:
        """The next packet of each connection, as pcap records: connections by bytes."""
        size = HEADERS + payload
        records = np.zeros((self.count, 16 + size), dtype=np.uint8)
        self._record_headers(records, size, now)
        frame = records[:, 16:]
        frame[:, :14] = np.frombuffer(bytes.fromhex("020000000002 020000000001 0800"), dtype=np.uint8)
        self._ip(frame, by_client, size - 14)
        self._tcp(frame, by_client, flags, payload)
        return records

    def _record_headers(self, records: Bytes, size: int, now: int) -> None:
        nanoseconds = now + 1000 * np.arange(self.count, dtype=np.int64)
        fields: tuple[int | NDArray[np.int64], ...] = (START + nanoseconds // 10**9, nanoseconds % 10**9, size, size)
        for place, value in enumerate(fields):
            records[:, 4 * place : 4 * place + 4] = _little(value, self.count)

    def _ip(self, frame: Bytes, by_client: bool, total: int) -> None:
        frame[:, 14:26] = np.frombuffer(bytes.fromhex("4500 0000 0000 4000 4006 0000"), dtype=np.uint8)
        ends = (self._client, self._server) if by_client else (self._server, self._client)
        _put(frame, 16, 2, total)
        _put(frame, 26, 4, ends[0])
        _put(frame, 30, 4, ends[1])
        _put(frame, 24, 2, _checksum(frame[:, 14:34], 0))

    def _tcp(self, frame: Bytes, by_client: bool, flags: int, payload: int) -> None:
        side = 0 if by_client else 1
        ports = (self._port, SERVER_PORT) if by_client else (SERVER_PORT, self._port)
        _put(frame, 34, 2, ports[0])
        _put(frame, 36, 2, ports[1])
        _put(frame, 38, 4, self._next[side])
        _put(frame, 42, 4, self._next[1 - side] if flags & ACK else 0)
        _put(frame, 46, 2, 5 << 12 | flags)
        _put(frame, 48, 2, 64240)
        frame[:, HEADERS:] = 0x61
        pseudo = _words(frame[:, 26:34]) + 6 + 20 + payload
        _put(frame, 50, 2, _checksum(frame[:, 34:], pseudo))
        used = payload + (1 if flags & (SYN | FIN) else 0)
        self._next[side] = self._next[side] + used & 0xFFFFFFFF


def _little(value: int | NDArray[np.int64], count: int) -> Bytes:
    return np.broadcast_to(np.asarray(value, dtype="<u4"), count).copy().view(np.uint8).reshape(count, 4)


def _put(frame: Bytes, place: int, size: int, value: int | NDArray[np.int64]) -> None:
    for position in range(size):
        frame[:, place + position] = np.asarray(value) >> 8 * (size - 1 - position) & 0xFF


def _words(data: Bytes) -> NDArray[np.int64]:
    total: NDArray[np.int64] = np.ascontiguousarray(data).view(">u2").sum(axis=1, dtype=np.int64)
    return total


def _checksum(data: Bytes, pseudo: int | NDArray[np.int64]) -> NDArray[np.int64]:
    total: NDArray[np.int64] = _words(data) + pseudo
    for _ in range(3):
        total = (total & 0xFFFF) + (total >> 16)
    return np.bitwise_and(~total, 0xFFFF)


def many_flows(connections: int) -> Iterator[bytes]:
    """The bytes of a capture with so many connections of 12 packets each."""
    yield PCAP_HEADER
    now = 0
    for first in range(0, connections, 1000):
        group = Connections(first, min(1000, connections - first))
        for by_client, flags, payload in CONNECTION:
            yield group.packet(by_client, flags, payload, now).tobytes()
            now += 1000 * group.count


def few_flows(packets: int, connections: int = 50) -> Iterator[bytes]:
    """The bytes of a capture in which so many connections share the packets."""
    yield PCAP_HEADER
    group = Connections(0, connections)
    opening, closing = CONNECTION[:3], CONNECTION[8:]
    rounds = packets // connections - len(opening) - len(closing)
    talk = [CONNECTION[3 + turn % 5] for turn in range(rounds)]
    for turn, (by_client, flags, payload) in enumerate((*opening, *talk, *closing)):
        yield group.packet(by_client, flags, payload, turn * 1000 * connections).tobytes()


def write(path: Path, parts: Iterator[bytes]) -> None:
    """Writes a capture, unless it is there already."""
    if path.exists():
        return
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as out:
        for part in parts:
            out.write(part)
    unfinished.rename(path)


def main() -> None:
    """Makes the captures that the decode benchmark reads."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packets", type=int, default=2_000_000)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    write(arguments.folder / f"many-{arguments.packets}.pcap", many_flows(arguments.packets // 12))
    write(arguments.folder / f"few-{arguments.packets}.pcap", few_flows(arguments.packets))


if __name__ == "__main__":
    main()
