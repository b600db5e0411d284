"""What stands on this host for commands to find: where records of labs are, and who its users are."""

from __future__ import annotations

from rawkit.lab.place import state_place as lab_records

__all__ = ["lab_records", "users"]


def users() -> list[tuple[str, str]]:
    """Names of users, and what else they are called.

    >>> "root" in dict(users())
    True
    """
    import pwd

    return [(one.pw_name, one.pw_gecos.split(",")[0]) for one in pwd.getpwall()]
