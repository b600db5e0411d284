"""What was checked of a capture file, case by case, in words: all that is written of it is made of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, Protocol

from rawkit.values import dataclass
from rawkit.view.text import counted, epoch, escaped, pause, readable

WHOLE: Final = "the file is whole"
Verdict = Literal["ok", "failed", "error"]


class Witness(Protocol):
    """What `rawkit.query.expect.witnesses.Witness` is."""

    @property
    def frames(self) -> tuple[int, ...]: ...
    @property
    def line(self) -> str: ...
    @property
    def value(self) -> int | None: ...


class Judged(Protocol):
    """What `rawkit.query.expect.judge.Judged` is."""

    @property
    def text(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def holds(self) -> bool: ...
    @property
    def found(self) -> int | float | None: ...
    @property
    def of(self) -> int: ...
    @property
    def measure(self) -> str: ...
    @property
    def is_value(self) -> bool: ...
    @property
    def witnesses(self) -> Sequence[Witness]: ...
    @property
    def more(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was checked; all texts are printable.

    Attributes:
        name: what it is called.
        verdict: how it went; `error`: it could not be checked.
        found: what was found.
        proof: lines with the frames that show it.
    """

    name: str
    verdict: Verdict
    found: str
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileCases:
    """The cases of a file; `file` is its path, printable."""

    file: str
    cases: tuple[Case, ...]


def file_cases(file: str, damage: str | None, judged: Sequence[Judged]) -> FileCases:
    """The cases of a file that could be read: that it is whole, then the expectations."""
    whole = Case(WHOLE, "failed", readable(damage)) if damage else Case(WHOLE, "ok", "")
    return FileCases(readable(file), (whole, *map(_case, judged)))


def no_cases(file: str, why: str) -> FileCases:
    """The one case of a file that could not be read."""
    return FileCases(readable(file), (Case(WHOLE, "error", readable(why)),))


def _case(judged: Judged) -> Case:
    name = judged.text if judged.name == judged.text else f"{judged.name}: {judged.text}"
    return Case(escaped(name), "ok" if judged.holds else "failed", _found(judged), tuple(_proof(judged)))


def _found(judged: Judged) -> str:
    """What was found, and of how much."""
    if judged.found is None:
        return "no value"
    value = measured(judged.found, judged.measure)
    return f"{value} of {counted(judged.of, 'value')}" if judged.is_value else f"{value} of {judged.of}"


def measured(value: float, measure: str) -> str:
    """A value in words.

    >>> measured(1_500_000, "ns"), measured(66, "B"), measured(70.625, ""), measured(3, "")
    ('1.500 ms', '66 bytes', '70.625', '3')
    """
    if measure == "ns":
        return pause(round(value))
    if measure == "time":
        return str(epoch(int(value)))
    number = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f"{number} byte{'' if value == 1 else 's'}" if measure == "B" else number


def _proof(judged: Judged) -> Iterator[str]:
    for witness in judged.witnesses:
        numbers = ", ".join(map(str, witness.frames))
        value = "" if witness.value is None else f"{measured(witness.value, judged.measure)}: "
        yield f"frame{'s' * (len(witness.frames) > 1)} {numbers}: {value}{readable(witness.line)}"
    if judged.more:
        yield f"and {judged.more} more"


def record(judged: Judged) -> dict[str, Any]:
    """What JSON has of an expectation."""
    found = {
        "expect": judged.text,
        "name": None if judged.name == judged.text else judged.name,
        "holds": judged.holds,
        "found": judged.found,
        "of": judged.of,
        "unit": judged.measure or None,
        "witnesses": [_witness(one) for one in judged.witnesses] or None,
        "more": judged.more or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _witness(witness: Witness) -> dict[str, Any]:
    value = {} if witness.value is None else {"value": witness.value}
    return {"frames": list(witness.frames), **value, "line": escaped(witness.line)}
