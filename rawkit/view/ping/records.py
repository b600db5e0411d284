"""Pings as JSON lines and CSV: the same values under the same names."""

from __future__ import annotations

from typing import Any, Final

from rawkit.probe.ping.results import Result
from rawkit.probe.ping.statistics import Summary
from rawkit.view.ping.words import reason

RESULT_NAMES: Final = (
    "type",
    "target",
    "address",
    "seq",
    "rtt_ns",
    "ttl",
    "bytes",
    "clock",
    "icmp_type",
    "icmp_code",
    "reason",
    "mtu",
    "reordered",
    "detail",
    "route",
    "timestamps",
    "time_ns",
)
SUMMARY_NAMES: Final = (
    "type",
    "target",
    "address",
    "sent",
    "received",
    "loss_percent",
    "duplicates",
    "late",
    "corrupt",
    "errors",
    "reordered",
    "rtt_min_ns",
    "rtt_avg_ns",
    "rtt_max_ns",
    "rtt_mdev_ns",
    "rtt_median_ns",
    "rtt_p95_ns",
    "rtt_p99_ns",
    "jitter_ns",
    "elapsed_ns",
    "clock",
    "answerers",
)


def result_values(result: Result) -> dict[str, Any]:
    """The fields of a result; None for those that it does not have.

    >>> from ipaddress import ip_address
    >>> from rawkit.probe.targets import Target
    >>> values = result_values(Result("timeout", Target("server", ip_address("192.0.2.20")), 3, 0))
    >>> values["type"], values["seq"], values["rtt_ns"]
    ('timeout', 3, None)
    """
    problem = result.problem
    values = (
        result.kind,
        result.target.name,
        result.address,
        result.seq,
        result.rtt_ns,
        result.ttl,
        result.size,
        result.clock,
        problem.type if problem else None,
        problem.code if problem else None,
        reason(problem) if problem else None,
        problem.mtu if problem else None,
        result.reordered or None,
        result.detail or None,
        *(_told(result.ip_options) if result.ip_options else (None, None)),
        result.time_ns,
    )
    return dict(zip(RESULT_NAMES, values, strict=True))


def _told(options: bytes) -> tuple[list[str] | None, list[str] | None]:
    """What the IPv4 options of an answer say: the route, and the timestamps."""
    from rawkit.view.ping import ip_options

    stamps = [ip_options.stamp_text(stamp) for stamp in ip_options.stamps(options)]
    return list(ip_options.route(options)) or None, stamps or None


def summary_values(summary: Summary) -> dict[str, Any]:
    """The fields of a summary; None for times where there was no reply."""
    times = summary.times
    values: tuple[Any, ...] = (
        "summary",
        summary.target.name,
        summary.target.text,
        summary.sent,
        summary.received,
        round(summary.loss_percent, 6),
        summary.duplicates,
        summary.late,
        summary.corrupt,
        summary.errors,
        summary.reordered,
    )
    if times.count:
        ranks = [times.percentile(percent) for percent in (50, 95, 99)]
        values += (times.minimum, times.mean, times.maximum, times.deviation, *ranks, times.jitter)
    else:
        values += (None,) * 8
    values += (summary.elapsed_ns, summary.clock or None, sorted(summary.answerers) or None)
    return dict(zip(SUMMARY_NAMES, values, strict=True))
