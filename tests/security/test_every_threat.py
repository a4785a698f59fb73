"""Each threat that comments and tests call S1 to S24 has a file here that is named by it."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_threat_has_a_file():
    names = (re.findall(r"s(\d+)", path.stem) for path in Path(__file__).parent.glob("test_s*.py"))
    assert {int(number) for found in names for number in found} == set(range(1, 25))
