"""`rawkit sniff -r`: a capture file."""

from __future__ import annotations

import os
from functools import partial

from rawkit.api.notices import say
from rawkit.api.opening import open_capture
from rawkit.cli.progress import Progress
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import choice_of, explain, files, put, rules, view
from rawkit.view import capture as words


def read(options: Options) -> int:
    """Reads the file to its end; returns the exit code."""
    path, choice = options.read or "-", choice_of(options)
    with (
        open_capture(
            path,
            options.filter or None,
            count=options.count,
            engine=options.kernels,
            rules=rules(options),
            progress=Progress(_plain_size(path)),
        ) as capture,
        capture.stopped_by_signals(),
    ):
        if options.write is not None:
            capture.write(options.write, **files(options))
        capture.prepare(partial(view, options) if options.shown else None, choice=choice)
        explain(options)
        capture.show(put)
        if capture.truncated:
            say(capture.truncated)
    found = capture.statistics
    if capture.left_out:
        say(words.unfiltered(capture.left_out))
    for line in words.noticed(found.noticed):
        say(line)
    if options.verbose or found.stopped:
        shown = found.frames if choice is None or choice.frames is None else choice.frames
        say(words.read(found.received, shown, found.stopped))
    return 130 if capture.interrupted else 0


def _plain_size(path: str) -> int | None:
    """Bytes of the file, where its position tells how much of it was read: not where it is compressed."""
    plain = os.path.isfile(path) and not path.endswith((".gz", ".zst", ".xz"))
    return os.path.getsize(path) if plain else None
