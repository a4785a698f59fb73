"""The longest import chain inside our code: `python -m tests.ground.chain` prints it, and fails above the limit."""

from __future__ import annotations

import sys
from functools import cache

import grimp

ROOTS = ("comms", "templates_lib", "mailings", "cms")
LIMIT = 10  # modules


def longest_chain() -> list[str]:
    """The modules of the longest chain, importer first. Raises `ValueError` naming a module that imports itself.

    Wiring and migrations are left out: nobody imports them.
    """
    graph = grimp.build_graph(*ROOTS, exclude_type_checking_imports=True, cache_dir=None)
    on_the_way: list[str] = []

    @cache
    def below(module: str) -> tuple[str, ...]:
        if module in on_the_way:
            raise ValueError("imports itself: " + " -> ".join([*on_the_way[on_the_way.index(module) :], module]))
        on_the_way.append(module)
        imported = sorted(graph.find_modules_directly_imported_by(module))
        chains = [below(name) for name in imported]
        on_the_way.pop()
        return (module, *max(chains, key=len, default=()))

    return list(max((below(name) for name in sorted(graph.modules) if ".migrations" not in name), key=len))


if __name__ == "__main__":
    chain = longest_chain()
    print(len(chain), " -> ".join(chain))
    sys.exit(len(chain) > LIMIT)
