"""What follows from the columns of conn.log: the kernels that write them, and FlowRecord."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from importlib import import_module
from typing import TYPE_CHECKING

from generating.text import python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rawkit.flow.conn_log.columns import LogColumn

SOURCE = "rawkit/flow/conn_log/columns.py"
CONSTANTS = "rawkit.flow.layout"
FUNCTIONS = (
    "rawkit.flow.row_kernel",
    "rawkit.flow.conn_log.record_kernel",
    "rawkit.flow.conn_log.slots_kernel",
    "rawkit.view.flows.fields_kernel",
    "rawkit.view.numbers_kernel",
)
"""Where the names in the columns' values come from."""

SIDES = ("opener = flows[base + ORIGINATOR]", "orig = originator(flows, base)", "resp = responder(flows, base)")

KERNEL = {"rawkit.kernels": "Ints"}

# How a form is written: as slots of a table's row, as text (`key` is what stands before it), as a value of FlowRecord.
SLOTS = {
    "uid": "for part in range(2):\n    out[at + {slot} + part] = name_part(flows, base, part)",
    "uids": "put_parent_slots(flows, base, out, at + {slot})",
    "address": "put_address_slots(flows, base, {value}, out, at + {slot})",
    "history": "put_history_slots(flows, base, out, at + {slot})",
    "community_id": "",
}
NUMBER_SLOT = "out[at + {slot}] = {value}"
TEXT = {
    "time": "at = put_epoch(out, {key}, {value})",
    "duration": "at = put_epoch(out, {key}, {value})",
    "number": "at = put_decimal(out, {key}, {value})",
    "timed duration": "at = put_timed_duration(flows, base, out, at, {name}, form, {value})",
    "timed number": "at = put_optional(out, at, {name}, form, timed(flows, base, form, {value}))",
    "optional": "at = put_optional(out, at, {name}, form, {value})",
    "word": "at = quote(out, put_name(out, {key}, text, index, {place} + {value}), form)",
    "uid": "at = quote(out, put_uid(flows, base, out, {key}), form)",
    "uids": "at = put_parents(flows, base, {name}, form, out, at)",
    "address": "at = quote(out, put_endpoint(flows, base, {value}, scratch, out, {key}), form)",
    "history": "at = put_history(flows, base, text, index, LETTER_PLACE, {name}, form, out, at)",
    "community_id": "at = quote(out, put_community_id(ids, i, out, {key}), form)",
}
ROOM = {
    "time": 31,
    "duration": 31,
    "number": 20,
    "uid": 17,
    "uids": 4 * 20,
    "address": 45,
    "history": 36,
    "community_id": 30,
}
"""Bytes that a value takes at most, without what stands around it; of words the longest."""
FIELD = {
    "time": ("int", "{value}"),
    "duration": ("int", "{value}"),
    "number": ("int", "{value}"),
    "optional": ("int | None", "_present({value})"),
    "word": ("str", 'WORDS["{column}"][{value}]'),
    "uid": ("str", "uid(row)"),
    "uids": ("tuple[str, ...]", "parents(row)"),
    "address": ("Endpoint", "endpoint(row, {value})"),
    "history": ("str", "row_history(row)"),
    "community_id": ("str", "community_id(row)"),
}


def columns() -> tuple[LogColumn, ...]:
    from rawkit.flow.conn_log.columns import COLUMNS

    return COLUMNS


def constant(column: LogColumn) -> str:
    """The name of a column's first slot: `ID_ORIG_H`."""
    return column.name.upper().replace(".", "_")


def form(column: LogColumn) -> str:
    """By which the templates know it."""
    return "optional" if column.optional else column.form.name


def imports(code: str, modules: Iterable[str] = FUNCTIONS, others: Mapping[str, str] = KERNEL) -> str:
    """The lines that import what the code uses: layout's constants, what these modules define, and others by name."""
    tree = ast.parse(code)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used -= {word.id for node in ast.walk(tree) if isinstance(node, ast.Assign) for word in names_in(node.targets)}
    found = {CONSTANTS: {name for name in vars(import_module(CONSTANTS)) if name.isupper()}}
    for module in modules:
        found[module] = {n for n, i in vars(import_module(module)).items() if getattr(i, "__module__", "") == module}
    for module, name in others.items():
        found[module] = found.get(module, set()) | {name}
    chosen = {module: sorted(used & names, key=import_order) for module, names in sorted(found.items())}
    return "".join(f"from {module} import {', '.join(names)}\n" for module, names in chosen.items() if names)


def names_in(targets: Iterable[ast.expr]) -> Iterator[ast.Name]:
    """What an assignment gives a value to."""
    return (node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def import_order(name: str) -> tuple[int, str]:
    """As ruff sorts names: constants, classes, functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def indented(lines: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for text in lines for line in text.splitlines())


def table_kernel(_present: str) -> str:
    """rawkit/flow/conn_log/table_kernel.py: the numbers that stand for each flow in a table."""
    from rawkit.flow.conn_log.columns import SLOTS as PLACES
    from rawkit.flow.conn_log.columns import WIDTH

    clashes = {constant(c) for c in columns()} & {word for c in columns() for word in re.findall(r"\w+", c.value)}
    if clashes:
        sys.exit(f"generate: {SOURCE}: a value uses {', '.join(clashes)}, which is a column's slot too: rename one")
    slots = "".join(f"{constant(c)} = {PLACES[c.name]}\n" for c in columns() if c.form.slots)
    body = [SLOTS.get(c.form.name, NUMBER_SLOT).format(slot=constant(c), value=c.value) for c in columns()]
    code = f"""
FORCE_INLINE: Final = True

{slots}
WIDTH = {WIDTH}


def record_numbers(events: Ints, count: int, out: Ints) -> None:
    \"\"\"Writes a row of WIDTH numbers for each of `count` FLOW_END events.\"\"\"
    for i in range(count):
        put_numbers(events, i * EVENT_WIDTH + EVENT_ROW, out, i * WIDTH)


def put_numbers(flows: Ints, base: int, out: Ints, at: int) -> None:
{indented([*SIDES, *body])}"""
    head = '"""What conn.log says of many ended flows, as numbers: a row a flow, the slots below in it."""\n'
    return python(SOURCE, f"\n{head}\n{FUTURE}from typing import Final\n\n{imports(code)}{code}")


FUTURE = "from __future__ import annotations\n\n"


def record_kernel(_present: str) -> str:
    """rawkit/view/flows/record_kernel.py: the text of a line."""
    from rawkit.flow.conn_log.columns import LETTER_PLACE, WORD_PLACES

    *statements, last = map(text_of, columns())
    places = "".join(f"{name.upper()}_PLACE = {place}\n" for name, place in WORD_PLACES.items())
    code = f"""
# Places in the table of names.
{places}LETTER_PLACE = {LETTER_PLACE}

LINE_ROOM = {line_room()}  # bytes that no line is longer than


def put_record(
    flows: Ints, base: int, ids: Ints, i: int, text: Ints, index: Ints, form: int, scratch: Ints, out: Ints, at: int
) -> int:
    \"\"\"Writes all fields of a flow but the end of the line; returns the place behind them.\"\"\"
{indented([*SIDES, *statements, "return" + last.removeprefix("at =")])}"""
    head = '"""A line of conn.log as JSON, CSV or Zeek\'s log, field by field."""\n'
    return python(SOURCE, f"\n{head}\n{FUTURE}{imports(code)}{code}")


def text_of(column: LogColumn) -> str:
    """The statements that write a column as text."""
    is_first = column is columns()[0]
    quotes = '"' if column.form.name in ("word", "uid", "address", "history", "community_id") else ""
    name = f"b'{'{' if is_first else ','}\"{column.name}\":{quotes}'"
    key = f"first(out, at, {name}, form)" if is_first else f"key(out, at, {name}, form)"
    place = f"{column.name.upper()}_PLACE"
    template = TEXT[f"timed {column.form.name}" if column.timed else form(column)]
    value = f"known(flows, base, form, {column.value})" if column.known else column.value
    return template.format(key=key, name=name, value=value, place=place)


def line_room() -> int:
    """The longest line: JSON's, with every field as long as it can be."""
    rooms = [max(map(len, c.words)) if c.words else ROOM[c.form.name] for c in columns()]
    return sum(len(f',"{c.name}":""') + room for c, room in zip(columns(), rooms, strict=True)) + len("{}\n")


def record(_present: str) -> str:
    """rawkit/flow/conn_log/record.py: FlowRecord, and how one is made of a row."""
    fields = record_fields()
    types = indented(f"{name}: {FIELD[form(group[0])][0]}" for name, group in fields.items())
    values = indented(f"    {name}={value_of(group)}," for name, group in fields.items())
    code = f"""

@dataclass(frozen=True, slots=True)
class FlowRecord:
    \"\"\"One connection, as a line of conn.log has it; times and pauses are nanoseconds, times since the epoch.

    Attributes:
{"".join(map(doc_of, fields, fields.values()))}    \"\"\"

{types}

def flow_record(row: Row) -> FlowRecord:
    \"\"\"The record that a FLOW_END event tells of.\"\"\"
    flows, base = row, 0
{indented(SIDES)}    return FlowRecord(
{values}    )


def _present(number: int) -> int | None:
    return None if number < 0 else number
"""
    modules = (*FUNCTIONS, "rawkit.flow.endpoints")
    others = {
        "rawkit.flow.conn_log.columns": "WORDS",
        "rawkit.flow.endpoints": "Row",
        "rawkit.flow.tcp.states": "row_history",
        "rawkit.values": "dataclass",
    }
    head = '"""A flow as a value: the columns of Zeek\'s conn.log, with Wireshark\'s completeness and stream."""\n'
    return python(SOURCE, f"\n{head}\n{FUTURE}{imports(code, modules, others)}{code}")


def field(column: LogColumn) -> str:
    """The field of FlowRecord that a column is part of."""
    return column.field or column.name


def record_fields() -> dict[str, list[LogColumn]]:
    """The fields of FlowRecord in their order, each with its columns."""
    fields: dict[str, list[LogColumn]] = {}
    for column in columns():
        fields.setdefault(field(column), []).append(column)
    order = list(fields)
    for column in columns():
        if column.behind:
            order.remove(field(column))
            order.insert(order.index(column.behind) + 1, field(column))
    return {name: fields[name] for name in order}


def value_of(group: list[LogColumn]) -> str:
    """How a field is made: an address makes an endpoint with its port; of several numbers one is there."""
    first = group[0]
    if len(group) > 1 and form(first) == "optional":
        return f"_present(max({', '.join(column.value for column in group)}))"
    return FIELD[form(first)][1].format(value=first.value, column=first.name)


def doc_of(name: str, group: list[LogColumn]) -> str:
    """A line of FlowRecord's docstring."""
    docs = list(dict.fromkeys(column.doc.format(unit="nanoseconds") for column in group))
    names = [f"`{column.name}`" for column in group if column.name != name]
    text = re.sub(r"\(\[[^]]*\]\((\w+\.md)\)\)", r"(docs/\1)", "; ".join(docs))
    text = re.sub(r"\[([^]]*)\]\((\w+\.md)\)", r"\1 (docs/\2)", text)
    text = re.sub(r"\[([^]]*)\]\(([^)]*)\)", r"\1 (\2)", text)
    told = f"{name}: {', '.join(names)}: {text}." if names else f"{name}: {text}."
    lines = textwrap.wrap(told, 120, initial_indent=" " * 8, subsequent_indent=" " * 12, break_on_hyphens=False)
    return "\n".join(lines) + "\n"
