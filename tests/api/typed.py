"""What a user writes, for mypy --strict and pyright to check (tests/api/test_typing.py); it is not run."""

from __future__ import annotations

from collections.abc import Iterator

import rawkit


def talkers(path: str) -> dict[str, int]:
    """Bytes by sender."""
    sizes: dict[str, int] = {}
    with rawkit.open(path, "ip", count=1000) as capture:
        for packet in capture:
            sender: str = packet["ip.src"]
            sizes[sender] = sizes.get(sender, 0) + packet.length
            first: bytes = packet.bytes[:14]
            name: str | None = packet.interface
            if "tcp.len" in packet:
                sizes[f"{name} {first.hex()} {packet}"] = packet.to_scapy().wirelen
    lost: int = capture.statistics.dropped
    sizes["lost"] = lost
    return sizes


def failed() -> Iterator[tuple[str, int]]:
    """Connections that failed, live."""
    with rawkit.sniff(["eth0"], "tcp", duration=60.0, direction="in", engine="auto") as capture:
        capture.write("all.pcapng", seconds=3600, files=24)
        for handshake in capture.events(rawkit.Handshake):
            if handshake.outcome != "established":
                yield handshake.server.address, handshake.server.port


def ends(path: str) -> list[str]:
    """Two kinds of events, told apart by their class."""
    told = list[str]()
    for event in rawkit.read_events(path, kinds=[rawkit.Handshake, rawkit.Teardown]):
        if isinstance(event, rawkit.Handshake):
            told.append(event.outcome)
        elif isinstance(event, rawkit.Teardown):
            told.append(event.first)
    return told


def flows(path: str) -> int:
    """Bytes of all flows, one by one."""
    with rawkit.open(path, rules=rawkit.FlowRules(checksums="verify")) as capture:
        return sum(flow.orig_bytes or 0 for flow in capture.flows())


def tables(path: str) -> list[object]:
    """A table, its rows and columns."""
    table: rawkit.Table = rawkit.read_packets(path, fields=["ip.src", "tcp.len"])
    row: dict[str, object] = table[0]
    some: rawkit.Table = table[:10]
    longest = int(table["tcp.len"].max())
    return [row, longest, *some.rows(), *(each["ip.src"] for each in table.head(3))]


def batches(path: str) -> int:
    """Columns of decoded batches, and steps."""
    total = 0
    with rawkit.open(path) as capture:
        for packets in capture.packet_batches():
            total += int(packets.to_numpy(["frame.len"])["frame.len"].sum())
    with rawkit.open(path) as capture:
        for step in capture.steps(rawkit.FlowRecord):
            total += len(step.flow_table())
    return total


def recorded() -> int:
    """Only written."""
    with rawkit.record("eth0", "all.pcap", "udp", count=10) as recorder:
        rawkit.drop_privileges("nobody")
        return recorder.wait().frames
