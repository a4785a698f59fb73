"""A representative takes a text from the library into an invitation; staff change it there, and the draft says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from cms.models import ArticlePage, HomePage, ShelfPage
from mailings.models import Insertion, Mailing
from tests.gate.test_shipped import AXE
from tests.journeys.hand import all_is_saved
from tests.library.shelves import article, passage, put, rewrite
from tests.mailings.design import TEXT, make_draft

pytestmark = [
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance"),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.timeout(200),
]

SLOT = f"{TEXT}.text"
OLD, NEW = "Avdelningen betalar din resa.", "Avdelningen betalar din resa och en smörgås."
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def travel(union) -> ArticlePage:
    shelf = put(ShelfPage(title="Resor"), under=HomePage.objects.get())
    article("Får jag ledigt?", under=shelf)
    return article("Vem betalar resan?", under=shelf, body=[passage("Till kallelsen", f"<p>{OLD}</p>")])


@pytest.fixture
def draft(union) -> Mailing:
    return make_draft(union.mandate(union.alice), values={SLOT: "<p>Hej!</p><p>Välkommen.</p>"})


@pytest.fixture
def alice(union, sign_in, live_server, page: Page) -> Page:
    return signed_in(page, sign_in(union.alice), live_server.url)


def signed_in(page: Page, client: Client, url: str) -> Page:
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    return page


def open_text(page: Page, url: str, mailing: Mailing) -> None:
    """The text step at the place where the text is."""
    page.goto(f"{url}/invitations/{mailing.public_id}/text/#slot-{SLOT}")
    expect(page.locator("trix-editor")).to_be_visible()


def stands(mailing: Mailing) -> Any:
    return Mailing.unscoped.get(pk=mailing.pk).values[SLOT]


@pytest.mark.parametrize("size", [None, DESKTOP], ids=["phone", "desk"])
def test_a_text_is_found_put_in_and_its_new_words_taken(live_server, alice: Page, draft, travel, size):
    trouble: list[str] = []
    alice.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    alice.on("pageerror", lambda error: trouble.append(str(error)))
    if size:
        alice.set_viewport_size(size)
    open_text(alice, live_server.url, draft)
    found_and_put_in(alice)
    assert stands(draft) == f"<p>Hej!</p><p>{OLD}</p><p>Välkommen.</p>"
    rewrite(travel, "Till kallelsen", f"<p>{NEW}</p>")
    told_and_taken(alice, live_server.url, draft)
    assert stands(draft) == f"<p>Hej!</p><p>{NEW}</p><p>Välkommen.</p>"
    assert trouble == []


def found_and_put_in(page: Page) -> None:
    """The caret stands in “Hej!”; afterwards it is behind what came in, and the text is saved by itself."""
    page.locator("trix-editor").evaluate("editor => { editor.focus(); editor.editor.setSelectedRange(2); }")
    page.get_by_role("button", name=re.compile("biblioteket|library")).click()
    dialog = page.locator("[data-library-dialog]")
    expect(dialog.locator("#library-q")).to_be_focused()
    expect(dialog.locator(".source")).to_have_count(2)
    page.keyboard.type("resan")
    expect(dialog.locator(".source")).to_have_count(1)
    dialog.locator(".passage", has_text=OLD).get_by_role("button").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("trix-editor")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Vem betalar resan?")
    all_is_saved(page)


def told_and_taken(page: Page, url: str, mailing: Mailing) -> None:
    """The check leads to the place; one tap exchanges the text, what was just typed included in the save."""
    page.goto(f"{url}/invitations/{mailing.public_id}/check/")
    page.locator(".notice.warning", has_text="Vem betalar resan?").get_by_role("link").click()
    told = page.locator(".changed")
    expect(told).to_contain_text(OLD)
    expect(told).to_contain_text(NEW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    told.locator("button[formaction$='/take/']").click()
    expect(page.locator(".notice.success")).to_be_visible()
    expect(page.locator(".changed")).to_have_count(0)
    expect(page.locator("trix-editor")).to_contain_text(NEW)


def test_closed_with_escape_nothing_has_happened_and_one_is_back_at_the_button(live_server, alice: Page, draft, travel):
    open_text(alice, live_server.url, draft)
    button = alice.locator("[data-library]")
    button.click()
    expect(alice.locator("#library-q")).to_be_focused()
    violations = Axe().run(alice, options={**AXE, "iframes": False}).response["violations"]
    assert [(one["id"], one["nodes"]) for one in violations] == []
    alice.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert not Insertion.objects.exists()


def test_signed_out_meanwhile_the_page_asks_for_the_sign_in_itself(live_server, alice: Page, draft, travel):
    open_text(alice, live_server.url, draft)
    alice.context.clear_cookies(name="sessionid")
    alice.locator("[data-library]").click()
    expect(alice.locator("[data-dialog]")).to_be_visible()
    expect(alice.locator("[data-library-dialog]")).to_be_hidden()


def test_without_javascript_the_text_is_saved_and_the_library_is_a_page(
    live_server, union, sign_in, browser, draft, travel
):
    context = browser.new_context(java_script_enabled=False, locale="sv-SE")
    page = signed_in(context.new_page(), sign_in(union.alice), live_server.url)
    page.goto(f"{live_server.url}/invitations/{draft.public_id}/text/")
    page.locator(f"textarea[name='{SLOT}']").fill("Nyss skrivet")
    page.locator("[data-library]").click()
    page.wait_for_url("**/library/**")
    page.locator("#library-q").fill("resan")
    page.locator("[role=search] button").click()
    page.locator(".passage", has_text=OLD).get_by_role("button").click()
    page.wait_for_url("**/text/**")
    expect(page.locator(".notice.success")).to_contain_text("Vem betalar resan?")
    assert stands(draft) == f"<p>Nyss skrivet</p><p>{OLD}</p>"
    context.close()
