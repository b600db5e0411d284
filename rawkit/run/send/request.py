"""What is to be sent, in the words of `rawkit send`; no I/O, and nothing that takes long to load."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from rawkit.errors import RawkitError
from rawkit.run.limits import Limit, check_limits
from rawkit.values import dataclass

Tx = Literal["auto", "packet", "xdp"]
TX: Final[tuple[Tx, ...]] = get_args(Tx)
"""What frames go through; `auto` is AF_XDP where that is faster and hides no more of them."""
LIMITS: Final = {
    "count": Limit("--count", 1),
    "rate": Limit("--rate", 0, above=True),
    "mbps": Limit("--mbps", 0, above=True),
    "timeout": Limit("--timeout", 0),
    "answers": Limit("--answers", 0),
    "retries": Limit("--retries", 0),
}
"""What the numbers of a request may be."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Which frames are to be sent, and how; the names are those of the command's options, and so are the defaults.

    Attributes:
        expression: the frames in scapy's notation, as in `IP(dst="192.0.2.20")/ICMP()`.
        template: in place of it, a capture file or a text with hex; `-` is standard input.
        interface: send on this interface; None for that of the route.
        count: so many frames, from the first again if need be.
        loop: begin again at the end, until `count` frames are sent or somebody stops it.
        rate: frames a second; None for as fast as they go.
        mbps: in place of it, million bits a second.
        reply: find the answer to each frame.
        answers: the most answers to a frame that are waited for; 0 for all that come until the time-out.
        timeout: seconds to wait for answers when all is sent.
        write: a capture file for what is sent, and for answers.
        no_kernel_rst: keep the kernel from resetting TCP connections made by hand.
        qdisc_bypass: past the queue: faster, unseen by tc and by captures on this host.
        retries: times that a frame without an answer is sent again, each time when `timeout` is over.
        what: in place of an expression, what a program has: see `rawkit.send`.
        tx: `auto` has many frames that go past the queue, at no rate, go through AF_XDP where that can be had;
            `packet` never; `xdp` all from the first on, past the queue, and where it cannot be had that is an error.

    >>> SendRequest('IP(dst="192.0.2.20")/ICMP()', rate=10, mbps=1).check()
    Traceback (most recent call last):
    rawkit.errors.RawkitError: --rate and --mbps both say how fast: leave one out
    """

    expression: str | None = None
    template: str | None = None
    interface: str | None = None
    count: int | None = None
    loop: bool = False
    rate: float | None = None
    mbps: float | None = None
    reply: bool = False
    answers: int = 1
    timeout: float = 2.0
    write: str | None = None
    no_kernel_rst: bool = False
    qdisc_bypass: bool = False
    retries: int = 0
    what: Any = None
    tx: Tx = "auto"

    @property
    def is_endless(self) -> bool:
        """Whether it goes on until somebody stops it."""
        return self.loop and self.count is None

    def check(self) -> None:
        """RawkitError for what cannot be, or does not go together."""
        if sum(one is not None for one in (self.expression, self.template, self.what)) != 1:
            raise RawkitError("what to send is an expression or --template: give one of the two")
        if self.rate and self.mbps:
            raise RawkitError("--rate and --mbps both say how fast: leave one out")
        if self.answers != 1 and not self.reply:
            raise RawkitError("--answers says how many answers --reply waits for: add --reply")
        if self.retries and not self.reply:
            raise RawkitError("--retries says how often --reply asks again: add --reply")
        if self.reply and self.qdisc_bypass:
            raise RawkitError("--qdisc-bypass hides from --reply when frames went out: leave one out")
        if self.tx == "xdp" and (self.rate or self.mbps or self.reply):
            raise RawkitError("--tx xdp is for frames as fast as they go: leave --rate, --mbps and --reply out")
        check_limits(self, LIMITS)
