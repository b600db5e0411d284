"""What a user of pings and scans writes, for mypy --strict and pyright to check (tests/api/test_probing_types.py)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_network

import rawkit


def slow_hosts(targets: list[str], limit_ns: int) -> Iterator[tuple[str, int]]:
    """Results as they come."""
    with rawkit.ping(targets, count=3, interval=0.2, method="tcp", port=443) as run:
        for result in run:
            if result.kind == "reply" and result.rtt_ns is not None and result.rtt_ns > limit_ns:
                yield result.target.name, result.rtt_ns


def losses(network: str) -> dict[str, float]:
    """What each target did, after all."""
    run = rawkit.ping(ip_network(network), alive=True)
    return {one.target.text: one.loss_percent for one in run.wait()}


def web_servers(network: str) -> list[rawkit.PortVerdict]:
    """Ports by number and by text."""
    both = [rawkit.scan(network, [80, 443], rate=1000, kind="syn"), rawkit.scan(IPv4Address("192.0.2.1"), "http")]
    return [one for run in both for one in run if one.state == "open"]


def for_a_minute(run: rawkit.ScanRun | rawkit.PingRun) -> None:
    """An end from another thread."""
    timer = threading.Timer(60, run.stop)
    timer.start()
    run.wait()
    timer.cancel()


def opened(run: rawkit.ScanRun) -> tuple[int, dict[str, tuple[int, ...]]]:
    """What is known of each host."""
    summary: rawkit.ScanSummary = run.wait()
    return summary.elapsed_ns, {host.host: host.open for host in run.summaries}


def engine(address: str) -> rawkit.PingEngine:
    """Without sockets and a clock."""
    target = rawkit.Target("server", IPv4Address(address))
    made = rawkit.PingEngine(rawkit.PingPlan(count=1), [target], now=0)
    probe = made.due(now=0)
    assert probe is not None
    assert probe.seq == 1
    return made
