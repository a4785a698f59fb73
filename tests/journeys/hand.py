"""A representative with a telephone: what she taps and types, counted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.journeys.house import House, wait_for
from tests.mailings.design import FACTS, HEADING


@dataclass
class Hand:
    """`taps` on the screen and `keys` pressed; the keyboard's own "next" is typing (rulings, "Commands and limits")."""

    page: Page
    taps: int = 0
    keys: int = 0

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def enter(self) -> None:
        self.page.keyboard.press("Enter")
        self.keys += 1

    def pick(self, name: str, moment: str) -> None:
        """With the telephone's own picker: one tap opens it, one takes what it shows."""
        self.page.locator(f"[name='{name}']").fill(moment)
        self.taps += 2

    def come_to(self, name: str) -> None:
        """The screen with that field."""
        while not self.page.locator(f"[name='{name}']").is_visible():
            self.tap(self.page.locator("[data-next-screen]"))


def sign_in(page: Page, portal: House, *, who: str = "alice") -> None:
    page.goto(f"{portal.url}/accounts/login/")
    with_code(page, portal, who=who)
    expect(page).to_have_url(f"{portal.url}/")


def with_code(where: Page | FrameLocator, portal: House, *, who: str = "alice") -> None:
    """The two steps of the sign-in page, which may be shown over another page."""
    before = len(portal.mailbox.to(portal.seeded[who]))
    where.locator("input[name=login]").fill(portal.seeded[who])
    where.locator("button[name=way][value=code]").click()
    mail = wait_for(lambda: portal.mailbox.to(portal.seeded[who])[before:], what="the code")[-1]
    code = re.search(r"^\s*(\d{6})\s*$", mail.message.get_content(), re.MULTILINE)
    assert code, mail.message.get_content()
    where.locator("input[name=code]").fill(code[1])
    where.locator("main form button.primary").first.click()


def primary(page: Page) -> None:
    """The one main button of a page."""
    page.locator(".page-actions .primary:visible").click()


def write(page: Page, portal: House, *, subject: str, hand: Hand | None = None) -> str:
    """From home to a filled draft; answers its address. The screen is as small as a telephone's."""
    hand = hand or Hand(page)
    page.goto(portal.url)
    hand.tap(page.locator(".page-actions .primary"))
    hand.tap(page.locator(f"button[name=template][value='{portal.seeded['template']}']"))
    page.wait_for_url("**/text/")
    address = page.url.removesuffix("text/")
    page.locator("input[name=subject]").fill("")
    hand.tap(page.locator("input[name=subject]"))
    hand.type(subject)
    hand.enter()
    hand.enter()  # no preview text
    expect(page.locator(f"[name='{HEADING}.text']")).to_be_focused()
    hand.type("Årsmöte på Folkets hus")
    hand.enter()
    expect(page.locator("trix-editor")).to_be_focused()
    page.keyboard.press("Control+A")
    hand.type("Hej [[förnamn]]! Vi ses i Giron, Kárášjohka och Ňjuorjjo.")
    hand.come_to(f"{FACTS}.when")
    hand.pick(f"{FACTS}.when", "2031-03-12T18:00")
    hand.come_to(f"{FACTS}.where:name")
    page.locator(f"[name='{FACTS}.where:name']").focus()
    hand.type("Folkets hus")
    hand.enter()
    hand.type("Föreningsgatan 1, Kiruna")
    all_is_saved(page)
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d[.:]\d\d"))
    return address


def to_subject(page: Page) -> Locator:
    """The subject's own screen."""
    while not page.locator("input[name=subject]").is_visible():
        page.locator("[data-back-screen]").click()
    return page.locator("input[name=subject]")


def all_is_saved(page: Page) -> None:
    """Nothing waits on the device any more: everything typed has reached the server."""
    for _try in range(120):
        if page.evaluate("localStorage.length === 0"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the text was not saved within 12 seconds")
