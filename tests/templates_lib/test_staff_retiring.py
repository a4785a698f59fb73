"""A retired template leaves the gallery and nothing else; it can be taken back. Who uses what is one query a list."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone
from wagtail.models import ModelLogEntry

from comms.portal.staff import roles
from mailings import wagtail_hooks
from mailings.models import Mailing, MailingState
from templates_lib import retiring
from templates_lib.models import InvitationTemplate
from templates_lib.staff import usage
from tests.factories import make_mailing, make_mandate, make_unit, make_user
from tests.mailings.design import make_draft, make_template
from tests.templates_lib.staffed import ADMIN, posted

LIST = 16  # queries
MARCH = datetime.datetime(2026, 3, 12, 17, 0, tzinfo=datetime.UTC)


@pytest.fixture
def sara(unit):
    person = make_user("Sara", language="en")
    make_mandate(person, unit.get_root(), role="staff")
    roles.ensure_editors().user_set.add(person)
    return person


@pytest.fixture
def newer(template):
    return make_template(name="Kallelse 2027", topic=template.topic)


def text(page) -> str:
    return page.content.decode()


# --- retiring -------------------------------------------------------------------------------------------------------
def test_a_template_is_retired_for_another_and_taken_back(template, newer, sara, sign_in):
    client = sign_in(sara)
    page = text(client.get(f"{ADMIN}/retire/{template.pk}/"))
    assert f'<option value="{newer.pk}">Kallelse 2027</option>' in page
    assert f'<option value="{template.pk}">' not in page
    client.post(f"{ADMIN}/retire/{template.pk}/", {"replacement": newer.pk})
    template.refresh_from_db()
    assert template.retired_at
    assert template.replaced_by == newer
    assert client.get(f"{ADMIN}/retire/{template.pk}/").status_code == 404
    assert client.get(f"{ADMIN}/take-back/{template.pk}/").status_code == 405
    client.post(f"{ADMIN}/take-back/{template.pk}/")
    template.refresh_from_db()
    assert (template.retired_at, template.replaced_by) == (None, None)
    said = ModelLogEntry.objects.filter(object_id=str(template.pk), user=sara).values_list("action", flat=True)
    assert {retiring.RETIRED, retiring.TAKEN_BACK} <= set(said)


def test_the_gallery_loses_it_and_the_retired_are_listed_apart(template, newer, unit, sara, sign_in):
    rut = make_user("Rut")
    make_mandate(rut, unit)
    choices = [f'value="{one.pk}"' for one in (template, newer)]
    assert [choice in text(sign_in(rut).get("/invitations/new/")) for choice in choices] == [True, True]
    retiring.retire(template=template, replacement=newer, by=sara, now=timezone.now())
    assert [choice in text(sign_in(rut).get("/invitations/new/")) for choice in choices] == [False, True]
    client = sign_in(sara)
    in_use, retired = text(client.get(f"{ADMIN}/")), text(client.get(f"{ADMIN}/?retired=1"))
    assert ("Kallelse till medlemsmöte" in in_use, "Kallelse 2027" in in_use) == (False, True)
    assert "Kallelse till medlemsmöte" in retired
    assert "Replaced by Kallelse 2027" in retired


def test_a_draft_on_it_keeps_working_and_what_was_sent_is_untouched(template, newer, unit, sara):
    mandate = make_mandate(make_user("Rut"), unit)
    draft = make_draft(mandate, template=template, subject="Utkast")
    before = Mailing.unscoped.filter(pk=draft.pk).values().get()
    retiring.retire(template=template, replacement=newer, by=sara, now=timezone.now())
    assert Mailing.unscoped.filter(pk=draft.pk).values().get() == before
    assert draft.revision.as_object().slots("sv")


def test_a_version_saved_or_published_later_says_nothing_about_retirement(template, newer, sara, sign_in):
    """It belongs to the template, not to one of its versions."""
    old = template.get_latest_revision()
    retiring.retire(template=template, replacement=newer, by=sara, now=timezone.now())
    assert old.as_object().retired_at
    assert old.as_object().replaced_by == newer
    client = sign_in(sara)
    client.post(f"{ADMIN}/edit/{template.pk}/", posted(template, action="action-save", name="Annat"))
    template.refresh_from_db()
    assert template.retired_at


def test_a_retired_template_is_not_published(template, sara, sign_in):
    retiring.retire(template=template, replacement=None, by=sara, now=timezone.now())
    client = sign_in(sara)
    page = text(client.get(f"{ADMIN}/edit/{template.pk}/"))
    assert "action-publish" not in page
    assert "Take back into use" in page
    answer = client.post(f"{ADMIN}/edit/{template.pk}/", posted(template), follow=True)
    assert "Take it back before you publish it" in text(answer)


def test_what_it_stood_in_for_follows_and_nothing_replaces_itself(template, newer, sara):
    newest = make_template(name="Kallelse 2028", topic=template.topic)
    retiring.retire(template=template, replacement=newer, by=sara, now=timezone.now())
    with pytest.raises(retiring.CannotRetire):
        retiring.retire(template=newer, replacement=template, by=sara, now=timezone.now())
    with pytest.raises(retiring.CannotRetire):
        retiring.retire(template=newer, replacement=newer, by=sara, now=timezone.now())
    retiring.retire(template=newer, replacement=newest, by=sara, now=timezone.now())
    template.refresh_from_db()
    assert template.replaced_by == newest
    with pytest.raises(retiring.CannotRetire):
        retiring.retire(template=newer, replacement=None, by=sara, now=timezone.now())


# --- who uses it ----------------------------------------------------------------------------------------------------
def sent(template: InvitationTemplate, *units, at: datetime.datetime = MARCH) -> None:
    for unit in units:
        mandate = make_mandate(make_user(f"person{Mailing.unscoped.count()}"), unit)
        mailing = make_mailing(mandate, state=MailingState.DONE, confirmed_at=at, confirmed_by=mandate.user)
        Mailing.unscoped.filter(pk=mailing.pk).update(template=template)


def test_the_use_of_a_template_counts_branches_and_names_the_last_day(template, unit, sara, sign_in):
    other = make_unit("Avdelning Två", under=unit.get_root())
    sent(template, unit, unit, other)
    sent(template, other, at=MARCH - datetime.timedelta(days=300))
    make_draft(make_mandate(make_user("Rut"), make_unit("Avdelning Tre", under=unit.get_root())), template=template)
    client = sign_in(sara)
    said = "Used by 2 branches, last 12 March 2026"
    assert said in text(client.get(f"{ADMIN}/"))
    assert said in text(client.get(f"{ADMIN}/edit/{template.pk}/"))
    assert said in text(client.get(f"{ADMIN}/retire/{template.pk}/"))


def test_a_template_nobody_used_says_nothing(template):
    assert usage.of(template) == ""


@pytest.mark.parametrize("rows", [1, 3])
def test_use_is_one_query_for_the_whole_list(template, unit, rows, django_assert_num_queries):
    templates = [template, *(make_template(name=f"T{n}", topic=template.topic) for n in range(rows - 1))]
    for one in templates:
        sent(one, unit)
    with django_assert_num_queries(1):
        described = wagtail_hooks.used_by([one.pk for one in templates])
    assert described.keys() == {one.pk for one in templates}
    assert all("12" in words and "2026" in words for words in described.values())


def test_the_list_costs_the_same_with_one_row_and_with_three(template, unit, sara, sign_in, django_assert_num_queries):
    client = sign_in(sara)
    sent(template, unit)
    client.get(f"{ADMIN}/")  # what is kept for later is fetched once
    with django_assert_num_queries(LIST):
        client.get(f"{ADMIN}/")
    for n in range(2):
        sent(make_template(name=f"T{n}", topic=template.topic), unit)
    with django_assert_num_queries(LIST):
        client.get(f"{ADMIN}/")
