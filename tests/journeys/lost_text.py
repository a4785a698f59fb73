"""Whatever happens while one writes, everything typed more than three seconds before is there (faults R20 and R21)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.journeys.hand import all_is_saved, sign_in, to_subject, with_code, write
from tests.journeys.house import House


def trouble_passes(page: Page, address: str, text: str) -> None:
    """The page says that it is well again, and a new visit shows the text."""
    expect(page.locator("[data-trouble]")).to_be_hidden(timeout=20000)
    all_is_saved(page)
    page.goto(f"{address}text/")
    expect(page.locator("input[name=subject]")).to_have_value(text)


def test_words_typed_without_a_connection_are_kept(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Innan tunneln")
    page.context.set_offline(True)
    to_subject(page).fill("I tunneln")
    expect(page.locator("[data-trouble]")).to_be_visible(timeout=6000)
    page.context.set_offline(False)
    trouble_passes(page, address, "I tunneln")


def test_words_typed_while_the_database_is_away_are_kept(portal: House, page: Page):
    """Fault R14: the page says so, keeps the text and saves it by itself when the database is back."""
    sign_in(page, portal)
    address = write(page, portal, subject="Innan strömmen gick")
    with portal.database_away():
        to_subject(page).fill("Medan den var borta")
        expect(page.locator("[data-trouble]")).to_be_visible(timeout=8000)
        expect(page.locator("input[name=subject]")).to_have_value("Medan den var borta")
    trouble_passes(page, address, "Medan den var borta")


def test_words_typed_while_the_server_is_killed_are_kept(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Innan kraschen")
    with portal.web_away():
        to_subject(page).fill("Under kraschen")
        expect(page.locator("[data-trouble]")).to_be_visible(timeout=8000)
    trouble_passes(page, address, "Under kraschen")


def test_a_session_that_ends_asks_for_a_code_over_the_page_and_the_save_goes_on(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Innan utloggningen")
    with psycopg.connect(portal.env["DATABASE_URL"]) as database:
        database.execute("DELETE FROM django_session")
    to_subject(page).fill("Skrivet utloggad")
    expect(page.locator("dialog[data-dialog]")).to_be_visible(timeout=6000)
    with_code(page.frame_locator("dialog[data-dialog] iframe"), portal)
    expect(page.locator("dialog[data-dialog]")).to_be_hidden(timeout=10000)
    assert page.url.startswith(f"{address}text/"), "she never left the page"
    trouble_passes(page, address, "Skrivet utloggad")


@pytest.mark.slow  # beside its neighbours it shows little; `script/test --all`
def test_the_next_button_of_somebody_signed_out_goes_on_after_the_code(portal: House, page: Page):
    sign_in(page, portal)
    write(page, portal, subject="Innan utloggningen")
    with psycopg.connect(portal.env["DATABASE_URL"]) as database:
        database.execute("DELETE FROM django_session")
    while page.locator("[data-next-screen]").is_visible():
        page.locator("[data-next-screen]").click()
    page.locator("[data-key-next]").click()
    with_code(page.frame_locator("dialog[data-dialog] iframe"), portal)
    page.wait_for_url("**/preview/")


@pytest.mark.slow  # beside its neighbours it shows little; `script/test --all`
def test_a_file_that_is_too_large_costs_no_word(portal: House, page: Page):
    """What stands before the product may refuse a large upload (413); the words go without it."""
    sign_in(page, portal)
    address = write(page, portal, subject="Innan bilden")

    def refuse(route: Route) -> None:
        with_it = b"JFIF" in (route.request.post_data_buffer or b"")
        route.fulfill(status=413) if with_it else route.continue_()

    page.route("**/save/", refuse)
    to_subject(page).fill("Med en stor bild")
    picture = {"name": "stor.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100_000)}
    page.locator("input[type=file]").first.set_input_files(picture)  # type: ignore[arg-type]
    expect(page.locator(".errorlist.quick")).to_have_count(1, timeout=6000)
    trouble_passes(page, address, "Med en stor bild")


def test_a_document_is_added_after_the_words_are_safe(portal: House, page: Page):
    """Adding one makes a new version of the draft, which must not collide with what is being typed."""
    sign_in(page, portal)
    write(page, portal, subject="Innan dagordningen")
    to_subject(page).fill("Med dagordning")
    while page.locator("[data-next-screen]").is_visible():
        page.locator("[data-next-screen]").click()
    agenda = {"name": "dagordning.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    page.locator("#document").set_input_files(agenda)  # type: ignore[arg-type]
    page.locator("form[action$='/documents/add/'] button").click()
    expect(page.locator("#documents")).to_contain_text("dagordning.pdf")
    expect(page.locator("[data-trouble]")).to_be_hidden()
    expect(page.locator("input[name=subject]")).to_have_value("Med dagordning")


def test_two_tabs_keep_both_texts(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Först")
    other = page.context.new_page()
    other.goto(f"{address}text/")
    other.locator("input[name=subject]").fill("I den andra fliken")
    all_is_saved(other)
    to_subject(page).fill("I den första fliken")
    expect(page.locator("[data-mine]")).to_be_visible(timeout=6000)
    expect(page.locator("input[name=subject]")).to_have_value("I den första fliken")
    page.locator("[data-mine]").click()
    trouble_passes(page, address, "I den första fliken")


def test_two_people_keep_both_texts_and_find_them_among_the_versions(portal: House, page: Page, browser: Browser):
    sign_in(page, portal)
    address = write(page, portal, subject="Alices")
    deputy = browser.new_page(locale="sv-SE")
    sign_in(deputy, portal, who="deputy")
    deputy.goto(f"{address}text/")
    deputy.locator("input[name=subject]").fill("Bertils")
    all_is_saved(deputy)
    deputy.close()
    to_subject(page).fill("Alices andra")
    expect(page.locator("[data-theirs]")).to_be_visible(timeout=6000)
    page.locator("input[name=subject]").fill("Alices tredje")  # typed while the choice is on the screen
    page.locator("[data-theirs]").click()
    expect(page.locator("input[name=subject]")).to_have_value("Bertils")
    page.goto(f"{address}versions/")
    expect(page.locator(".rows li").nth(3)).to_be_visible()  # hers, his, and what she typed meanwhile, twice
    page.locator(".rows a").first.click()
    expect(page.locator("main")).to_contain_text("Alices tredje")
    page.locator(".page-actions .primary").click()
    page.wait_for_url(re.compile("/text/"))
    expect(page.locator("input[name=subject]")).to_have_value("Alices tredje")


@pytest.mark.slow  # beside its neighbours it shows little; `script/test --all`
def test_text_from_an_earlier_visit_is_kept_also_when_the_other_goes_on(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Först")
    page.context.set_offline(True)
    to_subject(page).fill("Aldrig framme")
    expect(page.locator("[data-trouble]")).to_be_visible(timeout=6000)
    kept = page.evaluate("Object.entries(localStorage)")
    page.evaluate("localStorage.clear()")
    other = page.context.new_page()
    page.close()  # what it still sends gets nowhere
    other.context.set_offline(False)
    other.goto(f"{address}text/")
    other.locator("input[name=subject]").fill("Från en annan flik")
    all_is_saved(other)
    other.evaluate("(kept) => kept.forEach(([key, value]) => localStorage.setItem(key, value))", kept)
    other.goto(f"{address}text/")
    expect(other.locator("[data-theirs]")).to_be_visible()
    with other.expect_navigation():
        other.locator("[data-theirs]").click()
    expect(other.locator("input[name=subject]")).to_have_value("Från en annan flik")
    expect(other.locator("[data-theirs]")).to_be_hidden()
    other.goto(f"{address}versions/")
    other.locator(".rows a").first.click()
    expect(other.locator("main")).to_contain_text("Aldrig framme")


def test_a_browser_that_is_killed_takes_no_word_with_it(portal: House, page: Page, tmp_path: Path):
    profile = str(tmp_path / "profile")
    chromium = page.context.browser.browser_type  # type: ignore[union-attr]
    first = chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=FLAGS, viewport={"width": 375, "height": 740}
    )
    victim = first.pages[0]
    sign_in(victim, portal)
    address = write(victim, portal, subject="Innan")
    to_subject(victim).fill("Tre sekunder före")
    victim.wait_for_timeout(3000)
    subprocess.run(["pkill", "-9", "-f", profile], check=True)
    sign_in(page, portal)
    page.goto(f"{address}text/")
    expect(page.locator("input[name=subject]")).to_have_value("Tre sekunder före")


@pytest.mark.slow  # beside its neighbours it shows little; `script/test --all`
def test_a_laptop_that_sleeps_saves_when_it_wakes(portal: House, page: Page):
    sign_in(page, portal)
    address = write(page, portal, subject="Innan locket stängdes")
    life = page.context.new_cdp_session(page)
    to_subject(page).fill("Locket stängs")
    life.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.wait_for_timeout(2500)
    life.send("Page.setWebLifecycleState", {"state": "active"})
    trouble_passes(page, address, "Locket stängs")
