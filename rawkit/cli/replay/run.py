"""`rawkit replay` at work: the run, and what is seen of it."""

from __future__ import annotations

import sys
from typing import Final

from rawkit import linktypes
from rawkit.api.notices import say
from rawkit.api.privileges import SENDING, give_up_before_reading
from rawkit.api.replay import LeftOut, ReplayRequest, ReplayRun, Sent
from rawkit.values import replace
from rawkit.view import send as view
from rawkit.view.text import counted

SECOND: Final = 1_000_000_000


def replay(request: ReplayRequest, stats: float | None, user: str | None, *, verbose: bool) -> int:
    """Sends the file's frames; returns the exit code. Every `stats` seconds it says how far it is.

    What it still needs of root then is the right to open raw sockets, and to have the kernel ask for next hops.
    """
    asks = request.to_link and request.dst_mac is None
    [path], engine = give_up_before_reading([request.path], user, rooms=SENDING, sends=True, administers=asks)
    run = ReplayRun(replace(request, path=path), engine=engine)
    with run.stopped_by_signals(), run:
        told = _Told(stats)
        try:
            run.go(told.tell, told.wait)
        finally:
            told.clear()
            if run.sent.frames or sys.exception() is None:
                _summarize(run)
                if verbose or (request.tx == "xdp" and run.through.without_xdp):
                    say(view.through(*run.through))
    for line in run.remarks:
        say(line)
    return 130 if run.stopped and request.loop else 0


class _Told:
    """Says how far it is: on a terminal in one line, with --stats in a line every so often."""

    def __init__(self, stats: float | None) -> None:
        self._progress = view.SendProgress(sys.stderr)
        self._every = int((stats or 0) * SECOND)
        self._next = self._every

    def tell(self, sent: Sent) -> None:
        if self._every and sent.nanoseconds >= self._next:
            self._progress.clear()
            say(_amount(sent))
            self._next = sent.nanoseconds // self._every * self._every + self._every
        self._progress.show(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)

    def wait(self, nanoseconds: int) -> None:
        """Says that there is a long pause to come; how long, in days where it is more than one."""
        self._progress.clear()
        days = nanoseconds / (86_400 * SECOND)
        long = f"{days:,.1f} days" if days >= 1 else f"{nanoseconds / SECOND:.0f} s"
        say(f"there is a pause of {long} between two frames, as it was recorded: --max-gap makes pauses shorter")

    def clear(self) -> None:
        self._progress.clear()


def _amount(sent: Sent) -> str:
    return view.amount(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)


def _summarize(run: ReplayRun) -> None:
    say(f"{_amount(run.sent)} on {_where(run)}")
    for line in _left_out(run.left_out, run):
        say(line)


def _where(run: ReplayRun) -> str:
    """The interface; of two, how many of the frames each had."""
    if run.other is None:
        return run.link.name
    others = run.sent_by_other
    return f"{run.link.name} ({run.sent.frames - others}) and {run.other.name} ({others})"


def _left_out(found: LeftOut, run: ReplayRun) -> list[str]:
    """A line for each kind of frames that did not go out as they were."""
    link = min((run.link, run.other or run.link), key=lambda one: one.mtu)
    name, mtu, header = link.name, link.mtu, "IP header" if link.mac is None else "link header"
    foreign = ", ".join(f"{count} {linktypes.name(kind)}" for kind, count in sorted(found.foreign.items()))
    lines = {
        f"{counted(found.large, 'frame')} larger than the MTU of {name} ({mtu}) not sent": found.large,
        f"{counted(found.short, 'frame')} without a whole {header} not sent": found.short,
        f"frames of another link type than that of {name} not sent: {foreign} (see --to-link)": foreign,
        f"{counted(found.not_carried, 'frame')} with nothing that {name} carries not sent": found.not_carried,
        f"{counted(found.unreached, 'frame')} whose next hop on {name} is not known not sent (see --dst-mac)": (
            found.unreached
        ),
        f"{counted(found.cut, 'frame')} sent as short as the capture has them": found.cut,
    }
    return [line for line, is_so in lines.items() if is_so]
