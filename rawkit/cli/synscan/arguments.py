"""What the command line of `rawkit synscan` says: what is asked of the network, and how it is to be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rawkit.api.requests import SCAN_KINDS as KINDS
from rawkit.api.requests import SYN_SCAN, ScanKind, ScanRequest
from rawkit.errors import RawkitError
from rawkit.values import dataclass, field_names

if TYPE_CHECKING:
    from rawkit.view.columns import Screen

HOST_BY_HOST: Final = ("text", "xml", "grepable")
"""Formats in which a host's ports stand together."""
ALL: Final = {"text": "nmap", "xml": "xml", "grepable": "gnmap"}
"""What -oA writes, and how its files' names end."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output: its format, and the file (None: standard output)."""

    format: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class ScanOutput:
    """How a scan is shown; the options by their names.

    Attributes:
        outputs: what -o, -oN, -oX, -oG and -oA name.
        screen: the terminal that text goes to, None where standard output is none.
        table_color: whether the table on standard error has colours.
    """

    only_open: bool
    reason: bool
    verbose: int
    dry_run: bool
    count_only: bool
    outputs: tuple[Output, ...]
    screen: Screen | None
    table_color: bool

    @property
    def host_by_host(self) -> bool:
        """Whether a host's ports stand together in one of them."""
        return any(one.format in HOST_BY_HOST for one in self.outputs)

    @property
    def why(self) -> bool:
        """Whether text says why ports are what they are; -vv says it too, as with nmap."""
        return self.reason or self.verbose > 1


def split(options: dict[str, Any]) -> tuple[ScanRequest, ScanOutput]:
    """The options as what is asked and what is shown; RawkitError for those that do not go together."""
    options = options | {"outputs": tuple(_outputs(options)), "kind": _kind(options)}
    shown = ScanOutput(**{name: options[name] for name in field_names(ScanOutput)})
    asked = {name: options[name] for name in field_names(ScanRequest) if name in options}
    request = ScanRequest(**asked, whole_hosts=shown.host_by_host)
    if shown.count_only and not shown.dry_run:
        raise RawkitError("--count-only counts what --dry-run prints: use both")
    _check_files(shown.outputs, request.resume)
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


def _outputs(options: dict[str, Any]) -> Iterator[Output]:
    """What is written where: with nmap's letters files, and text to standard output as well; - is standard output."""
    lettered = [Output(form, _file(options[form])) for form in ALL if options[form] is not None]
    if options["every"] is not None:
        lettered += [Output(form, Path(f"{options['every']}.{ending}")) for form, ending in ALL.items()]
    main = Output(options["format"] or "text", _file(options["output"]))
    is_asked = options["format"] is not None or options["output"] is not None
    if is_asked or all(one.path is not None for one in lettered):
        yield main
    yield from lettered


def _file(path: Path | None) -> Path | None:
    return None if path is None or str(path) == "-" else path


def _check_files(outputs: tuple[Output, ...], state: Path | None) -> None:
    """RawkitError where two would be written to one place."""
    for path, count in Counter(one.path for one in outputs).items():
        if count > 1:
            place = "standard output" if path is None else path
            raise RawkitError(f"{count} outputs go to {place}: give each a file of its own")
        if path is not None and state is not None and path in (state, state.with_name(f"{state.name}.found")):
            raise RawkitError(f"the results and --resume would both write {path}: give two files")
