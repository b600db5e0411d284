"""`rawkit check`: whether a capture file is whole, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rawkit.cli.blas import without_blas_threads
from rawkit.cli.color import color_options

if TYPE_CHECKING:
    from rawkit.api.check import Checked


@click.command("check", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("-Z", "user", metavar="USER", help="Become this user once the file is open; else who called sudo.")
@color_options
@click.argument("file", metavar="FILE")
def command(file: str, format: str, user: str | None) -> int:
    """Say whether a capture file is whole, and what is in it.

    The exit code is 0 where the file is whole, 1 where it was cut or damaged (what could be read is counted), 2 where
    it is no capture file. After Ctrl-C it tells of what was read, and the exit code is 130.
    """
    without_blas_threads()
    from rawkit.api.check import check
    from rawkit.api.privileges import give_up_before_reading
    from rawkit.view.lines import json_line

    [held], engine = give_up_before_reading([file], user)
    found = check(held, engine)
    words = _words(found)
    if format == "json":
        click.echo(json_line(words))
    else:
        for name, value in words.items():
            if value is not None:
                click.echo(f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}")
    if found.interrupted:
        return 130
    return 1 if found.damage else 0


def _words(found: Checked) -> dict[str, Any]:
    """What is printed, by its names; None where there is nothing to say."""
    from rawkit import linktypes
    from rawkit.view.capture import undecoded
    from rawkit.view.text import epoch, escaped

    return {
        "file": escaped(found.name),
        "format": found.format,
        "link_types": sorted(set(map(linktypes.name, found.link_types))),
        "interfaces": [escaped(name) for name in found.interfaces] or None,
        "comments": [escaped(text) for text in found.comments] or None,
        "frames": found.frames,
        "bytes": found.bytes,
        "connections": found.connections,
        "first": None if found.first is None else str(epoch(found.first)),
        "last": None if found.last is None else str(epoch(found.last)),
        "backwards": found.backwards or None,
        "cut_frames": found.cut_frames or None,
        "stopped_early": undecoded(found.stopped) or None,
        "remarks": [escaped(line) for line in found.remarks] or None,
        "damage": found.damage,
        "interrupted": "only the part up to here was read" if found.interrupted else None,
    }
