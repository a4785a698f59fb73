"""R11: is our domain ready? Judged from records, asked of a real name server, shown to staff, felt by the sender."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from mailings import composing, readiness, tasks
from mailings.models import Mailing, SenderCheck
from mailings.readiness import judging, looking, records, words
from mailings.readiness.judging import Spf
from mailings.readiness.looking import Sender
from mailings.readiness.records import Dns
from templates_lib import bell
from tests.factories import make_member
from tests.mailings.design import make_draft
from tests.mailings.test_smtp_tls import OTHER, THIS, certificate, server
from tests.names import Names

KEY = "v=DKIM1; k=rsa; p=" + base64.b64encode(bytes(294)).decode()  # as long as one of 2048 bits
SHORT_KEY = "v=DKIM1; p=" + base64.b64encode(bytes(94)).decode()
READY = {
    ("union.example.org", "TXT"): ["google-site-verification=x", "v=spf1 ip4:192.0.2.7 include:mail.example.com -all"],
    ("mail.example.com", "TXT"): ["v=spf1 ip6:2001:db8::/32 -all"],
    ("s1._domainkey.union.example.org", "TXT"): [KEY],
    ("_dmarc.union.example.org", "TXT"): ["v=DMARC1; p=none; rua=mailto:post@union.example.org"],
    ("out.union.example.org", "A"): ["192.0.2.7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["out.union.example.org."],
}
US = Sender(
    from_domain="union.example.org",
    bounce_domain="union.example.org",
    selectors=("s1",),
    hosts=("out.union.example.org",),
    server=("smtp.union.example.org", 587, False),
)  # fmt: skip
PUBLISH = bell._publish  # before the bell is silenced for tests


def look(table, *, sender=US, offer="good") -> dict[str, tuple[str, str]]:
    """{check: (state, code)} of what a look finds."""
    with Names(table) as names:
        found = looking.look(sender, net=Dns(names.resolver), probe=lambda *_: offer)
    return {one.check: (one.state, one.code) for one in found}


# --- judging --------------------------------------------------------------------------------------------------------
@pytest.mark.once
@pytest.mark.parametrize(
    ("spf", "code"),
    [
        (Spf(()), "spf_none"),
        (Spf(("v=spf1 -all", "v=spf1 mx -all")), "spf_two"),
        (Spf(("v=spf1 +all",), everybody=True), "spf_everybody"),
        (Spf(("v=spf1 include:x -all",), broken=True), "spf_broken"),
        (Spf(("v=spf1 …",), lookups=11, broken=True), "spf_long"),
        (Spf(("v=spf1 exists:%{i}.x -all",), opaque=True), "spf_opaque"),
        (Spf(("v=spf1 mx -all",), networks=("192.0.2.0/29", "2001:db8::/32")), "spf_not_us"),
        (Spf(("v=spf1 mx -all",), networks=("192.0.2.0/24", "2001:db8::/32")), "spf_good"),
    ],
)  # fmt: skip
def test_spf(spf, code):
    found = judging.judge_spf("union.example.org", spf, senders=["192.0.2.77", "2001:db8::1"])
    assert found.code == code
    assert found.state == {"spf_good": "good", "spf_opaque": "unknown"}.get(code, "bad")


@pytest.mark.once
def test_the_record_to_publish_allows_us_and_keeps_what_was_there():
    spf = Spf(("v=spf1 include:mail.example.com ~all",), networks=("198.51.100.0/24",))
    found = judging.judge_spf("union.example.org", spf, senders=["192.0.2.7"])
    assert found.publish == ("union.example.org", "TXT", "v=spf1 ip4:192.0.2.7 include:mail.example.com ~all")
    found = judging.judge_spf("union.example.org", Spf(()), senders=["192.0.2.7", "2001:db8::1"])
    assert found.publish[2] == "v=spf1 ip4:192.0.2.7 ip6:2001:db8::1 -all"
    assert judging.judge_spf("union.example.org", Spf(()), senders=[]).publish == ()  # the provider knows its own


@pytest.mark.once
@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "dkim_none"),
        ([KEY], "dkim_good"),
        (["k=rsa; p=" + KEY.partition("p=")[2]], "dkim_good"),
        (["v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(32)).decode()], "dkim_good"),
        (["v=DKIM1; p="], "dkim_revoked"),
        (["v=DKIM1; p=%%%"], "dkim_broken"),
        (["v=DKIM2; p=AAAA"], "dkim_broken"),
        ([KEY, KEY], "dkim_broken"),
        ([SHORT_KEY], "dkim_weak"),
        ([KEY.replace("k=rsa", "t=y:s")], "dkim_testing"),
    ],
)
def test_dkim(texts, code):
    found = judging.judge_dkim("union.example.org", "s1", texts)
    assert (found.code, found.about) == (code, "s1._domainkey.union.example.org")
    assert (found.state == "good") == (code == "dkim_good")


@pytest.mark.once
@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "dmarc_none"),
        (["v=DMARC1; p=none"], "dmarc_good"),
        (["v=DMARC1;p=REJECT;sp=none"], "dmarc_good"),
        (["v=DMARC1; rua=mailto:x@example.org"], "dmarc_broken"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "dmarc_two"),
    ],
)
def test_dmarc(texts, code):
    found = judging.judge_dmarc("union.example.org", texts)
    assert found.code == code
    assert (found.publish == ()) == (code == "dmarc_good")


@pytest.mark.once
def test_ptr_shows_the_record_for_the_address():
    found = judging.judge_ptr("192.0.2.7", [], confirmed=False, wanted="out.union.example.org")
    assert (found.code, found.publish) == ("ptr_none", ("7.2.0.192.in-addr.arpa", "PTR", "out.union.example.org."))
    assert judging.judge_ptr("192.0.2.7", ["x.example"], confirmed=False, wanted="x").code == "ptr_other"
    assert judging.judge_ptr("192.0.2.7", ["x.example"], confirmed=True, wanted="x").state == "good"


# --- looking --------------------------------------------------------------------------------------------------------
@pytest.mark.once
def test_a_domain_that_is_ready_is_green():
    assert look(READY) == {check: ("good", f"{check}_good") for check in ("spf", "dkim", "dmarc", "ptr", "tls")}


@pytest.mark.once
@pytest.mark.parametrize(
    ("gone", "check"),
    [
        (("union.example.org", "TXT"), "spf"),
        (("s1._domainkey.union.example.org", "TXT"), "dkim"),
        (("_dmarc.union.example.org", "TXT"), "dmarc"),
        (("7.2.0.192.in-addr.arpa", "PTR"), "ptr"),
    ],
)
def test_what_is_missing_is_red_and_nothing_else(gone, check):
    found = look({key: value for key, value in READY.items() if key != gone})
    assert found[check] == ("bad", f"{check}_none")
    assert {state for name, (state, _code) in found.items() if name != check} == {"good"}


@pytest.mark.once
@pytest.mark.parametrize(("offer", "state"), [("none", "bad"), ("untrusted", "bad"), ("here", "unknown")])
def test_encryption_is_judged_by_what_the_server_offers(offer, state):
    assert look(READY, offer=offer)["tls"] == (state, f"tls_{offer}")


@pytest.mark.once
@pytest.mark.parametrize("how", ["nothing", "SERVFAIL"])
def test_without_an_answer_nothing_is_known(how, monkeypatch):
    monkeypatch.setattr(records, "SECONDS", 0.2)
    table = None if how == "nothing" else dict.fromkeys(READY, "SERVFAIL")
    assert look(table) == dict.fromkeys(("spf", "dkim", "dmarc", "ptr"), ("unknown", "silent")) | {
        "tls": ("good", "tls_good")
    }


@pytest.mark.once
def test_a_signature_nobody_told_us_about_is_red():
    sender = Sender(from_domain="union.example.org", bounce_domain="b.example.org", selectors=(), hosts=(), server=None)
    found = look(READY, sender=sender)
    assert found["dkim"] == ("bad", "dkim_unnamed")
    assert set(found) == {"spf", "dkim", "dmarc"}


@pytest.mark.once
def test_servers_nobody_told_us_about_are_not_judged():
    found = look(READY, sender=replace(US, hosts=()))
    assert (found["spf"], found["ptr"]) == (("good", "spf_there"), ("unknown", "ptr_untold"))


@pytest.mark.once
def test_dmarc_may_stand_at_the_domain_above():
    table = {key: value for key, value in READY.items() if key[0] != "_dmarc.union.example.org"}
    assert look({**table, ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none"]})["dmarc"] == ("good", "dmarc_good")


@pytest.mark.once
@pytest.mark.parametrize(
    ("record", "more", "expected"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", {}, ({"192.0.2.0/24"}, 0)),
        ("v=spf1 a -all", {("union.example.org", "A"): ["192.0.2.7"]}, ({"192.0.2.7/32"}, 1)),
        ("v=spf1 +a:x.example.org/24 ~all", {("x.example.org", "A"): ["192.0.2.7"]}, ({"192.0.2.0/24"}, 1)),
        ("v=spf1 mx -all", {
            ("union.example.org", "MX"): ["10 in.example.org."], ("in.example.org", "AAAA"): ["2001:db8::1"],
        }, ({"2001:db8::1/128"}, 1)),
        ("v=spf1 include:x.example.org include:y.example.org -all", {
            ("x.example.org", "TXT"): ["v=spf1 ip4:192.0.2.1 include:y.example.org ~all"],
            ("y.example.org", "TXT"): ["v=spf1 ip4:192.0.2.2 -all"],
        }, ({"192.0.2.1/32", "192.0.2.2/32"}, 3)),
        ("v=spf1 redirect=x.example.org", {("x.example.org", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"]},
         ({"192.0.2.1/32"}, 1)),
        ("v=spf1 -ip4:192.0.2.1 ?ip4:192.0.2.2 -all", {}, (set(), 0)),
    ],
)  # fmt: skip
def test_spf_is_followed_to_its_end(record, more, expected):
    with Names({("union.example.org", "TXT"): [record], **more}) as names:
        spf = records.follow("union.example.org", Dns(names.resolver))
    assert (set(spf.networks), spf.lookups) == expected
    assert not any((spf.broken, spf.everybody, spf.opaque))


@pytest.mark.once
@pytest.mark.parametrize(
    ("record", "odd"),
    [
        ("v=spf1 all", "everybody"), ("v=spf1 +all", "everybody"),
        ("v=spf1 include:nowhere.example.org -all", "broken"),
        ("v=spf1 ip4:300.1.1.1 -all", "broken"), ("v=spf1 exists:%{i}.x.example.org -all", "opaque"),
    ],
)  # fmt: skip
def test_odd_spf_is_noticed(record, odd):
    with Names({("union.example.org", "TXT"): [record]}) as names:
        assert getattr(records.follow("union.example.org", Dns(names.resolver)), odd)


@pytest.mark.once
def test_spf_that_runs_in_a_circle_ends():
    with Names({("union.example.org", "TXT"): ["v=spf1 include:union.example.org -all"]}) as names:
        assert records.follow("union.example.org", Dns(names.resolver)).lookups == 11


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "trusted", "offer"), [(THIS, True, "good"), (THIS, False, "untrusted"), (OTHER, True, "untrusted")]
)
def test_the_mail_server_is_asked_whether_it_encrypts(name, trusted, offer, tmp_path, monkeypatch):
    pem = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with server(pem) as (keeper, port):
        assert looking.probe_tls("127.0.0.1", port, False) == offer
    assert keeper.asked == 0


@pytest.mark.once
def test_a_mail_server_without_encryption_or_without_anybody_is_told_apart():
    with server(None) as (_keeper, port):
        assert looking.probe_tls("127.0.0.1", port, False) == "none"
    with pytest.raises(OSError, match="refused"):
        looking.probe_tls("127.0.0.1", port, False)


# --- kept and shown -------------------------------------------------------------------------------------------------
@pytest.fixture
def out_there(settings):
    """Mail really leaves, by a server elsewhere."""
    settings.MAIL_TRANSPORT, settings.MAILING_FROM_ADDRESS = "smtp", "utskick@union.example.org"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp.union.example.org", 587
    settings.DKIM_SELECTORS, settings.SENDING_HOSTS = ["s1"], ["out.union.example.org"]


def know(*found: tuple[str, str, str]) -> None:
    for check, state, code in found:
        SenderCheck.objects.create(
            check_name=check, about="union.example.org", state=state, code=code, looked_at=timezone.now()
        )


def test_what_was_found_is_kept_and_replaced(db, out_there, monkeypatch):
    monkeypatch.setattr(looking, "probe_tls", lambda *_: "good")
    with Names(dict(READY)) as names:
        readiness.refresh(now=timezone.now(), resolver=names.resolver)
        assert set(SenderCheck.objects.values_list("check_name", "state")) == {
            (check, "good") for check in ("spf", "dkim", "dmarc", "ptr", "tls")
        }
        assert not readiness.is_red()
        del names.table[("_dmarc.union.example.org", "TXT")]
        readiness.refresh(now=timezone.now(), resolver=names.resolver)
    assert SenderCheck.objects.count() == 5
    assert readiness.is_red()
    assert SenderCheck.objects.get(check_name="dmarc").publish[0] == "_dmarc.union.example.org"


@pytest.mark.once
def test_a_machine_without_name_servers_only_knows_nothing(db, out_there, monkeypatch):
    monkeypatch.setattr(looking, "probe_tls", lambda *_: "good")
    monkeypatch.setattr(readiness, "_resolver", lambda: readiness.dns.resolver.Resolver(configure=False))
    readiness.refresh(now=timezone.now())
    assert set(SenderCheck.objects.exclude(check_name="tls").values_list("state", "code")) == {("unknown", "silent")}
    assert not readiness.is_red()


@pytest.mark.once
def test_nothing_is_looked_at_while_mail_is_written_to_files(db, monkeypatch):
    monkeypatch.setattr(readiness, "refresh", lambda **_: pytest.fail("looked"))
    tasks.look_at_sender()
    assert django_settings.CELERY_BEAT_SCHEDULE["sender"]["task"] == tasks.look_at_sender.name


@pytest.mark.once
def test_every_finding_has_words():
    source = Path(judging.__file__).read_text()
    codes = set(re.findall(r'"((?:spf|dkim|dmarc|ptr)_[a-z_]+)"', source))
    assert codes | {"silent", "tls_good", "tls_untrusted", "tls_none", "tls_here"} == set(words.SAYS)


# --- the representative ---------------------------------------------------------------------------------------------
def draft_to(union, *, gmail: int) -> Mailing:
    homes = ["gmail.com", "hotmail.se", "icloud.com", "yahoo.co.uk", "live.dk", "outlook.com", "me.com"]
    for n in range(gmail):
        make_member(email=f"m{n}@{homes[n % len(homes)]}", placed=[union.branch_a])
    make_member(email="anna@gmail.com.example.org", placed=[union.branch_a])
    make_member(email="bo@example.com", placed=[union.branch_a])
    return make_draft(union.mandate(union.alice), subject="Kallelse")


def blocked(mailing: Mailing) -> list[str]:
    return [one.code for one in composing.check(mailing, now=timezone.now()) if one.blocking]


@pytest.fixture
def seven(settings):
    settings.MAILING_CONSUMER_LIMIT = 7


@pytest.mark.parametrize(("gmail", "expected"), [(7, ["sender"]), (6, [])])
def test_many_at_the_large_providers_are_refused_while_red(union, out_there, seven, gmail, expected):
    know(("spf", "good", "spf_good"), ("dmarc", "bad", "dmarc_none"))
    assert blocked(draft_to(union, gmail=gmail)) == expected


@pytest.mark.once
@pytest.mark.parametrize("found", [[], [("spf", "unknown", "silent")], [("spf", "good", "spf_good")]])
def test_what_is_not_known_to_be_wrong_stops_nobody(union, out_there, seven, found):
    know(*found)
    assert blocked(draft_to(union, gmail=7)) == []


@pytest.mark.once
@pytest.mark.parametrize("changed", [{"MAIL_TRANSPORT": "file"}, {"DEBUG": True}])
def test_the_demo_and_development_are_never_stopped(union, out_there, seven, settings, changed):
    know(("spf", "bad", "spf_none"))
    mailing = draft_to(union, gmail=7)
    assert blocked(mailing) == ["sender"]
    for name, value in changed.items():
        setattr(settings, name, value)
    assert blocked(mailing) == []


@pytest.mark.once
def test_the_sender_reads_what_is_safe_and_whom_to_ask_and_cannot_send(union, out_there, seven, sign_in):
    know(("dkim", "bad", "dkim_none"))
    mailing = draft_to(union, gmail=7)
    alice = sign_in(union.alice)
    union.alice.language = "en"
    union.alice.save()
    page = alice.get(f"/invitations/{mailing.public_id}/check/").content.decode()
    assert "7 recipients have a mailbox at Gmail, Outlook, Yahoo or iCloud" in page
    assert "Your invitation is saved. Ask the office" in page
    alice.post(f"/invitations/{mailing.public_id}/confirm/", {"version": mailing.version, "count": 9})
    mailing.refresh_from_db()
    assert mailing.is_draft


# --- staff ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def sara(union, sign_in):
    union.sara.language = "en"
    union.sara.save()
    return sign_in(union.sara)


@pytest.mark.once
def test_staff_see_what_is_wrong_and_what_to_publish(sara, out_there, monkeypatch):
    monkeypatch.setattr(looking, "probe_tls", lambda *_: "good")
    table = {key: value for key, value in READY.items() if not key[0].startswith("_dmarc")}
    with Names(table) as names:
        readiness.refresh(now=timezone.now(), resolver=names.resolver)
    page = sara.get("/staff/sender/").content.decode()
    assert page.count("in order</span>") == 4
    assert page.count("must be put right</span>") == 1
    assert "<code>_dmarc.union.example.org</code>" in page
    assert "v=DMARC1; p=none; rua=mailto:postmaster@union.example.org" in page
    assert "looked at" in page
    assert "/staff/sender/" in sara.get("/staff/").content.decode()


@pytest.mark.once
def test_staff_are_told_when_nobody_has_looked_or_could_look(sara, out_there):
    assert "Nobody has looked yet" in sara.get("/staff/sender/").content.decode()
    know(("spf", "unknown", "silent"))
    page = sara.get("/staff/sender/").content.decode()
    assert "could not look" in page
    assert "nobody answered" in page


@pytest.mark.once
def test_where_no_mail_leaves_there_is_nothing_to_look_at(sara):
    page = sara.get("/staff/sender/").content.decode()
    assert "No mail leaves this installation" in page
    assert "Look again" not in page


@pytest.mark.once
def test_the_button_asks_a_worker(sara, out_there, monkeypatch):
    asked = []
    monkeypatch.setattr(bell.current_app, "send_task", lambda name, **_: asked.append(1))
    monkeypatch.setattr(bell, "_publish", PUBLISH)
    assert sara.get("/staff/sender/look/").status_code == 405
    assert sara.post("/staff/sender/look/")["Location"] == "/staff/sender/"
    assert asked == [1]
    assert "We are looking" in sara.get("/staff/sender/").content.decode()


@pytest.mark.once
def test_a_broker_that_is_away_is_said_and_not_waited_for(sara, out_there, monkeypatch):
    monkeypatch.setattr(bell, "RING_SECONDS", 0.05)
    monkeypatch.setattr(bell, "_publish", lambda *_: time.sleep(1))
    sara.post("/staff/sender/look/")
    assert "does not answer just now" in sara.get("/staff/sender/").content.decode()


@pytest.mark.once
@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_database_the_same_for_one_and_for_three(sara, out_there, django_assert_num_queries, rows):
    know(*[("spf", "bad", "spf_none")] * rows)
    sara.get("/staff/sender/")
    with django_assert_num_queries(4):
        sara.get("/staff/sender/")
