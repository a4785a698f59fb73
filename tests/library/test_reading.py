"""Reading a page: what stands on it, and what does not."""

from __future__ import annotations

import datetime
import re

import pytest
from wagtail.models import Page

from cms.models import RelatedPage
from comms.people.models import User
from tests.library.shelves import article, furnish

pytestmark = pytest.mark.django_db
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def staff(db, sign_in):
    return sign_in(User.objects.create_superuser("staff@example.org"))


def read(client, page, prefix: str = "library") -> str:
    reply = client.get(f"/{prefix}/{page.public_id}/")
    assert reply.status_code == 200
    return reply.content.decode()


def test_a_page_has_all_that_a_reader_wants_to_know(union, library, sign_in):
    page = furnish(union)
    shown = read(sign_in(union.alice), page)
    assert shown.index("Du har rätt till det.") < shown.index("Så gör du")
    assert re.findall(r'<h2 id="(t-[^"]*)"', shown) == ["t-sa-gor-du", "t-vem-betalar", "t-vem-betalar-2"]
    assert re.findall(r'href="#(t-[^"]*)"', shown) == ["t-sa-gor-du", "t-vem-betalar", "t-vem-betalar-2"]
    for words in ("Ledigt", "Skriv ned skälet.", "I Abisko", 'alt="Ett fjäll"', "Begäran", "PDF", "HÖK 26", "Sara",
                  "1 januari 2100", "Hva gjelder ved reise?", 'lang="nb"'):  # fmt: skip
        assert words in shown, words
    assert union.sara.email not in shown


def test_a_text_with_few_headings_needs_no_table_of_contents(union, library, sign_in):
    page = article("Kort?", under=library.shelf, body=[("heading", "Ett"), ("heading", "Två")])
    assert "contents" not in read(sign_in(union.alice), page)


def test_what_has_expired_says_so(union, library, sign_in):
    page = article("Gammalt?", under=library.shelf, valid_until=datetime.date(2020, 5, 1))
    assert "1 maj 2020" in read(sign_in(union.alice), page)
    assert 'class="notice warning"' in read(sign_in(union.alice), page)
    assert 'class="notice' not in read(sign_in(union.alice), library.travel)


def test_a_page_says_for_whom_it_is(union, library, sign_in):
    assert "Avdelning A" in read(sign_in(union.alice), library.minutes_a)
    assert "Avdelning A" not in read(sign_in(union.alice), library.travel)


def test_of_related_pages_one_sees_those_one_may_read(union, library, sign_in):
    library.travel.related_pages = [RelatedPage(related=page) for page in (library.minutes_b, library.regional)]
    library.travel.save_revision().publish()
    assert "När möts regionen?" in read(sign_in(union.alice), library.travel)
    assert "Årsmöte" not in read(sign_in(union.alice), library.travel)
    assert "Årsmöte" in read(sign_in(union.charlie), library.travel)


def test_a_link_in_a_text_to_what_one_may_not_read_tells_nothing(union, library, sign_in):
    said = f'Läs <a linktype="page" id="{library.minutes_b.pk}">det här</a>'
    page = article("Se mer?", under=library.shelf, body=said)
    shown = read(sign_in(union.alice), page)
    assert f'href="/library/{library.minutes_b.public_id}/"' in shown
    assert "Årsmöte" not in shown
    assert sign_in(union.alice).get(f"/library/{library.minutes_b.public_id}/").status_code == 404


def test_a_shared_link_says_nothing_to_outsiders(union, library, client, sign_in):
    charlie = sign_in(union.charlie)
    for visitor, status in ((client, 302), (charlie, 404)):
        answers = [visitor.get(f"/library/{key}/") for key in (library.minutes_a.public_id, NOWHERE)]
        assert [one.status_code for one in answers] == [status] * 2
        bare = {re.sub(r'[0-9a-f]{8}-[0-9a-f-]{27}|(nonce|value|content)="[^"]*"|token": "[^"]*"', "", shape(one))
                for one in answers}  # fmt: skip
        assert len(bare) == 1


def shape(reply) -> str:
    return f"{reply.status_code} {sorted(reply.headers)} {reply.get('Location', '')} {reply.content.decode()}"


def test_nothing_is_written_by_reading(union, library, sign_in, django_assert_num_queries):
    page, client = furnish(union), sign_in(union.alice)
    client.get(f"/library/{page.public_id}/")
    with django_assert_num_queries(17) as asked:
        client.get(f"/library/{page.public_id}/")
    assert not [one["sql"] for one in asked if not one["sql"].startswith("SELECT")]


def test_what_one_reads_is_what_was_published(union, library, sign_in):
    library.travel.title = "Ändrat utkast"
    library.travel.body = [("paragraph", "<p>Inte än.</p>")]
    library.travel.save_revision()
    shown = read(sign_in(union.alice), library.travel)
    assert "Ändrat utkast" not in shown
    assert "Inte än." not in shown


# --- staff's screens --------------------------------------------------------------------------------------------------
def test_staff_see_their_draft_as_readers_will(union, library, staff):
    page = furnish(union)
    page.short_answer = "Ett nytt svar som ingen har läst."
    page.save_revision()
    preview = staff.get(f"/admin/pages/{page.pk}/view_draft/")
    shown = preview.content.decode()
    assert preview.status_code == 200
    assert "Ett nytt svar som ingen har läst." in shown
    assert "t-sa-gor-du" in shown
    assert "Hva gjelder ved reise?" in shown
    assert preview["X-Frame-Options"] == "SAMEORIGIN"


def test_every_kind_of_page_can_be_looked_at_before_it_is_published(union, library, staff):
    furnish(union)
    for page in Page.objects.filter(depth__gt=2).specific():
        page.save_revision()
        assert staff.get(f"/admin/pages/{page.pk}/view_draft/").status_code == 200, page


def test_a_representative_sees_no_draft(union, library, sign_in):
    assert sign_in(union.alice).get(f"/admin/pages/{library.travel.pk}/view_draft/").status_code == 404


def test_view_live_leads_to_our_address(union, library, staff):
    assert library.travel.url == f"/library/{library.travel.public_id}/"
    screen = staff.get(f"/admin/pages/{library.travel.pk}/edit/").content.decode()
    assert f"/library/{library.travel.public_id}/" in screen
    assert library.home.url == "/library/"
