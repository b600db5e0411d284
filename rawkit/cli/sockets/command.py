"""`rawkit sockets`: the sockets of this host, and who holds them."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from rawkit.api.sockets import FAMILIES, TABLES
from rawkit.cli.color import color_options, screen
from rawkit.cli.elsewhere import Command

FORMATS: Final = ("text", "json", "csv")
ALSO: Final = {
    "--tcp": "-t", "--udp": "-u", "--raw": "-w", "--unix": "-x", "--packet": "-0", "--mptcp": "-M", "--all": "-a",
    "--listening": "-l", "--numeric": "-n", "--processes": "-p", "--options": "-o", "--extended": "-e",
    "--memory": "-m", "--info": "-i", "--ipv4": "-4", "--ipv6": "-6", "--net": "-N", "--family": "-f",
    "--query": "-A", "--no-header": "-H",
}  # fmt: skip
ELSEWHERE: Final = {
    "-s": "'rawkit sockets -a --format json' counts with what you like: leave it out",
    "-r": "addresses are never looked up: leave it out",
    "-O": "-m and -i have a line of their own: --format json has one a socket",
    "-E": "nothing like it is here: leave it out",
    "-K": "nothing is closed here: 'ss -K' does",
    "-Z": "security contexts are not shown: leave it out",
    "-b": "filters of packet sockets are in --format json, as filter",
    "-D": "use --format json",
    "-F": "write the filter behind the options",
    "-S": "SCTP is not shown: leave it out",
    "-d": "DCCP is not shown: leave it out",
}
"""Options of ss's, and what to do here."""
_VERSIONS: Final[dict[str, Any]] = {"inet": 4, "inet6": 6}
KINDS: Final = {"tcp": "-t", "udp": "-u", "raw": "-w", "unix": "-x", "packet": "-0", "mptcp": "-M"}
RARE: Final = {
    "More kinds": ("-M", "-f", "-A", "-4", "-6"),
    "Output": ("-H", "-n", "--color", "--no-color"),
    "Where": ("-N",),
}


def _kind_options(function: Any) -> Any:
    """An option for each kind of sockets that ss has a letter for."""
    for table, letter in reversed(KINDS.items()):
        name = {"raw": "RAW", "unix": "Unix", "packet": "packet"}.get(table, table.upper())
        function = click.option(letter, f"kind_{table}", is_flag=True, help=f"Show {name} sockets.")(function)
    return function


@click.command(
    "sockets",
    cls=Command,
    also=ALSO,
    elsewhere=ELSEWHERE,
    rare=RARE,
    context_settings={"help_option_names": ["--help"]},
)
@_kind_options
@click.option("-f", "family", type=click.Choice(tuple(FAMILIES)), help="Show sockets of this family.")
@click.option("-A", "query", metavar="KIND,...", help=f"Show these kinds: {', '.join(TABLES)}.")
@click.option("-4", "version", flag_value=4, type=int, default=None, help="IPv4 only.")
@click.option("-6", "version", flag_value=6, type=int, help="IPv6 only.")
@click.option("-a", "all", is_flag=True, help="Those that listen or are not connected too.")
@click.option("-l", "listening", is_flag=True, help="Only those that listen or are not connected.")
@click.option("-p", "processes", is_flag=True, help="Who holds them, and the other ends of Unix sockets.")
@click.option("-o", "timers", is_flag=True, help="What TCP waits for, and for how long.")
@click.option("-e", "extended", is_flag=True, help="User, inode, cookie, control group.")
@click.option("-m", "memory", is_flag=True, help="What their buffers hold and may hold.")
@click.option("-i", "info", is_flag=True, help="TCP_INFO, congestion control, options agreed.")
@click.option("-n", "numeric", is_flag=True, help="Ports as numbers, not as names of services.")
@click.option("-H", "headless", is_flag=True, help="No headings.")
@click.option("-N", "namespace", metavar="NAME", help="Of this network namespace: name, process or path.")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it.")
@color_options
@click.argument("filter", nargs=-1, metavar="[FILTER]...")
@click.pass_obj
def command(settings: dict[str, Any], /, filter: tuple[str, ...], **options: Any) -> int:
    """Show the sockets of this host, and who holds them: ss's letters and filters.

    Without options those that are connected. FILTER is ss's: 'state established ( dport = :443 or dst 192.0.2.0/24 )',
    with 'process NAME|PID' and 'user NAME' besides. Unix sockets stand with both ends. An ordinary user sees who
    holds the own ones.

    \b
    rawkit sockets -tlnp
    rawkit sockets -ti state established and dport = :443
    rawkit sockets -xp process postgres
    """
    from rawkit.api.notices import say
    from rawkit.api.sockets import SocketsRequest, find_sockets

    format, version = options["format"], options["version"]
    request = SocketsRequest(
        filter=" ".join(filter),
        tables=_tables(options),
        all=options["all"],
        listening=options["listening"] and not options["all"],
        version=version or _VERSIONS.get(options["family"]),
        processes=options["processes"],
        details=options["memory"] or options["info"],
    )
    with _keeping_all():
        found = find_sockets(request, options["namespace"])
        text = _text(found, format, settings, options)
    click.echo(text, nl=False)
    for line in found.remarks:
        say(line)
    return 0


@contextmanager
def _keeping_all() -> Iterator[None]:
    """Does not look for values that nobody needs any more: all stay, and a fifth of the time would go into that."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _tables(options: dict[str, Any]) -> tuple[str, ...]:
    """The kinds that are asked for, by letters, a family, or their names."""
    chosen = [table for table in KINDS if options[f"kind_{table}"]]
    if options["family"]:
        chosen += FAMILIES[options["family"]]
    if options["query"] is not None:
        for name in options["query"].split(","):
            chosen += FAMILIES.get(name.strip(), (name.strip(),))
    return tuple(table for table in dict.fromkeys(chosen))


def _text(found: Any, format: str, settings: dict[str, Any], options: dict[str, Any]) -> str:
    """The sockets as they are to be printed."""
    if format == "text":
        from rawkit.view.sockets.columns import Shown, lines

        names = ("numeric", "processes", "timers", "extended", "memory", "info")
        shown = Shown(**{name: options[name] for name in names})
        told = lines(found.sockets, found.facts, shown, screen(settings, sys.stdout), heads=not options["headless"])
    else:
        from rawkit.view.sockets.records import csv_lines, json_lines

        told = list((json_lines if format == "json" else csv_lines)(found.sockets, found.facts))
    return "".join(f"{line}\n" for line in told)
