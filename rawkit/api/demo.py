"""The lab of `rawkit demo`: its hosts, what is played in it, and what was sniffed meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.lab import Lab
    from rawkit.lab.demo.acts import Act
    from rawkit.lab.host import Host
    from rawkit.lab.tap import Tap

Shown: TypeAlias = Literal["handshakes", "teardowns", "udp"]


class Stage:
    """A lab that is up, whose client is sniffed; `stage` makes one.

    Attributes:
        client, server: the hosts.
    """

    def __init__(self, lab: Lab, tap: Tap) -> None:
        self._lab, self._tap = lab, tap
        self.client: Host = lab["client"]
        self.server: Host = lab["server"]

    @property
    def count(self) -> int:
        """Frames sniffed so far."""
        return self._tap.count

    @property
    def lost(self) -> int:
        """Frames that were not."""
        return self._tap.lost

    def rawkit(self, *words: str) -> list[str]:
        """The lines that a command of rawkit prints on the client."""
        done = self.client.run([sys.executable, "-P", "-m", "rawkit", *words])
        self._tap.take()
        return [line for line in (done.stdout + done.stderr).splitlines() if line]

    def play(self, act: Act) -> FrameBatch:
        """Has the client do something with the server; returns what was sniffed of it."""
        from rawkit.lab.settled import wait_settled

        with self.client.entered():
            act.play(self.server)
        wait_settled(self._lab.hosts.values())
        return self._tap.take()


def prepare() -> None:
    """Sees to it that a lab can be made; PrivilegeError where this system does not allow it.

    It comes first of all: NumPy starts threads, and a process with threads cannot enter a user namespace.
    """
    from rawkit.lab.privileges import ensure_namespaces

    ensure_namespaces()


@contextmanager
def stage(scenario: str, write: str | None = None) -> Iterator[Stage]:
    """The lab of a scenario that has `client` and `server`; what is sniffed goes into the file `write`, if any.

    Raises LabError where it cannot be built, CaptureError where the file cannot be written.
    """
    from rawkit.lab import Lab
    from rawkit.lab.tap import Tap
    from rawkit.run.capture.recording import Recording

    with ExitStack() as stack:
        lab = stack.enter_context(Lab.from_spec(scenario))
        sink = stack.enter_context(Recording(write, ())) if write else None
        yield Stage(lab, stack.enter_context(Tap(lab["client"], sink=sink)))


def acts(view: Shown) -> Sequence[Act]:
    """What is played for a view.

    >>> [act.caption for act in acts("udp")][:1]
    ['ask a DNS server for a name that there is']
    """
    from rawkit.lab.demo import acts as all_acts

    of_views = {"handshakes": all_acts.HANDSHAKES, "teardowns": all_acts.TEARDOWNS, "udp": all_acts.DATAGRAMS}
    return of_views[view]
