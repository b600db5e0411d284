"""`TwoWaySender`: frames out of two interfaces, in one order and at one pace."""

from __future__ import annotations

import socket
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import FrameBatch
from rawkit.run.pace import Pace
from rawkit.run.replay.sides import SERVER
from rawkit.run.send.paced import PacedSender, Sent
from rawkit.run.stopping import Stop
from rawkit.sockets.send.mmsg import Messages
from rawkit.sockets.send.sender import FrameSender, Load, Prepared


class _Sided:
    """A batch of which some frames leave by another socket.

    Attributes:
        socket: that of the frames that are sent next.
        crossed: frames that went to the other one.
    """

    def __init__(self, messages: Messages, other: socket.socket, is_other: NDArray[np.bool_]) -> None:
        self._messages, self._sockets, self._is_other = messages, (messages.socket, other), is_other
        turns = np.flatnonzero(np.diff(is_other)) + 1
        self._ends = np.append(turns, len(is_other))[np.searchsorted(turns, np.arange(len(is_other)), side="right")]
        self.socket, self.via, self.crossed = messages.socket, messages.via, 0
        self.prepare, self.rehearse = messages.prepare, messages.rehearse

    def send(self, begin: int, end: int) -> int:
        """The same as `Load.send`, to the next frame of the other side."""
        is_other = bool(self._is_other[begin])
        self.socket = self._sockets[is_other]
        went = self._messages.send(begin, min(end, int(self._ends[begin])), self.socket)
        self.crossed += went if is_other else 0
        return went


class TwoWaySender(PacedSender):
    """Sends the frames of clients on one interface, and those of servers (`interface` is `SERVER`) on another.

    Args:
        interface: for clients' frames.
        other: for servers'.
        pace, stop, tell, qdisc_bypass, spin: as in `PacedSender`.

    Attributes:
        other: the name of the second interface.
    """

    def __init__(
        self,
        interface: str,
        other: str,
        pace: Pace | None,
        stop: Stop,
        tell: Callable[[Sent], None] | None = None,
        *,
        qdisc_bypass: bool = False,
        spin: int | None = None,
    ) -> None:
        super().__init__(interface, pace, stop, tell, qdisc_bypass=qdisc_bypass, spin=spin)
        self.other = other
        self._second = FrameSender(other, qdisc_bypass=qdisc_bypass)
        self._crossed = 0
        self._last: _Sided | None = None

    @property
    def crossed(self) -> int:
        """Frames that went out of the second interface so far."""
        return self._crossed + (self._last.crossed if self._last else 0)

    def load(self, batch: FrameBatch) -> Load:
        """The batch, ready for `send_part`; never through a ring, which has one interface."""
        self.check(batch)
        return self._messages(batch)

    def _messages(self, batch: FrameBatch) -> Prepared:
        self._crossed, self._last = self.crossed, None
        messages = super()._messages(batch)
        assert isinstance(messages, Messages)  # recorded frames are not for this host itself
        self._last = _Sided(messages, self._second.socket, batch.interface == SERVER)
        return self._last

    def _name(self, sock: socket.socket) -> str:
        return self.other if sock is self._second.socket else self.interface

    def close(self) -> None:
        """Closes the sockets; a second call does nothing."""
        super().close()
        self._second.close()
