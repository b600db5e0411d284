"""NumPy without its linear algebra's threads."""

from __future__ import annotations

import os


def without_blas_threads() -> None:
    """Keeps NumPy, imported after this, from starting a thread a processor, where the user has not set how many.

    rawkit has no use for them: they spin at first, a fifth of the time of a start, and keep capabilities that the
    command gives up.

    >>> without_blas_threads()
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
