"""Makes the library's index again from what is published: after an upgrade that searches differently, after units have
moved, after an import. Readers may go on reading and searching meanwhile.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from cms.indexing import index_everything


class Command(BaseCommand):
    help = "Makes the library's index again from what is published."

    def handle(self, *args: Any, **options: Any) -> None:
        began, done = time.monotonic(), 0
        for done, of in index_everything():
            self.stdout.write(f"{done} of {of} pages")
        self.stdout.write(f"The library is indexed: {done} pages in {time.monotonic() - began:.1f} s.")
