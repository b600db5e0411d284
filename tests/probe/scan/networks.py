"""Networks without a network: hosts that answer an engine's probes after a while, lose some, or answer few."""

import random
from ipaddress import IPv4Address

import numpy as np

from rawkit.probe.scan import kinds
from rawkit.probe.scan.answers import Answers
from rawkit.probe.scan.cookie import SEQUENCE, Cookies
from rawkit.probe.scan.engine import cookies_to
from rawkit.probe.scan.patience import SECOND
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.probe.targets import AddressRange

MS = 1_000_000
COOKIES = Cookies.of(7, 61001)
OPEN, CLOSED, SILENT = kinds.SYN_ACK, kinds.RESET, None
REFUSED = kinds.REFUSALS[0]


def space(hosts=4, ports=(80, 443)):
    first = IPv4Address("198.18.0.0")
    return Space([AddressRange(first, first + hosts - 1)], ports)


def own(count, address="198.18.255.1"):
    """This host's address, as often as there are answers."""
    low, zeros = np.full(count, int(IPv4Address(address)), dtype=np.uint64), np.zeros(count, dtype=np.uint64)
    return Endpoints(zeros, low, np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_))


def tokens_for(ends):
    return cookies_to(COOKIES, ends, own(len(ends))) & SEQUENCE


def answers(ends, told, tokens, at, to=None):
    count = len(ends)
    known = np.where(np.array(told) == kinds.DATAGRAM, 0, SEQUENCE).astype(np.uint64)
    return Answers(
        ends, to or own(count), np.array(told), tokens & known, known, ends, np.full(count, 64), np.full(count, at)
    )


class Network:
    """Answers each probe after `delay`, unless it or the answer is lost."""

    def __init__(self, where, state_of, delay=20 * MS, loss=0.0, seed=0):
        self.space, self.state_of, self.delay = where, state_of, delay
        self.loss, self.random = loss, random.Random(seed)
        self.pending, self.seen = [], {}

    def send(self, probes, now):
        for number in probes.numbers.tolist():
            self.seen[number] = self.seen.get(number, 0) + 1
            lost = self.random.random() < self.loss or self.random.random() < self.loss
            if self.state_of(number) is not SILENT and not lost:
                self.pending.append((now + self.delay, number))
        return np.full(len(probes), now)

    def arrived(self, now):
        here = [entry for entry in self.pending if entry[0] <= now]
        self.pending = [entry for entry in self.pending if entry[0] > now]
        if not here:
            return None
        ends = self.space.endpoints(np.array([number for _, number in here]))
        tokens = tokens_for(ends)
        return answers(ends, [self.state_of(number) for _, number in here], tokens, now)


def drive(engine, network, now=0, until=None, step=5 * MS, skip=False):
    """Runs a scan to its end, or for a number of steps; verdicts by number, each seen once.

    `skip`: a step goes on to when something is to happen.
    """
    found = {}

    def take(verdicts):
        for number, state in zip(network.space.numbers(verdicts.ends).tolist(), verdicts.state.tolist(), strict=True):
            assert number not in found, "two verdicts"
            found[number] = state
        engine.written(verdicts)

    steps = 0
    while not engine.done and (until is None or steps < until):
        while len(probes := engine.due(now)):
            engine.sent(probes, network.send(probes, now))
        if (come := network.arrived(now)) is not None:
            take(engine.receive(come, now))
        take(engine.expire(now))
        now, steps = max(now + step, upcoming(engine, network, now) if skip else 0), steps + 1
        assert steps < 100_000, "no end"
    return found, now


def upcoming(engine, network, now):
    """When something is to happen next."""
    return min([at for at, _ in network.pending] + [engine.deadline or now])


class Limited(Network):
    """Hosts that send errors as Linux does: `burst` at once, then one in each `period` (icmp_ratelimit)."""

    def __init__(self, where, state_of, period=SECOND, burst=6, **options):
        super().__init__(where, state_of, **options)
        self.period, self.burst = period, burst
        self.filled = {}

    def send(self, probes, now):
        """A probe that comes to a host at its limit is as good as lost."""
        for number in probes.numbers.tolist():
            allowed = self.state_of(number) is None or self.state_of(number) < kinds.ICMP or self.takes(number, now)
            if allowed:
                super().send(np.rec.array([(number,)], names="numbers"), now)
            else:
                self.seen[number] = self.seen.get(number, 0) + 1
        return np.full(len(probes), now)

    def takes(self, number, now):
        host = int(self.space.host(np.array([number]))[0])
        tokens, at = self.filled.get(host, (self.burst * self.period, now))
        tokens = min(tokens + now - at, self.burst * self.period)
        self.filled[host] = (tokens - self.period * (tokens >= self.period), now)
        return tokens >= self.period
