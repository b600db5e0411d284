"""docs/states.md: enough to make the kernel's array from; tests/test_generated.py holds it to the code."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from rawkit.flow.layout import CONN_STATES
from rawkit.flow.tcp.states import SIGNAL_NAMES, SIGNALS, STATE_NAMES, STATES, index, transition_array

STATE = {name: number for number, name in STATE_NAMES.items()}
SIGNAL = {name: number for number, name in SIGNAL_NAMES.items()}
SENDERS = {"either": (True, False), "originator": (True,), "responder": (False,)}


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "states.md").read_text()


def between(page: str, name: str) -> list[str]:
    return page.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0].splitlines()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def peers(text: str) -> list[int]:
    if text == "any":
        return list(STATE.values())
    if text.startswith("not "):
        return [number for name, number in STATE.items() if name != text.removeprefix("not ")]
    return [STATE[name] for name in text.split(", ")]


def cases(line: str) -> Iterator[tuple[bool, int, int, int, int, int]]:
    """What a line of the page's table says of each case: sender, states, signal, new states."""
    old, who, when, what, new, new_peer = cells(line)
    for by_originator in SENDERS[who]:
        for peer in peers(when):
            for signal in what.split(" or "):
                after = peer if new_peer == "as it was" else STATE[new_peer]
                yield by_originator, STATE[old], peer, SIGNAL[signal], STATE[new], after


def test_the_kernel_follows_the_page(page):
    """The array that a reader of the page would make, lines further down overruling those above."""
    wanted = np.array(
        [s | p << 4 for _ in range(2) for s in range(STATES) for p in range(STATES) for _ in range(SIGNALS)]
    )
    for line in between(page, "transitions")[2:]:
        for by_originator, state, peer, signal, new, new_peer in cases(line):
            wanted[index(by_originator, state, peer, signal)] = new | new_peer << 4
    assert (transition_array() == wanted).all()


def test_the_diagram_has_an_arrow_for_each_line(page):
    arrows = [line for line in between(page, "diagram") if "-->" in line and "[*]" not in line]
    lines = [cells(line) for line in between(page, "transitions")[2:]]
    assert [arrow.split(" : ")[0].split() for arrow in arrows] == [[row[0], "-->", row[4]] for row in lines]


def test_every_state_and_every_end_is_told(page):
    for name in (*STATE_NAMES.values(), *CONN_STATES):
        assert f" {name} |" in page, f"{name} is not in docs/states.md"
