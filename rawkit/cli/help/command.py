"""`rawkit help`: what `--help` says, for those who ask for it first."""

from __future__ import annotations

import click

from rawkit.cli.color import color_options


@click.command("help", context_settings={"help_option_names": ["--help", "-h"]})
@color_options
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
def command(words: tuple[str, ...]) -> int:
    """Say what a command does, and what its options are.

    \b
    rawkit help sniff
    rawkit help lab up
    """
    from rawkit.cli.group import call

    return call([*words, "--help"])
