"""Staff build a template from nothing, are refused by the gate, mend it, and a second person lets it out."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from templates_lib.blocks import vocabulary
from tests.journeys.house import House, wait_for

TEMPLATES = "/admin/snippets/templates_lib/invitationtemplate/"
TITLE, STRANGE = "Bjud in till kurs i förhandling", "欢"
KINDS = [kind for kind, _block in vocabulary()]
DESKTOP = {"width": 1280, "height": 900}


def somebody(browser: Browser, portal: House, address: str) -> Page:
    """A browser of their own, signed in with the code from their mailbox."""
    page = browser.new_context(viewport=DESKTOP, locale="sv-SE").new_page()
    page.goto(f"{portal.url}/accounts/login/")
    page.locator("input[name=login]").fill(address)
    before = len(portal.mailbox.to(address))
    page.locator("button[name=way][value=code]").click()
    mail = wait_for(lambda: portal.mailbox.to(address)[before:], what="the code")[-1]
    code = re.search(r"^\s*(\d{6})\s*$", mail.message.get_content(), re.MULTILINE)
    assert code, mail.message.get_content()
    page.locator("input[name=code]").fill(code[1])
    page.locator("main form button.primary").first.click()
    expect(page).to_have_url(f"{portal.url}/")
    return page


def add_block(page: Page, kind: str) -> None:
    """A block of that kind, after those that are there."""
    page.locator(".c-sf-add-button:visible").last.click()
    page.locator(".w-combobox__option:visible").nth(KINDS.index(kind)).click()
    expect(page.locator(".w-combobox__option:visible")).to_have_count(0)


def open_menu(page: Page) -> None:
    page.locator("footer .w-dropdown-button button[aria-expanded]").last.click()


def checked(page: Page) -> None:
    """The check is over; its page asks again by itself."""
    page.wait_for_url("**/check/**")
    expect(page.locator(".print-shop-check a.button").first).to_be_visible(timeout=60_000)


def test_a_template_from_nothing_to_the_gallery(portal: House, browser: Browser):
    sara = somebody(browser, portal, portal.seeded["staff"][0])
    written_and_previewed(sara, portal)
    refused_and_mended(sara)
    sent_for_approval(sara)
    sixten = somebody(browser, portal, portal.seeded["staff"][1])
    approved(sixten, sara.url)
    alice = somebody(browser, portal, portal.seeded["alice"])
    alice.goto(f"{portal.url}/invitations/new/")
    expect(alice.get_by_text(TITLE).first).to_be_visible()


def written_and_previewed(page: Page, portal: House) -> None:
    """Header, heading, text and footer; the panel shows the heading while it is being written."""
    page.goto(f"{portal.url}{TEMPLATES}add/")
    page.locator("[name=name]").fill("Kurs i förhandling (medlemmar)")
    page.locator("[name=titles_sv]").fill(TITLE)
    page.locator("[data-chooser-action-choose]").first.click()
    page.locator(".modal [data-chooser-modal-choice]").first.click()
    for kind in ("header", "heading", "rich_text", "footer"):
        add_block(page, kind)
    page.locator("[aria-controls='block_group-body-1-value-text-content']").click()
    page.locator("[name='body-1-value-text-text-sv']").fill(f"Välkommen {STRANGE}")
    page.wait_for_url("**/edit/*/")  # autosave has made a draft of it
    page.locator("[data-side-panel-toggle=preview], [data-side-panel='preview']").first.click()
    shown = page.frame_locator("#w-preview-iframe")
    expect(shown.get_by_text(f"Välkommen {STRANGE}")).to_be_visible(timeout=15_000)


def refused_and_mended(page: Page) -> None:
    """“Publish” ends in plain words that lead to the block."""
    edited = page.url
    open_menu(page)
    page.locator("button[name=action-publish]").click()
    checked(page)
    finding = page.locator(".print-shop-findings li").first
    expect(finding).to_contain_text(
        re.compile(f"Tecknet .{STRANGE}. i “Rubrik” .* finns inte i typsnittet. .*U[+]6B22")
    )
    finding.locator("a").click()
    page.wait_for_url(re.compile(re.escape(edited) + "#block-.*"))
    page.locator("[aria-controls='block_group-body-1-value-text-content']").click()
    page.locator("[name='body-1-value-text-text-sv']").fill("Välkommen på kurs")
    page.locator("[name=approval_required]").check()
    page.locator("button[name=action-save], footer button.action-save").first.click()
    page.wait_for_load_state()


def sent_for_approval(page: Page) -> None:
    """Whoever wrote it cannot publish it any more."""
    open_menu(page)
    expect(page.locator("button[name=action-publish]")).to_have_count(0)
    page.locator("button[name=action-submit]").click()
    page.wait_for_url(re.compile(re.escape(TEMPLATES) + "$"))
    page.get_by_role("link", name="Kurs i förhandling (medlemmar)").first.click()
    page.wait_for_url("**/edit/*/")
    expect(page.locator("[data-workflow-action-name=approve]")).to_have_count(0)


def approved(page: Page, address: str) -> None:
    page.goto(address)
    open_menu(page)
    page.locator("[data-workflow-action-name=approve]:not([data-launch-modal])").first.click()
    checked(page)
    assert page.locator(".print-shop-findings li").all_inner_texts() == []
