"""`rawkit summary`: what is in capture files, on a page."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from rawkit.api.measures import MEASURES
from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options, screen
from rawkit.cli.elsewhere import Command
from rawkit.cli.sniff import reading

if TYPE_CHECKING:
    from rawkit.api.sniff import FlowRules

FORMATS: Final = ("text", "json", "csv")
ALSO: Final = {"--display-filter": "-Y", "--read-file": "-r"}
ELSEWHERE: Final = {
    "-i": "'rawkit sniff --summary' sums up what is captured live",
    "-q": "there is nothing but the summary: leave it out",
    "-z": "all is counted in one pass: leave it out",
    "-n": "ports are numbers: leave it out",
}
RARE: Final = {"Flows": ("--checksums", "--vlan", "--tunnels", "--flow-memory"), "Other": ("--kernels", "-Z")}


@click.command(
    "summary",
    cls=Command,
    elsewhere=ELSEWHERE,
    also=ALSO,
    rare=RARE,
    context_settings={"help_option_names": ["--help"]},
)
@reading.READ
@reading.COUNT
@reading.DISPLAY_FILTER
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Rows of each table.  [default: what fits; all]")
@click.option("--by", metavar="FIELD,...", help="Group packets by these fields instead, named as for sniff --fields.")
@click.option(
    "--sort",
    type=click.Choice(MEASURES),
    default="bytes",
    show_default=True,
    help="What hosts, pairs, ports and fields are sorted by.",
)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it.")
@reading.rules
@reading.KERNELS
@click.option("-Z", "user", metavar="USER", help="Become this user once the files are open; else who called sudo.")
@click.option("-v", "verbose", is_flag=True, help="Say at the end how many frames were read.")
@color_options
@click.argument("words", nargs=-1, metavar="FILE... [FILTER]...")
@click.pass_obj
def command(settings: dict[str, Any], /, words: tuple[str, ...], read: tuple[str, ...], **options: Any) -> int:
    """Say who talked how much in capture files, how connections began and ended, what DNS was asked, what was slow.

    The page fits the screen. FILTER is tcpdump's language (pcap-filter(7)), behind options and files. After Ctrl-C it
    tells of what was read, and the exit code is 130.

    \b
    rawkit summary today.pcapng
    rawkit summary today.pcapng -Y 'tcp.analysis.retransmission' --sort packets
    rawkit summary today.pcapng --by ip.src,tcp.dstport --top 20 'tcp[tcpflags] == tcp-syn'
    """
    without_blas_threads()
    from rawkit.cli.sniff.words import files_and_filter

    files, filter = files_and_filter(words)
    if not (read or files) and words:  # the first one is a file, which is not there
        files, filter = list(words[:1]), " ".join(words[1:])
    if not (read or files):
        raise click.UsageError("no capture file: name one, or - for standard input")
    return _sum_up((*read, *files), filter, settings, **options)


def _sum_up(
    paths: tuple[str, ...], filter: str, settings: dict[str, Any], *, count: int | None, kernels: Any, **options: Any
) -> int:
    from rawkit.api.notices import say
    from rawkit.api.opening import open_capture
    from rawkit.api.privileges import give_up_before_reading
    from rawkit.api.where import Choice, compile_filter
    from rawkit.cli.progress import Progress
    from rawkit.cli.sniff.file import plain_size, say_what_was_odd
    from rawkit.cli.sniff.output import put
    from rawkit.view import capture as words

    where = options["display_filter"]
    choice = None if where is None else Choice(compile_filter(where))
    make = partial(_view, settings, options)
    make()  # what is wrong with the options is said before anything is opened
    progress = Progress(plain_size(paths), shown=sys.stderr.isatty())
    held, engine = give_up_before_reading(paths, options["user"], kernels=kernels)
    with (
        open_capture(
            held, filter or None, count=count, engine=engine, rules=_rules(options), progress=progress
        ) as capture,
        capture.stopped_by_signals(),
    ):
        capture.prepare(make, choice=choice)
        capture.show(put)
        for line in capture.remarks:
            say(line)
    say_what_was_odd(capture)
    found = capture.statistics
    if options["verbose"] or settings["verbose"]:
        counted = found.frames if choice is None or choice.frames is None else choice.frames
        say(words.read(found.received, counted, found.stopped))
    if capture.interrupted:
        say("interrupted: only the part up to here was counted")
    return 130 if capture.interrupted else 0


def _rules(options: dict[str, Any]) -> FlowRules:
    from rawkit.cli.sniff.output import flow_rules

    return flow_rules(**{name: options[name] for name in ("checksums", "vlan", "tunnels", "flow_memory")})


def _view(settings: dict[str, Any], options: dict[str, Any], *_engine_and_owners: Any) -> Any:
    from rawkit.api.summary import SummaryView
    from rawkit.cli.summary.output import writer

    by = [name.strip() for name in (options["by"] or "").split(",")] if options["by"] is not None else []
    write = writer(options["format"], screen(settings, sys.stdout), options["top"])
    return SummaryView(write, by=by, sort=options["sort"])
