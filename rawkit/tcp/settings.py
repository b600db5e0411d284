"""Every number of a connection that its user may choose."""

from __future__ import annotations

from typing import Final

from rawkit.values import dataclass

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000

_ETHERNET: Final = {4: 1460, 6: 1440}
DEFAULT_MSS: Final = {4: 536, 6: 1220}
"""The peer's by IP version, where its SYN has no MSS option (RFC 9293, section 3.7.1, MUST-15)."""


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """When a silent connection is asked whether it still is one (RFC 9293, section 3.8.4).

    Attributes:
        idle: nanoseconds of silence before the first question; two hours at least by default (MUST-28).
        interval: nanoseconds between questions.
        count: questions without an answer after which the connection is dead: one alone says nothing (MUST-29).
    """

    idle: int = 7200 * SECOND
    interval: int = 75 * SECOND
    count: int = 9


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection is told when it is made. Times are nanoseconds, sizes bytes.

    Attributes:
        mss: what a packet of the link has room for, without IP and TCP header: the MSS option. None: Ethernet's, 1,460
            over IPv4 and 1,440 over IPv6.
        receive_buffer: what is kept for the user to read.
        send_buffer: what is taken from the user and is not acknowledged yet.
        window_scale, timestamps, sack: whether the option is offered (RFC 7323, RFC 2018).
        congestion: `cubic`, `reno` or `none`.
        nagle: whether small segments wait for the ACK of what is under way (RFC 9293, section 3.7.4).
        delayed_ack: how long the ACK of a single segment may wait, 0 for not at all; under 0.5 s (MUST-40).
        override: after so long data go out that the sender held back for a larger segment (section 3.8.6.2.1).
        rto_initial, rto_min, rto_max: of the retransmission time-out (RFC 6298). RFC 6298 would have a least of 1 s;
            this is Linux's.
        give_up: after so long without an answer to retransmissions the connection ends: R2 (MUST-20).
        give_up_opening: the same while it is opened; 3 minutes at least by default (MUST-23).
        msl: maximum segment lifetime; TIME-WAIT takes twice that (MUST-13). Linux's, for RFC 9293 has 2 minutes.
        user_timeout: what is not acknowledged so long ends the connection (section 3.9.1.8); None for no such limit.
        keep_alive: None for none, which is the default (MUST-25).
        challenge_acks: ACKs a second that answer segments which are not acceptable (RFC 5961, section 7).
        burst: how many full segments may be handed over as one, which something below cuts (GSO).
    """

    mss: int | None = None
    receive_buffer: int = 1 << 20
    send_buffer: int = 1 << 20
    window_scale: bool = True
    timestamps: bool = True
    sack: bool = True
    congestion: str = "cubic"
    nagle: bool = True
    delayed_ack: int = 40 * MILLISECOND
    override: int = 200 * MILLISECOND
    rto_initial: int = SECOND
    rto_min: int = 200 * MILLISECOND
    rto_max: int = 60 * SECOND
    give_up: int = 924 * SECOND
    give_up_opening: int = 180 * SECOND
    msl: int = 30 * SECOND
    user_timeout: int | None = None
    keep_alive: KeepAlive | None = None
    challenge_acks: int = 10
    burst: int = 1

    def own_mss(self, version: int) -> int:
        """The MSS that is offered over an IP version, 4 or 6 (RFC 9293, section 3.7.1).

        >>> Settings().own_mss(4), Settings().own_mss(6), Settings(mss=1000).own_mss(6)
        (1460, 1440, 1000)
        """
        return _ETHERNET[version] if self.mss is None else self.mss
