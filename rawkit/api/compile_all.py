"""Compiles all kernels, so that no later run has to: `python -m rawkit.api.compile_all`, which the set-up calls."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawkit.kernels import Engine


def main() -> None:
    """Compiles what is not compiled yet."""
    from rawkit.api.notices import say
    from rawkit.kernels import Engine

    make_ready(Engine("auto", notice=say))


def is_ready() -> bool:
    """Whether all kernels were compiled before; without numba there is nothing to compile."""
    from importlib.util import find_spec

    from rawkit.kernels import all_compiled

    return find_spec("numba") is None or all_compiled()


def make_ready(engine: Engine) -> Engine:
    """The engine, which runs compiled from now on: the kernels were all compiled before, or are now.

    Without numba it stays as it is.
    """
    from importlib.util import find_spec

    from rawkit.kernels import mark_all_compiled

    if find_spec("numba") is None:
        return engine
    engine.compiled = True
    if not is_ready():
        run_all(engine)
        if engine.compiled:  # else they cannot be, and that was said
            mark_all_compiled()
    return engine


def run_all(engine: Any) -> None:
    """Runs each kernel over a few frames."""
    from rawkit.decode import Decoder
    from rawkit.flow.conn_log.table import flow_table
    from rawkit.run.capture import blocks, rehearsal
    from rawkit.sockets.filter.bpf import FrameFilter
    from rawkit.sockets.receive import block

    blocks.rehearse(engine)
    block.rehearse(engine)
    for batch in _batches(engine):
        FrameFilter("udp port 53").mask(batch, engine)
        flow_table(engine, rehearsal.show(engine, Decoder(engine).decode(batch), _views(engine)))


def _batches(engine: Any) -> Iterator[Any]:
    """A few frames as they come out of a file of each kind."""
    from rawkit.files import Interface, PcapngWriter, PcapWriter, open_capture
    from rawkit.run.capture import rehearsal

    for make in (lambda out: PcapWriter(out, 1), lambda out: PcapngWriter(out, [Interface()])):
        file = io.BytesIO()
        with make(file) as writer:
            writer.write(rehearsal.frames())
        file.seek(0)
        with open_capture(file, engine) as capture:
            yield from capture


def _views(engine: Any) -> list[Any]:
    from rawkit.view.events.view import EventView
    from rawkit.view.packets.fields_view import FieldsView
    from rawkit.view.packets.view import PacketsView

    return [
        PacketsView(engine, "text"),
        PacketsView(engine, "json"),
        FieldsView(engine, "text", ["tcp.checksum.status"]),
        EventView("flows", "json", engine),
        EventView("latency", "json", engine),
    ]


if __name__ == "__main__":
    main()
