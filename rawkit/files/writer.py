"""What the writers of both formats share: a FrameSink over a target that always holds whole packets."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Literal, Self

from rawkit.files.targets import Output

ByteOrder = Literal["little", "big"]
STRUCT_ORDER: Final[dict[ByteOrder, Literal["<", ">"]]] = {"little": "<", "big": ">"}


class CaptureWriter:
    """Base of the writers: a context manager over a target, which begins with the bytes `head`."""

    def __init__(self, target: Output, head: bytes) -> None:
        self._target = target
        try:
            self._put(memoryview(head))
        except BaseException:
            target.abandon()
            raise

    def flush(self) -> None:
        """Hands what was written to the system; an xz file can be read only after `close`."""
        self._target.flush()

    def close(self) -> None:
        """Ends the file; calling it again does nothing."""
        self._target.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, records: memoryview) -> None:
        self._target.write(records)
        self._target.flush()
