"""`dataclass` of the standard library, made at a tenth of its cost.

The standard library writes the source of six methods for each class and compiles them, 1 ms a class, before anything
asks for one of them; a command has up to sixty such classes when it starts. Here all methods but `__init__` are plain
functions that go by the names of the fields, and `__init__` is compiled when the first value of the class is made.
`rawkit.values` has what this package uses of it: classes with `slots=True`, and fields as `field` describes them. What
it makes is a dataclass to `dataclasses.fields`, `asdict` and `replace`, to pickle and to type checkers, which are told
that it is the standard library's; tests hold both to each other.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False
"""True for type checkers; `typing` has it too, and takes as long to import as fifty classes to make."""

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _Unset:
    """What a field has in place of a default, where it has none."""

    def __repr__(self) -> str:
        return "<factory>"  # in the signature, of a field whose default is made


_UNSET = _Unset()


class _Field:
    """What a class says of one of its fields."""

    __slots__ = ("compare", "default", "factory", "init", "name", "repr", "type")

    def __init__(self, default: Any, factory: Any, init: bool, repr: bool, compare: bool) -> None:
        self.name, self.type = "", ""
        self.default, self.factory = default, factory
        self.init, self.repr, self.compare = init, repr, compare

    @property
    def is_optional(self) -> bool:
        """Whether `__init__` can do without it."""
        return self.default is not _UNSET or self.factory is not _UNSET


def field_names(of: Any) -> tuple[str, ...]:
    """The names of the fields of a class or a value, in their order; `dataclasses.fields` imports `inspect`.

    >>> @dataclass(frozen=True, slots=True)
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> field_names(Point), Point(1), replace(Point(1), y=2)
    (('x', 'y'), Point(x=1, y=0), Point(x=1, y=2))
    """
    return tuple(one.name for one in of.__value_fields__)


def _field(
    *, default: Any = _UNSET, default_factory: Any = _UNSET, init: bool = True, repr: bool = True, compare: bool = True
) -> Any:
    return _Field(default, default_factory, init, repr, compare)


def _replace(value: Any, /, **changes: Any) -> Any:
    for one in value.__value_fields__:
        if one.init and one.name not in changes:
            changes[one.name] = getattr(value, one.name)
        elif not one.init and one.name in changes:
            raise ValueError(f"field {one.name} is declared with init=False, it cannot be specified with replace()")
    return type(value)(**changes)


def _dataclass(
    *, slots: bool, frozen: bool = False, eq: bool = True, order: bool = False, repr: bool = True
) -> Callable[[type], type]:
    if not slots:
        raise TypeError("rawkit.values makes classes with slots=True")

    def made(plain: type) -> type:
        own = {name: _described(plain, name, kind) for name, kind in plain.__annotations__.items() if _is_field(kind)}
        fields = tuple((_inherited(plain) | own).values())
        _check_order(fields)
        had = {name: kept for name, kept in plain.__dict__.items() if name not in own}
        had.pop("__dict__", None)
        had.pop("__weakref__", None)
        compared = [one.name for one in fields if one.compare]
        twin = _Twin(fields, eq=eq, order=order, frozen=frozen)
        namespace = {
            "__init__": _Init(fields, frozen),
            "__match_args__": tuple(one.name for one in fields if one.init),
            "__replace__": _replace,  # copy.replace, Python 3.13
            "__dataclass_fields__": _Described("__dataclass_fields__", twin),
            "__dataclass_params__": _Described("__dataclass_params__", twin),
            "__value_fields__": fields,
            "__value_key__": attrgetter(*compared) if len(compared) > 1 else _key_of(compared),
            **_methods(frozen, eq, order, repr),
        }
        if had.get("__hash__", _UNSET) is None and "__eq__" in had:
            del had["__hash__"]  # Python's own, for a class that has an __eq__
        namespace |= had
        namespace["__slots__"] = tuple(name for name in own if name not in _slots_of(plain))
        new: type = type(plain)(plain.__name__, plain.__bases__, namespace)
        new.__qualname__ = plain.__qualname__
        init = namespace["__init__"]
        if isinstance(init, _Init):
            init.owner = new
        return new

    return made


def _inherited(plain: type) -> dict[str, _Field]:
    found: dict[str, _Field] = {}
    for base in reversed(plain.__mro__[1:]):
        if type(base.__dict__.get("__dataclass_fields__")) is dict:
            raise TypeError(f"{base.__name__} is the standard library's: make it a class of rawkit.values")
        found |= {one.name: one for one in base.__dict__.get("__value_fields__", ())}
    return found


def _described(plain: type, name: str, kind: Any) -> _Field:
    default = plain.__dict__.get(name, _UNSET)
    found = default if isinstance(default, _Field) else _Field(default, _UNSET, True, True, True)
    found.name, found.type = name, kind
    if found.default is not _UNSET and type(found.default).__hash__ is None:
        raise ValueError(f"mutable default {type(found.default)} for field {name} is not allowed: use default_factory")
    return found


def _is_field(kind: Any) -> bool:
    """Whether an annotation, written as text or not, makes a field."""
    text = (kind if isinstance(kind, str) else repr(kind)).removeprefix("typing.")
    if text.startswith(("InitVar", "dataclasses.", "KW_ONLY")):
        raise TypeError(f"rawkit.values knows no {text}")
    return not text.startswith("ClassVar")


def _check_order(fields: tuple[_Field, ...]) -> None:
    optional = ""
    for one in fields:
        if one.init and one.is_optional:
            optional = one.name
        elif one.init and optional:
            raise TypeError(f"non-default argument {one.name!r} follows default argument {optional!r}")


def _slots_of(plain: type) -> set[str]:
    return {name for base in plain.__mro__[1:] for name in base.__dict__.get("__slots__", ())}


def _key_of(names: list[str]) -> Any:
    """What gives the compared fields of a value as a tuple, where there are fewer than two."""
    if not names:
        return _Key(lambda value: ())
    (name,) = names
    return _Key(lambda value: (getattr(value, name),))


class _Key:
    """A function that is found on a class as it is, like the standard library's `attrgetter`."""

    __slots__ = ("_of",)

    def __init__(self, of: Callable[[Any], tuple[Any, ...]]) -> None:
        self._of = of

    def __call__(self, value: Any) -> tuple[Any, ...]:
        return self._of(value)


class _Init:
    """`__init__` of a class, until it is first looked up, when it is compiled and takes this one's place."""

    __slots__ = ("_fields", "_frozen", "owner")

    def __init__(self, fields: tuple[_Field, ...], frozen: bool) -> None:
        self._fields, self._frozen = fields, frozen
        self.owner: type = object

    def __get__(self, value: Any, kind: Any = None) -> Any:
        function = _compiled(self.owner, self._fields, self._frozen)
        self.owner.__init__ = function  # type: ignore[misc]
        return function if value is None else function.__get__(value)


def _compiled(owner: Any, fields: tuple[_Field, ...], frozen: bool) -> Any:
    """`__init__`, written out; where assignments are refused it uses what the slots themselves set them by."""
    known: dict[str, Any] = {"_unset": _UNSET, "__name__": owner.__module__}
    parameters, lines = ["self"], []
    for one in fields:
        name = one.name
        known |= {f"_default_{name}": one.default, f"_make_{name}": one.factory, f"_set_{name}": None}
        if one.init:
            default = f"_default_{name}" if one.factory is _UNSET else "_unset"
            parameters.append(f"{name}={default}" if one.is_optional else name)
        if one.factory is not _UNSET:
            value = f"_make_{name}() if {name} is _unset else {name}" if one.init else f"_make_{name}()"
        elif one.init or one.is_optional:
            value = name if one.init else f"_default_{name}"
        else:
            continue
        if frozen:
            known[f"_set_{name}"] = getattr(owner, name).__set__
        lines.append(f"_set_{name}(self, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(owner, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), known)  # noqa: S102
    function = known["__init__"]
    function.__qualname__ = f"{owner.__qualname__}.__init__"
    function.__annotations__ = {one.name: one.type for one in fields if one.init} | {"return": None}
    return function


class _Described:
    """An attribute that makes the class a dataclass to the standard library, taken from its twin."""

    __slots__ = ("_name", "_twin")

    def __init__(self, name: str, twin: _Twin) -> None:
        self._name, self._twin = name, twin

    def __get__(self, value: Any, kind: Any = None) -> Any:
        return getattr(self._twin.made(), self._name)


class _Twin:
    """A class of the standard library with the same fields, made when it is first needed: that takes milliseconds."""

    __slots__ = ("_fields", "_kept", "_options")

    def __init__(self, fields: tuple[_Field, ...], **options: Any) -> None:
        self._fields, self._options = fields, options
        self._kept: type | None = None

    def made(self) -> type:
        if self._kept is None:
            import dataclasses

            described = [(one.name, one.type, _standard(dataclasses, one)) for one in self._fields]
            self._kept = dataclasses.make_dataclass("Twin", described, **self._options)
        return self._kept


def _standard(dataclasses: Any, one: _Field) -> Any:
    options = {"default": one.default, "default_factory": one.factory}
    given = {name: option for name, option in options.items() if option is not _UNSET}
    return dataclasses.field(init=one.init, repr=one.repr, compare=one.compare, **given)


def _methods(frozen: bool, eq: bool, order: bool, repr: bool) -> dict[str, Any]:
    """The methods of a class that has none of its own by these names."""
    found: dict[str, Any] = {}
    if repr:
        found["__repr__"] = _repr
    if eq:
        found["__eq__"] = _eq
        found["__hash__"] = _hash if frozen else None
    if order:
        found |= {"__lt__": _lt, "__le__": _le, "__gt__": _gt, "__ge__": _ge}
    if frozen:
        found |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        found |= {"__getstate__": _getstate, "__setstate__": _setstate}
    return found


def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in self.__value_fields__ if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    key = self.__value_key__
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(self.__value_key__(self))


def _lt(self: Any, other: Any) -> Any:
    return self.__value_key__(self) < self.__value_key__(other) if type(other) is type(self) else NotImplemented


def _le(self: Any, other: Any) -> Any:
    return self.__value_key__(self) <= self.__value_key__(other) if type(other) is type(self) else NotImplemented


def _gt(self: Any, other: Any) -> Any:
    return self.__value_key__(self) > self.__value_key__(other) if type(other) is type(self) else NotImplemented


def _ge(self: Any, other: Any) -> Any:
    return self.__value_key__(self) >= self.__value_key__(other) if type(other) is type(self) else NotImplemented


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    """As the standard library's: classes below that have no slots may have attributes of their own."""
    if name in field_names(self) or not hasattr(self, "__dict__"):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _refuse_to_delete(self: Any, name: str) -> None:
    if name in field_names(self) or not hasattr(self, "__dict__"):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in field_names(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(field_names(self), state, strict=True):
        object.__setattr__(self, name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
else:
    dataclass, field, replace = _dataclass, _field, _replace
