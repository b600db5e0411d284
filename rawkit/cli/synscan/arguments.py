"""What the command line of `rawkit synscan` says: what is asked of the network, and how it is to be shown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from rawkit.api.requests import ScanRequest
from rawkit.errors import RawkitError
from rawkit.probe.scan.kinds import KINDS, SYN_SCAN, ScanKind

HOST_BY_HOST: Final = ("xml", "grepable")
"""Formats in which a host's ports stand together."""


@dataclass(frozen=True, slots=True)
class ScanOutput:
    """How a scan is shown; the options by their names."""

    only_open: bool
    reason: bool
    dry_run: bool
    count_only: bool
    format: str
    output: Path | None

    @property
    def host_by_host(self) -> bool:
        """Whether a host's ports stand together."""
        return self.format in HOST_BY_HOST


def split(options: dict[str, Any]) -> tuple[ScanRequest, ScanOutput]:
    """The options as what is asked and what is shown; RawkitError for those that do not go together."""
    options = _written(options) | {"kind": _kind(options)}
    shown = ScanOutput(**{one.name: options[one.name] for one in fields(ScanOutput)})
    asked = {one.name: options[one.name] for one in fields(ScanRequest) if one.name in options}
    request = ScanRequest(**asked, whole_hosts=shown.host_by_host)
    if shown.count_only and not shown.dry_run:
        raise RawkitError("--count-only counts what --dry-run prints: use both")
    if shown.output is not None and shown.output == request.resume:
        raise RawkitError(f"-o and --resume both name {shown.output}: give two files")
    return request, shown


def kind_option(kind: ScanKind) -> str:
    """What click calls the option of a kind of scan."""
    return f"scan_{kind.name}"


def _kind(options: dict[str, Any]) -> str:
    """The one kind of scan that is asked for."""
    chosen = [kind for kind in KINDS.values() if options.get(kind_option(kind))]
    if len(chosen) > 1:
        given = " and ".join(f"-s{kind.letter}" for kind in chosen)
        raise RawkitError(f"{given}: one kind of scan at a time: run it once for each, and join JSON by `rawkit merge`")
    return chosen[0].name if chosen else SYN_SCAN.name


def _written(options: dict[str, Any]) -> dict[str, Any]:
    """The options with nmap's -oX FILE as --format xml -o FILE, and so on; - is standard output."""
    files = {form: path for form in ("text", "xml", "grepable") if (path := options.pop(form)) is not None}
    if len(files) + (options["output"] is not None) > 1:
        raise RawkitError("-o, -oN, -oX and -oG: give one of them")
    form, path = next(iter(files.items()), (options["format"] or "text", options["output"]))
    if options["format"] not in (None, form):
        raise RawkitError(f"--format {options['format']}, and a file for {form}: leave one out")
    return options | {"format": form, "output": None if str(path) == "-" else path}
