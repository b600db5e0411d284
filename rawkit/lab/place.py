"""Where labs that run in the background are written down."""

from __future__ import annotations

import os
from collections.abc import Mapping


def state_place(environment: Mapping[str, str] = os.environ) -> str:
    """$XDG_RUNTIME_DIR/rawkit where that directory is the user's own (root with another's is the case of sudo), else
    /run/rawkit for root, else rawkit in $XDG_STATE_HOME or ~/.local/state.

    >>> state_place({"XDG_STATE_HOME": "/state"}) in ("/run/rawkit", "/state/rawkit")
    True
    """
    runtime = environment.get("XDG_RUNTIME_DIR") or "/nonexistent"
    if os.path.isdir(runtime) and os.stat(runtime).st_uid == os.geteuid():
        return os.path.join(runtime, "rawkit")
    if os.geteuid() == 0:
        return "/run/rawkit"
    home = environment.get("HOME") or "/nonexistent"
    return os.path.join(environment.get("XDG_STATE_HOME") or os.path.join(home, ".local/state"), "rawkit")
