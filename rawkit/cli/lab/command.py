"""`rawkit lab`: test networks that stay up in the background, and ways into their hosts."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

from rawkit.api import labs
from rawkit.cli.color import color_options
from rawkit.cli.commands import pages
from rawkit.cli.near import Group
from rawkit.errors import LabError

_HELP = {"help_option_names": ["--help", "-h"]}
_WITHIN = click.option("--lab", "name", metavar="NAME", help="The lab, where several are up.")


_ABOUT = f"""Networks of real Linux hosts on this machine, to try things in. Nothing in them can reach outside.

\b
rawkit lab up tcp-faults
rawkit lab exec client ping -c 3 server
rawkit lab shell server
rawkit lab down

The page of the lab tells of each scenario, and how to write one of your own:

\b
{pages()}/docs/lab.md
"""


@click.group("lab", cls=Group, help=_ABOUT, context_settings=_HELP, no_args_is_help=False)
@color_options
def command() -> None:
    pass


@command.command("up", context_settings=_HELP)
@color_options
@click.option("--name", metavar="NAME", help="What to call the lab; its scenario's or file's name without this.")
@click.argument("spec", default="pair", metavar="[SCENARIO|FILE.toml]")
def _up(spec: str, name: str | None) -> None:
    """Start a lab in the background.

    A scenario (pair, where none is named), or the path of a TOML file of your own.
    """
    _show(labs.up(spec, name), sys.stdout)


def _show(lab: labs.LabRecord, out: TextIO) -> None:
    """Prints a lab's hosts, and what to do next."""
    out.write(f"lab {lab.name} is up: {lab.description or 'no description'}\n")
    width = max(len(host.name) for host in lab.hosts)
    for host in lab.hosts:
        services = f"  ({', '.join(host.services)})" if host.services else ""
        out.write(f"  {host.name.ljust(width)}  {', '.join(host.addresses)}{services}\n")
    first = lab.hosts[0].name
    out.write(f"'rawkit lab shell {first}' opens a shell there, 'rawkit lab down {lab.name}' ends the lab\n")


@command.command("list", context_settings=_HELP)
@color_options
def _list() -> None:
    """List the labs that are up, and the scenarios there are."""
    up = {lab.name: f"{lab.description} ({', '.join(host.name for host in lab.hosts)})" for lab in labs.running()}
    _print_table("up", up or {"none": "start one with 'rawkit lab up SCENARIO'"})
    _print_table("scenarios", labs.scenarios())


def _print_table(title: str, entries: dict[str, str]) -> None:
    width = max(map(len, entries))
    click.echo(f"{title}:")
    for name, text in entries.items():
        click.echo(f"  {name.ljust(width)}  {text}")


@command.command("shell", context_settings=_HELP)
@color_options
@_WITHIN
@click.argument("host")
def _shell(host: str, name: str | None) -> int:
    """Open a shell in a host; its exit code is passed on."""
    return _run(name, host, [os.environ.get("SHELL") or "/bin/sh"])


@command.command("exec", context_settings={**_HELP, "allow_interspersed_args": False})
@color_options
@_WITHIN
@click.argument("host")
@click.argument("program", nargs=-1, required=True, metavar="COMMAND...", type=click.UNPROCESSED)
def _exec(host: str, program: tuple[str, ...], name: str | None) -> int:
    """Run a command in a host; its exit code is passed on.

    \b
    rawkit lab exec client ping -c 3 server
    rawkit lab exec --lab tcp-faults client -- ss -tn
    """
    words = list(program[1:] if program[0] == "--" else program)
    if not words:
        raise LabError(f"no command for host {host}: add one behind its name")
    return _run(name, host, words)


def _run(name: str | None, host: str, words: list[str]) -> int:
    return labs.run_in(labs.choose(name), host, words)


@command.command("down", context_settings=_HELP)
@color_options
@click.option("--all", "everything", is_flag=True, help="End all labs.")
@click.argument("name", required=False)
def _down(name: str | None, everything: bool) -> None:
    """End a lab with all that runs in it.

    Without NAME the only one that is up.
    """
    for lab in labs.running() if everything else (labs.choose(name),):
        labs.down(lab)
        click.echo(f"lab {lab.name} is down")
