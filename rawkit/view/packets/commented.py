"""The packets view with the comments that a pcapng file has on packets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Lock

from rawkit.decode import Packets
from rawkit.flow.table.selecting import selected_rows
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.view.packets.view import PacketsView
from rawkit.view.text import escaped

Comments = Sequence[tuple[int | None, str]]
"""The number of the frame that a comment is on, None for one on no frame; and its text."""


class Commented:
    """A view of packets in text, in which a packet's comments stand at the end of its line.

    Args:
        shown: the view.
        comments: gives those that were read so far, always the same ones first.

    Attributes as of `PacketsView`.
    """

    def __init__(self, shown: PacketsView, comments: Callable[[], Comments]) -> None:
        self._shown, self._comments = shown, comments
        self._read, self._lock = 0, Lock()
        self._texts: dict[int, list[str]] = {}
        self.wanted, self.threads = shown.wanted, shown.threads
        self.header, self.tell, self.rest = shown.header, shown.tell, shown.rest

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The packets of a batch, with what the tracker says of them."""
        found = self._found(packets.numbers)
        if not found:
            return self._shown.render(packets, tracked)
        return b"".join(self._pieces(packets, tracked, found))

    def _pieces(self, packets: Packets, tracked: Tracked, found: dict[int, list[str]]) -> Iterator[bytes]:
        begin = 0
        for row, texts in found.items():
            yield self._shown.render(*selected_rows(packets, tracked, slice(begin, row)))
            line, feed, rest = self._shown.render(*selected_rows(packets, tracked, slice(row, row + 1))).partition(
                b"\n"
            )
            yield line + "".join(f"; comment: {escaped(text)}" for text in texts).encode() + feed + rest
            begin = row + 1
        yield self._shown.render(*selected_rows(packets, tracked, slice(begin, None)))

    def _found(self, numbers: Int64s) -> dict[int, list[str]]:
        """The comments on these frames by their rows, in order; taken out, as each frame is shown once at most."""
        with self._lock:
            comments = self._comments()
            for number, text in comments[self._read :]:
                if number is not None:
                    self._texts.setdefault(number, []).append(text)
            self._read = len(comments)
            if not self._texts or not len(numbers):
                return {}
            first, last = int(numbers[0]), int(numbers[-1])
            wanted = {number: self._texts.pop(number) for number in list(self._texts) if first <= number <= last}
        rows = {number: row for row, number in enumerate(numbers.tolist())}
        return {rows[number]: wanted[number] for number in sorted(wanted) if number in rows}
