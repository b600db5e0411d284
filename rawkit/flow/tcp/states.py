"""Every transition of a TCP connection, in one table, and what its end is called.

The states are those of Zeek's TCP analyser (src/packet_analysis/protocol/tcp), an observer that sits between two hosts:
each side of a connection has one, and a segment from one side changes its own state and sometimes its peer's. The
kernel follows the table as an array; the diagram in the documentation is generated from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rawkit.flow import layout
from rawkit.flow.conn_log.record_kernel import tcp_state
from rawkit.flow.layout import (
    CLOSED,
    ESTABLISHED,
    INACTIVE,
    PARTIAL,
    RESET,
    SIGNAL_ACK,
    SIGNAL_DATA,
    SIGNAL_FIN,
    SIGNAL_QUIET,
    SIGNAL_RST,
    SIGNAL_SYN,
    SIGNAL_SYN_ACK,
    SYN_ACK_SENT,
    SYN_SENT,
)
from rawkit.values import dataclass

if TYPE_CHECKING:
    from rawkit.flow.endpoints import Row

STATE_NAMES: Final = {
    INACTIVE: "INACTIVE",
    SYN_SENT: "SYN_SENT",
    SYN_ACK_SENT: "SYN_ACK_SENT",
    PARTIAL: "PARTIAL",
    ESTABLISHED: "ESTABLISHED",
    CLOSED: "CLOSED",
    RESET: "RESET",
}
SIGNAL_NAMES: Final = {
    SIGNAL_SYN: "SYN",
    SIGNAL_SYN_ACK: "SYN-ACK",
    SIGNAL_FIN: "FIN",
    SIGNAL_RST: "RST",
    SIGNAL_ACK: "ACK",
    SIGNAL_DATA: "data",
    SIGNAL_QUIET: "nothing",
}

ANY: Final = tuple(STATE_NAMES)
BOTH: Final = (True, False)
KEEP: Final = -1


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table: a side in `state`, its peer in one of `peers`, sends one of `signals`.

    Attributes:
        state: the sender's state.
        signals: what its segment says.
        new: the sender's state afterwards.
        peers: states of the peer in which this line holds.
        by_originator: whether it holds for the side that opened the connection, the other, or both.
        new_peer: the peer's state afterwards, KEEP where it stays.
    """

    state: int
    signals: tuple[int, ...]
    new: int
    peers: tuple[int, ...] = ANY
    by_originator: tuple[bool, ...] = BOTH
    new_peer: int = KEEP


_ORIGINATOR: Final = (True,)
_RESPONDER: Final = (False,)
_NO_FLAGS: Final = (SIGNAL_ACK, SIGNAL_DATA, SIGNAL_QUIET)

# Later lines overrule earlier ones.
TRANSITIONS: Final = (
    # The first segment of a side.
    Transition(INACTIVE, (SIGNAL_SYN,), SYN_SENT, by_originator=_ORIGINATOR),
    Transition(INACTIVE, (SIGNAL_SYN_ACK,), SYN_ACK_SENT, by_originator=_ORIGINATOR),
    Transition(INACTIVE, (SIGNAL_SYN, SIGNAL_SYN_ACK), ESTABLISHED, by_originator=_RESPONDER),
    Transition(INACTIVE, (SIGNAL_SYN, SIGNAL_SYN_ACK), ESTABLISHED, (SYN_SENT,), _RESPONDER, new_peer=ESTABLISHED),
    Transition(INACTIVE, (SIGNAL_FIN,), CLOSED),
    Transition(INACTIVE, (SIGNAL_RST,), RESET),
    Transition(INACTIVE, _NO_FLAGS, PARTIAL),
    # Some stacks acknowledge a SYN before they answer it.
    Transition(INACTIVE, (SIGNAL_ACK, SIGNAL_QUIET), INACTIVE, (SYN_SENT,), _RESPONDER),
    # The SYN was missed, the SYN-ACK was not.
    Transition(INACTIVE, (SIGNAL_ACK, SIGNAL_DATA), ESTABLISHED, (ESTABLISHED,)),
    # Opening.
    Transition(SYN_SENT, (SIGNAL_FIN,), CLOSED),
    Transition(SYN_SENT, (SIGNAL_RST,), RESET),
    Transition(SYN_ACK_SENT, (SIGNAL_FIN,), CLOSED),
    Transition(SYN_ACK_SENT, (SIGNAL_RST,), RESET),
    # Open.
    Transition(PARTIAL, (SIGNAL_SYN,), SYN_SENT, (INACTIVE,)),
    Transition(PARTIAL, (SIGNAL_FIN,), CLOSED),
    Transition(PARTIAL, (SIGNAL_RST,), RESET),
    Transition(ESTABLISHED, (SIGNAL_FIN,), CLOSED),
    Transition(ESTABLISHED, (SIGNAL_RST,), RESET),
    # Closing: a RST after the FINs of both sides changes nothing.
    Transition(CLOSED, (SIGNAL_RST,), RESET, tuple(state for state in ANY if state != CLOSED)),
)

STATES: Final = 8  # numbers of states in an index, with room to spare
SIGNALS: Final = 8


def transition_array() -> NDArray[np.int64]:
    """The table as the kernel wants it: `new | new_peer << 4` at `index(by_originator, state, peer, signal)`.

    >>> table = transition_array()
    >>> int(table[index(False, INACTIVE, SYN_SENT, SIGNAL_SYN_ACK)]) == ESTABLISHED | ESTABLISHED << 4
    True
    """
    table = np.empty(2 * STATES * STATES * SIGNALS, dtype=np.int64)
    for by_originator in BOTH:
        for state in range(STATES):
            for peer in range(STATES):
                first = index(by_originator, state, peer, 0)
                table[first : first + SIGNALS] = state | peer << 4
    for line in TRANSITIONS:
        _enter(table, line)
    return table


def _enter(table: NDArray[np.int64], line: Transition) -> None:
    for by_originator in line.by_originator:
        for peer in line.peers:
            for signal in line.signals:
                new_peer = peer if line.new_peer == KEEP else line.new_peer
                table[index(by_originator, line.state, peer, signal)] = line.new | new_peer << 4


def index(by_originator: bool, state: int, peer: int, signal: int) -> int:
    """The place of one case in `transition_array`."""
    return ((int(by_originator) * STATES + state) * STATES + peer) * SIGNALS + signal


_HALF_OPEN: Final = re.compile(r"\^?S[^HAFGIQ]*R.*")


def conn_state(originator: int, responder: int, history: str, *, bytes_carried: bool) -> str:
    """Zeek's `conn_state` of a TCP connection that ended in these states; the first that fits.

    >>> conn_state(CLOSED, CLOSED, "ShADadFf", bytes_carried=True)
    'SF'
    >>> conn_state(SYN_SENT, RESET, "Sr", bytes_carried=False)
    'REJ'
    """
    half_open = _HALF_OPEN.fullmatch(history) is not None
    return layout.CONN_STATES[tcp_state(originator, responder, half_open, bytes_carried)]


def history_text(letters: tuple[int, ...], length: int) -> str:
    """The history letters from the columns that hold them, twelve in each.

    >>> history_text((layout.LETTER_S | (layout.LETTER_H + layout.LOWER) << layout.LETTER_BITS, 0, 0), 2)
    'Sh'
    """
    text = []
    for place in range(length):
        column, shift = divmod(place, layout.LETTERS_A_COLUMN)
        number = letters[column] >> layout.LETTER_BITS * shift & layout.LETTER_MASK
        letter = layout.HISTORY_LETTERS[(number % layout.LOWER) - 1]
        text.append(letter.lower() if number & layout.LOWER else letter)
    return "".join(text)


def row_history(row: Row) -> str:
    """The history letters of a flow's row."""
    columns = row[layout.HISTORY : layout.HISTORY + layout.HISTORY_COLUMNS]
    return history_text(tuple(columns), row[layout.HISTORY_LENGTH])
