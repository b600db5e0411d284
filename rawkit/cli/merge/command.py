"""`rawkit merge`: the outputs of a scan's shards, or of a scan and its resumption, as one."""

from __future__ import annotations

import csv
import ipaddress
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from rawkit.errors import CaptureError
from rawkit.view.lines import csv_line, json_line

NAMES: Final = ("host", "port", "protocol", "state", "reason", "reason_ttl", "reason_ip", "rtt_ns", "timestamp")
_NUMBERS: Final = ("port", "reason_ttl", "rtt_ns")
_RANK: Final = {"open": 0, "closed": 1, "filtered": 2}

Verdict = dict[str, Any]


@click.command("merge", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("--format", type=click.Choice(["json", "csv"]), default="json", help="How to write it.")
@click.option("-o", "output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def command(format: str, output: Path | None, files: tuple[Path, ...]) -> int:
    """Join what `rawkit synscan --format json` or csv has written, sorted by address and port.

    Where a port is in several files, open counts more than closed, and closed more than filtered. A last line that was
    cut short is left out.

    \b
    rawkit merge shard-1.json shard-2.json shard-3.json -o all.json
    """
    found: dict[tuple[str, int], Verdict] = {}
    for verdict in (one for path in files for one in _read(path)):
        key = verdict["host"], verdict["port"]
        if key not in found or _RANK[verdict["state"]] < _RANK[found[key]["state"]]:
            found[key] = verdict
    try:
        with click.open_file(str(output or "-"), "w", encoding="utf-8") as out:
            for line in _lines(format, (found[key] for key in sorted(found, key=_order))):
                out.write(f"{line}\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CaptureError(f"cannot write {output or 'the results'}: {error.strerror}: give another file") from None
    return 0


def _order(key: tuple[str, int]) -> tuple[int, int, int]:
    address = ipaddress.ip_address(key[0])
    return address.version, int(address), key[1]


def _lines(format: str, verdicts: Iterable[Verdict]) -> Iterator[str]:
    if format == "csv":
        yield csv_line(NAMES)
    for verdict in verdicts:
        yield csv_line(verdict.get(name) for name in NAMES) if format == "csv" else json_line(verdict)


def _read(path: Path) -> Iterator[Verdict]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CaptureError(f"cannot read {path}: {reason}: give the output of a scan") from None
    whole = text[: text.rfind("\n") + 1].splitlines()
    read = _from_csv if whole and whole[0].startswith("host,port,") else _from_json
    try:
        yield from map(_checked, read(whole))
    except (ValueError, KeyError, TypeError):
        raise CaptureError(f"{path} is no output of a scan: give what --format json or csv has written") from None


def _from_json(lines: list[str]) -> Iterator[Verdict]:
    return (json.loads(line) for line in lines)


def _from_csv(lines: list[str]) -> Iterator[Verdict]:
    for row in csv.DictReader(lines):
        yield {name: int(text) if name in _NUMBERS else text for name, text in row.items() if text}


def _checked(verdict: Verdict) -> Verdict:
    """The verdict; ValueError, KeyError or TypeError where it is none."""
    ipaddress.ip_address(verdict["host"])
    if not isinstance(verdict["port"], int) or verdict["state"] not in _RANK:
        raise ValueError(verdict)
    return verdict
