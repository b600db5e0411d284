"""`rawkit.aio.replay`: a capture file's frames go out again while other tasks go on."""

from __future__ import annotations

import inspect
from typing import Any

from rawkit.api.aio.waiting import Waiting, awaited
from rawkit.api.aio.words import words_of
from rawkit.api.replay import Replayed, ReplayRun, request_of
from rawkit.api.replay_call import replay as blocking_replay


@words_of(blocking_replay)
async def replay(*given: Any, **words: Any) -> Replayed:
    """Sends the frames of a capture file again, as `rawkit.replay` does, with its arguments, errors and result.

    Frames that are due within a millisecond leave together, for asyncio's timers are no finer. The file is read between
    two turns of the loop, which holds it up where that is a pipe; so are next hops asked for with `to_link`, where
    `dst_mac` says none. Cancelling it ends sending between two frames.

    >>> import asyncio, rawkit
    >>> try:
    ...     print(asyncio.run(rawkit.aio.replay("captures/dns.pcap", "lo", top=True, count=2)).sent.frames)
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(2)
    2
    """
    bound = inspect.signature(blocking_replay).bind(*given, **words).arguments
    stop = bound.pop("stop", None)
    with ReplayRun(request_of(**bound), stop, awaited=True) as run:
        await awaited(run.steps(), Waiting())
    return run.result
