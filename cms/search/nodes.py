"""A question to the index as a small tree, and how each database wants it written. Pure.

Only lexemes of ours ([a-z0-9_]) are in it; whatever else were to get in is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

OURS = re.compile("[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Node:
    """A lexeme (`parts` empty; `prefix`: whatever begins like it), or several joined by "and" or "or"."""

    lexeme: str = ""
    prefix: bool = False
    join: str = ""
    parts: tuple[Node, ...] = ()


NOTHING = Node("_nothing")


def leaf(lexeme: str, *, prefix: bool = False) -> Node:
    if not OURS.fullmatch(lexeme):
        raise ValueError("no lexeme")
    return Node(lexeme, prefix)


def any_of(nodes: Iterable[Node]) -> Node:
    """One of them; nothing of none. What begins like another of them need not be asked for."""
    found = list(nodes)
    begun = [node.lexeme for node in found if node.prefix]
    return _joined("or", [node for node in found if not _is_within(node, begun)]) or NOTHING


def _is_within(node: Node, begun: Iterable[str]) -> bool:
    return any(node.lexeme.startswith(one) and (node.lexeme != one or not node.prefix) for one in begun)


def all_of(nodes: Iterable[Node | None]) -> Node | None:
    """Each of them that says anything; None, no condition, of none."""
    return _joined("and", [node for node in nodes if node is not None])


def _joined(join: str, nodes: Iterable[Node]) -> Node | None:
    found = tuple(dict.fromkeys(nodes))
    if len(found) < 2:
        return found[0] if found else None
    return Node(join=join, parts=found)


def clauses(node: Node) -> tuple[Node, ...]:
    """What must hold at once. PostgreSQL skips from one to the next, if each is a condition of its own: a common word
    in the reach of one reader takes half the time.
    """
    return node.parts if node.join == "and" else (node,)


def for_postgres(node: Node) -> str:
    """As the text of a tsquery."""
    if not node.join:
        return f"'{node.lexeme}'{':*' if node.prefix else ''}"
    return f"({(' & ' if node.join == 'and' else ' | ').join(for_postgres(part) for part in node.parts)})"


def for_sqlite(node: Node) -> str:
    """As the text of an FTS5 query, without its column."""
    if not node.join:
        return f'"{node.lexeme}"{" *" if node.prefix else ""}'
    return f"({f' {node.join.upper()} '.join(for_sqlite(part) for part in node.parts)})"
