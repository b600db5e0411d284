"""Options of reading captures, those that `sniff` and `summary` share."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Final, TypeVar

import click

from rawkit.api.sniff import CHECKSUMS, FLOW_MEMORY, TUNNELS, VLAN
from rawkit.cli.sniff.options import RULES

F = TypeVar("F", bound=Callable[..., Any])

READ: Final = click.option(
    "-r", "read", multiple=True, metavar="FILE", help="Read this capture file; - is standard input."
)
COUNT: Final = click.option(
    "-c",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop after N frames that FILTER lets through, whatever lines they give.",
)
DISPLAY_FILTER: Final = click.option(
    "-Y", "display_filter", metavar="FILTER", help="Show what passes Wireshark's display filter (docs/filters.md)."
)
CHECKSUM_RULE: Final = click.option(
    "--checksums",
    type=click.Choice(CHECKSUMS),
    default=RULES["checksums"],
    show_default=True,
    help="Packets with wrong TCP or UDP checksums count where those are the rule, never, or always.",
)
VLAN_RULE: Final = click.option(
    "--vlan",
    type=click.Choice(VLAN),
    default=RULES["vlan"],
    show_default=True,
    help="The same endpoints in two VLANs: two flows, or one.",
)
TUNNEL_RULE: Final = click.option(
    "--tunnels",
    type=click.Choice(TUNNELS),
    default=RULES["tunnels"],
    show_default=True,
    help="Flows inside of tunnels and the tunnels, or one of them.",
)
MEMORY: Final = click.option(
    "--flow-memory",
    "flow_memory",
    type=click.IntRange(min=1),
    metavar="MIB",
    help=f"Memory for flows that are open at once.  [default: {FLOW_MEMORY >> 20}]",
)
KERNELS: Final = click.option(
    "--kernels",
    type=click.Choice(("auto", "interpreted", "compiled")),
    default="auto",
    show_default=True,
    help="Compile the kernels, or not, or where it pays.",
)


def rules(function: F) -> F:
    """The options that say how flows are told apart and kept."""
    options = (MEMORY, TUNNEL_RULE, VLAN_RULE, CHECKSUM_RULE)
    return reduce(lambda made, option: option(made), options, function)
