"""The command behind scripts/record-captures."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from rawkit.errors import RawkitError
from rawkit.files import open_capture
from rawkit.frames import FrameBatch

from . import control, formats, latency, links, services, tcp_close, tcp_open, tcp_reset, tcp_transfer, udp
from .network import Story, network
from .transports import dccp, ospf, sctp, sctp_abort
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


def derived(source: Path, form: Callable[[FrameBatch], bytes]) -> bytes:
    """The frames of another capture in another format."""
    with open_capture(source) as reader:
        (batch,) = [batch for batch in reader if len(batch)]
        return form(batch)


def catalogue(folder: Path) -> dict[str, Maker]:
    """All files of the folder by name, in the order in which they have to be made."""
    modules = (tcp_open, tcp_close, tcp_reset, tcp_transfer, latency, udp, control, services, links)
    builders = (vlan, vlan_same_ports, qinq, snap, gre, ipip, mpls, pppoe, sctp, sctp_abort, dccp, ospf)
    return {
        **{story.name: partial(recorded, story) for module in modules for story in module.STORIES},
        formats.TWO_INTERFACES.name: recorded_on_both_links,
        **{f"{craft.__name__.replace('_', '-')}.pcap": partial(crafted, craft) for craft in builders},
        **{name: partial(derived, folder / source, form) for name, (source, form) in formats.FORMATS.items()},
    }


def make(path: Path, maker: Maker) -> None:
    """Makes one file, whole or not at all, and says so."""
    start = time.monotonic()
    content = maker()
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.rename(path)
    print(f"{path.name}: {len(content)} bytes, {time.monotonic() - start:.1f} s", flush=True)


def chosen(folder: Path, patterns: list[str]) -> dict[str, Maker]:
    """The files that one of the names or patterns names; all where none is given."""
    return {n: m for n, m in catalogue(folder).items() if not patterns or any(fnmatch(n, p) for p in patterns)}


def parsed() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="record-captures", description="Makes the files in captures/ again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="file names or patterns ('tcp-*'); all without one")
    parser.add_argument("--list", action="store_true", help="say which files there are, and make none")
    parser.add_argument("--into", type=Path, default=CAPTURES, metavar="FOLDER", help="make them there")
    return parser.parse_args()


def main() -> None:
    """Makes the files that the command line names; RawkitError where that cannot be."""
    arguments = parsed()
    files = chosen(arguments.into, arguments.names)
    if not files:
        raise RawkitError(f"no file {' or '.join(arguments.names)}: see record-captures --list")
    for name, maker in files.items():
        if arguments.list:
            print(name)
        else:
            make(arguments.into / name, maker)


try:
    main()
except (RawkitError, OSError) as error:
    print(f"record-captures: {error}", file=sys.stderr)
    sys.exit(2)
except KeyboardInterrupt:
    sys.exit(130)
