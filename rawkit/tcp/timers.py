"""The timers of a connection: each has a time at which it runs out, or None."""

from __future__ import annotations


class Timers:
    """Times in nanoseconds of the clock that is handed in.

    Attributes:
        retransmit: of what is under way (RFC 6298, section 5); while the window is closed, of probes.
        persist: to probe a closed window (section 3.8.6.1), or to send what waits for a larger segment (3.8.6.2.1).
        delayed_ack: an ACK that waits (section 3.8.6.3).
        keep_alive: the next question to a silent peer (section 3.8.4).
        time_wait: the end of TIME-WAIT, or of FIN-WAIT-2 where nobody waits for the peer's FIN.
        patience: the end of waiting for any answer.
    """

    __slots__ = ("delayed_ack", "keep_alive", "patience", "persist", "retransmit", "time_wait")

    def __init__(self) -> None:
        self.stop()

    def stop(self) -> None:
        """No timer runs."""
        self.retransmit: int | None = None
        self.persist: int | None = None
        self.delayed_ack: int | None = None
        self.keep_alive: int | None = None
        self.time_wait: int | None = None
        self.patience: int | None = None

    @property
    def next(self) -> int | None:
        """When the first one runs out; None where none runs.

        >>> timers = Timers()
        >>> timers.retransmit, timers.delayed_ack = 7, 5
        >>> timers.next
        5
        """
        return min((at for at in map(self.__getattribute__, self.__slots__) if at is not None), default=None)
