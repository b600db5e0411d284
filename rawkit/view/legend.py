"""What the letters and words of flows mean: for `-v`, `--help` and the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

STATES: Final[Mapping[str, str]] = {
    "S0": "opened, no answer",
    "S1": "open: opened, not closed",
    "SF": "opened, and closed by both sides; of UDP: both sent",
    "REJ": "refused",
    "S2": "open, the originator has closed its side",
    "S3": "open, the responder has closed its side",
    "RSTO": "open, then aborted by the originator",
    "RSTR": "open, then aborted by the responder",
    "RSTOS0": "opened without an answer, then aborted by the originator",
    "RSTRH": "aborted by the responder, SYN not seen",
    "SH": "opened and closed by the originator, responder not seen",
    "SHR": "closed by the responder, SYN not seen; of UDP: it alone sent",
    "OTH": "begun before the capture, or neither TCP nor UDP",
}
"""Of `conn_state`, as Zeek's page of conn.log explains them."""

HISTORY: Final[Mapping[str, str]] = {
    "s": "SYN",
    "h": "SYN-ACK",
    "a": "ACK alone",
    "d": "data; the only letter that UDP has, but for c",
    "f": "FIN",
    "r": "RST",
    "c": "a packet that does not count, because its checksum is wrong",
    "g": "bytes acknowledged that the capture has not",
    "t": "payload again",
    "w": "window 0",
    "i": "FIN and RST in one segment",
    "q": "SYN with FIN or RST",
    "^": "the first packet was a SYN-ACK: its receiver was taken for the originator",
}
"""Of `history`; upper case where the originator sent it."""


def lines() -> Iterator[str]:
    """The states, then the letters, a line each.

    >>> list(lines())[:2]
    ['States of flows:', '  S0      opened, no answer']
    """
    letters = "History of flows, upper case where the originator sent it:"
    for head, words in (("States of flows:", STATES), (letters, HISTORY)):
        width = max(map(len, words))
        yield head
        yield from (f"  {word.ljust(width)}  {text}" for word, text in words.items())
