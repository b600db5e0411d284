"""What the kernel's records of a connection come to, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from rawkit.flow import layout as flow_layout
from rawkit.flow.endpoints import Row, endpoint, uid
from rawkit.flow.latency import layout
from rawkit.flow.latency.kept import Kept
from rawkit.flow.latency.values import CAUSES, PHASES, Cause, Latency, Part, Phase, Span, Stall
from rawkit.values import replace

Who = Literal["client", "server"]
Key = tuple[Phase, Cause | None, Who | None]

THINKS: Final[dict[Who, Phase]] = {"client": "client think", "server": "server think"}
TURNS: Final[dict[Who, Phase]] = {"client": "request", "server": "response"}


def told(row: Row, state: Row, kept: Kept) -> Latency | None:
    """Where the time of a connection went; None where it took none.

    Args:
        row: the flow's row, as its event has it.
        state: the connection's row of `rawkit.flow.latency.layout`.
        kept: what else is known of it.
    """
    opener = row[flow_layout.ORIGINATOR] if state[layout.CLIENT] < 0 else state[layout.CLIENT]
    telling = _Telling(opener, state, kept)
    begin, end = telling.begin, state[layout.SAID_TIME] if not state[layout.OPENING] else state[layout.END_TIME]
    if end <= begin:
        return None
    spans, stalls, closing = telling.spans(), telling.stalls(), telling.closing()
    first_byte = telling.side(1 - opener, layout.FIRST_BYTE_TIME)
    return Latency(
        stream=row[flow_layout.STREAM],
        uid=uid(row),
        client=endpoint(row, opener),
        server=endpoint(row, 1 - opener),
        time=begin,
        ns=end - begin,
        lookup=kept.lookup,
        opened=None if state[layout.CLIENT] < 0 else not state[layout.OPENING],
        exchanges=telling.exchanges,
        parts=telling.parts(spans, stalls),
        spans=spans,
        stalls=stalls,
        left_out=kept.left_out,
        orig_rtt=_happened(telling.side(opener, layout.RTT)),
        resp_rtt=_happened(telling.side(1 - opener, layout.RTT)),
        first_byte=None if first_byte == flow_layout.NOT_YET else first_byte - begin,
        close=None if closing is None else closing[0],
        closed_by=None if closing is None else closing[1],
        resent_bytes=(telling.side(opener, layout.RESENT_BYTES), telling.side(1 - opener, layout.RESENT_BYTES)),
        crossed=state[layout.CROSSED],
    )


def _happened(time: int) -> int | None:
    return None if time == flow_layout.NOT_YET else time


class _Telling:
    """A connection's records, those of what is not over yet among them.

    Args:
        opener: the side that is the client.
        state: the connection's row.
        kept: its records.
    """

    def __init__(self, opener: int, state: Row, kept: Kept) -> None:
        self._opener, self._state, self._kept = opener, state, kept
        self._records = [*kept.records, *([*record, *kept.turns] for record in _open_records(state, opener))]
        self.exchanges = kept.turns[opener]

    @property
    def begin(self) -> int:
        """Where the time that is told begins."""
        lookup = self._kept.lookup
        return self._state[layout.BEGIN_TIME] if lookup is None else lookup.time

    def side(self, side: int, column: int) -> int:
        """A column of a side."""
        return self._state[layout.SIDES + side * layout.SIDE_WIDTH + column]

    def who(self, side: int) -> Who:
        """Who a side is."""
        return "client" if side == self._opener else "server"

    def spans(self) -> tuple[Span, ...]:
        """The spans, in their order."""
        lookup, found = self._kept.lookup, list[Span]()
        if lookup is not None:
            found.append(Span("lookup", 0, lookup.time, lookup.ns, lookup.frames))
            end, begin = lookup.time + lookup.ns, self._state[layout.BEGIN_TIME]
            frames = (lookup.frames[1], self._state[layout.BEGIN_FRAME])
            found.append(Span("client think", 0, end, begin - end, frames))
        for record in self._records:
            if record[layout.KIND] < layout.STALL:
                found.append(self._span(record))
        return tuple(found)

    def _span(self, record: list[int]) -> Span:
        phase = self._phase(record[layout.KIND], record[layout.SIDE])
        frames = (record[layout.SPAN_FROM], record[layout.SPAN_TO])
        time, size = record[layout.SPAN_BEGIN], record[layout.AMOUNT]
        return Span(phase, self._exchange(record), time, record[layout.SPENT], frames, size)

    def _exchange(self, record: list[int]) -> int:
        return record[layout.RECORD_WIDTH + self._opener]

    def _phase(self, kind: int, side: int) -> Phase:
        if kind == layout.HANDSHAKE:
            return "handshake"
        return (THINKS if kind == layout.THINK else TURNS)[self.who(side)]

    def stalls(self) -> tuple[Stall, ...]:
        """The stalls, in the order of what they are in."""
        found = []
        for record in self._records:
            if record[layout.KIND] >= layout.STALL:
                who, is_opening = self.who(record[layout.SIDE]), not record[layout.RECORD_WIDTH + record[layout.SIDE]]
                phase = "handshake" if is_opening else TURNS[who]
                found.append(
                    Stall(
                        CAUSES[record[layout.KIND] - layout.STALL], phase, who, self._exchange(record),
                        record[layout.SPAN_BEGIN], record[layout.SPENT], record[layout.AMOUNT],
                        (record[layout.SPAN_FROM], record[layout.SPAN_TO]),
                    )
                )  # fmt: skip
        return tuple(found)

    def parts(self, spans: Iterable[Span], stalls: Iterable[Stall]) -> tuple[Part, ...]:
        """All the time by its causes, the longest first."""
        found: dict[Key, Part] = {}
        longest: dict[Key, int] = {}
        for key, ns, times, frames, one in (*_of_spans(spans), *_of_stalls(stalls), *self._left_out()):
            part = found.get(key) or Part(*key, 0, 0, frames)
            is_longest = one > longest.get(key, -1)
            longest[key] = max(one, longest.get(key, -1))
            shown = frames if is_longest else part.frames
            found[key] = replace(part, ns=part.ns + ns, times=part.times + times, frames=shown)
        for part in list(found.values()):
            if part.cause is not None:
                key = (part.phase, None, None)
                found[key] = replace(found[key], ns=max(found[key].ns - part.ns, 0))
        ranked = sorted(found.values(), key=lambda part: (-part.ns, PHASES.index(part.phase)))
        return tuple(part for part in ranked if part.ns)

    def _left_out(self) -> Iterator[tuple[Key, int, int, tuple[int, int], int]]:
        for (kind, side), (ns, times) in self._kept.sums.items():
            who = self.who(side)
            if kind < layout.STALL:
                yield (self._phase(kind, side), None, None), ns, times, (0, 0), -1
            else:
                yield (TURNS[who], CAUSES[kind - layout.STALL], who), ns, times, (0, 0), -1

    def closing(self) -> tuple[int, Who] | None:
        """How long it took from the last payload to the first FIN or RST, and whose that was."""
        state = self._state
        if state[layout.FIN_SIDE] < 0 or state[layout.OPENING]:
            return None
        return max(state[layout.FIN_TIME] - state[layout.SAID_TIME], 0), self.who(state[layout.FIN_SIDE])


def _of_spans(spans: Iterable[Span]) -> Iterator[tuple[Key, int, int, tuple[int, int], int]]:
    for span in spans:
        yield (span.phase, None, None), span.ns, 1, span.frames, span.ns


def _of_stalls(stalls: Iterable[Stall]) -> Iterator[tuple[Key, int, int, tuple[int, int], int]]:
    for stall in stalls:
        yield (stall.phase, stall.cause, stall.by), stall.ns, stall.times, stall.frames, stall.ns


def _open_records(state: Row, client: int) -> Iterator[list[int]]:
    """What the kernel has not written yet: a handshake that did not end, or the turn that is going on."""
    if state[layout.OPENING]:
        end = (state[layout.END_TIME], state[layout.END_FRAME])
        yield from _repeated(state, client)
        yield _record(layout.HANDSHAKE, client, state[layout.BEGIN_TIME], end[0], state[layout.BEGIN_FRAME], end[1], 0)
        return
    speaker = state[layout.SPEAKER]
    if speaker < 0:
        return
    for cause in range(layout.CAUSE_COUNT):
        at = layout.CAUSES + cause * layout.CAUSE_WIDTH
        ns, times, begin, end_time, first, last = state[at : at + layout.CAUSE_WIDTH]
        if times:
            record = _record(layout.STALL + cause, speaker, begin, end_time, first, last, times)
            record[layout.SPENT] = ns
            yield record
    yield _record(
        layout.TRANSFER, speaker, state[layout.TURN_TIME], state[layout.SAID_TIME], state[layout.TURN_FRAME],
        state[layout.SAID_FRAME], state[layout.TURN_BYTES],
    )  # fmt: skip


def _repeated(state: Row, client: int) -> Iterator[list[int]]:
    """SYNs without an answer, which were repeated."""
    at = layout.SIDES + client * layout.SIDE_WIDTH
    first, last = state[at + layout.SYN_TIME], state[at + layout.LAST_SYN_TIME]
    if last > first:
        frames = state[at + layout.SYN_FRAME], state[at + layout.LAST_SYN_FRAME]
        yield _record(layout.STALL + layout.TIMED_OUT, client, first, last, *frames, 1)


def _record(kind: int, side: int, begin: int, end: int, first: int, last: int, amount: int) -> list[int]:
    return [0, kind, side, begin, end, first, last, amount, end - begin]
