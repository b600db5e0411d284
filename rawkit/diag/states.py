"""States of sockets by ss's names, and sets of them (include/net/tcp_states.h)."""

from __future__ import annotations

from typing import Final

LISTEN: Final = "LISTEN"
UNCONN: Final = "UNCONN"
ESTAB: Final = "ESTAB"
STATES: Final = (
    "UNKNOWN", ESTAB, "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", UNCONN, "CLOSE-WAIT",
    "LAST-ACK", LISTEN, "CLOSING", "SYN-RECV", "BOUND-INACTIVE",
)  # fmt: skip
"""States by their numbers (include/net/tcp_states.h), as ss calls them; 12 is a SYN-RECV that has no socket yet."""
ALL_STATES: Final = (1 << 12) - 1
"""What ss asks for with `-a`: not sockets that are bound and neither listen nor connect, which it has no word for."""
LISTENING: Final = 1 << STATES.index("LISTEN") | 1 << STATES.index("UNCONN")
"""What `-l` shows."""
_BUCKET: Final = 1 << STATES.index("SYN-RECV") | 1 << STATES.index("TIME-WAIT")
CONNECTED: Final = ALL_STATES & ~LISTENING & ~1
DEFAULT: Final = CONNECTED & ~_BUCKET
"""What ss shows where nothing else is said: sockets that are connected."""
STATE_SETS: Final = {
    **{name.lower(): 1 << number for number, name in reversed(list(enumerate(STATES))) if number},
    "established": 1 << STATES.index("ESTAB"),
    "listening": 1 << STATES.index("LISTEN"),
    "closed": 1 << STATES.index("UNCONN"),
    "close": 1 << STATES.index("UNCONN"),
    "unconnected": 1 << STATES.index("UNCONN"),
    "all": ALL_STATES,
    "connected": CONNECTED,
    "synchronized": CONNECTED & ~(1 << STATES.index("SYN-SENT")),
    "bucket": _BUCKET,
    "big": ALL_STATES & ~_BUCKET,
}
"""The names of states and of sets of them, with a bit for each state."""


def state_of(number: int) -> str:
    """The name of a state.

    >>> state_of(10), state_of(77)
    ('LISTEN', 'UNKNOWN')
    """
    return STATES[number] if number < len(STATES) else STATES[0]


def state_names(states: int) -> frozenset[str]:
    """The names of the states whose bits are set.

    >>> sorted(state_names(LISTENING))
    ['LISTEN', 'UNCONN']
    """
    return frozenset(name for number, name in enumerate(STATES) if states >> number & 1)
