"""A second person approves from the link in a mail, on a telephone; steps of `test_invitation_browser`'s house."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page, expect

from tests.journeys.hand import primary, sign_in, with_code, write
from tests.journeys.house import HOLD, House, wait_for

LINE = "Det är fel lokal."


@contextmanager
def approval_needed(portal: House) -> Iterator[None]:
    """Staff have asked for a second person, until the end of the block."""
    for needed in (True, False):
        with psycopg.connect(portal.env["DATABASE_URL"], autocommit=True) as database:
            database.execute("UPDATE templates_lib_invitationtemplate SET invitations_approved = %s", [needed])
        if needed:
            yield


def link_to(portal: House, who: str, path: str) -> str:
    """The newest link of that kind in the person's mailbox, once there is one; it is then forgotten."""

    def newest() -> str:
        for mail in reversed(portal.mailbox.to(portal.seeded[who])):
            text = mail.message.get_content() if not mail.message.is_multipart() else ""
            if found := re.search(rf"{re.escape(portal.url)}/invitations/[0-9a-f-]+/{path}/", text):
                portal.mailbox.mails.remove(mail)
                return found[0]
        return ""

    return wait_for(newest, what=f"a link to {path}")


def ask(page: Page) -> None:
    stays = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert stays, page.url
    bertil = page.locator("select[name=approver] option", has_text="Bertil").get_attribute("value")
    page.locator("select[name=approver]").select_option(bertil)
    primary(page)
    expect(page.locator("#take-back")).to_be_visible()


def test_a_second_person_approves_by_a_link(
    portal: House, page: Page, browser: Browser, browser_context_args: dict[str, Any]
):
    with approval_needed(portal):
        sign_in(page, portal)
        address = write(page, portal, subject="Kallelse som två har sett")
        page.goto(f"{address}check/")
        ask(page)
        other = browser.new_context(**browser_context_args)
        bertil = other.new_page()
        bertil.goto(link_to(portal, "deputy", "approval"))
        with_code(bertil, portal, who="deputy")  # not signed in: the link waits behind the sign-in
        bertil.wait_for_url("**/approval/")
        expect(bertil.frame_locator("iframe").locator("body")).to_contain_text("Årsmöte på Folkets hus")
        assert bertil.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sent_back(bertil, page, portal)
        ask(page)
        portal.mailbox.mails[:] = [mail for mail in portal.mailbox.mails if not mail.message["List-Id"]]
        bertil.goto(link_to(portal, "deputy", "approval"))
        primary(bertil)
        expect(bertil.locator("#progress")).to_have_attribute("data-state", "done", timeout=(HOLD + 30) * 1000)
        other.close()
    assert {mail.message["Subject"] for mail in portal.mailbox.invitations} == {"Kallelse som två har sett"}
    page.reload()
    expect(page.locator("#progress")).to_have_attribute("data-state", "done")


def sent_back(bertil: Page, page: Page, portal: House) -> None:
    """With a line, which its author finds by her own link."""
    bertil.locator("textarea[name=says]").fill(LINE)
    bertil.locator("#send-back button").click()
    expect(bertil.locator(".notice.success")).to_be_visible()
    page.goto(link_to(portal, "alice", "check"))
    expect(page.locator(".notice.warning").first).to_contain_text(LINE)
