"""The other outputs of one fill: posters, the square picture, the text message, and the page anybody may read."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext

from templates_lib.render import merge
from templates_lib.render.calendar import calendar_entry
from templates_lib.render.document import Block, Document
from templates_lib.render.letter import letter_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.poster import poster_html, square_html
from templates_lib.render.sms import sms_text

NAMES = ("poster_a4", "poster_a3", "square", "sms", "web", "letter", "calendar")


def prints(document: Document) -> dict[str, str]:
    """Every one of `NAMES`: pages as HTML (pictures as `asset:<sha256>`), text message and calendar entry as sent."""
    with translation.override(document.language):
        words = {
            "more": pgettext("message", "Read more here"),
            "qr": pgettext("message", "QR code with the address of this invitation on the web"),
        }
        on_paper = {"statutory": pgettext("message", "This is a notice you have a right to.")}
    return {
        "poster_a4": poster_html(document, words=words, sheet="A4"),
        "poster_a3": poster_html(document, words=words, sheet="A3"),
        "square": square_html(document),
        "sms": sms_text(document),
        "web": shared_html(document),
        "letter": letter_html(document, words=on_paper),
        "calendar": calendar_entry(document, zone=settings.TIME_ZONE),
    }


def shared_html(document: Document) -> str:
    """The message as a page for whoever has the address: to nobody in particular, with nothing to switch off."""
    with translation.override(document.language):
        labels = {
            "why": pgettext("message", "Published by"),
            "statutory": pgettext("message", "Anybody who has the address can read this page."),
            "choose": "",
            "responsible": pgettext("message", "Responsible for this page"),
            "web": pgettext("message", "Address of this page"),
        }
    bare = document.without_files()
    page = dataclasses.replace(
        bare,
        blocks=tuple(_worded(block, labels) if block.kind == "footer" else block for block in bare.blocks),
        can_refuse=False,
        topic_lines=(),
        preheader="",
    )
    return merge.fill(mail_html(page), {"unit": document.sender.unit, "web_url": document.page_url})


def pictures_of(made: Mapping[str, str]) -> set[str]:
    """The sha256 of every picture that drawing these outputs asks for."""
    return {sha256 for page in made.values() for sha256 in re.findall(r"asset:([0-9a-f]{64})", page)}


def _worded(block: Block, labels: dict[str, str]) -> Block:
    return dataclasses.replace(block, labels={**block.labels, **labels})
