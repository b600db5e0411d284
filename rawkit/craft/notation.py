"""The line that an expression is written on: Python's syntax tree of it, and errors that point into it."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from rawkit.errors import SendError


class ExpressionError(SendError):
    """An expression that names no packet.

    Attributes:
        text: the expression, on one line.
        column: the character where the trouble is, the first being 1.

    >>> error = ExpressionError("what is wrong", "what to do", "IP(dst)", 4)
    >>> str(error)
    'what is wrong (column 4): what to do'
    >>> print(error.pointed())
    IP(dst)
       ^
    """

    def __init__(self, wrong: str, remedy: str, text: str, column: int) -> None:
        self.text, self.column = text, column
        super().__init__(f"{wrong} (column {column}): {remedy}")

    def pointed(self) -> str:
        """The expression, and below it a caret at the place; two lines."""
        return f"{self.text}\n{' ' * (self.column - 1)}^"


class Line:
    """An expression on one line."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
        self._indent = len(self.text) - len(self.text.lstrip())

    def tree(self) -> ast.expr:
        """The syntax tree; raises `ExpressionError` where there is none."""
        line, indent = self.text, self._indent
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(line[indent:], mode="eval").body
        except SyntaxError as error:
            column = min(max((error.offset or 1) + indent, 1), len(line) + 1)
            wrong = f"this is not scapy's notation, {error.msg}" if line.strip() else "the expression is empty"
            raise ExpressionError(
                wrong, 'write LAYER(field=value)/LAYER(...), as in IP(dst="192.0.2.1")/TCP(dport=80)', line, column
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise ExpressionError("the expression is too deep or holds a null byte", "write less", line, 1) from None

    def error(self, node: Any, wrong: str, remedy: str) -> ExpressionError:
        """What is wrong with a node."""
        before = self._bytes()[: node.col_offset].decode(errors="replace")
        return ExpressionError(wrong, remedy, self.text, len(before) + self._indent + 1)

    def shown(self, node: Any) -> str:
        """The node as the user wrote it, cut short."""
        text = self._bytes()[node.col_offset : node.end_col_offset].decode(errors="replace")
        return text if len(text) <= 40 else text[:37] + "..."

    def _bytes(self) -> bytes:
        """What the tree's columns count in."""
        return self.text[self._indent :].encode()
