"""From sign-in to sent by keyboard alone, and every stop on the way can be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.journeys.hand import all_is_saved
from tests.journeys.house import HOLD, House, wait_for
from tests.mailings.design import FACTS, HEADING

DESKTOP = {"width": 1280, "height": 900}
NEW = "a[href*='/invitations/new/']"
NEXT = "[data-key-next]"

# Where the focus is, also inside a frame of ours, whether one can see it there, and whether the stop before it has
# changed its look now that the focus has left it.
STOP = """() => {
  const inside = (root) => {
    const on = root.activeElement;
    return on?.contentDocument?.activeElement ? inside(on.contentDocument) : on;
  };
  const look = (e) => [e, e.closest("label"), e.closest(".rich")].filter(Boolean).map((one) => {
    const style = one.ownerDocument.defaultView.getComputedStyle(one);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow].join(" ");
  }).join();
  const uncovered = (e) => {
    const { left, right, top, bottom } = e.getBoundingClientRect();
    return [0.1, 0.5, 0.9].some((part) => {
      const on = document.elementFromPoint(left + (right - left) * part, top + (bottom - top) * part);
      return on && (e.contains(on) || on.closest("label")?.control === e || on.parentElement?.closest("a") === e);
    });
  };
  const e = inside(document), before = window.stop_before;
  const left = before && before.e !== e && before.e.isConnected;
  window.stop_before = { e, look: look(e) };
  return {
    name: `${e.tagName}#${e.id} ${e.name || ""} ${(e.textContent || "").trim().slice(0, 30)}`,
    nowhere: e === document.body,
    seen: e.ownerDocument !== document || uncovered(e),
    was_seen: !left || look(before.e) !== before.look,
  };
}"""


@dataclass
class Keyboard:
    """A person who never touches a mouse. Each stop must be on the screen and look different while it is focused."""

    page: Page
    stops: list[str] = field(default_factory=list)

    def press(self, key: str) -> dict[str, Any]:
        self.page.keyboard.press(key)
        stop: dict[str, Any] = self.page.evaluate(STOP)
        self.stops.append(stop["name"])
        assert stop["was_seen"], f"{self.page.url}: {self.stops[-2:-1]} looked as if it had no focus"
        assert stop["nowhere"] or stop["seen"], f"{self.page.url}: {stop['name']} has the focus out of sight"
        return stop

    def to(self, selector: str, *, key: str = "Tab", most: int = 80) -> None:
        """With Tab until that is reached."""
        begun = len(self.stops)
        for _press in range(most):
            self.press(key)
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{self.page.url}: no way to {selector} by {self.stops[begun:]}")

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def shortcut(self, keys: str) -> None:
        """As long after the last key as a hand needs: a browser tells an editor of a new selection a little later."""
        self.page.wait_for_timeout(250)  # milliseconds
        self.page.keyboard.press(keys)


def test_from_sign_in_to_sent_by_keyboard_alone(portal: House, browser: Browser):
    page = browser.new_context(viewport=DESKTOP, locale="sv-SE").new_page()  # type: ignore[arg-type]
    hand = Keyboard(page)
    signs_in(hand, portal)
    chooses(hand, portal)
    writes(hand)
    is_signed_out_and_comes_back(hand, portal)
    looks(hand)
    chooses_recipients(hand)
    sends(hand, portal)
    print(f"{len(hand.stops)} stops from sign-in to sent")
    page.context.close()


def signs_in(hand: Keyboard, portal: House) -> None:
    page = hand.page
    page.goto(f"{portal.url}/accounts/login/")
    hand.to("input[name=login]", most=2)  # the first thing after the way past the head
    with_code(hand, portal)
    expect(page).to_have_url(f"{portal.url}/")
    page.wait_for_load_state()  # until then the way past the head does not move where Tab goes on


def with_code(hand: Keyboard, portal: House) -> None:
    """From the address field to what follows the code."""
    before = len(portal.mailbox.to(portal.seeded["alice"]))
    hand.type(portal.seeded["alice"])
    hand.page.keyboard.press("Enter")
    mail = wait_for(lambda: portal.mailbox.to(portal.seeded["alice"])[before:], what="the code")[-1]
    code = re.search(r"^\s*(\d{6})\s*$", mail.message.get_content(), re.MULTILINE)
    assert code
    wait_for(
        lambda: any(frame.locator("input[name=code]:focus").count() for frame in hand.page.frames), what="the field"
    )
    hand.type(code[1])
    hand.page.keyboard.press("Enter")


def chooses(hand: Keyboard, portal: House) -> None:
    page = hand.page
    hand.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    hand.press("Enter")
    hand.to(f"main {NEW}", most=3)  # past the navigation
    hand.to(".menu > summary", key="Shift+Tab")
    hand.press("Enter")
    expect(page.locator(".menu-body")).to_be_visible()
    hand.press("Tab")
    hand.press("Escape")
    expect(page.locator(".menu-body")).to_be_hidden()
    expect(page.locator(".menu > summary")).to_be_focused()
    hand.to(NEW)
    page.keyboard.press("Enter")
    page.wait_for_url("**/invitations/new/**")
    hand.to(f"button[name=template][value='{portal.seeded['template']}']")
    page.keyboard.press("Space")
    page.wait_for_url("**/text/")


def writes(hand: Keyboard) -> None:
    page = hand.page
    hand.to("input[name=subject]")
    page.keyboard.press("Control+A")
    hand.type("Utan mus")
    hand.press("Tab")
    expect(page.locator("input[name=preheader]")).to_be_focused()
    hand.to(f"[name='{HEADING}.text']", most=3)
    hand.type("Årsmöte på Folkets hus")
    hand.to("trix-editor", most=8)
    writes_with_marks(hand)
    hand.to(f"[name='{FACTS}.when']", most=3)
    for _part in ("year", "month", "day", "hour", "minute", "half"):  # in the order of the browser's own language
        for _up in range(3):
            page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
    assert page.locator(f"[name='{FACTS}.when']").input_value() > timezone.localtime().isoformat()
    hand.to(f"[name='{FACTS}.where:name']")
    hand.type("Folkets hus")
    hand.press("Tab")
    hand.press("Shift+Tab")
    expect(page.locator(f"[name='{FACTS}.where:name']")).to_be_focused()
    page.keyboard.press("Control+s")
    all_is_saved(page)
    expect(page.locator(f"[name='{FACTS}.where:name']")).to_be_focused()  # saved where one stands


def writes_with_marks(hand: Keyboard) -> None:
    """Bold, a list and a link; Tab leaves the editor wherever one stands in it."""
    page, editor = hand.page, hand.page.locator("trix-editor")
    bold = page.locator("[data-trix-attribute=bold].trix-active")
    page.keyboard.press("Control+A")
    hand.shortcut("Control+b")
    expect(bold).to_have_count(1)
    hand.type("Hej [[förnamn]]!")
    hand.shortcut("Control+b")
    expect(bold).to_have_count(0)
    page.keyboard.press("Enter")
    hand.to("[data-trix-attribute=bullet]", key="Shift+Tab", most=5)
    page.keyboard.press("Space")
    expect(editor).to_be_focused()
    hand.type("kaffe")
    page.keyboard.press("Enter")
    hand.type("dagordning")
    expect(editor.locator("li").last).to_have_text("dagordning")
    hand.shortcut("Shift+Home")
    hand.shortcut("Control+k")
    expect(page.locator("[data-trix-input]")).to_be_focused()
    hand.type("https://www.example.org/dagordning")
    page.keyboard.press("Enter")
    expect(editor).to_be_focused()
    assert editor.locator("li").count() == 2
    expect(editor.locator("li a")).to_have_text("dagordning")
    expect(editor.locator("strong")).to_have_text("Hej [[förnamn]]!")
    hand.press("Tab")
    expect(editor).not_to_be_focused()
    assert editor.locator("li li").count() == 0, "Tab moves on; it does not indent"


def is_signed_out_and_comes_back(hand: Keyboard, portal: House) -> None:
    """The question for a code can be put off and taken up again; the focus comes back to where she was writing."""
    page, place = hand.page, hand.page.locator(f"[name='{FACTS}.where:name']")
    with psycopg.connect(portal.env["DATABASE_URL"]) as database:
        database.execute("DELETE FROM django_session")
    page.keyboard.press("End")
    hand.type(" i Kiruna")
    expect(page.locator("dialog[data-dialog]")).to_be_visible(timeout=8000)
    login = page.frame_locator("dialog[data-dialog] iframe").locator("input[name=login]")
    expect(login).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[data-dialog]")).to_be_hidden()
    expect(place).to_be_focused()
    hand.to("[data-sign-in]", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(login).to_be_focused()
    with_code(hand, portal)
    expect(page.locator("dialog[data-dialog]")).to_be_hidden(timeout=10_000)
    all_is_saved(page)
    expect(place).to_have_value("Folkets hus i Kiruna")


def looks(hand: Keyboard) -> None:
    page = hand.page
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/preview/")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Hej Kim!")
    hand.to(".tabs a[href*='/preview/desktop/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/preview/desktop/**")
    hand.to(f"{NEXT}")  # through the mail and its links, and out of it again
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/recipients/")


def chooses_recipients(hand: Keyboard) -> None:
    page, box = hand.page, hand.page.locator("input[name=languages][value=nb]")
    fold = page.locator("details", has=box).locator("summary")
    for _press in range(60):
        hand.press("Tab")
        if fold.evaluate("e => e === document.activeElement"):
            break
    hand.press("Enter")
    hand.to("input[name=languages][value=nb]")
    hand.press("Space")
    expect(page.locator(".ledger-total b")).to_have_text("1")
    expect(box).to_be_focused()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/check/")


def sends(hand: Keyboard, portal: House) -> None:
    page = hand.page
    portal.mailbox.mails.clear()
    hand.to("input[name=attach_pdf]")
    hand.press("Space")
    expect(page.locator("input[name=attach_pdf]")).to_be_checked()
    page.keyboard.press("Space")
    expect(page.locator("input[name=attach_pdf]")).not_to_be_checked()
    hand.to(".page-actions .primary")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_be_visible(timeout=45_000)  # past what a PDF may take
    hand.to("#undo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check/")
    assert portal.mailbox.mails == []
    hand.to(".page-actions .primary")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_have_attribute("data-state", "done", timeout=(HOLD + 30) * 1000)
    assert [mail.recipients for mail in portal.mailbox.invitations] == [["bjorn@example.com"]]
    wait_for(lambda: portal.mailbox.to(portal.seeded["alice"]), what="the notice that it is done")
