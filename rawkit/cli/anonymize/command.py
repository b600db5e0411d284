"""`rawkit anonymize`: a capture file that can be given away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options
from rawkit.cli.elsewhere import Command
from rawkit.cli.sniff import reading

if TYPE_CHECKING:
    from rawkit.api.anonymize import Anonymized

PAYLOADS: Final = ("zero", "remove", "keep")
RARE: Final = {"Other": ("--kernels", "-Z", "--color", "--no-color")}


@click.command("anonymize", cls=Command, rare=RARE, context_settings={"help_option_names": ["--help"]})
@click.option(
    "--key-file",
    type=click.Path(),
    metavar="FILE",
    help="Read the key from FILE (32 bytes), which makes the same of all captures.  [default: a new one, thrown away]",
)
@click.option(
    "--payload",
    type=click.Choice(PAYLOADS),
    default="zero",
    show_default=True,
    help="What becomes of what is behind the headers; remove: frames are cut there.",
)
@click.option("--keep-unknown", is_flag=True, help="Leave what rawkit cannot read as it is, in place of zeros.")
@click.option("--keep-oui", is_flag=True, help="Leave who made the card: the first half of MAC addresses.")
@click.option(
    "--map-special",
    is_flag=True,
    help="Map addresses that are no host's too: multicast, broadcast, loopback, link-local.",
)
@reading.KERNELS
@click.option("-Z", "user", metavar="USER", help="Become this user once the file is open; else who called sudo.")
@click.option("-v", "verbose", is_flag=True, help="Say at the end how many frames there were.")
@color_options
@click.argument("source", metavar="IN")
@click.argument("path", metavar="OUT")
@click.pass_obj
def command(
    settings: dict[str, Any], /, source: str, path: str, key_file: str | None, user: str | None, **options: Any
) -> int:
    """Write a capture file that can be given away: addresses, names and payload are others, all else stays.

    Addresses that share a prefix still do (Crypto-PAn); in tunnels, in what ICMP errors quote, in ARP, neighbour
    discovery, DHCP and DNS too. Checksums stay right or wrong as they were. Comments, secrets, names of interfaces and
    hosts are left out. - is standard input or output.

    \b
    rawkit anonymize today.pcapng shared.pcapng
    head -c 32 /dev/urandom > key; rawkit anonymize --key-file key monday.pcapng shared.pcapng
    """
    without_blas_threads()
    from rawkit.api.anonymize import anonymize, read_key
    from rawkit.api.notices import say
    from rawkit.api.privileges import ANONYMIZING, give_up_before_reading
    from rawkit.cli.progress import Progress
    from rawkit.cli.sniff.file import plain_size

    verbose = options.pop("verbose") or settings["verbose"]
    kernels = options.pop("kernels")
    progress = Progress(plain_size([source]))
    paths = [source] if key_file is None else [source, key_file]
    held, engine = give_up_before_reading(paths, user, kernels=kernels, rooms=ANONYMIZING)
    key = read_key(held[1]) if key_file is not None else None
    found = anonymize(held[0], path, key=key, engine=engine, progress=progress, until_signal=True, **options)
    for line in found.remarks:
        say(line)
    for line in _notices(found, key_file, keeps=options["keep_unknown"]):
        say(line)
    if verbose:
        say(f"{found.frames:,} frame{'s' * (found.frames != 1)} made anonymous")
    return 130 if found.interrupted else 0


def _notices(found: Anonymized, key_file: str | None, *, keeps: bool) -> list[str]:
    """What whoever gives the file away ought to know."""
    from rawkit.view.capture import undecoded

    lines = []
    if found.stopped:
        state = "is as it was, with all addresses in it" if keeps else "is zeros now (--keep-unknown leaves it)"
        lines.append(f"what rawkit cannot read {state}: frames with {undecoded(found.stopped)}")
    if found.comments:
        lines.append(f"{found.comments} comment{'s' * (found.comments != 1)} left out")
    if key_file is None:
        lines.append("the key is thrown away: the next capture gets other addresses (--key-file keeps them)")
    if found.interrupted:
        lines.append("interrupted: only the part up to here was written")
    return lines
