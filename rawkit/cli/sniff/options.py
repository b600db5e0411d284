"""What `rawkit sniff` was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import click

from rawkit.errors import RawkitError
from rawkit.values import dataclass

if TYPE_CHECKING:
    from rawkit.api.sniff import Checksums, Tunnels, Vlan
    from rawkit.api.where import DisplayFilter
    from rawkit.view.columns import Screen
    from rawkit.view.packets.dump import Form

VIEWS = ("packets", "handshakes", "teardowns", "udp", "flows", "latency")
FORMATS = ("text", "json", "csv", "zeek")
LIVE_ONLY = ("snaplen", "buffer", "no_promiscuous", "duration", "interfaces", "direction", "processes")
TSHARK_TIMES = ("a", "ad", "adoy", "d", "dd", "e", "r", "u", "ud", "udoy")
"""What tshark's -t takes; no filter begins so."""
RULES = {"checksums": "auto", "vlan": "separate", "tunnels": "both", "flow_memory": None}
"""Options that say how flows are told apart and kept, and what they are where nobody chooses."""


class FileSize(click.IntRange):
    """An option's type: millions of bytes, or with a suffix KiB, MiB or GiB, as newer tcpdump's -C; gives bytes.

    >>> [FileSize(1).convert(text, None, None) for text in ("3", "10k", "1M", "2g")]
    [3000000, 10240, 1048576, 2147483648]
    """

    UNITS: Final = {"": 1_000_000, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes that is meant."""
        if isinstance(value, int):
            return value
        digits, unit = value.rstrip("kKmMgG"), value[len(value.rstrip("kKmMgG")) :].lower()
        if not (digits.isascii() and digits.isdecimal()) or int(digits) < 1 or unit not in self.UNITS:
            self.fail(f"{value!r}: give a number from 1, of million bytes, or with k, m or g of KiB, MiB or GiB")
        return int(digits) * self.UNITS[unit]


@dataclass(frozen=True, slots=True)
class Options:
    """The options by their names, None and () where they were not given; `screen` is the terminal that text goes to."""

    interfaces: tuple[str, ...]
    read: tuple[str, ...]
    write: str | None
    count: int | None
    snaplen: int | None
    buffer: int | None
    no_promiscuous: bool
    direction: Literal["in", "out", "inout"] | None
    duration: float | None
    user: str | None
    processes: bool
    size: int | None
    seconds: int | None
    files: int | None
    command: str | None
    comment: str | None
    numeric: bool
    link_headers: bool
    numbers: int
    numbers_and_text: int
    letters: int
    absolute_seq: bool
    times: int
    view: str | None
    fields: str | None
    summary: bool
    summary_every: float | None
    format: str
    filter: str
    display_filter: str | None
    checksums: Checksums
    vlan: Vlan
    tunnels: Tunnels
    flow_memory: int | None
    kernels: Literal["auto", "interpreted", "compiled"]
    verbose: int
    screen: Screen | None

    @property
    def shown(self) -> str | None:
        """The view; with -w or --summary, and neither --view nor --fields, there is none."""
        return self.view or (None if (self.write or self.sums_up) and self.fields is None else "packets")

    @property
    def sums_up(self) -> bool:
        """Whether a summary is asked for."""
        return self.summary or self.summary_every is not None

    @property
    def dump(self) -> Form | None:
        """How packets' bytes are shown: of -X, -x and -A the first counts, as with tcpdump; doubled, all bytes."""
        for letter, times in (("X", self.numbers_and_text), ("x", self.numbers), ("A", self.letters)):
            if times:
                return letter * min(times, 2)  # type: ignore[return-value]
        return None

    @property
    def where(self) -> DisplayFilter | None:
        """What -Y says: a filter of packets, or of the view's events."""
        if self.display_filter is None:
            return None
        from rawkit.api.where import compile_filter

        view = self.shown or "packets"
        return compile_filter(self.display_filter, None if view == "packets" else view)  # type: ignore[arg-type]

    @property
    def field_names(self) -> list[str]:
        """What --fields names."""
        return [name.strip() for name in (self.fields or "").split(",")]


def check(options: Options) -> None:
    """Raises RawkitError where options do not go together."""
    if options.read:
        given = [name for name in LIVE_ONLY if getattr(options, name)]
        if given:
            raise RawkitError(
                f"{options.read[0]} is a file to read, and {_letter(given[0])} is for a live capture: leave one out"
            )
    if options.sums_up:
        _check_summary(options)
    if options.format == "zeek" and options.shown != "flows":
        raise RawkitError(f"--format zeek has no {options.shown or 'other'} log: use it with --view flows")
    if options.write == "-" and (options.shown or options.sums_up):
        raise RawkitError("-w - and --view would both write to standard output: give the capture a file")
    if options.fields is not None:
        _check_fields(options)
    of_lines = options.link_headers or options.dump or options.absolute_seq
    if of_lines and (options.shown, options.format) != ("packets", "text"):
        raise RawkitError(
            "-e, -x, -X, -A and -S are for packets' lines of text: use them with --view packets --format text"
        )
    _check_times(options)
    if (options.size or options.seconds) and not options.write:
        raise RawkitError("-C and -G begin a new file: they need -w")
    if options.files and not (options.size or options.seconds):
        raise RawkitError("-W says how many files there are: it needs -C or -G")
    _check_recording(options)
    _check_rules(options)
    _check_display_filter(options)
    if options.processes and options.shown != "flows":
        raise RawkitError("--processes names the owners of flows: use it with --view flows")


def _check_summary(options: Options) -> None:
    if options.display_filter is not None and options.shown not in (None, "packets"):
        raise RawkitError(
            f"-Y chooses {options.shown} here, and --summary counts packets: leave out it or --view {options.shown}"
        )
    if options.shown is not None and options.format in ("csv", "zeek"):
        raise RawkitError(
            f"--format {options.format} has one heading, and --summary other columns: use text or json, or leave out "
            "--view"
        )


def _check_times(options: Options) -> None:
    if options.times == 1 and options.filter.split(" ")[0] in TSHARK_TIMES:
        raise RawkitError(
            "-t takes no word: give -tt since 1970, -ttt the pause, -tttt the date, -ttttt since the first"
        )
    if options.times and (options.shown is None or options.format != "text"):
        raise RawkitError(
            "-t is for lines of text, the rest always has the whole time: use it with --view and --format text"
        )
    if options.times in (3, 5) and options.shown != "packets":
        raise RawkitError(
            f"-{'t' * options.times} counts from packet to packet: use -t, -tt or -tttt with --view {options.shown}"
        )


def _check_recording(options: Options) -> None:
    if options.command and not (options.size or options.seconds):
        raise RawkitError(
            "-z hands each finished file to a command, as tcpdump's: it needs -C or -G (for tshark's -z, "
            "conversations are --view flows)"
        )
    if options.comment is not None and not options.write:
        raise RawkitError("--comment is written into a file: it needs -w")


def _check_display_filter(options: Options) -> None:
    if options.display_filter is None:
        return
    if options.write and not options.read:
        raise RawkitError(
            "-Y does not choose what a live capture writes: give a FILTER behind the options, or read the file "
            "again with -r FILE -Y FILTER -w FILE"
        )
    if options.write and options.shown not in (None, "packets"):
        raise RawkitError(f"-w writes the packets that -Y names, and --view {options.shown} has events: leave one out")
    _ = options.where  # what is wrong with it is said before anything is opened


def _check_rules(options: Options) -> None:
    for name, usual in RULES.items():
        shows = options.shown or options.sums_up or options.display_filter is not None
        if not shows and getattr(options, name) != usual:
            raise RawkitError(
                f"--{name.replace('_', '-')} is for what is shown, -w writes every frame: use it with --view"
            )


def _check_fields(options: Options) -> None:
    from rawkit.view.packets.fields_view import check_names

    if options.shown != "packets":
        raise RawkitError(f"--fields chooses fields of packets: leave out it or --view {options.shown}")
    if options.link_headers or options.dump or options.absolute_seq or options.times:
        raise RawkitError("--fields gives those fields and nothing more: leave -e, -x, -X, -A, -S and -t out")
    check_names(options.field_names)


def _letter(name: str) -> str:
    return {
        "snaplen": "-s",
        "buffer": "-B",
        "no_promiscuous": "-p",
        "duration": "--duration",
        "interfaces": "-i",
        "direction": "-Q",
        "processes": "--processes",
    }[name]
