"""A representative finds nothing, tells the staff, and reads their answer."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect

from tests.journeys.house import House
from tests.journeys.staff_journey import open_menu, somebody

QUERY = "julbord skattefritt"
QUESTION = "Får vi bjuda medlemmarna på julbord?"


def test_what_nobody_finds_becomes_an_article(portal: House, browser: Browser):
    sara = somebody(browser, portal, portal.seeded["staff"][0])
    shelf_made(sara, portal)
    alice = somebody(browser, portal, portal.seeded["alice"])
    told(alice, portal)
    address = written(sara, portal)
    alice.goto(f"{portal.url}{address}")
    expect(alice.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(alice.get_by_text("Ja, upp till").first).to_be_visible()
    alice.locator("button[name=right][value=yes]").first.click()
    expect(alice.locator(".notice.success")).to_be_visible()


def shelf_made(page: Page, portal: House) -> None:
    page.goto(f"{portal.url}/admin/pages/")
    home = re.search(r"/admin/pages/(\d+)/", page.url)
    assert home, page.url
    page.goto(f"{portal.url}/admin/pages/add/cms/shelfpage/{home[1]}/")
    page.locator("[name=title]").fill("Möten och fester")
    published(page)


def published(page: Page) -> None:
    open_menu(page)
    page.locator("button[name=action-publish]").click()
    page.wait_for_url(re.compile(r"/admin/pages/\d+/$"))


def told(page: Page, portal: House) -> None:
    page.goto(f"{portal.url}/library/search/?q={quote(QUERY)}")
    page.locator("form[data-tell] button").click()
    expect(page.locator(".notice.success")).to_be_visible()


def written(page: Page, portal: House) -> str:
    """From the list to the published article; answers where readers find it."""
    page.goto(f"{portal.url}/admin/library/unfound/")
    row = page.locator(".library-rows li", has_text=QUERY)
    row.locator("button[formaction$='/write/']").click()
    page.wait_for_url("**/edit/")
    expect(page.locator("[name=title]")).to_have_value("Julbord skattefritt")
    page.locator("[name=title]").fill(QUESTION)
    page.locator("[name=short_answer]").fill("Ja, upp till ett visst belopp om året. Spara kvittot.")
    edited = page.url
    published(page)
    page.goto(f"{portal.url}/admin/library/unfound/")
    expect(page.locator(".library-rows li", has_text=QUERY)).to_have_count(0)
    page.goto(edited)
    address = page.locator("a[href^='/library/']").first.get_attribute("href")
    assert address
    return address
