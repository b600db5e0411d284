"""Going through a capture for what was said, and putting it out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rawkit.api.capture import CaptureWarning
from rawkit.api.notices import say
from rawkit.api.stream_files import StreamFiles
from rawkit.cli.sniff.live import Said
from rawkit.cli.sniff.output import flow_rules, put
from rawkit.view import capture as words
from rawkit.view.streams.view import StreamView

if TYPE_CHECKING:
    from rawkit.api.capture import Capture
    from rawkit.api.streams import Side, Stream


def follow(paths: tuple[str, ...], filter: str | None, *, color: bool, **options: Any) -> int:
    """Shows or writes the streams; returns the exit code."""
    where = _compiled(options["display_filter"])
    with ExitStack() as stack:
        capture = stack.enter_context(_opened(paths, filter, options))
        stack.enter_context(capture.stopped_by_signals())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", CaptureWarning)  # said below, without the line of a program
        if capture.is_live:
            say(words.listening(capture.links))
        tcp, udp = _numbers(options["streams"])
        seen: set[tuple[str, int]] = set()
        streams = _noted(capture.streams(tcp=tcp, udp=udp, where=where, at_once=_is_at_once(capture, options)), seen)
        if options["folder"] is not None:
            _write(streams, options["folder"], options["side"], color=color)
        else:
            view = StreamView(options["format"], options["side"], color=color)
            for stream in streams:
                put(view.show(stream))
            put(view.rest())
    return _end(capture, options, seen)


def _noted(streams: Iterable[Stream], seen: set[tuple[str, int]]) -> Iterator[Stream]:
    """The streams; which there were is noted."""
    for stream in streams:
        seen.add((stream.protocol, stream.number))
        yield stream


def _compiled(display_filter: str | None) -> Any:
    if display_filter is None:
        return None
    from rawkit.api.where import compile_filter

    return compile_filter(display_filter)


def _opened(paths: tuple[str, ...], filter: str | None, options: dict[str, Any]) -> Capture:
    """The capture, of files or live, and root given up."""
    rules = flow_rules(*(options[name] for name in ("checksums", "vlan", "tunnels", "flow_memory")))
    if not paths:
        from rawkit.api.privileges import drop_privileges
        from rawkit.api.sniff import sniff

        live = sniff(
            options["interfaces"], filter, count=options["count"], duration=options["duration"],
            engine=options["kernels"], rules=rules, listener=Said(),
        )  # fmt: skip
        drop_privileges(options["user"])
        return live
    from rawkit.api.opening import open_capture
    from rawkit.api.privileges import give_up_before_reading
    from rawkit.cli.progress import Progress
    from rawkit.cli.sniff.file import plain_size

    progress = Progress(plain_size(paths))
    held, engine = give_up_before_reading(paths, options["user"], kernels=options["kernels"])
    return open_capture(held, filter, count=options["count"], engine=engine, rules=rules, progress=progress)


def _numbers(streams: list[tuple[str, int]] | None) -> tuple[list[int] | None, list[int] | None]:
    """The numbers that were given, by protocol."""
    if streams is None:
        return None, None
    tcp, udp = ([number for protocol, number in streams if protocol == name] for name in ("tcp", "udp"))
    return tcp, udp


def _is_at_once(capture: Capture, options: dict[str, Any]) -> bool:
    """Whether nothing is to be kept until a stream ends: it goes to a file, there is but one, or it is watched."""
    is_one = options["streams"] is not None and len(options["streams"]) == 1
    return capture.is_live or options["folder"] is not None or is_one


def _write(streams: Iterable[Stream], folder: str, side: Side | None, *, color: bool) -> None:
    """Writes files, and shows what is missing or differs."""
    remarks = StreamView("text", side, color=color)
    with StreamFiles(folder, side) as files:
        for stream in streams:
            files.write(stream)
            if stream.gaps or stream.conflicts:
                put(remarks.remarks(stream))
    say(f"{files.count} file{'s' * (files.count != 1)} with {files.size:,} bytes in {folder}")


def _end(capture: Capture, options: dict[str, Any], seen: set[tuple[str, int]]) -> int:
    from rawkit.cli.sniff.file import say_what_was_odd

    silent = [one for one in options["streams"] or () if one not in seen]
    if silent or not seen:
        say(words.silent_streams(silent, chosen=options["display_filter"] is not None))
    if capture.interrupted and not capture.is_live:
        say("interrupted: only the part up to here was read")
    for line in capture.remarks:
        say(line)
    if capture.streams_crowded_out:
        say(words.streams_crowded_out(capture.streams_crowded_out))
    found = capture.statistics
    if capture.is_live:
        say(words.captured(found))
    say_what_was_odd(capture)
    if options["verbose"] and not capture.is_live:
        say(words.read(found.received, found.frames, found.stopped))
    return 130 if capture.interrupted and not capture.is_live else 0
