"""The fields of a packet: what each is, and a column of it for a whole batch."""

from rawkit.decode.fields.declared import (
    ALL_FIELDS,
    DECLARED,
    DEFAULT_FIELDS,
    FIELDS,
    TRACKED_FIELDS,
    Field,
    Header,
    known,
)

__all__ = ["ALL_FIELDS", "DECLARED", "DEFAULT_FIELDS", "FIELDS", "TRACKED_FIELDS", "Field", "Header", "known"]
