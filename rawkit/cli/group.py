"""The click group behind the front door: loads a command's file when it is called, and turns errors into one line."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

import rawkit
from rawkit.api.notices import say
from rawkit.cli.color import color_options
from rawkit.cli.commands import COMMANDS, help_text
from rawkit.cli.near import Group
from rawkit.errors import RawkitError


class _ReaderGoneError(Exception):
    """Nobody reads what we print; click would take a BrokenPipeError for a failure and exit with 1."""


class _InterruptedError(Exception):
    """Ctrl-C where no command has an answer to it; click would print an empty line."""


class _Commands(Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rawkit.cli.{cmd_name}.command").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGoneError from None
        except KeyboardInterrupt:
            raise _InterruptedError from None

    def get_help(self, ctx: click.Context) -> str:
        return help_text()


@click.group(cls=_Commands)
@click.version_option(rawkit.__version__, prog_name="rawkit", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", is_flag=True)
@color_options
@click.pass_context
def _rawkit(context: click.Context, verbose: bool) -> None:
    context.ensure_object(dict)["verbose"] = verbose


def call(arguments: Sequence[str]) -> int:
    """Runs one command; every error that is expected becomes one line and exit code 2."""
    try:
        result = _rawkit.main(list(arguments), prog_name="rawkit", standalone_mode=False)
    except click.UsageError as error:
        hint = f": see '{error.ctx.command_path} --help'" if error.ctx else ""
        say(error.format_message().rstrip(".") + hint)
        return 2
    except (click.ClickException, RawkitError) as error:
        say(str(error))
        return 2
    except (click.Abort, KeyboardInterrupt, _InterruptedError):
        return 130
    except _ReaderGoneError:
        raise BrokenPipeError from None
    return result if isinstance(result, int) else 0
