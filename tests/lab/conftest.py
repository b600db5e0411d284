"""Labs for the tests; where namespaces are not allowed, the tests that need them are skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skips the test where this process may not make namespaces."""
    try:
        Lab.from_spec("pair").close()
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def pair(namespaces: None) -> Iterator[Lab]:
    """The scenario `pair`, up."""
    with Lab.from_spec("pair") as lab:
        yield lab


@pytest.fixture(scope="module")
def routed(namespaces: None) -> Iterator[Lab]:
    """The scenario `router`, up."""
    with Lab.from_spec("router") as lab:
        yield lab
