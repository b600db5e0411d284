"""The diagram and the table of docs/states.md, from the transitions in rawkit/flow/tcp/states.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generating.text import between

if TYPE_CHECKING:
    from rawkit.flow.tcp.states import Transition


def page(present: str) -> str:
    """The page with the diagram and the table as they follow from the transitions now."""
    return between(between(present, "diagram", diagram()), "transitions", table())


def signals(line: Transition) -> str:
    """What the segment of a line says: `SYN or SYN-ACK`."""
    from rawkit.flow.tcp.states import SIGNAL_NAMES

    return " or ".join(SIGNAL_NAMES[signal] for signal in line.signals)


def sender(line: Transition) -> str:
    """Which side a line is for."""
    if len(line.by_originator) == 2:
        return "either"
    return "originator" if line.by_originator[0] else "responder"


def peers(line: Transition) -> str:
    """In which states of the peer a line holds."""
    from rawkit.flow.tcp.states import ANY, STATE_NAMES

    if line.peers == ANY:
        return "any"
    missing = [state for state in ANY if state not in line.peers]
    if len(missing) == 1:
        return f"not {STATE_NAMES[missing[0]]}"
    return ", ".join(STATE_NAMES[state] for state in line.peers)


def arrow(line: Transition) -> str:
    """A line of the table as an arrow of the diagram."""
    from rawkit.flow.tcp.states import KEEP, STATE_NAMES

    who = "" if sender(line) == "either" else f" by the {sender(line)}"
    when = "" if peers(line) == "any" else f", peer {peers(line)}"
    also = "" if line.new_peer == KEEP else f", peer becomes {STATE_NAMES[line.new_peer]}"
    return f"    {STATE_NAMES[line.state]} --> {STATE_NAMES[line.new]} : {signals(line)}{who}{when}{also}"


def row(line: Transition) -> str:
    """A line of the table as a line of Markdown."""
    from rawkit.flow.tcp.states import KEEP, STATE_NAMES

    new_peer = "as it was" if line.new_peer == KEEP else STATE_NAMES[line.new_peer]
    cells = (STATE_NAMES[line.state], sender(line), peers(line), signals(line), STATE_NAMES[line.new], new_peer)
    return f"| {' | '.join(cells)} |"


def diagram() -> str:
    """All lines of the table as a Mermaid diagram."""
    from rawkit.flow.tcp.states import STATE_NAMES, TRANSITIONS

    first = next(iter(STATE_NAMES.values()))
    return "\n".join(("```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *map(arrow, TRANSITIONS), "```"))


def table() -> str:
    """All lines of the table as Markdown."""
    from rawkit.flow.tcp.states import TRANSITIONS

    head = "| sender's state | who sends | peer's state | what | sender's new state | peer's new state |"
    return "\n".join((head, "|---|---|---|---|---|---|", *map(row, TRANSITIONS)))
