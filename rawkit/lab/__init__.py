"""Test networks of real Linux network stacks: hosts in namespaces, links, services, a middlebox.

>>> from rawkit.lab import scenarios
>>> scenarios.load("pair").description
'A client and a server on one wire'
"""

from rawkit.lab.host import Host
from rawkit.lab.lab import Lab
from rawkit.lab.spec import EndSpec, HostSpec, Interface, LabSpec, LinkSpec, RouteSpec

__all__ = ["EndSpec", "Host", "HostSpec", "Interface", "Lab", "LabSpec", "LinkSpec", "RouteSpec"]
