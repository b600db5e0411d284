"""Runs servers: `python -m rawkit.lab.services KIND:PORT…`. Writes a line `ready` when all of them listen."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from importlib import import_module

from rawkit.lab.services.kinds import SERVERS


def main(arguments: Sequence[str]) -> None:
    """Starts a thread for each server, and waits; a server that fails ends the process with its reason."""
    started = threading.Barrier(len(arguments) + 1)
    for argument in arguments:
        threading.Thread(target=_serve, args=(argument, started), daemon=True).start()
    started.wait()
    print("ready", flush=True)  # noqa: T201
    threading.Event().wait()


def _serve(argument: str, started: threading.Barrier) -> None:
    def ready() -> None:
        started.wait()

    kind, _, port = argument.partition(":")
    try:
        import_module(SERVERS[kind]).serve(int(port), ready)
    except OSError as error:
        print(f"{argument}: {error.strerror}", flush=True)  # noqa: T201
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
