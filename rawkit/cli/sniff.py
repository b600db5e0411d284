"""`rawkit sniff`: shows what is in a capture file."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

import click

from rawkit.cli.main import fail
from rawkit.errors import RawkitError

VIEWS = ("packets", "handshakes", "teardowns", "udp", "flows")
LARGE = 1 << 24  # bytes of a file
FORMATS = ("text", "json", "csv", "zeek")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    read: str
    write: str | None
    count: int | None
    numeric: bool
    link_headers: bool
    hex_dump: bool
    view: str
    format: str
    filter: str
    kernels: str
    verbose: bool


@click.command("sniff", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("-r", "read", metavar="FILE", required=True, help="Read a capture file; - is standard input.")
@click.option("-w", "write", metavar="FILE", help="Write the frames too: pcap, or pcapng by its name; .gz .zst .xz.")
@click.option("-c", "count", type=click.IntRange(min=1), metavar="N", help="Stop after N frames.")
@click.option("-n", "numeric", is_flag=True, help="Ports as numbers, not as names of services.")
@click.option("-e", "link_headers", is_flag=True, help="Show link headers (packets view).")
@click.option("-x", "hex_dump", is_flag=True, help="Show the bytes (packets view).")
@click.option("--view", type=click.Choice(VIEWS), default="packets", show_default=True, help="What to show.")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it.")
@click.option(
    "--kernels",
    type=click.Choice(("auto", "interpreted", "compiled")),
    default="auto",
    show_default=True,
    help="Compile the kernels, or not, or where it pays.",
)
@click.argument("filter", nargs=-1, metavar="[FILTER]...")
@click.pass_obj
def command(settings: dict[str, Any], /, filter: tuple[str, ...], **options: Any) -> int:
    """Show the packets of a capture file, or what happened in them.

    FILTER is tcpdump's language (pcap-filter(7)), behind the options.

    \b
    rawkit sniff -r captures/tcp-close-by-client.pcap
    rawkit sniff -r captures/tcp-connect-refused.pcap --view handshakes
    rawkit sniff -r captures/udp-dns.pcap --view udp --format json 'port 53'
    """
    chosen = Options(filter=" ".join(filter), verbose=settings["verbose"], **options)
    _check(chosen)
    return _read(chosen)


def _check(options: Options) -> None:
    if options.format == "zeek" and options.view != "flows":
        raise RawkitError(f"--format zeek has no {options.view} log: use it with --view flows")
    if (options.link_headers or options.hex_dump) and (options.view, options.format) != ("packets", "text"):
        raise RawkitError("-e and -x show more of a packet's line: use them with --view packets --format text")


def _read(options: Options) -> int:
    from rawkit.files import open_capture
    from rawkit.kernels import Engine
    from rawkit.run.prefetch import Prefetched
    from rawkit.run.recording import Recording
    from rawkit.run.replay import Replay
    from rawkit.sockets.bpf import FrameFilter

    engine = Engine(options.kernels, notice=fail)  # type: ignore[arg-type]
    view = _view(options, engine)
    out = sys.stdout.buffer
    with ExitStack() as stack:
        reader = stack.enter_context(open_capture(options.read, engine))
        replay = Replay(
            engine,
            view.wanted,
            FrameFilter(options.filter) if options.filter else None,
            options.count,
            stack.enter_context(Recording(options.write, reader.interfaces)) if options.write else None,
        )
        out.write(view.header())
        source = stack.enter_context(Prefetched(reader)) if _is_large(options.read) else reader
        replay.run(
            source,
            lambda packets, tracked: _put(out, view.render(packets, tracked)),
            lambda events: _put(out, view.tell(events)),
        )
        _put(out, view.rest())
        if reader.truncated:
            fail(reader.truncated)
    _summary(replay.counts, options.verbose)
    return 130 if replay.interrupted else 0


def _is_large(path: str) -> bool:
    """Whether reading the file ahead is worth a thread; a pipe is read as it comes."""
    return os.path.isfile(path) and os.path.getsize(path) > LARGE


def _put(out: BinaryIO, lines: bytes) -> None:
    out.write(lines)
    out.flush()


def _view(options: Options, engine: Any) -> Any:
    if options.view != "packets":
        from rawkit.view.events import EventView

        return EventView(options.view, options.format, engine)  # type: ignore[arg-type]
    from rawkit.view.packets import PacketsView

    return PacketsView(
        engine,
        options.format,  # type: ignore[arg-type]
        numeric=options.numeric,
        link_headers=options.link_headers,
        hex_dump=options.hex_dump,
    )


def _summary(counts: Any, verbose: bool) -> None:
    """Says what was not understood; and how much there was, where somebody asks."""
    from rawkit.run.replay import stop_words

    parts = [f"{count} {stop_words(*key)}" for key, count in sorted(counts.stopped.items(), key=lambda x: -x[1])]
    if verbose or parts:
        undecoded = f"; stopped early: {', '.join(parts)}" if parts else ""
        fail(f"{counts.frames} frames read, {counts.kept} shown{undecoded}")
