"""`rawkit synscan`: which ports are open? nmap's verdicts, sent and read in batches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from rawkit.api.requests import NORMAL_TIMING as NORMAL
from rawkit.api.requests import SCAN_KINDS as KINDS
from rawkit.api.requests import SCAN_LIMITS as LIMITS
from rawkit.api.requests import SYN_SCAN
from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options, screen, wants_color
from rawkit.cli.elsewhere import Command
from rawkit.cli.ranges import decimal, whole
from rawkit.cli.synscan.arguments import kind_option, split

F = TypeVar("F", bound=Callable[..., Any])

FILE: Final = click.Path(path_type=Path)

ELSEWHERE: Final = {
    "-A": "ports are all that is looked at",
    "-F": "use --top-ports 100",
    "-O": "ports are all that is looked at",
    "-d": "there is nothing more to say: leave it out",
    "-iR": "name the targets",
    "-oJ": "use --format json -o FILE",
    "-R": "addresses are never looked up: leave it out",
    "-s": f"the kinds of scan are {', '.join(f'-s{kind.letter}' for kind in KINDS.values())}: give one of them",
    "-D": "probes come from one address: leave it out",
    "-P": "hosts behind routers are pinged first, unless -Pn says that they are up: leave it out",
    "-V": "use 'rawkit --version'",
    "-b": "FTP servers are no help here: leave it out",
    "-f": "probes are not fragmented: leave it out",
    "-r": "the order is always a permutation; --seed gives another one",
    "--banners": "only ports are looked at: leave it out",
    "--osscan-guess": "only ports are looked at: leave it out",
    "--osscan-limit": "only ports are looked at: leave it out",
    "--script": "only ports are looked at: leave it out",
    "--script-args": "only ports are looked at: leave it out",
    "--traceroute": "only ports are looked at: leave it out",
    "--version-all": "only ports are looked at: leave it out",
    "--version-intensity": "only ports are looked at: leave it out",
    "--version-light": "only ports are looked at: leave it out",
    "--badsum": "'rawkit send' sends what you like: leave it out",
    "--data": "'rawkit send' sends what you like: leave it out",
    "--data-length": "'rawkit send' sends what you like: leave it out",
    "--data-string": "'rawkit send' sends what you like: leave it out",
    "--ip-options": "'rawkit send' sends what you like: leave it out",
    "--mtu": "'rawkit send' sends what you like: leave it out",
    "--scanflags": "'rawkit send' sends what you like: leave it out",
    "--spoof-mac": "'rawkit send' sends what you like: leave it out",
    "--ttl": "'rawkit send' sends what you like: leave it out",
    "--datadir": "nothing like it is needed: leave it out",
    "--defeat-rst-ratelimit": "nothing like it is needed: leave it out",
    "--no-stylesheet": "nothing like it is needed: leave it out",
    "--noninteractive": "nothing like it is needed: leave it out",
    "--privileged": "nothing like it is needed: leave it out",
    "--send-eth": "nothing like it is needed: leave it out",
    "--send-ip": "nothing like it is needed: leave it out",
    "--stylesheet": "nothing like it is needed: leave it out",
    "--unprivileged": "nothing like it is needed: leave it out",
    "--webxml": "nothing like it is needed: leave it out",
    "--append-output": "files are written anew: use -o - and the shell's >>",
    "--dns-servers": "names are looked up as the system does: leave it out",
    "--exclude-ports": "leave them out of -p",
    "--host-timeout": "use --timeout SECONDS and --retries N",
    "--iflist": "'ip -brief link' lists interfaces",
    "--initial-rtt-timeout": "use --timeout SECONDS",
    "--max-hostgroup": "all hosts are scanned at once: leave it out",
    "--max-parallelism": "use --max-rate N",
    "--max-rtt-timeout": "use --timeout SECONDS",
    "--max-scan-delay": "use --min-rate N",
    "--min-hostgroup": "all hosts are scanned at once: leave it out",
    "--min-parallelism": "use --min-rate N",
    "--min-rtt-timeout": "use --timeout SECONDS",
    "--packet-trace": "'rawkit sniff' beside it shows packets",
    "--ping": "hosts behind routers are pinged first: leave it out",
    "--port-ratio": "use --top-ports N",
    "--proxies": "probes go straight to their targets: leave it out",
    "--scan-delay": "use --max-rate N",
    "--stats-every": "progress is shown on a terminal: leave it out",
    "--system-dns": "names are looked up as the system does: leave it out",
    "--version": "use 'rawkit --version'",
    "--wait": "use --timeout SECONDS",
}
"""Options of nmap's, and what to do here."""


def kind_options(function: F) -> F:
    """An option for each kind of scan."""
    for kind in reversed(KINDS.values()):
        told = f"Send {kind.sends} to each port{' (the default)' * (kind is SYN_SCAN)}."
        function = click.option(f"-s{kind.letter}", kind_option(kind), is_flag=True, help=told)(function)
    return function


RARE: Final = {
    "Targets": ("--exclude", "--exclude-file", "-4", "-6", "--resolve-all", "--yes-really"),
    "Kinds of scans": ("-sA", "-sF", "-sN", "-sX", "-sM"),
    "Speed": ("-T", "--min-rate", "--max-rate", "--retries", "--timeout"),
    "Packets": ("--source-ip", "--source-port"),
    "Parts of a scan": ("--seed", "--shard", "--resume", "--dry-run", "--count-only"),
    "Output": ("-n", "-v", "-oN", "-oX", "-oG", "-oA", "--color", "--no-color", "-Z"),
}
"""Options that `-h` leaves out, in groups."""


@click.command(
    "synscan", cls=Command, elsewhere=ELSEWHERE, rare=RARE, context_settings={"help_option_names": ["--help"]}
)
@click.option("-p", "ports", metavar="PORTS", help="22,80-90,http; - is all. Without it nmap's 1,000 top ports.")
@click.option("--top-ports", type=int, metavar="N", help="The N ports that are open most often (nmap's list).")
@click.option("--target-file", "-iL", metavar="FILE", help="Read more targets from a file; - is standard input.")
@click.option("--exclude", metavar="TARGET,...", help="Do not scan these.")
@click.option("--exclude-file", "--excludefile", metavar="FILE", help="Do not scan what is in a file.")
@click.option("-4", "version", flag_value=4, type=int, default=None, help="IPv4 only.")
@click.option("-6", "version", flag_value=6, type=int, help="IPv6 only.")
@click.option("--resolve-all", is_flag=True, help="Scan all addresses of a name, not the first alone.")
@click.option("--yes-really", is_flag=True, help="Scan more than 65,536 public addresses.")
@click.option("-Pn", "skip_discovery", is_flag=True, help="Scan hosts behind routers, also if they answer no ping.")
@kind_options
@click.option(
    "-T", "timing", default=NORMAL, metavar="0-5", help="nmap's timing: time-outs, retries, gaps. [default: 3]"
)
@click.option("--rate", default="auto", metavar="N|auto", help="Probes a second, or what the network takes (auto).")
@click.option("--min-rate", type=decimal(LIMITS["min_rate"]), metavar="N", help="At least so many a second, with auto.")
@click.option("--max-rate", type=decimal(LIMITS["max_rate"]), metavar="N", help="At most so many a second, with auto.")
@click.option(
    "--retries",
    "--max-retries",
    type=whole(LIMITS["retries"]),
    metavar="N",
    help="Send again at most N times (10, or by -T).",
)
@click.option("--timeout", type=float, metavar="SECONDS", help="Time for an answer; without it, by round trips.")
@click.option("-i", "-e", "interface", metavar="IFACE", help="Send through this interface.")
@click.option("--source-ip", "-S", metavar="ADDRESS", help="Send from this address.")
@click.option(
    "--source-port", "-g", type=whole(LIMITS["source_port"]), default=0, metavar="N", help="Send from this port."
)
@click.option("--seed", type=whole(LIMITS["seed"]), metavar="N", help="The order; shards need the same.")
@click.option("--shard", default="1/1", metavar="X/Y", help="Scan part X of Y.")
@click.option("--resume", type=FILE, metavar="FILE", help="Keep the state here, and go on from it.")
@click.option("--open", "only_open", is_flag=True, help="Show only what is open, or may be.")
@click.option("--reason", is_flag=True, help="Say why.")
@click.option("-n", "numeric", is_flag=True, help="Look no names of addresses up: so it is, said or not.")
@click.option(
    "-v", "verbose", count=True, help="Tell open ports as they are found, ways, hosts that are down; -vv why."
)
@click.option("--dry-run", is_flag=True, help="Print what would be scanned, in the order of sending; send nothing.")
@click.option("--count-only", is_flag=True, help="With --dry-run: only how much it is.")
@click.option(
    "--format", type=click.Choice(["text", "json", "csv", "xml", "grepable"]), help="How to show it.  [default: text]"
)
@click.option("-o", "output", type=FILE, metavar="FILE", help="Write that to a file; - is standard output.")
@click.option("-oN", "text", type=FILE, metavar="FILE", help="Write text to a file, as nmap does.")
@click.option("-oX", "xml", type=FILE, metavar="FILE", help="Write XML to a file.")
@click.option("-oG", "grepable", type=FILE, metavar="FILE", help="Write grepable text to a file.")
@click.option("-oA", "every", metavar="BASE", help="Write BASE.nmap, BASE.xml and BASE.gnmap.")
@click.option("-Z", "user", metavar="USER", help="Become this user once the sockets are open.")
@color_options
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.pass_obj
def command(settings: dict[str, Any], /, user: str | None, **options: Any) -> int:
    """Find open TCP ports by half of a handshake: SYN-ACK means open, RST closed, an ICMP error or silence filtered.
    UDP ports (-sU) and TCP's other answers (-sA, -sF …) with nmap's verdicts.

    TARGET is a name, an address, a network (192.0.2.0/24) or a range (192.0.2.1-50). Networks that are not on the
    Internet are left out of a larger target; name them, or an address of theirs, to scan them.

    \b
    rawkit synscan -p 22,80,443 192.0.2.0/24
    rawkit synscan -p - --open 192.0.2.20
    rawkit synscan -sU -p 53,123,161 192.0.2.20
    rawkit synscan -p 443 --rate 100000 --format json -o found.json 198.18.0.0/15

    Exit code: 0, 130 after Ctrl-C, 2 an error.
    """
    without_blas_threads()
    seen = {"screen": screen(settings, sys.stdout), "table_color": wants_color(settings, sys.stderr)}
    request, shown = split(options | seen)
    if shown.dry_run:
        from rawkit.cli.synscan.dry_run import dry_run

        return dry_run(request, shown)
    from rawkit.cli.synscan.run import scan

    return scan(request, shown, user)
