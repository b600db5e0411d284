"""`rawkit sniff FILE`: capture files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rawkit.api.notices import say
from rawkit.api.opening import open_capture
from rawkit.api.privileges import give_up_before_reading
from rawkit.cli.progress import Progress
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import Kept, choice_of, explain, files, put, rules, view
from rawkit.view import capture as words

if TYPE_CHECKING:
    from rawkit.api.capture import Capture


def read_files(options: Options) -> int:
    """Reads the files to their end; returns the exit code."""
    choice, size = choice_of(options), plain_size(options.read)
    recorded = files(options)
    held, engine = give_up_before_reading(options.read, options.user, kernels=options.kernels)
    with (
        open_capture(
            held,
            options.filter or None,
            count=options.count,
            engine=engine,
            rules=rules(options),
            progress=Progress(size),
        ) as capture,
        capture.stopped_by_signals(),
    ):
        if options.write is not None:
            capture.write(options.write, **recorded)
        made = Kept(partial(_view, options, capture))
        capture.prepare(made if options.shown or options.sums_up else None, choice=choice)
        explain(options)
        capture.show(put)
        for line in capture.remarks:
            say(line)
    if options.shown == "packets":
        for text in [text for number, text in capture.comments if number is None]:
            say(words.comment(text))
    if options.write is not None and capture.comments_not_in(options.write):
        say(words.comments_left_out(options.write))
    say_what_was_odd(capture)
    found = capture.statistics
    for line in made.lines():
        say(line)
    if options.verbose or found.stopped:
        shown = found.frames if choice is None or choice.frames is None else choice.frames
        say(words.read(found.received, shown, found.stopped))
    return 130 if capture.interrupted else 0


def say_what_was_odd(capture: Capture) -> None:
    """Says what a filter could not tell, and what had to be decided."""
    if capture.left_out:
        say(words.unfiltered(capture.left_out))
    for line in words.noticed(capture.statistics.noticed):
        say(line)


def _view(options: Options, capture: Capture, engine: Any, find_owner: Any) -> Any:
    """The view; of packets in text and JSON, with the comments that the files have on them."""
    made = view(options, engine, find_owner)
    is_json = options.format == "json"
    of_packets = (options.shown, options.fields) == ("packets", None) and options.format != "csv"
    if not of_packets or options.sums_up or capture.format == "pcap":
        return made
    from rawkit.view.packets.commented import Commented

    return Commented(made, lambda: capture.comments, is_json=is_json)


def plain_size(paths: Sequence[str]) -> int | None:
    """Bytes of the files, where their positions tell how much of them was read: not where one is compressed."""
    are_plain = all(os.path.isfile(path) and not path.endswith((".gz", ".zst", ".xz")) for path in paths)
    return sum(map(os.path.getsize, paths)) if are_plain else None
