"""An invitation for another day, chosen on a telephone, leaves by itself when it is due; in the invitation's house."""

from __future__ import annotations

import datetime

import psycopg
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.hand import primary, sign_in, write
from tests.journeys.house import House


def test_it_waits_for_its_time_and_leaves_by_itself(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Kallelse till i övermorgon")
    page.goto(f"{address}check/")
    expect(page.locator("input[name=day]")).to_be_hidden()
    page.locator("input[name=when][value=later]").check()
    day = timezone.localdate() + datetime.timedelta(days=2)
    page.locator("input[name=day]").fill(day.isoformat())
    page.locator("input[name=clock]").fill("10:15")
    page.locator("input[name=clock]").blur()
    expect(page.locator("#send")).to_contain_text("10.15")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = len(portal.mailbox.invitations)
    primary(page)
    expect(page.locator(".leaves")).to_contain_text("10.15")
    page.goto(portal.url)
    expect(page.locator("main")).to_contain_text("10.15")
    page.wait_for_timeout(3000)  # the sweep, every second, leaves it alone
    assert len(portal.mailbox.invitations) == before
    the_day_comes(portal)
    page.goto(address)
    expect(page.locator("#progress")).to_have_attribute("data-state", "done", timeout=40_000)
    assert {mail.message["Subject"] for mail in portal.mailbox.invitations[before:]} == {"Kallelse till i övermorgon"}


def the_day_comes(portal: House) -> None:
    """For the database; everything else goes its way."""
    with psycopg.connect(portal.env["DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE mailings_mailing SET due_at = now() WHERE state = 'scheduled'")
