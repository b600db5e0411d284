"""The command behind scripts/record-captures."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from rawkit.files import open_capture
from rawkit.frames import FrameBatch

from . import control, formats, links, services, tcp_close, tcp_open, tcp_reset, tcp_transfer, udp
from .network import Story, network
from .transports import dccp, ospf, sctp
from .tunnels import gre, ipip, mpls, pppoe, qinq, snap, vlan, vlan_same_ports

CAPTURES = Path(__file__).parents[2] / "captures"
Maker = Callable[[], bytes]
"""Makes the content of one file."""


def recorded(story: Story) -> bytes:
    """What the story's recorder saw, as a pcap file with nanoseconds."""
    with network(story) as stage:
        story.tell(stage)
    return formats.pcap(stage.recorder.batch())


def recorded_on_both_links() -> bytes:
    """A pcapng file with an interface for each of the router's links."""
    with network(formats.TWO_INTERFACES) as stage:
        formats.TWO_INTERFACES.tell(stage)
    recorder = stage.recorder
    return formats.pcapng(recorder.batch(), recorder.interfaces, formats.COMMENT, formats.COMMENTS)


def crafted(craft: Callable[[], FrameBatch]) -> bytes:
    """Frames that were built, not recorded, as a pcap file."""
    return formats.pcap(craft())


def derived(source: str, form: Callable[[FrameBatch], bytes]) -> bytes:
    """The frames of another capture in another format."""
    with open_capture(CAPTURES / source) as reader:
        (batch,) = [batch for batch in reader if len(batch)]
        return form(batch)


def catalogue() -> dict[str, Maker]:
    """All files by name, in the order in which they have to be made."""
    modules = (tcp_open, tcp_close, tcp_reset, tcp_transfer, udp, control, services, links)
    builders = (vlan, vlan_same_ports, qinq, snap, gre, ipip, mpls, pppoe, sctp, dccp, ospf)
    return {
        **{story.name: partial(recorded, story) for module in modules for story in module.STORIES},
        formats.TWO_INTERFACES.name: recorded_on_both_links,
        **{f"{craft.__name__.replace('_', '-')}.pcap": partial(crafted, craft) for craft in builders},
        **{name: partial(derived, *how) for name, how in formats.FORMATS.items()},
    }


def make(name: str, maker: Maker) -> None:
    """Makes one file, whole or not at all, and says so."""
    start = time.monotonic()
    content = maker()
    unfinished = CAPTURES / f".{name}.unfinished"
    unfinished.write_bytes(content)
    unfinished.rename(CAPTURES / name)
    print(f"{name}: {len(content)} bytes, {time.monotonic() - start:.1f} s", flush=True)


def chosen(patterns: list[str]) -> Iterator[tuple[str, Maker]]:
    """The files that one of the names or patterns names; all where none is given."""
    return ((n, m) for n, m in catalogue().items() if not patterns or any(fnmatch(n, p) for p in patterns))


def main() -> int:
    """Makes the files that the command line names; the exit code."""
    parser = argparse.ArgumentParser(prog="record-captures", description="Makes the files in captures/ again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="file names or patterns (tcp-*); all without one")
    parser.add_argument("--list", action="store_true", help="say which files there are, and make none")
    arguments = parser.parse_args()
    files = dict(chosen(arguments.names))
    if not files:
        print("record-captures: no such file: see record-captures --list", file=sys.stderr)
        return 2
    for name, maker in files.items():
        if arguments.list:
            print(name)
        else:
            make(name, maker)
    return 0


sys.exit(main())
