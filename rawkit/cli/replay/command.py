"""`rawkit replay`: a capture file's frames, out of an interface."""

from __future__ import annotations

from typing import Any, Final

import click

from rawkit.api.requests import REPLAY_LIMITS as LIMITS
from rawkit.api.requests import TX, Limit, ReplayRequest
from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options
from rawkit.cli.elsewhere import Command
from rawkit.cli.ranges import decimal, whole

STATS = Limit("--stats", 0, above=True)


RARE: Final = {
    "Other addresses": ("--clients", "--map-ip", "--map-mac", "--map-port", "--to-link", "--dst-mac", "--unique-ip"),
    "Sending": ("--max-gap", "--mbps", "--qdisc-bypass", "--tx", "--loop-delay", "--stats", "-Z"),
    "Other": ("--color", "--no-color"),
}
"""Options that `-h` leaves out, in groups."""


@click.command("replay", cls=Command, rare=RARE, context_settings={"help_option_names": ["--help"]})
@click.option("-i", "interface", metavar="IFACE", required=True, help="Send on this interface.")
@click.option("-I", "--intf2", metavar="IFACE", help="Send what servers sent on this one; what clients sent, on -i.")
@click.option("--clients", multiple=True, metavar="NET,...", help="These are clients; else who opens connections.")
@click.option("--speed", type=decimal(LIMITS["speed"]), metavar="X", help="X times as fast as recorded.")
@click.option("--max-gap", type=decimal(LIMITS["max_gap"]), metavar="SECONDS", help="Pauses are no longer than this.")
@click.option("--pps", type=decimal(LIMITS["pps"]), metavar="N", help="N frames a second.")
@click.option("--mbps", type=decimal(LIMITS["mbps"]), metavar="N", help="N million bits a second.")
@click.option("--top", is_flag=True, help="As fast as they go.")
@click.option("--qdisc-bypass", is_flag=True, help="Past the queue: faster, unseen by tc and by captures on this host.")
@click.option(
    "--tx", type=click.Choice(TX), default="auto", show_default=True,
    help="AF_XDP for many frames past the queue; for none; for all, past the queue.",
)  # fmt: skip
@click.option("--loop", type=whole(LIMITS["loop"]), default=1, metavar="N", help="N rounds; 0 until Ctrl-C.")
@click.option(
    "--loop-delay", type=decimal(LIMITS["loop_delay"]), default=0, metavar="SECONDS", help="A pause between two rounds."
)
@click.option("--count", type=whole(LIMITS["count"]), metavar="N", help="Stop after N frames.")
@click.option("--filter", metavar="BPF", help="Only frames that match (pcap-filter(7)).")
@click.option("--map-ip", multiple=True, metavar="OLD=NEW", help="Another address, or network of the same size.")
@click.option("--map-mac", multiple=True, metavar="OLD=NEW", help="Another MAC address.")
@click.option("--map-port", multiple=True, metavar="OLD=NEW", help="Another port.")
@click.option(
    "--to-link", is_flag=True, help="Give frames of other links the link header of IFACE, or take theirs off."
)
@click.option("--dst-mac", metavar="MAC", help="With --to-link: the next hop's, in place of asking for it.")
@click.option("--unique-ip", is_flag=True, help="In each round after the first, add its number to all addresses.")
@click.option("--stats", type=decimal(STATS), metavar="SECONDS", help="Say every so often how much went out.")
@click.option("-Z", "user", metavar="USER", help="Become this user once the file is open; else who called sudo.")
@color_options
@click.argument("path", metavar="FILE")
@click.pass_obj
def command(settings: dict[str, Any], /, stats: float | None, user: str | None, **options: Any) -> int:
    """Send the frames of a capture file again: at the times at which they were recorded, or at a rate.

    FILE is pcap or pcapng, also compressed; - is standard input. Checksums are mended where addresses or ports are
    replaced; one that was wrong stays wrong. Ctrl-C ends it with the summary.

    \b
    rawkit replay today.pcapng -i eth0
    rawkit replay today.pcapng -i eth0 --map-ip 192.0.2.0/24=203.0.113.0/24 --map-port 53=5353
    rawkit replay today.pcapng -i eth0 --intf2 eth1 --clients 192.0.2.0/24
    rawkit replay today.pcapng.zst -i eth0 --top --loop 10 --unique-ip --filter 'tcp port 80'

    Exit code: 0, 2 an error, 130 after Ctrl-C.
    """
    request = ReplayRequest(**options)
    request.check()
    without_blas_threads()
    from rawkit.cli.replay.run import replay

    return replay(request, stats, user, verbose=settings["verbose"])
