"""`rawkit sniff -i`: live traffic."""

from __future__ import annotations

from functools import partial
from typing import Any

from rawkit.api import sniff
from rawkit.api.notices import say
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import plan, put, rules, view
from rawkit.run.capture.rings import Listening
from rawkit.view import capture as words


def capture(options: Options) -> int:
    """Captures until it is told to end; returns the exit code."""
    with sniff.capture(
        _listening(options),
        _Said(),
        view=partial(view, options) if options.shown else None,
        count=options.count,
        duration=options.duration,
        processes=options.processes,
        plan=plan(options),
        user=options.user,
        kernels=options.kernels,
        rules=rules(options),
    ) as live:
        say(words.listening(live.links))
        try:
            live.run(put)
        except BrokenPipeError:
            raise  # nobody reads: nothing is left to say
        except BaseException:
            _sum_up(live.outcome)
            raise
        _sum_up(live.outcome)
    return 130 if live.interrupted else 0


def _sum_up(outcome: Any) -> None:
    say(words.captured(outcome))
    for line in words.noticed(outcome.noticed):
        say(line)


def _listening(options: Options) -> Listening:
    return Listening(
        options.interfaces,
        filter=options.filter or None,
        snaplen=options.snaplen,
        memory=options.buffer,
        promiscuous=not options.no_promiscuous,
        direction=options.direction or "inout",
    )


class _Said:
    """Says what happens while the capture goes on."""

    def down(self, interface: str) -> None:
        say(words.down(interface))

    def crowded(self) -> None:
        say(words.crowded())

    def report(self, statistics: Any) -> None:
        say(words.counters(statistics))
