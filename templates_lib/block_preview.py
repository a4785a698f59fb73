"""A block as staff see it before they choose it: its mail face in the union's brand, with its preview value."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from PIL import Image as Pillow
from PIL import ImageDraw

from comms.people.models import LANGUAGES
from templates_lib import artwork, build, preview, samples
from templates_lib.blocks.fields import ImageField, MessageBlock, in_every_language
from templates_lib.models import Picture, Topic
from templates_lib.render import merge
from templates_lib.render.document import Document
from templates_lib.render.mjml import mail_html

TOPIC = {"names": in_every_language(sv="Möten", nb="Møter", da="Møder", en="Meetings"), "category": "information"}


def portrait(size: int = 320) -> bytes:
    """Somebody without a face, JPEG."""
    side = size * 3
    picture = Pillow.new("RGB", (side, side), (233, 205, 184))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((side * 0.12, side * 0.72, side * 0.88, side * 1.6), fill=(96, 50, 66))
    draw.rounded_rectangle((side * 0.43, side * 0.5, side * 0.57, side * 0.8), side * 0.07, fill=(190, 128, 104))
    draw.ellipse((side * 0.28, side * 0.13, side * 0.72, side * 0.62), fill=(74, 40, 38))
    draw.ellipse((side * 0.335, side * 0.24, side * 0.665, side * 0.66), fill=(214, 158, 132))
    out = io.BytesIO()
    picture.resize((size, size), Pillow.Resampling.LANCZOS).save(out, "JPEG", quality=88)
    return out.getvalue()


DRAWINGS: dict[str, tuple[Callable[[], bytes], int, int]] = {  # name -> how it is drawn, width, height
    "landscape": (artwork.hero, 1200, 560),
    "portrait": (portrait, 320, 320),
}


def face(block: MessageBlock) -> SafeString:
    """The mail of nothing but the block, self-contained, in the reader's language or the union's."""
    spoken = translation.get_language() or ""
    language = spoken if spoken in dict(LANGUAGES) else settings.LANGUAGE_CODE
    html = merge.fill(mail_html(document(block, language)), samples.member(language))
    for name, (draw, _width, _height) in DRAWINGS.items():
        address = drawing(name).drawn().url
        if address in html:
            html = html.replace(address, "data:image/jpeg;base64," + base64.b64encode(draw()).decode())
    return mark_safe(html)  # noqa: S308  # render escapes what was typed


def document(block: MessageBlock, language: str) -> Document:
    """A message of one block, filled with its preview value."""
    child = SimpleNamespace(id="preview", block_type=block.name, block=block, value=_value(block))
    return build.of_blocks(
        [child],
        {},
        language=language,
        brand=preview.union_brand(),
        sender=samples.sender(language),
        topic=Topic(**TOPIC),
    )


def _value(block: MessageBlock) -> Any:
    value = block.get_preview_value()
    for name, field in block.fields.items():
        if isinstance(field, ImageField):
            value[name]["picture"] = drawing(field.drawing)
    return value


def drawing(name: str) -> Picture:
    """A row that is never saved: the preview shows the drawing itself."""
    _draw, width, height = DRAWINGS[name]
    return Picture(sha256=name, content_type="image/jpeg", width=width, height=height)
