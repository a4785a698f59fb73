"""Which part of a picture is shown: chosen in the composer, cut by the server, the whole kept."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from mailings import composing
from mailings.models import Mailing
from templates_lib import pictures
from templates_lib.models import Picture
from tests.mailings.design import IMAGE, make_draft
from tests.mailings.test_compose_pages import QUIET, text, url

KEY = f"{IMAGE}.picture"


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def draft(union) -> Mailing:
    return make_draft(union.mandate(union.alice))


def flag(*, width: int = 900, height: int = 1600) -> io.BytesIO:
    """As a telephone held upright takes it: red above, blue below."""
    out, picture = io.BytesIO(), Image.new("RGB", (width, height), "blue")
    picture.paste("red", (0, 0, width, height // 2))
    picture.save(out, "PNG")
    out.seek(0)
    out.name = "flagga.png"
    return out


def save(client, draft: Mailing, **fields) -> dict:
    fresh = Mailing.unscoped.get(pk=draft.pk)
    sent = {"version": fresh.version, **{f"{KEY}:{name}": value for name, value in fields.items()}}
    assert client.post(url("save", draft), sent, **QUIET).status_code == 200
    return Mailing.unscoped.get(pk=draft.pk).values[KEY]


def colours(sha256: str) -> set[tuple[int, ...]]:
    picture = Image.open(io.BytesIO(bytes(Picture.objects.get(pk=sha256).content))).convert("RGB")
    return {colour for _n, colour in picture.getcolors()}


RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.mark.parametrize(
    ("part", "seen"), [("", {RED, BLUE}), ("top", {RED}), ("middle", {RED, BLUE}), ("bottom", {BLUE})]
)
def test_the_chosen_part_is_what_the_mail_shows(alice, draft, part, seen):
    stored = save(alice, draft, file=flag(), alt="Flaggan", part=part)
    assert colours(stored["sha256"]) == seen
    mail = composing.mail(Mailing.unscoped.get(pk=draft.pk), language="sv")
    assert stored["sha256"] in mail
    assert part == "" or stored["of"] not in mail


def test_another_part_is_cut_from_the_whole_and_the_whole_comes_back(alice, draft):
    whole = save(alice, draft, file=flag(), alt="Flaggan")["sha256"]
    top = save(alice, draft, part="top", alt="Flaggan")
    bottom = save(alice, draft, part="bottom", alt="Flaggan")
    assert (top["of"], bottom["of"], colours(bottom["sha256"])) == (whole, whole, {BLUE})
    assert save(alice, draft, part="", alt="Flaggan") == {"sha256": whole, "alt": "Flaggan"}


def test_saving_again_cuts_nothing_anew(alice, draft, monkeypatch):
    before = save(alice, draft, file=flag(), alt="Flaggan", part="top")
    monkeypatch.setattr(pictures, "part_of", None)
    assert save(alice, draft, part="top", alt="Flaggan") == before
    assert save(alice, draft, alt="En flagga") == {**before, "alt": "En flagga"}  # a page that does not ask for it


def test_a_new_picture_is_cut_as_chosen_and_removing_it_forgets_all(alice, draft):
    before = save(alice, draft, file=flag(), alt="Flaggan", part="top")
    after = save(alice, draft, file=flag(width=600, height=1200), alt="Flaggan", part="top")
    assert after["of"] != before["of"]
    assert save(alice, draft, part="top", alt="", remove="on") == {"sha256": "", "alt": ""}


def test_a_part_belongs_to_the_draft_like_the_whole(union, alice, draft, sign_in):
    stored = save(alice, draft, file=flag(), alt="Flaggan", part="top")
    for sha256 in (stored["sha256"], stored["of"]):
        assert alice.get(f"/i/{sha256}.png").status_code == 200
        assert sign_in(union.charlie).get(f"/i/{sha256}.png").status_code == 404


def test_the_history_says_it_in_words(alice, draft):
    alice.post(reverse("portal:language"), {"language": "en"})
    whole = save(alice, draft, file=flag(), alt="Flaggan", part="top")["of"]
    fresh, now = Mailing.unscoped.get(pk=draft.pk), timezone.now()
    values = {"values": {KEY: {"sha256": whole, "alt": "Flaggan"}}}
    composing.save(mailing=fresh, version=fresh.version, changes=values, by=fresh.author, now=now, apart=True)
    pages = [text(alice.get(url("version", draft, version.pk))) for version in draft.versions.order_by("id")]
    assert any("The upper or left part" in page for page in pages)


@pytest.mark.parametrize(
    ("size", "share", "found"),
    [
        ((1200, 1600), 0.0, (0, 0, 1200, 675)),
        ((1200, 1600), 1.0, (0, 925, 1200, 1600)),
        ((1600, 450), 0.5, (400, 0, 1200, 450)),
        ((1600, 900), 0.5, (0, 0, 1600, 900)),
        ((1, 1), 0.5, (0, 0, 1, 1)),
    ],
)
def test_the_box_lies_along_the_longer_side(size, share, found):
    assert pictures.box(*size, share) == found
