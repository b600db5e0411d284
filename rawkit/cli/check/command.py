"""`rawkit check`: whether a capture file is whole, and what is in it."""

from __future__ import annotations

from typing import Any

import click

from rawkit.api.notices import say


@click.command("check", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.argument("file", metavar="FILE")
def command(file: str, format: str) -> int:
    """Say whether a capture file is whole, and what is in it.

    The exit code is 0 where the file is whole, 1 where it was cut or damaged (what could be read is counted), 2 where
    it is no capture file.
    """
    found = _look(file)
    if format == "json":
        from rawkit.view.lines import json_line

        click.echo(json_line(found))
    else:
        for name, value in found.items():
            if value is not None:
                click.echo(f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}")
    return 1 if found["damage"] else 0


def _look(file: str) -> dict[str, Any]:
    from rawkit import linktypes
    from rawkit.cli.sniff.output import undecoded
    from rawkit.files import open_capture
    from rawkit.kernels import Engine
    from rawkit.run.capture.loop import Replay
    from rawkit.view.text import escaped

    engine = Engine("auto", notice=say)
    span = _Span()
    with open_capture(file, engine) as reader:
        replay = Replay(engine, 0)
        replay.run(reader, lambda packets, _tracked: span.take(packets.batch), lambda _events: None)
        links = sorted({linktypes.name(each.link_type) for each in reader.interfaces})
        return {
            "file": escaped(reader.name),
            "format": reader.format,
            "link_types": links,
            "interfaces": [escaped(each.name) for each in reader.interfaces if each.name] or None,
            "comments": [escaped(text) for _frame, text in reader.comments] or None,
            "frames": replay.counts.frames,
            "bytes": span.size,
            "connections": replay.connections,
            "first": span.text(span.first),
            "last": span.text(span.last),
            "backwards": span.backwards or None,
            "cut_frames": span.cut or None,
            "stopped_early": undecoded(replay.counts) or None,
            "damage": reader.truncated,
        }


class _Span:
    """Times and sizes of the frames that pass."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self.size = self.cut = self.backwards = 0

    def take(self, batch: Any) -> None:
        import numpy as np

        times = batch.timestamp if self.last is None else np.concatenate([[self.last], batch.timestamp])
        self.backwards += int((np.diff(times) < 0).sum())
        self.first = int(times[0]) if self.first is None else self.first
        self.last = int(times[-1])
        self.size += int(batch.length.sum())
        self.cut += int((batch.captured < batch.length).sum())

    def text(self, time: int | None) -> str | None:
        from rawkit.view.text import epoch

        return None if time is None else str(epoch(time))
