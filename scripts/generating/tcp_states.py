"""The diagram and the table of docs/tcp.md, from the transitions in rawkit/tcp/states.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generating.text import between

if TYPE_CHECKING:
    from rawkit.tcp.states import Transition


def page(present: str) -> str:
    """The page with the diagram and the table as they follow from the transitions now."""
    return between(between(present, "diagram", diagram()), "transitions", table())


def arrows(line: Transition) -> list[str]:
    """A line of the table as arrows of the diagram; Mermaid takes no `-` in a name."""
    names = [(state.name, line.new.name) for state in line.states]
    return [f"    {old} --> {new} : {line.signal.value}" for old, new in names]


def diagram() -> str:
    """The lines that lead from one state to the next, as a Mermaid diagram; the table has those of many states too."""
    from rawkit.tcp.states import TRANSITIONS, State

    drawn = [arrow for line in TRANSITIONS if len(line.states) <= 2 for arrow in arrows(line)]
    return "\n".join(("```mermaid", "stateDiagram-v2", f"    [*] --> {State.CLOSED.name}", *drawn, "```"))


def table() -> str:
    """All lines of the table as Markdown."""
    from rawkit.tcp.states import TRANSITIONS

    head = "| state | what happens | new state | RFC 9293, section |"
    return "\n".join((head, "|---|---|---|---|", *map(row, TRANSITIONS)))


def row(line: Transition) -> str:
    """A line of the table as a line of Markdown."""
    states = ", ".join(state.value for state in line.states)
    return f"| {states} | {line.signal.value} | {line.new.value} | {line.section} |"
