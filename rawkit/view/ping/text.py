"""Pings as text: what a person used to iputils' ping reads at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rawkit.probe.ping.results import Probe, Result
from rawkit.probe.ping.statistics import Summary
from rawkit.probe.targets import Target
from rawkit.view.ping.histogram import histogram
from rawkit.view.ping.numbers import MILLISECOND, in_a_row, milliseconds
from rawkit.view.ping.words import reason
from rawkit.view.text import escaped, readable

_HEADERS = {4: 20 + 8, 6: 40 + 8}
_SOME = 3
"""Targets that a line about many names."""


def named(target: Target, address: str | None = None) -> str:
    """The target's name, and the address behind it where that is another text.

    >>> from ipaddress import ip_address
    >>> named(Target("server", ip_address("192.0.2.20"))), named(Target("::1", ip_address("::1")))
    ('server (192.0.2.20)', '::1')
    """
    shown = target.text if address is None else address
    if target.name in (shown, str(target.address)) or shown.partition("%")[0] != str(target.address):
        return shown
    return f"{readable(target.name)} ({shown})"


def heading(target: Target, method: str, size: int, port: int, through: str, options: int = 0) -> str:
    """The first line of a ping of one target; `options` are the bytes of options in the IPv4 header.

    >>> from ipaddress import ip_address
    >>> heading(Target("192.0.2.20", ip_address("192.0.2.20")), "icmp", 56, 0, "")
    'PING 192.0.2.20 (192.0.2.20) 56(84) bytes of data.'
    """
    origin = f" from {readable(through)}:" if through else ""
    begin = f"PING {readable(target.name)} ({target.address}){origin}"
    if method != "icmp":
        return f"{begin} {method.upper()}" + (f" port {port}" if port else "")
    if target.address.version == 6:
        return f"{begin} {size} data bytes"
    return f"{begin} {size}({size + _HEADERS[4] + options}) bytes of data."


def result_line(result: Result, method: str, *, among_others: bool = False) -> str | None:
    """The line that a result gets; None for a timeout, of which ping says nothing.

    One target among others is named where another address than its own has answered.

    >>> from ipaddress import ip_address
    >>> target = Target("192.0.2.20", ip_address("192.0.2.20"))
    >>> result_line(Result("reply", target, 1, 0, "192.0.2.20", 31_400, "kernel", 64, 64), "icmp")
    '64 bytes from 192.0.2.20: icmp_seq=1 ttl=64 time=0.0314 ms'
    """
    parts = result_parts(result, method, among_others=among_others)
    return None if parts is None else " ".join(filter(None, parts))


def result_parts(result: Result, method: str, *, among_others: bool = False) -> tuple[str, str, str, str, str] | None:
    """What such a line consists of: who answered, to which probe, with which TTL, after what time, and the rest."""
    if result.kind == "timeout":
        return None
    seq, asked = f"{method}_seq={result.seq}", _asked(result, among_others)
    if result.problem is not None:
        sender = f"From {result.address}" if result.address else ""
        return sender, seq, "", "", " ".join([reason(result.problem), *asked])
    who = f"{result.size} bytes from {named(result.target, result.address)}:"
    ttl = f"ttl={result.ttl}" if result.ttl is not None else ""
    time = f"time={milliseconds(result.rtt_ns)} ms" if result.rtt_ns is not None else ""
    return who, seq, ttl, time, " ".join([*_remarks(result), *asked])


def _remarks(result: Result) -> Iterator[str]:
    if result.from_elsewhere:
        yield "(DIFFERENT ADDRESS!)"
    if result.detail:
        yield f"({escaped(result.detail)})"
    if result.kind == "duplicate":
        yield "(DUP!)"
    if result.kind == "late":
        yield "(late)"
    if result.reordered:
        yield "(reordered)"


def _asked(result: Result, among_others: bool) -> Iterator[str]:
    if among_others and result.address != result.target.text:
        yield f"(asked: {readable(result.target.name)})"


def unanswered_line(probe: Probe, method: str, *, among_others: bool = False) -> str:
    """What -O says of a probe that has no answer when the next one leaves."""
    target = f" of {readable(probe.target.name)}" if among_others else ""
    return f"no answer yet for {method}_seq={probe.seq}{target}"


def elsewhere_line(summaries: Sequence[Summary]) -> str | None:
    """For which targets other addresses answered, a few of them by name; None where that was so for none.

    >>> from ipaddress import ip_address
    >>> from rawkit.probe.ping.statistics import RoundTrips
    >>> one = Summary(Target("server", ip_address("192.0.2.20")), RoundTrips(), answerers={"192.0.2.30": 1})
    >>> elsewhere_line([one])
    'another address answered for server: 192.0.2.30'
    """
    found = [(one.target, address) for one in summaries for address in one.answerers if one.target.is_other(address)]
    if not found:
        return None
    if len(found) == 1:
        return f"another address answered for {readable(found[0][0].name)}: {found[0][1]}"
    some = ", ".join(f"{readable(target.name)}: {address}" for target, address in found[:_SOME])
    more = f", and {len(found) - _SOME} more" if len(found) > _SOME else ""
    return f"other addresses answered for targets: {some}{more}"


def summary_lines(summary: Summary, terminal: bool) -> Iterator[str]:
    """The statistics of one target."""
    yield ""
    yield f"--- {readable(summary.target.name)} ping statistics ---"
    yield counts(summary)
    times = summary.times
    if times.count:
        yield f"rtt min/avg/max/mdev = {in_a_row((times.minimum, times.mean, times.maximum, times.deviation))} ms"
        ranks = [times.percentile(percent) for percent in (50, 95, 99)]
        yield f"rtt median/p95/p99/jitter = {in_a_row((*ranks, times.jitter))} ms, {clock_words(summary.clock)}"
    yield from answerer_lines(summary)
    if terminal:
        yield from histogram(times.kept)


def counts(summary: Summary) -> str:
    """What was sent, what came back, and what was wrong with it, as iputils writes it."""
    extras = (
        (summary.duplicates, "duplicates"),
        (summary.corrupt, "corrupted"),
        (summary.errors, "errors"),
        (summary.late, "late"),
        (summary.reordered, "reordered"),
    )
    parts = [f"{summary.sent} packets transmitted", f"{summary.received} received"]
    parts += [f"+{number} {word}" for number, word in extras if number]
    parts += [loss_words(summary), f"time {summary.elapsed_ns // MILLISECOND}ms"]
    return ", ".join(parts)


def loss_words(summary: Summary) -> str:
    """How much was lost, as iputils writes it."""
    return f"{summary.loss_percent:.6g}% packet loss"


def status_line(summaries: Sequence[Summary]) -> str:
    """How it is so far: of one target as iputils writes it for SIGQUIT, of many all together.

    >>> from ipaddress import ip_address
    >>> from rawkit.probe.ping.statistics import RoundTrips
    >>> one = Summary(Target("server", ip_address("192.0.2.20")), RoundTrips(), sent=2, received=1)
    >>> one.times.add(31_400)
    >>> status_line([one])
    '1/2 packets, 50% loss, min/avg/ewma/max = 0.0314/0.0314/0.0314/0.0314 ms'
    >>> status_line([one, Summary(Target("router", ip_address("192.0.2.1")), RoundTrips(), sent=2)])
    '1/4 packets, 75% loss, 1 of 2 targets answered'
    """
    sent, received = sum(one.sent for one in summaries), sum(one.received for one in summaries)
    line = f"{received}/{sent} packets, {100 * (sent - received) // max(sent, 1)}% loss"
    if len(summaries) != 1:
        return f"{line}, {sum(one.alive for one in summaries)} of {len(summaries)} targets answered"
    times = summaries[0].times
    if not times.count:
        return line
    return f"{line}, min/avg/ewma/max = {in_a_row((times.minimum, times.mean, times.smoothed, times.maximum))} ms"


def clock_words(clock: str) -> str:
    """Whose clock round trips were taken from.

    >>> clock_words("kernel")
    'stamped by the kernel'
    """
    words = {
        "kernel": "stamped by the kernel",
        "user": "by this program's clock",
        "mixed": "some by the kernel's stamps",
    }
    return words.get(clock, "")


def answerer_lines(summary: Summary) -> Iterator[str]:
    """Who answered, where there are several, and which addresses have several owners."""
    if len(summary.answerers) > 1:
        who = ", ".join(f"{address} ({count})" for address, count in sorted(summary.answerers.items()))
        yield f"{len(summary.answerers)} hosts answered: {who}"
    for address, details in summary.details.items():
        owners = [detail for detail in details if detail.count(":") == 5]
        if len(owners) > 1:
            yield f"{address} is claimed by {len(owners)} MAC addresses: {', '.join(owners)}"


def short_summary(summary: Summary, width: int) -> str:
    """One line for one target of many, as fping writes it."""
    begin = f"{readable(summary.target.name).ljust(width)} : xmt/rcv/%loss = {summary.sent}/{summary.received}/"
    line = f"{begin}{summary.loss_percent:.0f}%"
    times = summary.times
    if times.count:
        line += f", min/avg/max = {in_a_row((times.minimum, times.mean, times.maximum))}"
    extras = [f"{n} {word}" for n, word in ((summary.duplicates, "dup"), (summary.errors, "err")) if n]
    return ", ".join([line, *extras])


def table_line(name: str, times: list[int | None], width: int) -> str:
    """One line of round trips of one target, `-` for those without an answer, as fping -C writes it.

    >>> table_line("192.0.2.20", [31_400, None], 12)
    '192.0.2.20   : 0.0314 -'
    """
    cells = " ".join("-" if time is None else milliseconds(time) for time in times)
    return f"{readable(name).ljust(width)} : {cells}"
