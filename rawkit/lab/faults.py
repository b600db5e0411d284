"""What a link does to the frames that cross it, as plain values; the names are those of netem (tc-netem(8))."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rawkit.errors import LabError
from rawkit.lab.services.kinds import ANSWERS, RESET
from rawkit.lab.tables import TomlTable
from rawkit.values import dataclass

_PROBABILITIES: Final = ("loss", "duplicate", "reorder", "corrupt")
_AMOUNTS: Final = ("delay", "jitter", "queue", "rate", "seed")


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one direction of a link.

    Attributes:
        delay: seconds that each frame takes.
        jitter: seconds that the delay varies up and down, evenly spread; frames stay in order.
        loss: probability that a frame is lost.
        duplicate: probability that a frame arrives twice.
        reorder: probability that a frame is held back until `gap` others have overtaken it.
        gap: frames that overtake one that is held back.
        corrupt: probability that one bit of a frame, behind the Ethernet header, is turned over.
        rate: bits a second that the line takes; 0 for no limit. A frame's bits are those of its captured bytes.
        queue: seconds of waiting for the line, after which a frame is lost.
        lose: which TCP segments and UDP datagrams of this direction are lost for certain, counted from 1.
        drop: TCP and UDP destination ports whose packets vanish.
        reject: TCP and UDP destination ports whose packets are answered with an error, in the name of their target.
        answer: the error: one of `rawkit.lab.services.kinds.ANSWERS`, or `reset`.
        seed: the same seed and the same frames give the same faults.
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    gap: int = 3
    corrupt: float = 0.0
    rate: int = 0
    queue: float = 0.1
    lose: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    reject: tuple[int, ...] = ()
    answer: str = RESET
    seed: int = 0


def check(faults: Faults, key: str) -> None:
    """Raises LabError, naming the key, where a value is out of its range.

    >>> check(Faults(loss=2), "links[0].faults")
    Traceback (most recent call last):
    rawkit.errors.LabError: links[0].faults.loss: 2 is no probability: use 0 to 1
    """
    for name in _PROBABILITIES:
        if not 0 <= (value := getattr(faults, name)) <= 1:
            raise LabError(f"{key}.{name}: {value} is no probability: use 0 to 1")
    for name in _AMOUNTS:
        if (value := getattr(faults, name)) < 0:
            raise LabError(f"{key}.{name}: {value} is negative: use 0 or more")
    if faults.gap < 1:
        raise LabError(f"{key}.gap: {faults.gap} overtake none: use 1 or more")
    if faults.answer not in (*ANSWERS, RESET):
        raise LabError(f"{key}.answer: unknown answer {faults.answer!r}: use one of {', '.join((*ANSWERS, RESET))}")


def faults_of(values: Mapping[str, Any]) -> Faults:
    """The faults with these attributes; lists stand for tuples, as in JSON.

    >>> faults_of({"lose": [1, 2]}).lose
    (1, 2)
    """
    plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return Faults(**plain)


def read_faults(table: TomlTable) -> Faults:
    """The faults that a TOML table describes."""
    plain, values = Faults(), dict[str, Any]()
    with table:
        for name in ("delay", "jitter", "queue", *_PROBABILITIES):
            values[name] = table.number(name, getattr(plain, name))
        for name in ("gap", "rate", "seed"):
            values[name] = table.integer(name, getattr(plain, name))
        for name in ("lose", "drop", "reject"):
            values[name] = table.integers(name)
        return Faults(**values, answer=table.text("answer", plain.answer))
