"""The packet filter's part of a host: the services `drop` and `reject`, and what a router does not let through."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from rawkit.facts.ip_protocols import TCP, UDP
from rawkit.lab.parts import FilterSpec, HostSpec, ServiceSpec
from rawkit.lab.services.kinds import ANSWERS, RESET
from rawkit.sockets.nftables import expressions as do
from rawkit.sockets.nftables import ruleset
from rawkit.sockets.nftables.ruleset import RuleChange
from rawkit.values import dataclass

TABLE: Final = "rawkit_lab"
_PROTOCOLS, _PORTS = 1, 2
"""By which a rule finds its own sets."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What packets of some IP protocols, to some ports, meet; of one IP version, or of both (0)."""

    protocols: tuple[int, ...]
    ports: tuple[int, ...]
    action: bytes
    version: int = 0

    def changes(self, chain: str) -> Iterator[RuleChange]:
        """The sets that the rule looks up, and the rule."""
        protocols, ports = do.of_protocol(self.protocols[0]), do.to_port(self.ports[0])
        if len(self.protocols) > 1:
            yield from ruleset.add_fixed_set(TABLE, _PROTOCOLS, ruleset.PROTOCOL, [bytes([p]) for p in self.protocols])
            protocols = do.of_protocols(_PROTOCOLS)
        if len(self.ports) > 1:
            yield from ruleset.add_fixed_set(TABLE, _PORTS, ruleset.PORT, [struct.pack("!H", p) for p in self.ports])
            ports = do.to_ports(_PORTS)
        version = do.of_ip_version(self.version) if self.version else b""
        yield ruleset.add_rule(TABLE, chain, version, protocols, ports, self.action)


def load(host: HostSpec) -> None:
    """Tells the packet filter of this network namespace the rules of a host; OSError where it refuses."""
    own = [rule for service in host.services for rule in _of_service(service)]
    forwarded = [rule for entry in host.filters for rule in _of_filter(entry)]
    if not own and not forwarded:
        return
    with ruleset.Nftables() as kernel:
        kernel.commit([ruleset.add_table(TABLE)])
        _load_chain(kernel, "input", ruleset.INPUT, own)
        _load_chain(kernel, "forward", ruleset.FORWARD, forwarded)


def _load_chain(kernel: ruleset.Nftables, name: str, hook: int, rules: Sequence[_Rule]) -> None:
    if rules:
        kernel.commit([ruleset.add_chain(TABLE, name, hook, ruleset.FILTER)])
    for rule in rules:  # one at a time: together they may be longer than what a socket can send at once
        kernel.commit(list(rule.changes(name)))


def _of_service(service: ServiceSpec) -> Iterator[_Rule]:
    ports = (service.port,)
    if service.kind == "drop":
        yield _Rule((TCP, UDP), ports, do.drop())
    elif service.kind == "reject" and service.answer == RESET:
        yield _Rule((TCP,), ports, do.reset())
        yield _Rule((UDP,), ports, do.port_unreachable())
    elif service.kind == "reject":
        yield from _unreachable(ports, service.answer)


def _of_filter(entry: FilterSpec) -> Iterator[_Rule]:
    if entry.kind == "drop":
        yield _Rule((TCP, UDP), entry.ports, do.drop())
    elif entry.answer == RESET:
        yield _Rule((TCP,), entry.ports, do.reset())
    else:
        yield from _unreachable(entry.ports, entry.answer)


def _unreachable(ports: tuple[int, ...], answer: str) -> Iterator[_Rule]:
    for version, code in zip((4, 6), ANSWERS[answer], strict=True):
        yield _Rule((TCP, UDP), ports, do.unreachable(code), version)
