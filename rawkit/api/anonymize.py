"""Capture files made anonymous: what `rawkit anonymize` does."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, BinaryIO, Final

from rawkit.api.checks import made_engine, of_type
from rawkit.errors import CaptureError, RawkitError
from rawkit.files import Interface, open_capture
from rawkit.files.streams import is_file, opened
from rawkit.kernels import Engine, Mode
from rawkit.rewrite.anonymizer import PAYLOADS, Anonymizer, Payload
from rawkit.rewrite.cryptopan import KEY_LEN
from rawkit.rewrite.mapping import Mapping as AddressMapping
from rawkit.run.capture.file import Parts, Progress
from rawkit.run.capture.inputs import files_of
from rawkit.run.capture.recording import Recording
from rawkit.run.stopping import Stop
from rawkit.values import dataclass, replace

if TYPE_CHECKING:
    from rawkit.files import CaptureReader

AT_ONCE: Final = 1024
"""Frames between two looks whether it is to end: interpreted they take a second."""
MOST_KEY: Final = 1024
"""Bytes that are read of a file with a key."""


@dataclass(frozen=True, slots=True)
class Anonymized:
    """What came of making a capture anonymous.

    Attributes:
        frames: how many there were.
        stopped: in how many frames there was something that rawkit does not read, by what it was
            (`rawkit.view.capture.undecoded` has it in words).
        comments: comments in the file, none of which was taken over.
        remarks: what of the file was not taken as it stands, a line each.
        interrupted: whether Ctrl-C ended it before.
    """

    frames: int
    stopped: Mapping[tuple[int, int], int]
    comments: int
    remarks: Sequence[str]
    interrupted: bool


def anonymize(
    source: str | os.PathLike[str] | BinaryIO,
    path: str | os.PathLike[str],
    *,
    key: bytes | None = None,
    payload: Payload = "zero",
    keep_unknown: bool = False,
    keep_oui: bool = False,
    map_special: bool = False,
    engine: Engine | Mode | None = None,
    progress: Progress | None = None,
    until_signal: bool = False,
) -> Anonymized:
    """Writes a capture file whose addresses, names and payload are others; flows, times and sizes stay.

    Args:
        source: the capture file, `-` for standard input, or an open binary file.
        path: the file to write, as of `rawkit.write`; not the one that is read.
        key: 32 bytes; the same key maps the same addresses and names to the same others. Without one a key is made up,
            and forgotten.
        payload: what becomes of what is behind the last header: `zero`, `remove` (frames are cut there), `keep`.
        keep_unknown: what rawkit does not read stays as it is, in place of zeros.
        keep_oui: the first half of MAC addresses stays.
        map_special: multicast, broadcast, loopback and link-local addresses are mapped as all others.
        engine: runs the kernels; a new one where it is None.
        progress: is told how much of the file was read.
        until_signal: of a file on a disk, the first Ctrl-C or SIGTERM ends it in order, and is no exception.

    Raises CaptureError where a file cannot be read or written, RawkitError for a key of another length, and where there
    is no AES (`pip install rawkit[anonymize]`).

    >>> import tempfile, rawkit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = rawkit.anonymize("captures/dns.pcap", f"{folder}/shared.pcap", key=bytes(32))
    ...     table = rawkit.read_packets(f"{folder}/shared.pcap")
    >>> found.frames, table["ip.src"][0], table["udp.dstport"].tolist()[0]
    (20, '193.224.197.140', 53)
    """
    if payload not in PAYLOADS:
        raise RawkitError(f"payload {payload!r}: give {', '.join(PAYLOADS[:-1])} or {PAYLOADS[-1]}")
    of_type("key", key, bytes, f"{KEY_LEN} bytes")
    made = made_engine(engine)
    mapping = AddressMapping(os.urandom(KEY_LEN) if key is None else key, specials=map_special, oui=keep_oui)
    anonymizer = Anonymizer(mapping, made, payload, keep_unknown)
    stop = Stop()
    is_on_disk = isinstance(source, str | os.PathLike) and is_file(source)
    with open_capture(source, made) as reader, stop if until_signal and is_on_disk else nullcontext():
        interfaces: list[Interface] = []
        with Recording(os.fspath(path), interfaces, files_of([source])) as recording:
            _go_through(reader, interfaces, recording, anonymizer, progress, stop)
        return Anonymized(
            anonymizer.frames,
            anonymizer.stopped,
            len(reader.comments),
            reader.remarks,
            stop.asked,
        )


def _go_through(
    reader: CaptureReader,
    interfaces: list[Interface],
    recording: Recording,
    anonymizer: Anonymizer,
    progress: Progress | None,
    stop: Stop,
) -> None:
    interfaces += map(_nameless, reader.interfaces)
    recording.begin()
    source = Parts(reader, AT_ONCE)
    while not stop.asked and (batch := source.read()) is not None:
        interfaces += map(_nameless, reader.interfaces[len(interfaces) :])
        if len(batch):
            recording.write(anonymizer.apply(batch))
        if progress is not None:
            progress.show(reader.position, anonymizer.frames)
    if progress is not None:
        progress.close()


def _nameless(interface: Interface) -> Interface:
    return replace(interface, name="", description="")


def read_key(path: str | os.PathLike[str]) -> bytes:
    """The key in a file: 32 bytes, or 64 hexadecimal digits.

    Raises CaptureError where it cannot be read, RawkitError where there is something else in it.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b"00" * 31 + b"0a\\n"), file.flush()
    ...     read_key(file.name)[-2:]
    b'\\x00\\n'
    """
    try:
        with opened(path) as file:
            content = file.read(MOST_KEY)
    except OSError as error:
        raise CaptureError(f"cannot read {path}: {error.strerror}: give a file with a key") from None
    if len(content) == KEY_LEN:
        return content
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_LEN:
        how = f"'head -c {KEY_LEN} /dev/urandom > {path}' makes one"
        raise RawkitError(f"{path} is no key of {KEY_LEN} bytes, or of as many in hexadecimal digits: {how}")
    return key
