"""Values that go between a lab's processes, as bytes: pickled by cloudpickle; packets of scapy as they are written.

Scapy pickles the bytes that a packet is built to: with the addresses of the routes here, and the first of a range.
"""

from __future__ import annotations

import io
import pickle
import sys
from typing import Any

from rawkit.errors import LabError


def dumped(value: Any, what: str) -> bytes:
    """A value as bytes; LabError where it cannot be pickled.

    >>> import threading
    >>> dumped(threading.Lock(), "the result of f")
    Traceback (most recent call last):
    rawkit.errors.LabError: the result of f cannot go to another process (cannot pickle '_thread.lock' object): \
give plain values
    >>> from scapy.layers.inet import IP, TCP
    >>> packet = IP(dst="192.0.2.0/30") / TCP(dport=[80, 443], flags="SA")
    >>> len(list(loaded(dumped(packet, "it"))))
    8
    """
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            if _is_written(obj):
                payload = None if type(obj.payload).__name__ == "NoPayload" else obj.payload
                return _written, (type(obj), dict(obj.fields), payload)
            return super().reducer_override(obj)

    into = io.BytesIO()
    try:
        Pickler(into).dump(value)
    except Exception as error:  # pickling calls whatever the value's classes have
        reason = str(error).partition("\n")[0]
        raise LabError(f"{what} cannot go to another process ({reason}): give plain values") from error
    return into.getvalue()


def loaded(data: bytes) -> Any:
    """The value of such bytes; LabError where something that it names is not to be found here."""
    try:
        return pickle.loads(data)  # noqa: S301  (of a process that this one started)
    except Exception as error:  # as above
        raise LabError(f"what came from another process cannot be read here ({error}): give plain values") from error


def _is_written(value: Any) -> bool:
    """Whether it is a packet of scapy that was put together, not one that was read from bytes."""
    scapy = sys.modules.get("scapy.packet")
    return (
        scapy is not None
        and isinstance(value, scapy.Packet)
        and not isinstance(value, scapy.NoPayload)
        and value.raw_packet_cache is None
    )


def _written(kind: Any, fields: dict[str, Any], payload: Any) -> Any:
    packet = kind()
    packet.fields = fields
    if payload is not None:
        packet.add_payload(payload)
    return packet
