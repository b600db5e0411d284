"""Values of rawkit.values are held against the standard library's dataclasses, made of the same source."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
import types

import pytest

from rawkit import values

SOURCE = """
from __future__ import annotations
from typing import ClassVar, Generic, TypeVar
T = TypeVar("T")

@dataclass(frozen=True, slots=True)
class Plain:
    a: int
    b: str = "b"

@dataclass(frozen=True, slots=True)
class One:
    only: float

@dataclass(frozen=True, slots=True)
class Empty:
    pass

@dataclass(frozen=True, slots=True, eq=False)
class Same:
    a: int

@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Silent:
    a: int

@dataclass(frozen=True, slots=True, order=True)
class Ordered:
    a: int
    b: int = field(default=0, compare=False)

@dataclass(slots=True)
class Open:
    kind: ClassVar[str] = "open"
    a: int
    made: list[int] = field(default_factory=list)
    shown: int = field(default=7, repr=False)
    later: int = field(init=False)
    filled: dict[str, int] = field(init=False, default_factory=dict)
    known: int = field(init=False, default=3)

@dataclass(frozen=True, slots=True)
class Checked:
    a: int

    def __post_init__(self) -> None:
        if self.a < 0:
            raise ValueError("negative")

@dataclass(frozen=True, slots=True)
class Base:
    a: int
    b: int = 1

@dataclass(frozen=True, slots=True)
class Below(Base):
    b: int = 2
    c: int = 3

    @property
    def total(self) -> int:
        return self.a + self.b + self.c

    @classmethod
    def of(cls, a: int) -> Below:
        return cls(a)

@dataclass(frozen=True, slots=True)
class Own:
    a: int

    def __repr__(self) -> str:
        return "mine"

    def __eq__(self, other: object) -> bool:
        return True

@dataclass(frozen=True, slots=True)
class OwnHash:
    a: int

    def __hash__(self) -> int:
        return 5

@dataclass(frozen=True, slots=True)
class Box(Generic[T]):
    held: T
"""
NAMES = [
    line.split("class ")[1].split("(")[0].split(":")[0] for line in SOURCE.splitlines() if line.startswith("class")
]


def made_by(library: types.ModuleType, name: str) -> types.ModuleType:
    """The classes of `SOURCE`, made by a library, in a module of this name, which pickle finds."""
    module = types.ModuleType(name)
    module.dataclass, module.field = library.dataclass, library.field  # type: ignore[attr-defined]
    sys.modules[name] = module
    exec(SOURCE, module.__dict__)
    return module


OURS, THEIRS = made_by(values, "made_by_ours"), made_by(dataclasses, "made_by_theirs")


def outcome(do, *arguments):
    """What comes out, as text: a value, or an error's type and message."""
    try:
        return repr(do(*arguments))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


CALLS = [
    *("()", "(1)", "('x', 2)", "(1, 2, 3, 4)", "(a=1)", "(a=1, b=2)", "(nothing=1)", "(1, a=1)", "(-1)"),
    *("(1, made=[1])", "(1, [2], 3)", "(1, later=2)", "(only=1.5)", "(held='x')", "(float('nan'))"),
]


@pytest.mark.parametrize("name", NAMES)
def test_calls_give_the_same_value_or_the_same_error(name):
    def do(module, call):
        value = eval(f"{name}{call}", module.__dict__)
        return value if "__repr__" in type(value).__dict__ else vars(type(value)).get("__slots__")

    assert [outcome(do, OURS, call) for call in CALLS] == [outcome(do, THEIRS, call) for call in CALLS]


USES = [
    "Plain(1) == Plain(1), Plain(1) == Plain(2), Plain(1) != Plain(1, 'c'), Plain(1) == 1",
    "hash(Plain(1)) == hash((1, 'b')), hash(One(1.5)) == hash((1.5,)), hash(Empty()) == hash(())",
    "hash(Open(1))",
    "One(float('nan')) == One(float('nan')), Same(1) == Same(1), Empty() == Empty()",
    "Base(1) == Below(1), Below(1) == Base(1)",
    "sorted([Ordered(2), Ordered(1, 9), Ordered(1, 3)])",
    "Ordered(1) < Ordered(2), Ordered(1, 5) <= Ordered(1, 2), Ordered(3) > Ordered(2), Ordered(1) >= Ordered(2)",
    "Ordered(1) < 2",
    "Plain(1) < Plain(2)",
    "setattr(Plain(1), 'a', 2)",
    "delattr(Plain(1), 'a')",
    "setattr(Open(1), 'new', 2)",
    "Open(1).later",
    "Open(1).made is Open(1).made, Open(1).filled, Open(1).known, Open.kind",
    "Below(1).total, Below.of(5), Below(1, c=4)",
    "hash(Own(1))",
    "hash(OwnHash(1))",
    "Plain.__match_args__, Open.__match_args__, Below.__match_args__, Empty.__match_args__",
    "Plain.__slots__, Below.__slots__, Open.__slots__, Plain.__doc__ is not None or True",
    "hasattr(Plain(1), '__dict__')",
    "Plain.__qualname__, Plain.__module__.startswith('made_by')",
    "Plain.__init__.__qualname__",
    "Plain.__annotations__",
]


@pytest.mark.parametrize("use", USES)
def test_values_are_used_in_the_same_way(use):
    assert outcome(eval, use, OURS.__dict__) == outcome(eval, use, THEIRS.__dict__)


@pytest.mark.parametrize(
    "do",
    [
        lambda module: [(one.name, one.type, one.init, one.compare) for one in dataclasses.fields(module.Open)],
        lambda module: dataclasses.asdict(module.Below(1)),
        lambda module: dataclasses.is_dataclass(module.Plain),
        lambda module: dataclasses.replace(module.Below(1), c=9),
        lambda module: dataclasses.replace(module.Open(1), later=9),
        lambda module: module.Plain.__dataclass_params__.frozen,
        lambda module: inspect.signature(module.Below),
        lambda module: inspect.signature(module.Open).parameters.keys(),
        lambda module: copy.copy(module.Below(1)),
        lambda module: copy.deepcopy(module.Open(1).made),
        lambda module: pickle.loads(pickle.dumps(module.Below(1, 2, 3))),
    ],
)
def test_the_standard_library_knows_them(do):
    assert outcome(do, OURS) == outcome(do, THEIRS)


def test_what_the_standard_library_is_told_is_made_once():
    assert OURS.Open.__dataclass_fields__ is OURS.Open(1).__dataclass_fields__
    assert OURS.Below.__dataclass_fields__ is not OURS.Base.__dataclass_fields__


@pytest.mark.parametrize(
    "call", ["(Below(1), c=9)", "(Open(1), later=9)", "(Open(1, [2]), a=9).made", "(Base(1), x=9)"]
)
def test_replacing_is_the_standard_librarys(call):
    ours, theirs = (
        outcome(eval, f"replace{call}", module.__dict__ | {"replace": library.replace})
        for module, library in ((OURS, values), (THEIRS, dataclasses))
    )
    assert ours.replace("argument", "") == theirs.replace("argument", "")


@pytest.mark.parametrize(
    "body",
    ["a: int = 1\n    b: int", "a: list = []", "a: int = field(default_factory=dict)\n    b: int"],
)
def test_classes_that_cannot_be_are_refused(body):
    source = f"@dataclass(frozen=True, slots=True)\nclass Wrong:\n    {body}"
    for library in (values, dataclasses):
        with pytest.raises((TypeError, ValueError)):
            exec(source, {"dataclass": library.dataclass, "field": library.field})


@pytest.mark.parametrize("body", ["a: InitVar[int]", "_: KW_ONLY"])
def test_what_is_not_known_is_refused(body):
    source = f"from __future__ import annotations\n@dataclass(slots=True)\nclass Wrong:\n    {body}"
    with pytest.raises(TypeError, match="knows no"):
        exec(source, {"dataclass": values.dataclass})


def test_classes_below_one_of_the_standard_library_are_refused():
    """Its fields would be lost."""
    with pytest.raises(TypeError, match="standard library"):
        values.dataclass(frozen=True, slots=True)(type("Below", (THEIRS.Plain,), {}))


def test_a_class_below_may_have_attributes_of_its_own():
    """The standard library's slotted classes refuse them until Python 3.14, by mistake."""

    class Loose(OURS.Base):
        def __init__(self, a):
            super().__init__(a)
            self.free = "yes"

    loose = Loose(1)
    assert (loose.a, loose.b, loose.free) == (1, 1, "yes")
    with pytest.raises(dataclasses.FrozenInstanceError):
        loose.a = 2
    with pytest.raises(AttributeError):
        OURS.Plain(1).new = 2


def test_classes_of_the_standard_library_may_stand_below():
    @dataclasses.dataclass(frozen=True, slots=True)
    class Below(OURS.Plain):
        c: int = 3

    assert repr(Below(1)).endswith("Below(a=1, b='b', c=3)")
    assert Below(1) == Below(1, "b", 3)
