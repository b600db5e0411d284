"""`rawkit ping` under way: the run, what is seen of it, and the exit code."""

from __future__ import annotations

from contextlib import ExitStack

from rawkit.api.notices import say
from rawkit.api.ping import PingRequest, PingRun
from rawkit.cli.ping.arguments import PingOutput
from rawkit.cli.ping.watch import PingWatch, told_on_sigquit, view
from rawkit.cli.usage import asking
from rawkit.view.ping.text import elsewhere_line, status_line


def ping(request: PingRequest, shown: PingOutput, user: str | None) -> int:
    """Pings; returns the exit code."""
    with asking():
        run = PingRun(request)
    for trouble in run.troubles:
        say(str(trouble))
    with ExitStack() as stack:
        stack.enter_context(run)
        run.give_up_root(user)
        run.begin()
        watch = PingWatch(view(run, request, shown), run, tells_of_sending=request.flood or shown.outstanding)
        stack.callback(watch.write)  # what was found stands before an error's line
        with told_on_sigquit(lambda: status_line(run.summaries)):
            watch.view.begin(run.targets)
            run.go(watch.result, watch.sent, watch.write)
        watch.end()
    if not shown.has_lines and (line := elsewhere_line(run.summaries)) is not None:
        say(line)
    return 2 if run.troubles else _exit_code(shown, run)


def _exit_code(shown: PingOutput, run: PingRun) -> int:
    """As iputils: 1 where no reply came, or with -c and -w not all of them; here, for one of the targets at least."""
    if shown.lists:
        return 0 if all(summary.alive for summary in run.summaries) else 1
    return 0 if all(summary.received >= shown.wanted for summary in run.summaries) else 1
