"""The print face: HTML with paged CSS, what the PDF is made of."""

from __future__ import annotations

from markupsafe import Markup

from templates_lib.render import faces, merge
from templates_lib.render.document import Document, Ours
from templates_lib.render.rich_text import clean_rich_text

__all__ = ["clean_rich_text", "print_html"]


def print_html(document: Document) -> str:
    """The message on paper (A4), self-contained but for pictures, which stand as `asset:<sha256>`.

    One print for all: a member's name is left out, “your branch” is the sender's.
    """
    environment = faces.environment(escape=True, finalize=_printed)
    html = environment.get_template("page.html").render(
        document=document, brand=document.brand, c=document.brand.palette
    )
    return merge.fill(html, {"unit": document.sender.unit})


def _printed(value: object) -> object:
    return Markup(value) if isinstance(value, Ours) else value  # noqa: S704  # ours, checked when made
