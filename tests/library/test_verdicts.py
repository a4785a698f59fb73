"""“Was this right?”, and pages that are no longer valid: what the responsible gets to know, and nobody else's name."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from cms import expiry, verdicts
from cms.models import ArticlePage, Entry, LibraryPage, ToldExpired, Verdict
from comms.privacy import retention
from tests.factories import make_user
from tests.library.shelves import article

pytestmark = pytest.mark.django_db
A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def page(union, library) -> LibraryPage:
    library.travel.responsible = union.sara
    library.travel.save_revision().publish()
    return LibraryPage.objects.get(pk=library.travel.pk)


def tell(client, page, **said):
    return client.post(f"/library/{page.public_id}/verdict/", {"right": "no", **said}, follow=True)


# --- a reader's answer ------------------------------------------------------------------------------------------------
def test_the_page_asks_and_takes_the_answer_without_a_script(union, page, sign_in):
    alice = sign_in(union.alice)
    shown = alice.get(f"/library/{page.public_id}/").content.decode()
    assert f'action="/library/{page.public_id}/verdict/"' in shown
    reply = tell(alice, page, right="yes")
    assert [m.level_tag for m in reply.context["messages"]] == ["success"]
    assert reply.redirect_chain == [(f"/library/{page.public_id}/", 302)]
    assert list(Verdict.objects.values_list("page", "right", "line")) == [(page.pk, True, "")]


def test_nothing_about_the_reader_is_kept(union, page, sign_in):
    tell(sign_in(union.alice), page, line="Beloppet är gammalt.")
    tell(sign_in(union.alice), page, line="Beloppet är gammalt.", answer="on")
    kept = repr(list(Verdict.objects.values()))
    assert "alice" not in kept.lower()
    fields = {field.name for field in Verdict._meta.get_fields()}
    assert fields == {"id", "page", "right", "line", "on", "told", "dealt_on"}


def test_whoever_may_be_answered_is_named_in_the_mail_only(union, page, sign_in):
    tell(sign_in(union.alice), page, line="Beloppet är gammalt.", answer="on")
    (sent,) = mail.outbox
    assert (sent.to, sent.reply_to) == (["sara@example.org"], ["alice@example.org"])
    assert "Beloppet är gammalt." in sent.body
    verdicts.tell()
    assert len(mail.outbox) == 1, "the day's mail does not tell it again"


def test_everybody_else_is_told_of_once_a_day_without_a_name(union, page, sign_in):
    tell(sign_in(union.alice), page, line="Beloppet är gammalt.")
    tell(sign_in(union.charlie), page, right="yes")
    assert mail.outbox == []
    assert verdicts.tell() == 1
    (sent,) = mail.outbox
    assert sent.to == ["sara@example.org"]
    assert "Beloppet är gammalt." in sent.body
    assert "alice" not in sent.body.lower()
    assert not sent.reply_to
    assert verdicts.tell() == 0


def test_a_mail_that_does_not_leave_is_sent_the_next_day(union, page, sign_in, monkeypatch):
    tell(sign_in(union.alice), page, line="Fel.")

    def broken(self):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken_server:
        broken_server.setattr("django.core.mail.EmailMessage.send", broken)
        assert verdicts.tell() == 0
        reply = tell(sign_in(union.charlie), page, line="Svara mig.", answer="on")
        assert [m.level_tag for m in reply.context["messages"]] == ["warning"]
    assert verdicts.tell() == 1
    assert "Svara mig." in mail.outbox[0].body
    assert "charlie" not in mail.outbox[0].body.lower()


def test_without_a_responsible_nobody_is_offered_an_answer(union, library, sign_in):
    alice = sign_in(union.alice)
    assert 'name="answer"' not in alice.get(f"/library/{library.travel.public_id}/").content.decode()
    reply = tell(alice, library.travel, line="Fel.", answer="on")
    assert [m.level_tag for m in reply.context["messages"]] == ["warning"]
    assert mail.outbox == []
    assert Verdict.objects.count() == 1


def test_a_long_line_a_stranger_and_a_get_are_refused(union, library, page, sign_in, client):
    tell(sign_in(union.alice), page, line="x" * 501)
    tell(sign_in(union.alice), page, right="maybe")
    assert sign_in(union.alice).get(f"/library/{page.public_id}/verdict/").status_code == 405
    for stranger in (union.charlie, union.dora):
        assert tell(sign_in(stranger), library.minutes_a).status_code == 404
    client.post(f"/library/{page.public_id}/verdict/", {"right": "no"})
    assert Verdict.objects.count() == 0


def test_nobody_floods_the_responsible(union, page, sign_in, monkeypatch):
    monkeypatch.setattr("cms.views.telling.VERDICTS", 2)
    for _time in range(4):
        tell(sign_in(union.alice), page)
    assert Verdict.objects.count() == 2


def test_answers_go_after_thirteen_months(page):
    today = timezone.localdate()
    for days in (390, 397):
        Verdict.objects.create(page=page, right=False, on=today - days * A_DAY)
    retention.purge(now=timezone.now())
    assert Verdict.objects.count() == 1


# --- the staff's list of answers --------------------------------------------------------------------------------------
def test_staff_see_counts_and_lines_and_mark_them(page, editor):
    today = timezone.localdate()
    line = Verdict.objects.create(page=page, right=False, line="Beloppet är gammalt.", on=today)
    Verdict.objects.create(page=page, right=True, on=today)
    listed = editor.get("/admin/library/answers/")
    (row,) = listed.context["page"]
    assert (row.yes, row.no, row.waiting, row.lines) == (1, 1, 1, [line])
    assert "Beloppet är gammalt." in listed.content.decode()
    assert editor.get(f"/admin/library/answers/{line.pk}/dealt/").status_code == 405
    after = editor.post(f"/admin/library/answers/{line.pk}/dealt/", follow=True)
    assert "Beloppet är gammalt." not in after.content.decode()
    assert [row.no for row in after.context["page"]] == [1]


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_answers_asks_as_often_for_many(library, editor, n, django_assert_num_queries):
    for number in range(n):
        about = article(f"Sida {number}", under=library.shelf)
        Verdict.objects.create(page=about, right=False, line="Fel.", on=timezone.localdate())
    editor.get("/admin/library/answers/")
    with django_assert_num_queries(13):
        editor.get("/admin/library/answers/")


# --- expired ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def today() -> datetime.date:
    return timezone.localdate()


def expired(library, by, title: str = "Gammal", *, days: int = 1) -> ArticlePage:
    until = timezone.localdate() - days * A_DAY
    return article(title, under=library.shelf, responsible=by, valid_until=until)


def test_the_responsible_gets_one_mail_with_all_their_expired_pages(union, library, today):
    one, two = expired(library, union.sara), expired(library, union.sara, "Äldre", days=40)
    assert expiry.tell(on=today) == 1
    (sent,) = mail.outbox
    assert sent.to == ["sara@example.org"]
    for page in (one, two):
        assert page.title in sent.body
        assert f"/admin/pages/{page.pk}/edit/" in sent.body
    assert expiry.tell(on=today + A_DAY) == 0


def test_a_page_is_valid_on_its_last_day(union, library, today):
    expired(library, union.sara, days=0)
    assert expiry.tell(on=today) == 0
    assert expiry.tell(on=today + A_DAY) == 1


def test_a_new_date_that_passes_is_told_of_again(union, library, today):
    page = expired(library, union.sara)
    expiry.tell(on=today)
    page.valid_until = today + A_DAY
    page.save_revision().publish()
    assert expiry.tell(on=today + A_DAY) == 0
    assert expiry.tell(on=today + 2 * A_DAY) == 1


def test_where_nobody_is_responsible_the_alarm_address_gets_the_list(union, library, today, settings):
    settings.ADMINS = [("", "alarm@example.org")]
    expired(library, None)
    expired(library, make_user("Slutat", is_active=False), "Kvarlämnad")
    assert expiry.tell(on=today) == 1
    (sent,) = mail.outbox
    assert sent.to == ["alarm@example.org"]
    assert "Gammal" in sent.body
    assert "Kvarlämnad" in sent.body


def test_a_list_that_does_not_leave_is_sent_the_next_night(union, library, today, monkeypatch):
    expired(library, union.sara)

    def broken(self):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken_server:
        broken_server.setattr("django.core.mail.EmailMessage.send", broken)
        assert expiry.tell(on=today) == 0
        assert not ToldExpired.objects.exists()
    assert expiry.tell(on=today + A_DAY) == 1


def test_one_click_makes_a_page_valid_for_another_year(union, library, editor, today):
    page = expired(library, union.sara)
    assert "Gammal" in editor.get("/admin/library/expired/").content.decode()
    assert editor.get(f"/admin/library/expired/{page.pk}/extend/").status_code == 405
    after = editor.post(f"/admin/library/expired/{page.pk}/extend/", follow=True)
    assert list(after.context["page"]) == []
    page.refresh_from_db()
    assert page.valid_until == expiry.a_year_on(today) == Entry.unscoped.get(pk=page.pk).valid_until
    assert not page.has_unpublished_changes


def test_extending_publishes_no_draft_that_waits_and_survives_its_publishing(union, library, editor, today):
    page = expired(library, union.sara)
    page.short_answer = "Ett utkast."
    page.save_revision()
    editor.post(f"/admin/library/expired/{page.pk}/extend/")
    entry = Entry.unscoped.get(pk=page.pk)
    assert (entry.valid_until, entry.summary) == (expiry.a_year_on(today), "Gammal: svaret.")
    ArticlePage.objects.get(pk=page.pk).get_latest_revision().publish()
    entry.refresh_from_db()
    assert (entry.valid_until, entry.summary) == (expiry.a_year_on(today), "Ett utkast.")


def test_a_year_after_a_leap_day_is_the_28th():
    assert expiry.a_year_on(datetime.date(2028, 2, 29)) == datetime.date(2029, 2, 28)


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_expired_pages_asks_as_often_for_many(union, library, editor, n, django_assert_num_queries):
    for number in range(n):
        expired(library, union.sara, f"Sida {number}")
    editor.get("/admin/library/expired/")
    with django_assert_num_queries(12):
        editor.get("/admin/library/expired/")
