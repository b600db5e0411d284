"""nmap's timing templates, -T0 to -T5 (nmap.cc): as much of each as a scan has here."""

from __future__ import annotations

from typing import Final

from rawkit.errors import RawkitError
from rawkit.probe.scan.patience import MILLISECOND, SECOND, USUAL, Patience
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """A template.

    Attributes:
        name: nmap's word for it.
        patience: between which limits an answer is waited for.
        retries: how often a probe is sent again at most.
        gap: seconds from one probe to the next, of which one is under way at a time; None for as many as the network
            takes.
    """

    name: str
    patience: Patience = USUAL
    retries: int = 10
    gap: float | None = None

    @property
    def rate(self) -> float | None:
        """Probes a second at most."""
        return None if self.gap is None else 1 / self.gap


NORMAL: Final = "3"
TIMINGS: Final = (
    Timing("paranoid", Patience(first=300 * SECOND, longest=300 * SECOND), gap=300),
    Timing("sneaky", Patience(first=15 * SECOND, longest=15 * SECOND), gap=15),
    Timing("polite", gap=0.4),
    Timing("normal"),
    Timing("aggressive", Patience(500 * MILLISECOND, 100 * MILLISECOND, 1250 * MILLISECOND), retries=6),
    Timing("insane", Patience(250 * MILLISECOND, 50 * MILLISECOND, 300 * MILLISECOND), retries=2),
)
"""By their numbers."""


def timing_of(text: str) -> Timing:
    """The template of a number or a name; RawkitError where there is none.

    >>> timing_of("4").retries, timing_of("Polite").rate
    (6, 2.5)
    """
    for number, one in enumerate(TIMINGS):
        if text.lower() in (str(number), one.name):
            return one
    names = ", ".join(f"{number} ({one.name})" for number, one in enumerate(TIMINGS))
    raise RawkitError(f"-T {text}: give one of {names}")
