"""`rawkit sniff -i`: live traffic."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rawkit.api.notices import say
from rawkit.api.privileges import drop_privileges
from rawkit.api.sniff import record, sniff
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import Kept, choice_of, explain, files, put, rules, view
from rawkit.view import capture as words

if TYPE_CHECKING:
    from rawkit.api.capture import Capture
    from rawkit.api.sniff import Recorder


def capture(options: Options) -> int:
    """Captures until it is told to end; returns the exit code."""
    if options.shown is None and options.write is not None and not options.sums_up:
        return _record(options, options.write)
    with sniff(**_asked(options), rules=rules(options)) as live, live.stopped_by_signals():
        make, choice = Kept(partial(view, options)), choice_of(options)
        live.prepare(make, choice=choice, processes=options.processes, path=options.write)
        drop_privileges(options.user, processes=options.processes)
        if options.write is not None:
            live.write(options.write, **files(options))
        explain(options)
        _go(live, partial(live.show, put), options.write)
    for line in make.lines():
        say(line)
    return 0


def _record(options: Options, path: str) -> int:
    with record(path=path, **_asked(options), **files(options)) as live, live.stopped_by_signals():
        drop_privileges(options.user)
        live.begin()
        _go(live, live.wait, path)
    return 0


def _go(live: Capture | Recorder, go: Any, path: str | None) -> None:
    """Says that it begins, goes on to the end, and sums up."""
    say(words.listening(live.links))
    if path is not None and path.endswith(".xz"):
        say(words.only_whole(path))
    try:
        go()
    except BrokenPipeError:
        raise  # nobody reads: nothing is left to say
    except BaseException:
        _sum_up(live.statistics)
        raise
    _sum_up(live.statistics)


def _sum_up(statistics: Any) -> None:
    say(words.captured(statistics))
    for line in words.noticed(statistics.noticed):
        say(line)


def _asked(options: Options) -> dict[str, Any]:
    """What `sniff` and `record` are asked for in the same words."""
    return {
        "interfaces": options.interfaces,
        "filter": options.filter or None,
        "count": options.count,
        "duration": options.duration,
        "promiscuous": not options.no_promiscuous,
        "direction": options.direction or "inout",
        "snaplen": options.snaplen,
        "memory": options.buffer,
        "engine": options.kernels,
        "listener": Said(),
    }


class Said:
    """Says what happens while the capture goes on."""

    def down(self, interface: str) -> None:
        say(words.down(interface))

    def crowded(self) -> None:
        say(words.crowded())

    def report(self, statistics: Any) -> None:
        say(words.counters(statistics))
