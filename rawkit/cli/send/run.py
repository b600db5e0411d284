"""`rawkit send` at work: the run, and what is seen of it."""

from __future__ import annotations

import sys

from rawkit.api.notices import say
from rawkit.api.privileges import SENDING, give_up_before_reading
from rawkit.api.send import Reply, SendRequest, SendRun
from rawkit.cli.sniff.output import put
from rawkit.frames import FrameBatch
from rawkit.values import replace
from rawkit.view import send as view
from rawkit.view.text import counted, escaped


def send(request: SendRequest, user: str | None, *, hex_dump: bool, verbose: bool) -> int:
    """Sends; returns the exit code: 1 where --reply has no answer to some frame, 130 after Ctrl-C."""
    run = _planned(request, user)
    progress = view.SendProgress(sys.stderr)
    with run.stopped_by_signals(), run:
        try:
            run.go(
                _put_hex if hex_dump else None,
                _put_reply,
                lambda sent: progress.show(sent.frames, sent.bytes, sent.nanoseconds, sent.rate),
            )
        finally:
            if run.sent.frames or sys.exception() is None:
                progress.clear()
                say(_summary(request, run))
                if verbose or (request.tx == "xdp" and run.through.without_xdp):
                    say(view.through(*run.through))
    if run.stopped and not request.is_endless:
        return 130
    return int(run.answered < run.asked or (request.reply and bool(run.silent)))


def dry_run(request: SendRequest, user: str | None, *, hex_dump: bool) -> int:
    """Makes the frames, once where they are to go out without end."""
    run = _planned(request, user)
    frames = size = 0
    for batch in run.made():
        if not frames:
            say(f"the first frame: {escaped(run.describe(batch.frame(0)))}")
        if hex_dump:
            _put_hex(batch)
        frames, size = frames + len(batch), size + int(batch.captured.sum())
    say(f"{view.amount(frames, size, 0, None)} for {run.link.name}; nothing was sent")
    return 0


def _planned(request: SendRequest, user: str | None) -> SendRun:
    """The run, by somebody who has nothing left of root but the right to open raw sockets, and what rules take."""
    files = [] if request.template is None else [request.template]
    asks = request.no_kernel_rst or request.template is None  # an expression is the user's own
    held, _ = give_up_before_reading(files, user, rooms=SENDING, sends=True, administers=asks)
    run = SendRun(replace(request, template=held[0] if held else None))
    if run.built:
        say(f"scapy itself draws {', '.join(run.built)}, frame by frame: slower, and new whatever the seed")
    return run


def _put_hex(batch: FrameBatch) -> None:
    put("".join(f"{frame.hex()}\n" for frame in batch.frames()).encode())


def _put_reply(one: Reply) -> None:
    put(f"{view.reply(one.number, one.sent, one.reply, one.nanoseconds, one.source)}\n".encode())


def _summary(request: SendRequest, run: SendRun) -> str:
    """One line of what came of it."""
    sent = run.sent
    said = f"{view.amount(sent.frames, sent.bytes, sent.nanoseconds, sent.rate)} on {run.link.name}"
    if request.reply:
        said += f"; {run.answered} of {run.asked} answered"
        if request.answers != 1:
            said += f", {counted(run.answers, 'answer')}"
    return said + view.left_out(run.silent)
