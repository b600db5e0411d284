"""Reads values out of TOML tables, and names the key where one is not what it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from rawkit.errors import LabError

T = TypeVar("T")
_NOTHING: Final = object()


class TomlTable:
    """A TOML table that is read key by key; a key that nobody asked for is an error at the end of the `with`.

    >>> with TomlTable({"mtu": "big"}, "links[0]") as table:
    ...     table.integer("mtu", 1500)
    Traceback (most recent call last):
    rawkit.errors.LabError: links[0].mtu: 'big' is not an integer: write a whole number
    >>> with TomlTable({"mtv": 9000}, "links[0]") as table:
    ...     mtu = table.integer("mtu", 1500)
    Traceback (most recent call last):
    rawkit.errors.LabError: links[0].mtv: unknown key: use one of mtu
    """

    def __init__(self, values: Any, path: str) -> None:
        if not isinstance(values, Mapping):
            raise LabError(f"{path}: {values!r} is not a table: write keys and values")
        self.path = path
        self._values: Mapping[str, Any] = values
        self._asked: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unknown = next((key for key in self._values if key not in self._asked), None)
        if kind is None and unknown is not None:
            raise LabError(f"{self.key(unknown)}: unknown key: use one of {', '.join(sorted(self._asked))}")

    def key(self, name: str) -> str:
        """The full name of a key, as errors print it."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, default: Any = _NOTHING) -> str:
        """A string."""
        return str(self._take(name, default, str, "a string", "write it in quotes"))

    def flag(self, name: str, default: Any = _NOTHING) -> bool:
        """A boolean."""
        return bool(self._take(name, default, bool, "a boolean", "write true or false"))

    def integer(self, name: str, default: Any = _NOTHING) -> int:
        """An integer."""
        return int(self._take(name, default, int, "an integer", "write a whole number"))

    def number(self, name: str, default: Any = _NOTHING) -> float:
        """An integer or a float."""
        return float(self._take(name, default, (int, float), "a number", "write a number"))

    def parsed(self, name: str, parse: Callable[[str], T], default: Any = _NOTHING) -> T:
        """A string that `parse` takes; its ValueError is reported with the key."""
        text = self._take(name, default, str, "a string", "write it in quotes")
        return self._parse(self.key(name), parse, text)

    def list_of(self, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """A list of strings that `parse` takes; empty where the key is not there."""
        values = self._take(name, [], list, "a list", "write it in brackets")
        return tuple(self._parse(f"{self.key(name)}[{i}]", parse, value) for i, value in enumerate(values))

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of integers; empty where the key is not there."""
        values = self._take(name, [], list, "a list of integers", "write it in brackets")
        entries = {f"{name}[{place}]": value for place, value in enumerate(values)}
        return tuple(TomlTable(entries, self.path).integer(entry) for entry in entries)

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        self._asked.append(name)
        return name in self._values

    def tables(self, name: str) -> Iterator[TomlTable]:
        """The tables of a list of tables; none where the key is not there."""
        values = self._take(name, [], list, "a list of tables", f"write [[{name}]]")
        return (TomlTable(value, f"{self.key(name)}[{i}]") for i, value in enumerate(values))

    def table(self, name: str) -> TomlTable:
        """A table inside this one; an empty one where the key is not there."""
        return TomlTable(self._take(name, {}, Mapping, "a table", "write keys and values"), self.key(name))

    def names(self) -> tuple[str, ...]:
        """All keys of the table, for tables whose keys the user chooses."""
        return tuple(self._values)

    def scalar(self, name: str) -> str:
        """A string, an integer or a boolean (as 0 or 1), as text."""
        value = self._take(name, _NOTHING, (str, int), "a string or an integer", "write one value")
        return str(int(value)) if isinstance(value, bool) else str(value)

    def _take(self, name: str, default: Any, kind: Any, what: str, remedy: str) -> Any:
        self._asked.append(name)
        value = self._values.get(name, default)
        if value is _NOTHING:
            raise LabError(f"{self.key(name)}: missing: add {what}")
        confused = isinstance(value, bool) and kind in (int, (int, float))
        if value is not default and (confused or not isinstance(value, kind)):
            raise LabError(f"{self.key(name)}: {value!r} is not {what}: {remedy}")
        return value

    def _parse(self, key: str, parse: Callable[[str], T], value: Any) -> T:
        try:
            return parse(value)
        except (ValueError, TypeError, AttributeError) as error:
            raise LabError(f"{key}: {error}: correct it") from error
