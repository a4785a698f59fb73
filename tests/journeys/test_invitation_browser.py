"""A representative invites her branch from a telephone: everything is real, from the sign-in code to the mailbox."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg
import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.approving import test_a_second_person_approves_by_a_link  # noqa: F401  # in the same house
from tests.journeys.hand import Hand, primary, sign_in, write
from tests.journeys.house import HOLD, House, Mail, wait_for
from tests.journeys.keyboard import test_from_sign_in_to_sent_by_keyboard_alone  # noqa: F401  # in the same house
from tests.journeys.library_answer import test_what_nobody_finds_becomes_an_article  # noqa: F401  # in the same house
from tests.journeys.lost_text import *  # noqa: F403  # in the same house
from tests.journeys.no_script import (  # noqa: F401  # in the same house
    scriptless,
    test_from_sign_in_to_sent_without_javascript,
)
from tests.journeys.passkeys import (  # noqa: F401  # in the same house
    finger,
    site,
    test_a_browser_without_passkeys_offers_the_other_ways,
    test_a_passkey_is_made_named_used_and_removed,
)
from tests.journeys.scheduled import test_it_waits_for_its_time_and_leaves_by_itself  # noqa: F401  # in the same house
from tests.journeys.staff_journey import test_a_template_from_nothing_to_the_gallery  # noqa: F401  # in the same house

pytestmark = [
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance"),
    pytest.mark.browser,
    pytest.mark.postgres,
    pytest.mark.xdist_group("journey"),
    pytest.mark.timeout(400),
]


STATES = """
    SELECT r.state, count(*) FROM mailings_recipient r JOIN mailings_mailing m ON m.id = r.mailing_id
    WHERE m.subject = ANY(%s) GROUP BY r.state
"""
STEPS = 4  # taps: look at it, recipients, send, approve; the other things done on the way are not needed


def stays_within_the_screen(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def test_from_the_sign_in_code_to_the_mailboxes(portal: House, page: Page):
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    sign_in(page, portal)
    hand = Hand(page)
    address = write(page, portal, subject="Kallelse till årsmöte", hand=hand)
    look(page, address)
    reach(page, address)
    test_to_myself(page, portal)
    approve(page, portal, attach=True)
    print(f"{hand.taps + STEPS} taps, {hand.keys} keys from home to the approval")
    assert hand.taps + STEPS <= 14
    undo(page, portal)
    approve(page, portal, attach=True)
    report(page)
    mails_arrived(portal)
    assert trouble == []
    unsubscribed(page, portal)


def look(page: Page, address: str) -> None:
    page.reload()  # what was typed is on the server
    expect(page.locator("trix-editor")).to_contain_text("Ňjuorjjo")
    stays_within_the_screen(page)
    page.locator("[data-key-next]").evaluate("button => button.click()")  # as the keyboard's Ctrl+Enter does
    page.wait_for_url("**/preview/")
    mail = page.frame_locator("iframe")
    expect(mail.locator("body")).to_contain_text("Hej Kim! Vi ses i Giron, Kárášjohka och Ňjuorjjo.")
    stays_within_the_screen(page)
    page.goto(f"{address}preview/text/")
    expect(page.locator("pre")).to_contain_text("Folkets hus")
    page.goto(f"{address}preview/pdf/")
    assert page.locator(".device.paper img").first.evaluate("image => image.naturalWidth") > 500
    stays_within_the_screen(page)


def reach(page: Page, address: str) -> None:
    page.goto(f"{address}preview/")
    primary(page)
    page.wait_for_url("**/recipients/")
    expect(page.locator(".ledger-total b")).to_have_text("4")
    assert page.locator(".ledger b").all_inner_texts() == ["3", "1"]
    stays_within_the_screen(page)
    page.locator(".ledger li.warn a").first.click()
    expect(page.locator(".rows")).to_contain_text("Sven Utan")
    page.go_back()
    primary(page)
    page.wait_for_url("**/check/")
    stays_within_the_screen(page)


def test_to_myself(page: Page, portal: House) -> None:
    before = len(portal.mailbox.mails)
    page.locator("button[formaction$='/test/']").click()
    expect(page.locator(".notice.success")).to_be_visible()
    wait_for(lambda: len(portal.mailbox.mails) > before, what="the test mail")
    [mail] = portal.mailbox.mails[before:]
    assert mail.recipients == [portal.seeded["alice"]]
    assert "Årsmöte på Folkets hus" in body(mail, "plain")
    portal.mailbox.mails.clear()


test_to_myself.__test__ = False  # type: ignore[attr-defined]  # a step of the journey above


def approve(page: Page, portal: House, *, attach: bool) -> None:
    if attach:
        page.locator("input[name=attach_pdf]").check()
    expect(page.locator(".page-actions .primary")).to_contain_text("3")
    primary(page)
    expect(page.locator("#undo")).to_be_visible()
    assert portal.mailbox.mails == []


def undo(page: Page, portal: House) -> None:
    page.locator("#undo").click()
    page.wait_for_url("**/check/")
    page.wait_for_timeout((HOLD + 2) * 1000)
    assert portal.mailbox.mails == [], "undone means nobody got anything"


def report(page: Page) -> None:
    expect(page.locator("#progress")).to_have_attribute("data-state", "done", timeout=(HOLD + 30) * 1000)
    expect(page.locator(".numbers .good dd")).to_have_text("3")
    expect(page.locator(".numbers .warn dd")).to_have_text("1")
    expect(page.locator(".rows")).to_contain_text("Åsa Ňjuorjjo")
    stays_within_the_screen(page)


def body(mail: Mail, kind: str) -> str:
    part = mail.message.get_body((kind,))
    assert part is not None
    return part.get_content()


def mails_arrived(portal: House) -> None:
    """The mail server is the judge."""
    mails = portal.mailbox.invitations
    assert sorted(address for mail in mails for address in mail.recipients) == sorted(portal.seeded["addresses"])
    for mail in mails:
        message = mail.message
        assert len(message.get_all("To")) == 1
        assert message["To"].addresses[0].addr_spec == mail.recipients[0]
        assert (message["Cc"], message["Bcc"]) == (None, None)
        assert message["Subject"] == "Kallelse till årsmöte"
        assert "Årsmöte på Folkets hus" in body(mail, "plain")
        assert "Folkets hus" in body(mail, "html")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        [pdf] = [part for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
        assert pdf.get_filename() == "Kallelse till årsmöte.pdf"
        document = pypdfium2.PdfDocument(pdf.get_content())
        assert "Årsmöte på Folkets hus" in document[0].get_textpage().get_text_range()
        document.close()
    [asa] = portal.mailbox.to("åsa@exempel.se")
    assert "Hej Åsa!" in body(asa, "plain")


def unsubscribed(page: Page, portal: House) -> None:
    """One plain POST, as a mail program does it; the next mailing leaves that member out and says why."""
    [mail] = portal.mailbox.to("maret@example.com")
    link = re.search(r"<(https?://[^>]+)>", mail.message["List-Unsubscribe"])
    assert link
    assert urlsplit(link[1]).netloc == urlsplit(portal.url).netloc
    plain = Request(link[1], data=b"List-Unsubscribe=One-Click", method="POST")
    with urlopen(plain, timeout=10) as reply:
        assert reply.status == 200
    portal.mailbox.mails.clear()
    address = write(page, portal, subject="Medlemsmöte i maj")
    page.goto(f"{address}recipients/")
    assert page.locator(".ledger b").all_inner_texts() == ["2", "1", "1"]
    page.goto(f"{address}check/")
    primary(page)
    expect(page.locator("#progress")).to_have_attribute("data-state", "done", timeout=(HOLD + 30) * 1000)
    got = sorted(address for mail in portal.mailbox.invitations for address in mail.recipients)
    assert got == sorted(set(portal.seeded["addresses"]) - {"maret@example.com"})
    for mail in portal.mailbox.invitations:
        assert [part.get_content_type() for part in mail.message.iter_attachments()] == ["text/calendar"]
    with psycopg.connect(portal.env["DATABASE_URL"]) as database:
        states = database.execute(STATES, [["Kallelse till årsmöte", "Medlemsmöte i maj"]]).fetchall()
    assert dict(states) == {"sent": 5, "skipped": 3}


def test_the_count_follows_each_tick_and_the_focus_stays(portal: House, page: Page):
    """By keyboard alone: open the row, tick, hear the new number, untick; then the mail as one of them gets it."""
    sign_in(page, portal)
    address = write(page, portal, subject="Till några")
    page.goto(f"{address}recipients/")
    expect(page.locator(".ledger-total b")).to_have_text("4")
    box = page.locator("input[name=languages][value=nb]")
    page.locator("details", has=box).locator("summary").press("Enter")
    box.press("Space")
    expect(page.locator(".ledger-total b")).to_have_text("1")
    expect(page.locator("#live")).to_have_text("1 medlem får mejlet")
    expect(box).to_be_focused()
    stays_within_the_screen(page)
    page.goto(f"{address}preview/as/")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Hej Bjørn! Vi ses i Giron")
    stays_within_the_screen(page)
    page.goto(f"{address}recipients/")
    expect(box).to_be_visible()  # a row in use is open
    box.press("Space")
    expect(page.locator(".ledger-total b")).to_have_text("4")
    expect(page.locator("#live")).to_have_text(re.compile("medlemmar får mejlet"))
    expect(box).to_be_focused()
