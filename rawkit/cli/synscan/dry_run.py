"""`rawkit synscan --dry-run`: what would be scanned, in the order of sending."""

from __future__ import annotations

import click

from rawkit.api.requests import ScanRequest
from rawkit.api.scan_order import ScanOrder
from rawkit.cli.synscan.arguments import ScanOutput
from rawkit.cli.usage import asking
from rawkit.view.scan.rows import addresses


def dry_run(request: ScanRequest, shown: ScanOutput) -> int:
    """Prints it, or only how much it is."""
    with asking():
        order = ScanOrder(request)
    if order.note:
        click.echo(f"rawkit: {order.note}", err=True)
    if shown.count_only:
        click.echo(
            f"{order.hosts} addresses, {order.ports} ports each: {len(order)} probes, each sent again if need be"
        )
        return 0
    for ends in order:
        click.echo("\n".join(f"{host} {port}" for host, port in zip(addresses(ends), ends.port.tolist(), strict=True)))
    return 0
