"""What a user of `rawkit.aio` writes, for mypy --strict and pyright to check (tests/api/aio/test_types.py)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from scapy.layers.inet import ICMP, IP

import rawkit


async def slow_hosts(targets: list[str], limit_ns: int) -> AsyncIterator[tuple[str, int]]:
    """Results as they come."""
    async with rawkit.aio.ping(targets, count=3, interval=0.2, method="tcp", port=443) as run:
        async for result in run:
            if result.kind == "reply" and result.rtt_ns is not None and result.rtt_ns > limit_ns:
                yield result.target.name, result.rtt_ns


async def losses(network: str) -> dict[str, float]:
    """What each target did, after all."""
    return {one.target.text: one.loss_percent for one in await rawkit.aio.ping(network, alive=True).wait()}


async def web_servers(network: str) -> tuple[list[rawkit.PortVerdict], int, list[tuple[int, ...]]]:
    """Verdicts, a count of the summary, and hosts."""
    run = rawkit.aio.scan(network, [80, 443], rate=1000, kind="syn")
    found = [one async for one in run if one.state == "open"]
    return found, run.summary.closed, [host.open for host in run.summaries]


async def refused(interface: str) -> list[str]:
    """Events of one kind, and what was lost."""
    async with rawkit.aio.sniff(interface, "tcp", duration=60.0, promiscuous=False) as capture:
        servers = [str(event.server) async for event in capture.events(rawkit.Handshake) if event.outcome == "refused"]
        assert capture.statistics.dropped == 0, capture.links
        return servers


async def lengths(interface: str) -> list[int]:
    """Packets, all and chosen."""
    found: list[int] = []
    async for packet in rawkit.aio.sniff(interface, count=10):
        found.append(packet.length)  # noqa: PERF401
    capture = rawkit.aio.sniff([interface], direction="in")
    async for packet in capture.write("seen.pcapng", size=10**6).packets(where="dns"):
        found.append(packet.number)  # noqa: PERF401
    async for batch in capture.batches():
        found.append(len(batch))  # noqa: PERF401
    return found


async def asked(address: str) -> tuple[int | None, int, float]:
    """Answers, and what went out."""
    exchanges = await rawkit.aio.ask(IP(dst=address) / ICMP(), timeout=1.5, retries=2)
    sent = await rawkit.aio.send(b"\0" * 60, interface="eth0", count=3)
    return exchanges[0].rtt_ns, len(exchanges.answered), sent.seconds


async def at_once(runs: list[rawkit.aio.PingRun | rawkit.aio.ScanRun | rawkit.aio.Capture]) -> None:
    """Ends of all kinds."""
    loop = asyncio.get_running_loop()
    for run in runs:
        loop.call_later(60, run.stop)
    await asyncio.gather(*(run.wait() for run in runs))
    for run in runs:
        run.close()
