"""Import chains inside our code: `python -m tests.ground.chain` prints the longest, and fails above the limit.

A chain leads from a module to another by the shortest way (what import-linter calls a chain). The longest way
round, through every floor and every module on it, is printed too; it is only required to end: no module imports itself.
"""

from __future__ import annotations

import sys
from collections import deque
from functools import cache

import grimp
from grimp import ImportGraph

ROOTS = ("comms", "templates_lib", "mailings", "cms")
LIMIT = 10  # modules


def graph() -> ImportGraph:
    return grimp.build_graph(*ROOTS, exclude_type_checking_imports=True, cache_dir=None)


def longest_chain(imports: ImportGraph) -> list[str]:
    """The modules of the longest shortest chain, importer first."""
    return max((_furthest(imports, module) for module in sorted(imports.modules)), key=len)


def _furthest(imports: ImportGraph, module: str) -> list[str]:
    came_from: dict[str, str | None] = {module: None}
    waiting = deque([module])
    while waiting:
        last = waiting.popleft()
        for name in sorted(imports.find_modules_directly_imported_by(last) - came_from.keys()):
            came_from[name] = last
            waiting.append(name)
    chain = [last]
    while before := came_from[chain[-1]]:
        chain.append(before)
    return chain[::-1]


def longest_way_round(imports: ImportGraph) -> list[str]:
    """The longest chain of imports by any way. Raises `ValueError` naming the modules when a module imports itself."""
    on_the_way: list[str] = []

    @cache
    def below(module: str) -> tuple[str, ...]:
        if module in on_the_way:
            raise ValueError("imports itself: " + " -> ".join([*on_the_way[on_the_way.index(module) :], module]))
        on_the_way.append(module)
        chains = [below(name) for name in sorted(imports.find_modules_directly_imported_by(module))]
        on_the_way.pop()
        return (module, *max(chains, key=len, default=()))

    return list(max((below(name) for name in sorted(imports.modules)), key=len))


if __name__ == "__main__":
    imports = graph()
    chain, way = longest_chain(imports), longest_way_round(imports)
    print(f"longest chain, {len(chain)} modules: {' -> '.join(chain)}")
    print(f"longest way round, {len(way)} modules: {' -> '.join(way)}")
    sys.exit(len(chain) > LIMIT)
