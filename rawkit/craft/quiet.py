"""Scapy's warnings, kept from the user while it works for us."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

LOGGERS = ("scapy", "scapy.runtime", "scapy.loading", "scapy.interactive")


@contextmanager
def quietly() -> Iterator[list[str]]:
    """While it lasts, scapy logs nothing from this thread; gives the list of what it would have said.

    Its own settings stay as they are. Where one such block is inside another, the inner one listens.
    """
    thread, said = threading.get_ident(), list[str]()

    def from_elsewhere(record: logging.LogRecord) -> bool:
        if record.thread == thread:
            said.append(record.getMessage())
        return record.thread != thread

    loggers = [logging.getLogger(name) for name in LOGGERS]
    for logger in loggers:
        logger.filters.insert(0, from_elsewhere)
    try:
        yield said
    finally:
        for logger in loggers:
            logger.removeFilter(from_elsewhere)


def without_routes() -> None:
    """Has scapy read no routes when it is loaded: of 200,000 that takes minutes. Where it is loaded nothing changes.

    Its own choice of an interface and of source addresses is then made without them; rawkit's does not ask for it.
    """
    if "scapy.route" not in sys.modules:
        conf = scapy_module("scapy.config").conf
        conf.route_autoload = conf.route6_autoload = False


def scapy_module(name: str) -> ModuleType:
    """A module of scapy, imported without a word.

    >>> scapy_module("scapy.layers.inet").TCP.__name__
    'TCP'
    """
    if (known := sys.modules.get(name)) is not None and not getattr(known.__spec__, "_initializing", False):
        return known
    with quietly(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(name)
