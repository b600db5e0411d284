"""What file and live sniffing share: the output, the view, where frames are recorded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rawkit.api.notices import say
from rawkit.cli.sniff.options import Options
from rawkit.errors import RawkitError
from rawkit.view import legend

if TYPE_CHECKING:
    from rawkit.api.sniff import Checksums, FlowRules, Tunnels, Vlan
    from rawkit.api.where import Choice

MEBIBYTE = 1 << 20


def put(lines: bytes) -> None:
    """Hands lines to whoever reads them, all of them: unbuffered (`python -u`), a write takes what it can."""
    left = memoryview(lines)
    while left:
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def view(options: Options, engine: Any, find_owner: Any) -> Any:
    """The view that was asked for; of flows with their owners, where something finds them."""
    if options.sums_up:
        from rawkit.api.summary import SummaryView
        from rawkit.cli.summary.output import writer

        shown = _lines(options, engine, find_owner) if options.shown else None
        return SummaryView(writer(options.format, options.screen), shown, every=options.summary_every)
    return _lines(options, engine, find_owner)


def _lines(options: Options, engine: Any, find_owner: Any) -> Any:
    """The view of packets or events."""
    if options.shown != "packets":
        from rawkit.view.events.view import EventView

        settings = options.times, options.screen
        return EventView(options.shown, options.format, engine, find_owner, *settings)  # type: ignore[arg-type]
    if options.fields is not None:
        from rawkit.view.packets.fields_view import FieldsView

        return FieldsView(engine, options.format, options.field_names)  # type: ignore[arg-type]
    return _packets(options, engine)


def _packets(options: Options, engine: Any) -> Any:
    """The packets view, with the tree of -v and the bytes of -x, -X and -A below the lines."""
    from rawkit.view.packets.links import own_links
    from rawkit.view.packets.view import PacketsView

    def plain(*, hex_dump: bool = False) -> PacketsView:
        return PacketsView(
            engine,
            options.format,  # type: ignore[arg-type]
            numeric=options.numeric,
            link_headers=options.link_headers,
            hex_dump=hex_dump,
            absolute_seq=options.absolute_seq,
            interfaces=not options.read and len(options.interfaces) != 1,
            links=None if options.read and options.numeric else own_links(),
            times=options.times,
        )

    if options.format != "text" or not (options.verbose or options.dump):
        return plain()
    from rawkit.api.below import dumps, trees
    from rawkit.view.packets.below import Below, Dumped

    parts = [trees(details=options.verbose > 1)] if options.verbose else []
    below = Below(plain(), [*parts, dumps(options.dump)] if options.dump else parts)
    if options.dump != "X" or options.verbose or options.link_headers:
        return below
    return Dumped(plain(hex_dump=True), below)


class Kept:
    """Makes a view, and remembers it.

    >>> kept = Kept(lambda engine, find_owner: object())
    >>> kept(None, None) is kept.view, kept.lines()
    (True, [])
    """

    def __init__(self, make: Callable[[Any, Any], Any]) -> None:
        self._make, self.view = make, None

    def __call__(self, engine: Any, find_owner: Any) -> Any:
        """The view, new each time."""
        self.view = self._make(engine, find_owner)
        return self.view

    def lines(self) -> list[str]:
        """What is to be said of it at the end."""
        from rawkit.view import capture as words

        said = (("forgotten", words.forgotten), ("untimed", words.untimed))
        counts = [(getattr(self.view, name, 0), say_it) for name, say_it in said]
        return [say_it(count) for count, say_it in counts if count]


def explain(options: Options) -> None:
    """With -v says on standard error what the words and letters of flows mean."""
    if options.verbose and (options.shown, options.format) == ("flows", "text"):
        for line in legend.lines():
            say(line)


def choice_of(options: Options) -> Choice | None:
    """What -Y asks for."""
    where = options.where
    if where is None:
        return None
    from rawkit.api.where import Choice

    return Choice(where)


def rules(options: Options) -> FlowRules:
    """How flows are to be told apart."""
    return flow_rules(options.checksums, options.vlan, options.tunnels, options.flow_memory)


def flow_rules(checksums: Checksums, vlan: Vlan, tunnels: Tunnels, flow_memory: int | None) -> FlowRules:
    """What the options of `rawkit.cli.sniff.reading.rules` say."""
    from rawkit.api.sniff import FLOW_MEMORY, FlowRules

    return FlowRules(checksums, vlan, tunnels, flow_memory * MEBIBYTE if flow_memory else FLOW_MEMORY)


def files(options: Options) -> dict[str, Any]:
    """When a new file begins, and what is done with it: what -C, -G, -W, -z and --comment ask for."""
    return {
        "size": options.size,
        "seconds": options.seconds,
        "files": options.files,
        "command": _words(options.command),
        "comment": options.comment,
    }


def _words(command: str | None) -> list[str]:
    """The words of a command as a shell would part them; nothing else that a shell does is done."""
    if command is None:
        return []
    import shlex

    try:
        return shlex.split(command)
    except ValueError as error:
        raise RawkitError(f"-z {command}: {str(error).lower()}: close the quotation") from None
