"""Groups of commands that say which one was meant, as click does of options."""

from __future__ import annotations

import click


class Group(click.Group):
    """A group of commands; a name that it has not is an error that names those that are like it.

    >>> group = Group("lab", commands=[click.Command("up"), click.Command("down")])
    >>> group.main(["dwn"], standalone_mode=False)
    Traceback (most recent call last):
    click.exceptions.UsageError: No such command 'dwn'. Did you mean 'down'?
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx))
            hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)
