"""`rawkit synscan --dry-run`: what would be scanned, in the order of sending."""

from __future__ import annotations

import click

from rawkit.api.notices import say
from rawkit.api.requests import ScanRequest
from rawkit.api.scan_order import ScanOrder
from rawkit.cli.synscan.arguments import ScanOutput
from rawkit.cli.usage import asking
from rawkit.view.scan.rows import addresses
from rawkit.view.text import counted


def dry_run(request: ScanRequest, shown: ScanOutput) -> int:
    """Prints it, or only how much it is."""
    with asking():
        order = ScanOrder(request)
    if order.note:
        say(order.note)
    if shown.count_only:
        asked = f"{counted(order.hosts, 'address')}, {counted(order.ports, 'port')} each"
        click.echo(f"{asked}: {counted(len(order), 'probe')}, each sent again if need be")
        return 0
    for ends in order:
        click.echo("\n".join(f"{host} {port}" for host, port in zip(addresses(ends), ends.port.tolist(), strict=True)))
    return 0
