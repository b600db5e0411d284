"""Calls that take the words of others: they are declared there, once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

Given = ParamSpec("Given")
Gives = TypeVar("Gives")


def words_of(call: Callable[Given, object]) -> Callable[[Callable[..., Gives]], Callable[Given, Gives]]:
    """Gives a function the arguments of another, for who calls it, for type checkers and for `help`.

    >>> def walk(*, fast: bool = False) -> int: ...
    >>> @words_of(walk)
    ... def stroll(*given, **words) -> str:
    ...     return str(words)
    >>> stroll(fast=True), str(inspect.signature(stroll))
    ("{'fast': True}", "(*, fast: 'bool' = False) -> 'str'")
    """

    def with_them(made: Callable[..., Gives]) -> Callable[Given, Gives]:
        gives = inspect.signature(made).return_annotation
        told: Any = made
        told.__signature__ = inspect.signature(call).replace(return_annotation=gives)
        return made

    return with_them


def words_of_method(
    call: Callable[Concatenate[Any, Given], object],
) -> Callable[[Callable[..., Gives]], Callable[Concatenate[Any, Given], Gives]]:
    """The same of a method, for a method."""
    return words_of(call)
