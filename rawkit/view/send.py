"""What `send` and `replay` say: how much went out and how fast, answers, and a line on a terminal meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, TextIO

from rawkit.view.text import counted, escaped, pause

STEP: Final = 200_000_000
"""Nanoseconds between two looks."""
SECOND: Final = 1_000_000_000
SHOWN: Final = 3
UNITS: Final = ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"))


def amount(frames: int, size: int, nanoseconds: int, rate: float | None) -> str:
    """How much went out in how long, and the rate that this was.

    >>> amount(250_000, 15_000_000, 5_000_000_000, 50_000.2)
    '250000 frames (15000000 bytes) in 5.000 s: 50000 frames/s, 24.00 Mbit/s'
    """
    said = f"{counted(frames, 'frame')} ({counted(size, 'byte')})"
    if rate is None:
        return said
    bits = size / frames * 8 * rate
    return f"{said} in {pause(nanoseconds)}: {_rate(rate)} frames/s, {_bits(bits)}"


def through(by: Mapping[str, int], without_xdp: str) -> str:
    """What frames went through, and why not through AF_XDP, where that was tried.

    >>> through({"sendmmsg": 65537, "AF_XDP": 934463}, "")
    '65537 frames through sendmmsg, 934463 frames through AF_XDP'
    >>> through({"sendmmsg": 1}, "Operation not permitted")
    '1 frame through sendmmsg; not through AF_XDP: Operation not permitted'
    """
    said = ", ".join(f"{counted(frames, 'frame')} through {name}" for name, frames in by.items()) or "no frame"
    return said + (f"; not through AF_XDP: {without_xdp}" if without_xdp else "")


def _rate(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.3g}"


def _bits(bits: float) -> str:
    """A bit rate in the unit that suits it.

    >>> _bits(1234.0), _bits(900.0)
    ('1.23 kbit/s', '900 bit/s')
    """
    for size, unit in UNITS:
        if bits >= size:
            return f"{bits / size:.2f} {unit}"
    return f"{bits:.0f} bit/s"


def reply(number: int, sent: str, answer: str, nanoseconds: int, source: str | None = None) -> str:
    """What was sent, what came back, and the time between: one line; and from whom, where scapy's words do not tell.

    >>> reply(1, "IP / ICMP 192.0.2.1 > 192.0.2.2 echo-request 0", "IP / ICMP ...", 41300)
    '1: IP / ICMP 192.0.2.1 > 192.0.2.2 echo-request 0 -> IP / ICMP ... after 41.3 us'
    """
    whose = f" from {source}" if source and source not in answer else ""
    return f"{number}: {escaped(sent)} -> {escaped(answer)}{whose} after {pause(nanoseconds)}"


def left_out(silent: Collection[object]) -> str:
    """What is said of destinations that nothing was sent to; empty where there are none.

    >>> left_out({"192.0.2.7"})
    '; nothing was sent to 192.0.2.7: no route, or no answer from the next hop'
    """
    if not silent:
        return ""
    shown = ", ".join(sorted(map(str, silent))[:SHOWN])
    more = f" and {len(silent) - SHOWN} more" if len(silent) > SHOWN else ""
    return f"; nothing was sent to {shown}{more}: no route, or no answer from the next hop"


class SendProgress:
    """One line on a terminal that is written over while frames go out; nothing elsewhere.

    >>> import io
    >>> class Terminal(io.StringIO):
    ...     def isatty(self):
    ...         return True
    >>> progress = SendProgress(out := Terminal())
    >>> progress.show(frames=300, size=18000, nanoseconds=STEP, rate=1500.0)
    >>> progress.clear()
    >>> out.getvalue()
    '\\r300 frames (18000 bytes) in 200.000 ms: 1500 frames/s, 720.00 kbit/s\\x1b[K\\r\\x1b[K'
    """

    def __init__(self, out: TextIO) -> None:
        self._out, self._is_shown, self._last = out, out.isatty(), 0

    def show(self, frames: int, size: int, nanoseconds: int, rate: float | None) -> None:
        """Writes the line, unless it was written a moment ago."""
        if not self._is_shown or nanoseconds - self._last < STEP:
            return
        self._last = nanoseconds
        self._out.write(f"\r{amount(frames, size, nanoseconds, rate)}\x1b[K")
        self._out.flush()

    def clear(self) -> None:
        """Takes the line away."""
        if self._last:
            self._out.write("\r\x1b[K")
            self._out.flush()
