"""`rawkit follow`: what was said on connections."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options, wants_color
from rawkit.cli.elsewhere import Command
from rawkit.cli.sniff import reading

FORMATS: Final = ("text", "hex", "raw", "json")
SIDES: Final = ("client", "server")
ALSO: Final = {"--display-filter": "-Y", "--interface": "-i", "--read-file": "-r"}
ELSEWHERE: Final = {
    "-z": "--stream N is follow,tcp,…,N, and --format says how",
    "-q": "there is nothing but what was said: leave it out",
    "-n": "ports are numbers: leave it out",
    "-w": "-o DIR writes a file for each direction; 'rawkit sniff -w' records frames",
}
RARE: Final = {
    "Flows": ("--checksums", "--vlan", "--tunnels", "--flow-memory"),
    "Other": ("-c", "--kernels", "-Z", "-v"),
}


def _numbered(_context: click.Context, _option: click.Parameter, value: str | None) -> list[tuple[str, int]] | None:
    """The protocol and the number of each stream: of `3,udp:0` TCP's 3 and UDP's 0."""
    found = []
    for word in value.split(",") if value is not None else ():
        protocol, _, number = word.rpartition(":")
        if protocol not in ("", "tcp", "udp") or not (number.isascii() and number.isdecimal()):
            raise click.BadParameter(f"{value!r}: give the number of a TCP stream, or udp:N, several with commas")
        found.append((protocol or "tcp", int(number)))
    return None if value is None else found


@click.command(
    "follow",
    cls=Command,
    elsewhere=ELSEWHERE,
    also=ALSO,
    rare=RARE,
    context_settings={"help_option_names": ["--help"]},
)
@click.option("-i", "interfaces", multiple=True, metavar="IFACE", help="Capture on this interface; several times too.")
@reading.READ
@click.option(
    "--stream",
    "streams",
    callback=_numbered,
    metavar="N,...",
    help="These TCP streams, by tcp.stream; udp:N for UDP's.  [default: all]",
)
@click.option("-Y", "display_filter", metavar="FILTER", help="Streams of which a packet passes (docs/filters.md).")
@click.option("--side", type=click.Choice(SIDES), help="Only what this side sent.")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it.")
@click.option("-o", "folder", metavar="DIR", help="Write it into this folder, a file for each direction.")
@click.option("--duration", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop after so long.")
@reading.COUNT
@reading.rules
@reading.KERNELS
@click.option("-Z", "user", metavar="USER", help="Become this user once all is open; else who called sudo.")
@click.option("-v", "verbose", is_flag=True, help="Say at the end how many frames were read.")
@color_options
@click.argument("words", nargs=-1, metavar="[FILE]... [FILTER]...")
@click.pass_obj
def command(settings: dict[str, Any], /, words: tuple[str, ...], read: tuple[str, ...], **options: Any) -> int:
    """Show what was said on TCP connections and over UDP: payload, put together, of capture files or live.

    > is the client, < the server, ! what is missing or was sent twice and not the same. FILTER is tcpdump's language
    (pcap-filter(7)), behind options and files: what it leaves out is missing. Ctrl-C ends it.

    \b
    rawkit follow today.pcapng --stream 3
    rawkit follow today.pcapng -Y 'http.request' -o said
    rawkit follow -i eth0 'tcp port 25'
    rawkit follow today.pcapng --stream 3 --side server --format raw > answer
    """
    without_blas_threads()
    from rawkit.cli.sniff.words import files_and_filter

    files, filter = files_and_filter(words)
    if words and not (read or files or options["interfaces"]):  # the first one is a file, which is not there
        files, filter = list(words[:1]), " ".join(words[1:])
    _check((*read, *files), options)
    from rawkit.cli.follow.run import follow

    options["verbose"] = options["verbose"] or settings["verbose"]
    return follow((*read, *files), filter or None, color=wants_color(settings, sys.stdout), **options)


def _check(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    """UsageError for what does not go together."""
    if paths and options["interfaces"]:
        raise click.UsageError("-i listens, and a file is read: give one of them")
    if not paths and not options["interfaces"]:
        raise click.UsageError("no capture file: name one, - for standard input, or -i IFACE")
    if paths and options["duration"] is not None:
        raise click.UsageError("--duration is for live captures: use -Y 'frame.time_relative < SECONDS'")
    if options["folder"] is not None and options["format"] != "text":
        raise click.UsageError("-o writes bytes as they are: leave --format out")
    if options["folder"] is None and options["format"] == "raw" and sys.stdout.isatty():
        raise click.UsageError("raw bytes can do anything to a terminal: send them to a file, or use --format text")
