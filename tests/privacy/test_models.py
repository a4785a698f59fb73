import datetime

import pytest

from comms.privacy.models import AppendOnly, Consent, Suppression
from tests.factories import make_consent, make_member, make_topic

NOW = datetime.datetime(2027, 3, 12, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: Consent.objects.filter(pk=row.pk).update(granted=True),
        lambda row: Consent.objects.filter(pk=row.pk).delete(),
        lambda row: row.member.consents.all().delete(),
    ],
)
def test_an_answer_is_never_changed_or_taken_away(db, tamper):
    row = make_consent(make_member(), make_topic(), granted=False)
    row.granted = True
    with pytest.raises(AppendOnly):
        tamper(row)
    assert Consent.objects.get().granted is False


def test_answers_go_with_an_erased_member(db):
    row = make_consent(make_member(), make_topic(), granted=False)
    row.member.delete()
    assert not Consent.objects.exists()


def test_suppressing_twice_is_suppressing_once(db):
    first = Suppression.objects.suppress("astrid@example.com", "bounced", now=NOW)
    again = Suppression.objects.suppress("Astrid@Example.com", "bounced", now=NOW + datetime.timedelta(days=1))
    assert first == again
    assert again.at == NOW


def test_the_address_itself_is_not_kept(db):
    Suppression.objects.suppress("astrid@example.com", "refused", now=NOW)
    assert "astrid" not in str(Suppression.objects.values().get())


def test_no_address_suppresses_nobody(db):
    assert Suppression.objects.suppress("", "bounced", now=NOW) is None
    assert not Suppression.objects.exists()


def test_releasing_lifts_one_reason_and_says_whether_it_stood(db):
    for reason in ("bounced", "complained"):
        Suppression.objects.suppress("astrid@example.com", reason, now=NOW)
    assert Suppression.objects.release("astrid@example.com", "bounced") is True
    assert Suppression.objects.release("astrid@example.com", "bounced") is False
    assert Suppression.objects.get().reason == "complained"
