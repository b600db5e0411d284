"""The packet-filter rules of the services `drop` and `reject`, in nft's language (nft(8))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rawkit.lab.parts import ServiceSpec
from rawkit.lab.services.kinds import ANSWERS, FILTERS, RESET


def ruleset(services: Sequence[ServiceSpec]) -> str:
    """A table with the rules of these services; empty where none of them is the packet filter's.

    >>> print(ruleset([ServiceSpec("drop", 25)]))
    table inet rawkit_lab {
      chain input {
        type filter hook input priority 0
        meta l4proto { tcp, udp } th dport 25 drop
      }
    }
    <BLANKLINE>
    """
    lines = [f"    {rule}\n" for service in services if service.kind in FILTERS for rule in _rules(service)]
    begin = "table inet rawkit_lab {\n  chain input {\n    type filter hook input priority 0\n"
    return f"{begin}{''.join(lines)}  }}\n}}\n" if lines else ""


def _rules(service: ServiceSpec) -> Iterator[str]:
    port = f"th dport {service.port}"
    if service.kind == "drop":
        yield f"meta l4proto {{ tcp, udp }} {port} drop"
    elif service.answer == RESET:
        yield f"meta l4proto tcp {port} reject with tcp reset"
        yield f"meta l4proto udp {port} reject"
    else:
        for family, protocol, code in zip(("ipv4", "ipv6"), ("icmp", "icmpv6"), ANSWERS[service.answer], strict=True):
            yield f"meta nfproto {family} meta l4proto {{ tcp, udp }} {port} reject with {protocol} type {code}"
