"""A real browser with a device that has a finger: add a passkey, sign in with it, use it as the second step."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.house import House, wait_for

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def site(portal: House) -> str:
    """Passkeys belong to a name, not to a number."""
    return portal.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def finger(browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 375, "height": 740}, locale="sv-SE").new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def sign_in_with_code(page: Page, portal: House, site: str, address: str) -> None:
    page.goto(f"{site}/accounts/login/")
    page.locator("input[name=login]").fill(address)
    before = len(portal.mailbox.to(address))
    page.locator("button[name=way][value=code]").click()
    mail = wait_for(lambda: portal.mailbox.to(address)[before:], what="the code")[-1]
    page.locator("input[name=code]").fill(re.search(r"\d{6}", str(mail.message["Subject"])).group())
    page.locator("main form button.primary").first.click()
    expect(page).to_have_url(f"{site}/")


def sign_out(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/logout/")
    page.locator("main form button.primary").click()
    page.wait_for_url(f"{site}/accounts/login/**")


def is_clean(page: Page) -> None:
    """No violation that axe can find, and nothing wider than the phone."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_a_passkey_is_made_named_used_and_removed(portal: House, site: str, finger: Page):
    page = finger
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    sign_in_with_code(page, portal, site, portal.seeded["alice"])
    page.goto(f"{site}/account/")
    is_clean(page)
    page.goto(f"{site}/account/passkeys/new/")
    expect(page.locator("[data-no-passkeys]")).to_be_hidden()
    is_clean(page)
    page.locator("input[name=name]").fill("Min telefon")
    page.locator("main form button.primary").click()
    page.wait_for_url(f"{site}/account/second-step/")
    expect(page.get_by_text("Min telefon").first).to_be_visible()
    is_clean(page)
    sign_out(page, site)
    page.goto(f"{site}/accounts/login/?next=/account/second-step/")
    is_clean(page)
    page.locator("#id_remember").check()
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(f"{site}/account/second-step/")
    page.goto(f"{site}/account/devices/")
    expect(page.locator(".rows .tag")).to_have_count(2)  # this device, remembered
    is_clean(page)
    page.goto(f"{site}/account/second-step/")
    page.locator("main .button.danger").first.click()
    expect(page.get_by_text("Min telefon")).to_have_count(0)
    sign_out(page, site)
    page.goto(f"{site}/accounts/login/")
    page.locator("form[data-passkey] button").click()
    expect(page.locator("main .notice.error, main [role=alert]").first).to_be_visible()
    assert errors == []


def test_a_browser_without_passkeys_offers_the_other_ways(site: str, browser: Browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/accounts/login/")
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    expect(page.locator("button[name=way][value=code]")).to_be_visible()
