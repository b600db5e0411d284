"""Whether the interface of a capture is up, down for now, or gone."""

from __future__ import annotations

import errno
import os
import socket

from rawkit.errors import CaptureError, TargetError
from rawkit.sockets import device


class LinkState:
    """Follows the interface of a packet socket.

    Attributes:
        down: whether the interface was down when this last looked.
        downs: how often it was found to have gone down.
    """

    def __init__(self, sock: socket.socket, interface: str | None, index: int) -> None:
        self._socket, self._interface, self._index = sock, interface, index
        self.down = False
        self.downs = 0
        self._trouble: CaptureError | None = None

    def heed_error(self) -> None:
        """Takes the error that waits on the socket; CaptureError where it does not only tell of a link that is down."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number not in (0, errno.ENETDOWN):
            self._trouble = CaptureError(f"{self._interface or 'any'}: {os.strerror(number)}: the capture ends here")
        if number == errno.ENETDOWN and not self.down:
            self.down = True
            self.downs += 1
        self.look()

    def look(self) -> None:
        """Looks whether an interface that was down is up again; CaptureError where it is gone, and ever after."""
        if self._trouble:
            raise self._trouble
        if self._interface is None or not self.down:
            return
        name = device.name_of(self._socket, self._index)
        try:
            self.down = name is None or not device.is_up(self._socket, name)
        except TargetError:
            name = None
        if name is None:
            self._trouble = CaptureError(f"{self._interface}: the interface is gone: the capture ends here")
            raise self._trouble
