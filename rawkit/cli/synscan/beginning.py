"""What is said of a scan before its first probe: what is left out, and with -v what is scanned and by which way."""

from __future__ import annotations

from collections.abc import Iterator

from rawkit.api.scan import ScanRun
from rawkit.cli.synscan.arguments import ScanOutput
from rawkit.view.scan.text import IN_ORDER
from rawkit.view.text import counted, escaped


def beginning(run: ScanRun, shown: ScanOutput) -> Iterator[str]:
    """The lines."""
    if run.scope.note:
        yield run.scope.note
    for line in run.skipped:
        yield f"skipped {line}"
    names = run.scope.names
    for name, address in run.scope.again.items():
        yield f"{escaped(name)} is {address}, which is scanned as {escaped(names[address])}"
    if all(one.format != "text" for one in shown.outputs):  # text says it of each host
        for address, others in run.scope.others.items():
            yield f"{escaped(names[address])}: {address} is scanned, not {', '.join(others)}: see --resolve-all"
    if run.space.hosts > IN_ORDER and any(one.format == "text" for one in shown.outputs):
        yield (
            f"more than {IN_ORDER:,} hosts: each is told when its last port is known, if one is open, and not in the "
            "order of addresses: 'rawkit merge' sorts what --format json has written"
        )
    if shown.verbose:
        yield from _details(run)


def _details(run: ScanRun) -> Iterator[str]:
    hosts, ports = counted(run.summary.up, "host"), counted(len(run.scope.ports), "port")
    yield f"scanning {hosts}, {ports} each; --seed {run.seed} gives the same order"
    for one in run.silent:
        yield f"{one}: down, nobody answered"
    for one, way in run.ways:
        by = f", by {way.gateway}" if way.gateway is not None else ""
        yield f"{one}: through {way.link.name}{by}, from {way.source}"
