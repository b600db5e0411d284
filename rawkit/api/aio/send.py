"""`rawkit.aio.send` and `ask`: frames go out, and answers come, while other tasks go on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rawkit.api.aio.waiting import Waiting, awaited
from rawkit.api.aio.words import words_of
from rawkit.api.ask import Exchanges, exchanges_of
from rawkit.api.ask import ask as blocking_ask
from rawkit.api.send import SendRun
from rawkit.api.send import send as blocking_send
from rawkit.run.send.outgoing import outgoing
from rawkit.run.send.paced import SMALL, Sent
from rawkit.run.send.request import SendRequest

if TYPE_CHECKING:
    from rawkit.run.send.reply import Reply


@words_of(blocking_send)
async def send(*given: Any, **words: Any) -> Sent:
    """Sends frames, as `rawkit.send` does, with its arguments and errors, and returns what went out.

    With a rate, frames that are due within a millisecond leave together, for asyncio's timers are no finer. What a
    generator gives is made between two turns of the loop; so are names looked up, which may take long. Cancelling it
    ends sending between two frames.

    >>> import asyncio, rawkit
    >>> from scapy.layers.inet import IP, UDP
    >>> async def tell() -> None:
    ...     sent = await rawkit.aio.send(IP(dst="127.0.0.1") / UDP(dport=[7, 9]) / b"hello", interface="lo")
    ...     print(sent.frames, sent.bytes)
    >>> try:
    ...     asyncio.run(tell())
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(2, 94)
    2 94
    """
    return (await _gone(blocking_send, given, words)).sent


@words_of(blocking_ask)
async def ask(*given: Any, **words: Any) -> Exchanges:
    """Sends frames and waits for answers, as `rawkit.ask` does, with its arguments and errors, and its `Exchanges`.

    Cancelling it closes what it listens to, and takes its rules for the kernel's RSTs away.

    >>> import asyncio, rawkit
    >>> from scapy.layers.inet import ICMP, IP
    >>> async def check() -> None:
    ...     [one] = await rawkit.aio.ask(IP(dst="127.0.0.1") / ICMP(id=7), timeout=5)
    ...     print(one.answer["icmp.type"], one.rtt_ns > 0)
    >>> try:
    ...     asyncio.run(check())
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(0, True)
    0 True
    """
    replies: list[Reply] = []
    return exchanges_of(await _gone(blocking_ask, given, words, replies.append), replies)


async def _gone(
    call: Callable[..., object],
    given: tuple[Any, ...],
    words: dict[str, Any],
    on_reply: Callable[[Reply], None] | None = None,
) -> SendRun:
    """The run that a call's words ask for, when it is over, and closed."""
    bound = inspect.signature(call).bind(*given, **words).arguments
    stop = bound.pop("stop", None)
    request = SendRequest(**bound, reply=on_reply is not None)
    request.check()
    waiting = Waiting()
    run = SendRun(request, stop, await awaited(outgoing(request, SMALL), waiting))
    await awaited(run.prepare(), waiting)
    with run:
        await awaited(run.steps(on_reply=on_reply), waiting)
    return run
