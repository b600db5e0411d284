"""`rawkit ping`: is it there, and how far away? One target as iputils' ping does, many as fping does."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from rawkit.api.ping import LIMITS, PMTU, STAMPS
from rawkit.cli.color import color_options, screen
from rawkit.cli.elsewhere import Command
from rawkit.cli.ping.arguments import number, pattern, seconds, split
from rawkit.cli.ping.run import ping
from rawkit.cli.ranges import decimal, whole

ELSEWHERE: Final = {
    "-3": "times have all digits already: leave it out",
    "-B": "name the address to send from with -I",
    "-H": "names of those who answer are not looked up: leave it out",
    "-N": "only iputils' ping asks for node information",
    "-U": "times are between the kernel's stamps: leave it out",
    "-V": "use 'rawkit --version'",
    "-d": "SO_DEBUG does nothing on Linux: leave it out",
    "-g": "name the network, or the range, as a target",
    "-r": "use --retries N; to pass by routes, -I",
    "-u": "use --unreachable",
    "-v": "errors are always shown: leave it out",
    "-F": "flow labels are not set: leave it out",
    "-J": "use --format json",
    "-S": "use -I ADDRESS",
    "-o": "use -c 1",
    "-x": "use --alive, and count its lines",
    "--elapsed": "times are always shown: leave it out",
    "--generate": "name the network, or the range, as a target",
    "--interval": "use -i SECONDS for the probes of a target, --rate for all",
    "--json": "use --format json",
    "--loop": "without -c it goes on until Ctrl-C: leave it out",
    "--period": "use -i SECONDS",
    "--stats": "the summary is always shown: leave it out",
    "--timeout": "use -W SECONDS",
    "--version": "use 'rawkit --version'",
}
"""Options of fping's and iputils', and what to do here."""


ALSO: Final = {
    "--count": "-c",
    "--file": "--target-file",
    "--iface": "-I",
    "--ipv4": "-4",
    "--ipv6": "-6",
    "--quiet": "-q",
    "--retry": "--retries",
    "--size": "-s",
    "--src": "-I",
    "--tos": "-Q",
    "--ttl": "-t",
    "--unreach": "--unreachable",
    "--vcount": "-C",
}
"""Their names of options that are here."""

RARE: Final = {
    "Probes": ("-t", "-M", "-p", "-Q", "-b", "-m", "-e", "-R", "-T", "-L", "-l", "-f", "-A", "--port"),
    "Output": ("-D", "-O", "-a", "-n", "--color", "--no-color"),
    "Many targets": ("--target-file", "--alive", "--unreachable", "-C", "--retries", "--backoff", "--rate"),
    "Other": ("-Z",),
}
"""Options that `-h` leaves out, in groups."""


@click.command(
    "ping", cls=Command, elsewhere=ELSEWHERE, also=ALSO, rare=RARE, context_settings={"help_option_names": ["--help"]}
)
@click.option("-c", "count", type=whole(LIMITS["count"]), metavar="N", help="Stop after N probes to each target.")
@click.option("-i", "interval", type=seconds, metavar="SECONDS", help="Time between probes to a target (1).")
@click.option("-W", "timeout", type=seconds, metavar="SECONDS", help="Time that an answer may take (10); 0: any.")
@click.option(
    "-w", "deadline", type=seconds, metavar="SECONDS", help="End after this time, or -c N answers; 0: no end."
)
@click.option("-s", "size", type=whole(LIMITS["size"]), metavar="BYTES", help="Data in a probe (56).")
@click.option("-t", "ttl", type=whole(LIMITS["ttl"]), metavar="N", help="TTL, or hop limit.")
@click.option(
    "-I", "through", multiple=True, metavar="IFACE|ADDRESS", help="Send through an interface, from an address; or both."
)
@click.option("-4", "version", flag_value=4, type=int, default=None, help="IPv4 only.")
@click.option("-6", "version", flag_value=6, type=int, help="IPv6 only.")
@click.option("-q", "quiet", is_flag=True, help="Nothing but the summary.")
@click.option("-D", "times", is_flag=True, help="A timestamp before each line.")
@click.option("-O", "outstanding", is_flag=True, help="Say when a probe has no answer yet as the next one leaves.")
@click.option("-f", "flood", is_flag=True, help="As fast as answers come, or 100 a second. Root only, without -i.")
@click.option("-A", "adaptive", is_flag=True, help="The next probe as soon as an answer comes.")
@click.option("-a", "bell", is_flag=True, help="Ring the bell for each reply.")
@click.option("-l", "preload", type=whole(LIMITS["preload"]), default=1, metavar="N", help="N probes at once to begin.")
@click.option("-n", "numeric", is_flag=True, help="Addresses, not the names that were given.")
@click.option("-M", "pmtu", type=click.Choice(list(PMTU)), help="Path MTU discovery; do: never fragment.")
@click.option("-p", "pattern", type=pattern, metavar="HEX", help="Up to 16 bytes to fill probes with.")
@click.option("-Q", "tos", type=number("tos"), metavar="TOS", help="TOS byte, or traffic class.")
@click.option("-b", "broadcast", is_flag=True, help="Allow broadcast addresses.")
@click.option("-m", "mark", type=number("mark"), metavar="MARK", help="Mark probes for rules (fwmark).")
@click.option("-e", "ident", type=number("ident"), metavar="ID", help="Identifier of echo requests.")
@click.option("-R", "record_route", is_flag=True, help="Record the route, as far as hosts on the way do (IPv4).")
@click.option("-T", "timestamps", type=click.Choice(STAMPS), help="Record times; tsprespec HOST... TARGET: theirs.")
@click.option("-L", "no_loop", is_flag=True, help="What is sent to a group does not come back to this host.")
@click.option("--method", type=click.Choice(["icmp", "tcp", "udp", "arp"]), default="icmp", help="What to probe with.")
@click.option("--port", type=whole(LIMITS["port"]), metavar="N", help="For tcp (80) and udp (33434).")
@click.option("--target-file", metavar="FILE", help="Read more targets from a file; - is standard input.")
@click.option("--alive", is_flag=True, help="Print the targets that answer, as soon as they do.")
@click.option("--unreachable", is_flag=True, help="Print the targets that do not answer.")
@click.option("-C", "table", type=whole(LIMITS["count"]), metavar="N", help="N probes each; a table of all times.")
@click.option("--retries", type=whole(LIMITS["retries"]), metavar="N", help="For --alive and --unreachable (3).")
@click.option(
    "--backoff", type=decimal(LIMITS["backoff"]), metavar="X", help="How the timeout grows with retries (1.5)."
)
@click.option("--rate", type=whole(LIMITS["rate"]), metavar="N", help="Probes a second in all (1000).")
@click.option("-Z", "user", metavar="USER", help="Become this user once the sockets are open.")
@click.option("--format", type=click.Choice(["text", "json", "csv"]), default="text", help="How to show it.")
@color_options
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.pass_obj
def command(settings: dict[str, Any], /, user: str | None, **options: Any) -> int:
    """Send probes to targets and time the answers by the kernel's own clock.

    TARGET is a name, an address, a network (192.0.2.0/24) or a range (192.0.2.1-9). Without -c one target is probed
    until Ctrl-C; Ctrl-\\ (SIGQUIT) says how it is so far. Run by sudo it gives up root once its sockets are open.

    \b
    rawkit ping -c 3 192.0.2.20
    rawkit ping --method tcp --port 443 server.example
    rawkit ping --alive 192.0.2.0/24
    rawkit ping -c 10 -i 0.1 --format json 192.0.2.1-9

    Exit code: 0 a reply from each target, 1 some gave none, 2 an error. Of CSV with -q the summaries are what is left.
    """
    return ping(*split(options | {"screen": screen(settings, sys.stdout)}), user)
