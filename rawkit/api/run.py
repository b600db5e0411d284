"""What the runs have in common: pings, scans, sending and replaying are opened, stopped and closed alike."""

from __future__ import annotations

from contextlib import AbstractContextManager

from rawkit.run.opened import Opened
from rawkit.run.stopping import Stop


class Run(Opened):
    """Something that goes on for a while and can be stopped; it is good for one time.

    The sockets are opened by `open`, by whatever begins it, or by entering it as a context manager.
    """

    def __init__(self) -> None:
        self._stop = Stop(self._wake)

    @property
    def stopped(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.asked

    def stop(self) -> None:
        """Ends it in order, from another thread or a signal's handler, within 0.2 s, also before it begins."""
        self._stop.ask()

    def stopped_by_signals(self) -> AbstractContextManager[object]:
        """While it is entered, the first Ctrl-C or SIGTERM ends the run in order."""
        return self._stop

    def give_up_root(self, user: str | None = None) -> None:
        """Opens the sockets, and has the whole process go on as that user, or as the one who called sudo, for good.

        What comes from outside is then read by somebody who may do nothing else to this host. Files that a run writes
        are made as that user. Raises PrivilegeError where there is no such user.
        """
        from rawkit.sockets.privileges import drop

        self.open()
        drop(user)

    def _wake(self) -> None:
        """Is called when it is to stop, for a run that would go on waiting."""
