"""`rawkit send`: frames that an expression or a file describes, out of an interface."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from rawkit.api.requests import SEND_LIMITS as LIMITS
from rawkit.api.requests import TX, SendRequest
from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options
from rawkit.cli.elsewhere import Command
from rawkit.cli.ranges import WholeOrAll, decimal, whole
from rawkit.errors import RawkitError

RARE: Final = {
    "Answers": ("--answers", "--timeout", "--retries", "--no-kernel-rst"),
    "Sending": ("--mbps", "--qdisc-bypass", "--tx", "-Z"),
    "Other": ("--color", "--no-color"),
}
"""Options that `-h` leaves out, in groups."""


@click.command("send", cls=Command, rare=RARE, context_settings={"help_option_names": ["--help"]})
@click.option("-i", "interface", metavar="IFACE", help="Send on this interface.  [default: that of the route]")
@click.option(
    "--count", type=whole(LIMITS["count"]), metavar="N", help="Send N frames, from the first again if need be."
)
@click.option("--loop", is_flag=True, help="Begin again at the end, until --count or Ctrl-C.")
@click.option("--rate", type=decimal(LIMITS["rate"]), metavar="PPS", help="Frames a second.")
@click.option("--mbps", type=decimal(LIMITS["mbps"]), metavar="N", help="Million bits a second.")
@click.option("--reply", is_flag=True, help="Wait for answers; print what was sent, what answers it, and the time.")
@click.option(
    "--answers", type=WholeOrAll(1), default=1, show_default=True, metavar="N|all",
    help="So many to each frame, as a group or a broadcast may have.",
)  # fmt: skip
@click.option(
    "--timeout", type=decimal(LIMITS["timeout"]), default=2.0, show_default=True, metavar="SECONDS", help="So long."
)
@click.option(
    "--retries", type=whole(LIMITS["retries"]), default=0, metavar="N",
    help="Send what has no answer again, up to N times.",
)  # fmt: skip
@click.option(
    "--template", metavar="FILE", help="Send the frames of a capture, or of hex in text; - is standard input."
)
@click.option("--no-kernel-rst", is_flag=True, help="Keep the kernel from resetting TCP connections made by hand.")
@click.option("--qdisc-bypass", is_flag=True, help="Past the queue: faster, unseen by tc and by captures on this host.")
@click.option(
    "--tx", type=click.Choice(TX), default="auto", show_default=True,
    help="AF_XDP for many frames past the queue; for none; for all, past the queue.",
)  # fmt: skip
@click.option(
    "--write", metavar="FILE", help="Write what is sent, and answers: pcap, or pcapng by its name; .gz .zst .xz."
)
@click.option("--hex", "hex_dump", is_flag=True, help="Print what is sent, and answers, in hex, a frame a line.")
@click.option("--dry-run", is_flag=True, help="Make the frames, write and print them, but send nothing.")
@click.option("-Z", "user", metavar="USER", help="Become this user once files are open; else who called sudo.")
@color_options
@click.argument("expression", required=False, metavar="[EXPRESSION]")
@click.pass_obj
def command(settings: dict[str, Any], /, hex_dump: bool, dry_run: bool, user: str | None, **options: Any) -> int:
    """Send frames that EXPRESSION describes in scapy's notation: all of them, where fields have ranges or lists.

    Interface, source address and MAC addresses are filled in from the routes. Without --rate and --mbps the frames go
    out as fast as they can. Counter(start, step), Random(low, high, seed=N), scapy's RandShort(), RandIP("net") and the
    like, and fuzz(LAYER()) are new in every frame that --count or --loop asks for.

    \b
    rawkit send 'IP(dst="192.0.2.20")/ICMP()' --reply
    rawkit send 'IP(dst="192.0.2.20")/TCP(dport=[22, 80, (8000, 8010)], flags="S")' --reply --no-kernel-rst
    rawkit send 'IP(dst="192.0.2.20")/UDP(dport=9, sport=RandShort())/("x"*1400)' --count 250000 --rate 50000
    rawkit send --template frames.pcapng -i eth0 --loop --mbps 100

    Exit code: 0, 1 with --reply where some frame has no answer or could not be sent, 2 an error, 130 after Ctrl-C.
    """
    request = SendRequest(**options)
    request.check()
    if dry_run and (request.reply or request.no_kernel_rst):
        raise RawkitError("--dry-run sends nothing that could be answered: leave --reply and --no-kernel-rst out")
    without_blas_threads()
    from rawkit.api.send import ExpressionError
    from rawkit.cli.send import run

    try:
        if dry_run:
            return run.dry_run(request, user, hex_dump=hex_dump)
        return run.send(request, user, hex_dump=hex_dump, verbose=settings["verbose"])
    except ExpressionError as error:
        if sys.stderr.isatty():
            click.echo(error.pointed(), err=True)
        raise
