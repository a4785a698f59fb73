"""The vocabulary of templates: one folder per block, three faces of one thing."""


def vocabulary() -> list:
    return []
