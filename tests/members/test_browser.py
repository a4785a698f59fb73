"""The list in a real browser: axe, a telephone and a desktop, without JavaScript, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from comms.people.models import User
from tests.factories import day, make_mandate, make_member
from tests.gate.test_shipped import AXE
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401  (found by name)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.timeout(200),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

SIZES = {"phone": {"width": 375, "height": 740}, "desktop": {"width": 1280, "height": 900}}
EVERYDAY = {("sv", "phone"), ("da", "desktop")}  # the other languages with script/test --all
LOOKS = [
    pytest.param(code, size, marks=() if (code, size) in EVERYDAY else pytest.mark.slow)
    for code, _name in settings.LANGUAGES
    for size in SIZES
]


@pytest.fixture
def people(transactional_db, union) -> Any:
    """More than a page of members with long names and jobs, two mandates, one member in the middle of it all."""
    for n in range(55):
        member = make_member("Þorsteina-Máret", f"Sjöström Øverskogsberg {n:02}", placed=[union.branch_a])
        member.placements.create(
            unit=union.workplace, start=day(-9), position="Socialsekreterare med samordningsansvar",
            employment="temporary", main_employer=True,
        )  # fmt: skip
    make_member("Aaro", "Aalto", placed=[union.branch_a], email="aaro@example.com", mobile="+46701740605")
    make_mandate(union.alice, union.employer, role="safety")
    return union


@pytest.fixture
def opened(live_server, browser: Browser, people, sign_in) -> Iterator[Any]:
    """`opened(size, script=…)`: Alice, signed in."""
    contexts = []

    def open_(size: str, *, script: bool = True) -> Page:
        context = browser.new_context(
            viewport=SIZES[size], java_script_enabled=script, base_url=live_server.url
        )  # fmt: skip
        cookie = sign_in(people.alice).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


def sound(page: Page) -> None:
    """Nothing for axe to say, nothing beside the screen."""
    violations = Axe().run(page, options=AXE).response["violations"]
    assert [(v["id"], [node["html"][:160] for node in v["nodes"]][:3]) for v in violations] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def small_targets(page: Page) -> list[str]:
    """What is pressed in the page's own part and is lower than 44 px, and inputs with letters below 16 px."""
    return page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main select, main input:not([type=hidden])")]
        .filter(e => e.offsetParent && !e.matches("input[type=radio]"))
        .filter(e => e.getBoundingClientRect().height < 44 ||
                     e.matches("input, select") && parseFloat(getComputedStyle(e).fontSize) < 16)
        .map(e => e.outerHTML.slice(0, 120))"""
    )


@pytest.mark.parametrize(("language", "size"), LOOKS)
def test_axe_finds_nothing_in_any_language(opened, people, size, language):
    User.objects.filter(pk=people.alice.pk).update(language=language)
    page = opened(size)
    for path in ("/members/", "/members/?employment=temporary", "/members/?position=Rymdfarare"):
        page.goto(path)
        sound(page)
    page.goto("/members/")
    page.locator("tbody a.button").first.click()
    sound(page)
    assert small_targets(page) == []
    page.locator("input[name=reason]").first.check()
    page.locator("main form button.primary").click()
    expect(page.locator("main")).to_contain_text("aaro@example.com")
    sound(page)


def test_on_a_phone_the_list_is_cards_that_name_each_fact(opened):
    page = opened("phone")
    page.goto("/members/")
    assert page.locator("tbody tr").nth(1).evaluate("e => getComputedStyle(e).display") == "block"
    cell = page.locator("tbody td[data-label]").first
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") == f'"{cell.get_attribute("data-label")}"'
    assert page.locator("thead").bounding_box()["height"] < 2
    assert small_targets(page) == []
    page.set_viewport_size(SIZES["desktop"])
    assert page.locator("tbody tr").nth(1).evaluate("e => getComputedStyle(e).display") == "table-row"


def test_without_javascript_one_searches_turns_and_asks(opened):
    page = opened("phone", script=False)
    page.goto("/members/")
    page.locator("a[rel=next]").click()
    expect(page.locator("tbody tr")).to_have_count(6)
    page.locator("input[name=q]").fill("aalto")
    page.locator("form[role=search] button").first.click()
    expect(page.locator("tbody th")).to_have_text(["Aaro Aalto"])
    assert "aalto" not in page.url.lower()
    page.locator("tbody a.button").click()
    page.locator("input[name=reason]").last.check()
    page.locator("main form button.primary").click()
    expect(page.locator("a[href^='tel:']")).to_have_attribute("href", "tel:+46701740605")


def test_the_keyboard_alone_filters_and_turns(opened):
    page = opened("desktop")
    page.goto("/members/")
    page.locator("input[name=q]").focus()
    page.keyboard.type("aalto")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("summary", has_text="").last.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "employer"
