"""From sign-in to sent on a telephone whose browser runs no script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.hand import primary, sign_in
from tests.journeys.house import House, wait_for
from tests.mailings.design import FACTS, HEADING, TEXT


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 375, "height": 740},
        is_mobile=True,
        has_touch=True,
        locale="sv-SE",
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


def within_the_screen(page: Page) -> None:
    """A script of the test's own may ask, even where pages run none."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def test_from_sign_in_to_sent_without_javascript(portal: House, scriptless: Page):
    sign_in(scriptless, portal)
    within_the_screen(scriptless)
    begin(scriptless, portal)
    write(scriptless)
    look(scriptless)
    narrow(scriptless)
    send(scriptless, portal)


def begin(page: Page, portal: House) -> None:
    page.locator(".menu > summary").click()
    expect(page.locator(".menu-body")).to_be_visible()
    page.locator(".menu > summary").click()
    primary(page)
    within_the_screen(page)
    page.locator(f"button[name=template][value='{portal.seeded['template']}']").click()
    page.wait_for_url("**/text/")


def write(page: Page) -> None:
    """One long page: every field is there, the text in a plain box; what is wrong is said and nothing typed is lost."""
    within_the_screen(page)
    assert page.locator("[data-screen]:visible").count() == page.locator("[data-screen]").count()
    for part in ("[data-trouble]", "[data-next-screen]", "[data-back-screen]", "dialog", "[data-beside]"):
        assert page.locator(f"{part}:visible").count() == 0, part
    page.locator("input[name=subject]").fill("Utan skript")
    page.locator(f"[name='{HEADING}.text']").fill("Årsmöte på Folkets hus")
    page.locator(f"textarea[name='{TEXT}.text']").fill("Hej [[förnamn]]!\n\nVi ses i Giron.")
    page.locator(f"[name='{FACTS}.when']").fill("2031-03-12T18:00")
    page.locator(f"[name='{FACTS}.where:name']").fill("Folkets hus")
    page.locator("[data-key-save]").click()
    page.wait_for_url("**/text/**")
    expect(page.locator(f"textarea[name='{TEXT}.text']")).to_have_value("Hej [[förnamn]]!\n\nVi ses i Giron.")
    agenda = {"name": "dagordning.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    page.locator("#document").set_input_files(agenda)  # type: ignore[arg-type]
    page.locator("form[action$='/documents/add/'] button").click()
    expect(page.locator("#documents")).to_contain_text("dagordning.pdf")
    page.locator("[data-key-next]").click()
    page.wait_for_url("**/preview/")


def look(page: Page) -> None:
    mail = page.frame_locator("iframe")
    expect(mail.locator("body")).to_contain_text("Hej Kim!")
    within_the_screen(page)
    for face, shown in (("desktop", ".device.desktop iframe"), ("text", "pre"), ("pdf", ".device.paper img")):
        page.locator(f".tabs a[href*='/preview/{face}/']").click()
        expect(page.locator(shown).first).to_be_visible()
        within_the_screen(page)
    primary(page)
    page.wait_for_url("**/recipients/")


def narrow(page: Page) -> None:
    """What is ticked counts when one counts again, and also when one only goes on."""
    box = page.locator("input[name=languages][value=nb]")
    page.locator("details", has=box).locator("summary").click()
    box.check()
    page.locator("#narrow noscript button").click()
    expect(page.locator(".ledger-total b")).to_have_text("1")
    expect(box).to_be_checked()
    within_the_screen(page)
    page.locator("input[name=languages][value=sv]").check()
    primary(page)
    page.wait_for_url("**/check/")
    reached = page.locator(".page-actions .primary").inner_text()
    assert "1" not in reached, "both languages count"
    within_the_screen(page)


def send(page: Page, portal: House) -> None:
    portal.mailbox.mails.clear()
    page.locator("button[formaction$='/test/']").click()
    expect(page.locator(".notice.success")).to_be_visible()
    wait_for(lambda: portal.mailbox.to(portal.seeded["alice"]), what="the test mail")
    portal.mailbox.mails.clear()
    primary(page)
    page.locator("#undo").click()
    page.wait_for_url("**/check/")
    primary(page)
    expect(page.locator("#progress")).to_have_attribute("data-state", "done", timeout=40_000)  # the page asks by itself
    within_the_screen(page)
    got = {address for mail in portal.mailbox.invitations for address in mail.recipients}
    assert {"bjorn@example.com", "åsa@exempel.se"} <= got <= set(portal.seeded["addresses"])
    wait_for(lambda: portal.mailbox.to(portal.seeded["alice"]), what="the notice that it is done")
