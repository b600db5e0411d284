"""`rawkit sniff`: shows what is on the wire, or in a capture file."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options, screen
from rawkit.cli.elsewhere import Command
from rawkit.cli.sniff import reading
from rawkit.cli.sniff.options import FORMATS, VIEWS, FileSize, Options, check
from rawkit.view import legend

ELSEWHERE: Final = {
    "-D": "'ip -brief link' lists interfaces; without -i all are listened to",
    "-F": "give the filter behind the options",
    "-T": "use --format json or csv, and for -T fields -e NAME: --fields NAME,NAME",
    "-U": "frames are written as they come: leave it out",
    "-V": "give -v twice for a packet's fields, or use --format json",
    "-f": "give the filter behind the options",
    "-l": "lines are written as packets come: leave it out",
    "-q": "lines are short: leave it out",
    "-2": "one pass is enough: leave it out",
    "-#": "use --format json, or --fields frame.number,NAME",
    "-E": "nothing is decrypted, and columns are separated as --format says: leave it out",
    "-H": "mesh headers are not read: leave it out",
    "-I": "'iw dev IFACE set type monitor' puts an interface into monitor mode",
    "-J": "for fewer fields use --fields",
    "-K": "use --checksums ignore",
    "-L": "the link type is said when a capture begins: leave it out",
    "-M": "TCP MD5 signatures are not checked: leave it out",
    "-N": "hosts are never looked up: leave it out, or give -n for ports",
    "-O": "filters are always optimized: leave it out",
    "-P": "use --view packets beside -w, or -Q for a direction",
    "-R": "use -Y FILTER",
    "-a": "use --duration SECONDS or -c N; for files -C, -G and -W",
    "-b": "use -C MB, -G SECONDS and -W N",
    "-d": "'tcpdump -d' prints what a filter is compiled to",
    "-g": "the umask says who may read files: leave it out",
    "-j": "the kernel's times are used; for fewer fields use --fields",
    "-m": "no MIBs are read: leave it out",
    "-o": "there are no preferences: leave it out",
    "-ta": "times are -tttt",
    "-tad": "times are -tttt",
    "-td": "times are -ttt",
    "-tdd": "times are -ttt",
    "-te": "times are -tt",
    "-tr": "times are -ttttt",
    "-u": "times are as -t has them: leave it out",
    "-y": "the link type is the interface's: leave it out",
    "--count": "'rawkit check FILE' counts packets",
    "--immediate-mode": "packets come within 25 ms: leave it out",
    "--list-interfaces": "'ip -brief link' lists interfaces; without -i all are listened to",
    "--micro": "text has microseconds: leave it out",
    "--monitor-mode": "'iw dev IFACE set type monitor' puts an interface into monitor mode",
    "--nano": "use --format json, which has nanoseconds",
    "--number": "use --format json, or --fields frame.number,NAME",
    "--packet-buffered": "frames are written as they come: leave it out",
    "--print": "use --view packets beside -w",
    "--time-stamp-precision": "files have nanoseconds, text has microseconds: leave it out",
    "--time-stamp-type": "the kernel's times are used: leave it out",
    "--version": "use 'rawkit --version'",
}
"""Options of tcpdump's and tshark's, and what to do here."""


ALSO: Final = {
    "--buffer-size": "-B",
    "--direction": "-Q",
    "--display-filter": "-Y",
    "--interface": "-i",
    "--no-promiscuous-mode": "-p",
    "--read-file": "-r",
    "--relinquish-privileges": "-Z",
    "--snapshot-length": "-s",
}
"""Their names of options that are here."""

RARE: Final = {
    "Live": ("-p", "-Q", "-B", "-Z", "--processes"),
    "Recording": ("-C", "-G", "-W", "-z", "--comment"),
    "Flows": ("--checksums", "--vlan", "--tunnels", "--flow-memory"),
    "Summing up": ("--summary", "--summary-every"),
    "Other": ("-x", "-A", "-t", "-S", "-s", "--color", "--no-color", "--kernels"),
}
"""Options that `-h` leaves out, in groups."""


@click.command(
    "sniff",
    cls=Command,
    elsewhere=ELSEWHERE,
    also=ALSO,
    rare=RARE,
    epilog="\b\n" + "\n".join(legend.lines()),
    context_settings={"help_option_names": ["--help"]},
)
@click.option("-i", "interfaces", multiple=True, metavar="IFACE", help="Capture on this interface; several times too.")
@reading.READ
@click.option("-w", "write", metavar="FILE", help="Write the frames: pcap, or pcapng by its name; .gz .zst .xz.")
@reading.COUNT
@click.option(
    "-s", "snaplen", type=click.IntRange(min=0), metavar="BYTES", help="Keep so much of each frame; 0: the whole."
)
@click.option("-B", "buffer", type=click.IntRange(min=1), metavar="MIB", help="Memory of the receive ring.")
@click.option("-p", "no_promiscuous", is_flag=True, help="Only frames for this host.")
@click.option("-Q", "direction", type=click.Choice(("in", "out", "inout")), help="Only frames that go this way.")
@click.option("--duration", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop after so long.")
@click.option("-Z", "user", metavar="USER", help="Become this user once all is open; else who called sudo.")
@click.option("--processes", is_flag=True, help="Name the process of each flow of this host (flows view).")
@click.option(
    "-C",
    "size",
    type=FileSize(1),
    metavar="MB",
    help="A new file after so many million bytes; 10k, 10m, 10g: KiB, MiB, GiB.",
)
@click.option("-G", "seconds", type=click.IntRange(min=1), metavar="SECONDS", help="A new file after so long.")
@click.option("-W", "files", type=click.IntRange(min=1), metavar="N", help="So many files: the oldest is overwritten.")
@click.option("-z", "command", metavar="COMMAND", help="Run it on each finished file of -C or -G, without a shell.")
@click.option("--comment", metavar="TEXT", help="Write it into the file of -w (pcapng).")
@click.option("-n", "numeric", is_flag=True, help="Ports as numbers, not as names of services.")
@click.option("-e", "link_headers", is_flag=True, help="Show link headers (packets view).")
@click.option(
    "-S",
    "--absolute-tcp-sequence-numbers",
    "absolute_seq",
    is_flag=True,
    help="Sequence numbers as in the header, not from the first on (packets view).",
)
@click.option("-X", "numbers_and_text", count=True, help="Show the bytes, in hex and as text; -XX: link headers too.")
@click.option("-x", "numbers", count=True, help="Show the bytes in hex; -xx: those of link headers too.")
@click.option("-A", "letters", count=True, help="Show the bytes as text; -AA: those of link headers too.")
@click.option(
    "-t",
    "times",
    count=True,
    type=click.IntRange(max=5),
    metavar="",
    help="No times; -tt: since 1970, -ttt: since the packet before, -tttt: with the date, "
    "-ttttt: since the first packet (-ttt and -ttttt: packets view).",
)
@reading.DISPLAY_FILTER
@click.option("--view", type=click.Choice(VIEWS), help="What to show.  [default: packets; nothing with -w]")
@click.option(
    "--fields", metavar="NAME,...", help="These fields of packets, in this order, as tshark -T fields -e has them."
)
@click.option("--summary", is_flag=True, help="At the end, who talked how much, what failed, what was slow (a page).")
@click.option(
    "--summary-every", type=click.FloatRange(min=0.1), metavar="SECONDS", help="That page so often, and at the end."
)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it.")
@reading.rules
@reading.KERNELS
@click.option(
    "-v",
    "verbose",
    count=True,
    help="Each packet's layers, -vv: its fields with their bytes; of an event on a terminal all that is known; "
    "what states of flows mean; counters at the end.",
)
@color_options
@click.argument("words", nargs=-1, metavar="[FILE]... [FILTER]...")
@click.pass_obj
def command(
    settings: dict[str, Any], /, words: tuple[str, ...], read: tuple[str, ...], verbose: int, **options: Any
) -> int:
    """Show packets, or what happened in them: from an interface, or from capture files, in the order of time.

    FILTER is tcpdump's language (pcap-filter(7)), behind options and files. Without -i and files all interfaces are
    listened to. Ctrl-C ends a capture; SIGUSR1 makes it print its counters.

    \b
    rawkit sniff -i eth0 --view handshakes
    rawkit sniff -i eth0 -w today.pcapng -G 3600 'not port 22'
    rawkit sniff today.pcapng -Y 'tcp.analysis.flags and tcp.port == 443'
    rawkit sniff today.pcapng --view udp --format json 'port 53'
    """
    without_blas_threads()
    from rawkit.cli.sniff.words import files_and_filter

    files, filter = files_and_filter(words)
    verbose = verbose or int(settings["verbose"])
    shown_on = screen(settings, sys.stdout, details=bool(verbose))
    chosen = Options(read=(*read, *files), filter=filter, verbose=verbose, screen=shown_on, **options)
    check(chosen)
    if chosen.read:
        from rawkit.cli.sniff.file import read_files

        return read_files(chosen)
    from rawkit.cli.sniff.live import capture

    return capture(chosen)
