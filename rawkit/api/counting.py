"""Going through the steps of a capture to what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rawkit.count.counter import Counter
from rawkit.count.summary import Summary, summary
from rawkit.tables.rows import field_names

if TYPE_CHECKING:
    from rawkit.api.step import Step
    from rawkit.api.where import DisplayFilter
    from rawkit.flow.events import Handshake, Teardown


def new_counter(by: Sequence[str] | None, sort: str) -> Counter:
    """What counts, of the arguments of `read_summary`."""
    return Counter(field_names(by) or (), sort=sort)


def counted_kinds() -> tuple[type[Handshake], type[Teardown]]:
    """The kinds of events that are counted."""
    from rawkit.flow.events import Handshake, Teardown

    return (Handshake, Teardown)


def counted(counter: Counter, steps: Iterable[Step], where: str | DisplayFilter | None) -> Summary:
    """What the steps of a capture come to, those with the kinds of events that are counted."""
    if where is not None:
        from rawkit.api.where import packet_filter, passing

        steps = passing(iter(steps), packet_filter(where))
    for step in steps:
        counter.take(step.packets, step.tracked)
    return summary(counter)
