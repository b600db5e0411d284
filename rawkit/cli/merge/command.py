"""`rawkit merge`: the outputs of a scan's shards, or of a scan and its resumption, as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from rawkit.api.merge import Finding, merge, written
from rawkit.api.privileges import give_up_before_reading
from rawkit.cli.color import color_options
from rawkit.errors import CaptureError
from rawkit.view.lines import csv_line, json_line
from rawkit.view.scan.columns import NAMES


@click.command("merge", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("--format", type=click.Choice(["json", "csv"]), default="json", help="How to write it.")
@click.option("-o", "output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file.")
@click.option("-Z", "user", metavar="USER", help="Become this user once the files are open; else who called sudo.")
@color_options
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
def command(format: str, output: Path | None, user: str | None, files: tuple[str, ...]) -> int:
    """Join what `rawkit synscan --format json` or csv has written, sorted by address and port.

    Where a port is in several files, open counts more than closed, closed more than filtered, and open|filtered least.
    A last line that was cut short is left out.

    \b
    rawkit merge shard-1.json shard-2.json shard-3.json -o all.json
    """
    held, _ = give_up_before_reading(files, user, kernels="interpreted", rooms=())
    found = merge(held)
    try:
        with written(None if output == Path("-") else output) as out:
            for line in _lines(format, found):
                out.write(f"{line}\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CaptureError(f"cannot write {output or 'the results'}: {error.strerror}: give another file") from None
    return 0


def _lines(format: str, findings: Iterable[Finding]) -> Iterator[str]:
    if format == "csv":
        yield csv_line(NAMES)
    for finding in findings:
        yield csv_line(finding.get(name) for name in NAMES) if format == "csv" else json_line(finding)
