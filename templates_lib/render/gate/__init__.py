"""The gate's pure checks (rendering.md, P1–P7, P11): what is wrong with one drawn message, and where.

A check takes what was drawn and answers `Finding`s; none raises for a bad message.
"""

from templates_lib.render.gate.finding import Finding

__all__ = ["Finding"]
