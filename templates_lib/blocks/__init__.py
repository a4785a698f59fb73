"""The vocabulary of templates: one folder per block.

A folder holds `block.py` and three faces of one thing: mail.mjml, print.html, text.txt.

Adding a block is adding a folder.
"""

from __future__ import annotations

import importlib
import pkgutil

from templates_lib.blocks.fields import MessageBlock


def vocabulary() -> list[tuple[str, MessageBlock]]:
    """(name, block) of every folder here, in the order staff see them."""
    found = [
        (name, importlib.import_module(f"{__name__}.{name}.block").Block())
        for _, name, is_package in pkgutil.iter_modules(__path__)
        if is_package
    ]
    return sorted(found, key=lambda pair: (pair[1].meta.order, pair[0]))
