"""The packets view with the comments that a pcapng file has on packets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from rawkit.decode import Packets
from rawkit.decode.comments import Comments, FrameComments
from rawkit.flow.table.selecting import selected_rows
from rawkit.flow.table.tracker import Tracked
from rawkit.view.packets.below import Below, Dumped
from rawkit.view.packets.view import PacketsView
from rawkit.view.text import escaped


class Commented:
    """A view of packets in text or JSON, in which a packet's comments stand at the end of its line.

    Args:
        shown: the view; the lines of a packet begin with its own.
        comments: gives those that were read so far, always the same ones first.
        is_json: whether they are a list `frame.comment` of an object.

    Attributes as of `PacketsView`.
    """

    def __init__(
        self, shown: PacketsView | Below | Dumped, comments: Callable[[], Comments], *, is_json: bool = False
    ) -> None:
        self._shown, self._comments, self._is_json = shown, FrameComments(comments), is_json
        self.wanted, self.threads = shown.wanted, shown.threads
        self.at_once = getattr(shown, "at_once", 0)
        self.header, self.tell, self.rest = shown.header, shown.tell, shown.rest

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The packets of a batch, with what the tracker says of them."""
        found = self._comments.take(packets.numbers)
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
            yield self._with(line, texts) + feed + rest
            begin = row + 1
        yield self._shown.render(*selected_rows(packets, tracked, slice(begin, None)))

    def _with(self, line: bytes, texts: list[str]) -> bytes:
        if not self._is_json:
            return line + "".join(f"; comment: {escaped(text)}" for text in texts).encode()
        shown = json.dumps(texts, separators=(",", ":")).replace("\x7f", "\\u007f")
        return line.removesuffix(b"}") + f',"frame.comment":{shown}}}'.encode()
