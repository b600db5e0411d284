"""Test networks of real Linux network stacks: hosts in namespaces, links, services, a middlebox.

Each name below is loaded when it is first used, so that a lab's own programs start fast.

>>> from rawkit.lab import scenarios
>>> scenarios.load("pair").description
'A client and a server on one wire'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawkit.lab.faults import Faults
    from rawkit.lab.host import Host
    from rawkit.lab.lab import Lab
    from rawkit.lab.middlebox.control import Middlebox
    from rawkit.lab.parts import EndSpec, FilterSpec, HostSpec, Interface, LinkSpec, RouteSpec, ServiceSpec
    from rawkit.lab.spec import LabSpec

__all__ = [
    "EndSpec",
    "Faults",
    "FilterSpec",
    "Host",
    "HostSpec",
    "Interface",
    "Lab",
    "LabSpec",
    "LinkSpec",
    "Middlebox",
    "RouteSpec",
    "ServiceSpec",
]

_HOMES = {
    "Faults": "rawkit.lab.faults",
    "Host": "rawkit.lab.host",
    "Lab": "rawkit.lab.lab",
    "LabSpec": "rawkit.lab.spec",
    "Middlebox": "rawkit.lab.middlebox.control",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rawkit.lab' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "rawkit.lab.parts")), name)
