"""`rawkit sniff -r`: a capture file."""

from __future__ import annotations

import os
from functools import partial

from rawkit.api.notices import say
from rawkit.api.sniff import open_file
from rawkit.cli.progress import Progress
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import choice_of, plan, put, rules, view
from rawkit.view import capture as words


def read(options: Options) -> int:
    """Reads the file to its end; returns the exit code."""
    path, choice = options.read or "-", choice_of(options)
    with open_file(
        path,
        view=partial(view, options) if options.shown else None,
        filter=options.filter,
        count=options.count,
        plan=plan(options),
        kernels=options.kernels,
        progress=Progress(_plain_size(path)),
        rules=rules(options),
        choose=choice,
    ) as capture:
        capture.run(put)
        if capture.reader.truncated:
            say(capture.reader.truncated)
    counts, only = capture.loop.counts, capture.loop.frame_filter
    if only is not None and only.left_out:
        say(words.unfiltered(only.left_out))
    for line in words.noticed(capture.loop.noticed):
        say(line)
    if options.verbose or counts.stopped:
        shown = counts.kept if choice is None or choice.frames is None else choice.frames
        say(words.read(counts.frames, shown, counts.stopped))
    return 130 if capture.interrupted else 0


def _plain_size(path: str) -> int | None:
    """Bytes of the file, where its position tells how much of it was read: not where it is compressed."""
    plain = os.path.isfile(path) and not path.endswith((".gz", ".zst", ".xz"))
    return os.path.getsize(path) if plain else None
