"""Pictures of the shipped templates for people to look at: mail on a phone, wide and dark, page, poster, square.

script/gallery
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import django
from playwright.sync_api import Browser, Route, sync_playwright

LANGUAGES = {"sv": "Svenska", "nb": "Norsk", "da": "Dansk", "en": "English"}
SCREENS = {"phone": (375, "light"), "wide": (680, "light"), "dark": (375, "dark")}
SHEETS = {"page": 700, "poster": 500, "square": 500}  # pixels wide
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gallery of templates</title>
<meta name="viewport" content="width=device-width"><style>
body{{margin:0;padding:24px;background:#eceae6;color:#222;font:16px/1.5 system-ui,sans-serif}}
nav a{{margin-right:1em}} h2{{margin:48px 0 8px;padding-top:16px;border-top:1px solid #bbb}}
.row{{display:flex;gap:16px;align-items:flex-start;overflow-x:auto;padding-bottom:16px}}
figure{{margin:0;flex:none}} figcaption{{font-size:13px;color:#555}}
img{{display:block;max-height:640px;width:auto;background:#fff;box-shadow:0 1px 6px #0003}}
</style></head><body><h1>Gallery of templates</h1><nav>{nav}</nav>{body}</body></html>"""


@dataclass(frozen=True)
class Made:
    """One template in one language."""

    slug: str
    title: str
    language: str
    mail: str
    sheets: dict[str, list[bytes]]  # kind -> PNG of each page


def make(only: Sequence[str], languages: Sequence[str]) -> tuple[list[Made], dict[str, bytes]]:
    """Everything drawn, with the pictures by the path of their address. Needs an empty database."""
    from templates_lib import library, samples
    from templates_lib.models import Picture
    from tests.factories import make_unit

    samples.brand(make_unit("Förbundet Norrsken", kind="union"))
    templates = [one for one in library.install(samples.topics()) if not only or one.slug in only]
    made = [drawn(template, language) for template in templates for language in languages]
    return made, {row.path: bytes(row.content) for row in Picture.objects.all()}


def drawn(template, language: str) -> Made:  # type: ignore[no-untyped-def]  # Django is not set up when this is read
    from templates_lib import outputs, pdf_worker, pictures, preview, samples
    from templates_lib.render import merge
    from templates_lib.render.html import print_html
    from templates_lib.render.mjml import mail_html

    document = dataclasses.replace(
        preview.sample_document(template, language), page_url="https://forbundet.example.org/w/8kq2"
    )
    prints = outputs.prints(document)
    pages = {"page": (print_html(document), "invitation"), "poster": (prints["poster_a4"], "poster")}
    pages["square"] = (prints["square"], "square")
    content = pictures.contents(document.pictures)
    sheets = {
        name: pdf_worker.page_images(pdf_worker.make_pdf(html, content, kind=kind), SHEETS[name], full=True)
        for name, (html, kind) in pages.items()
    }
    mail = merge.fill(mail_html(document), samples.member(language))
    return Made(template.slug, template.title(language), language, mail, sheets)


def shoot(browser: Browser, made: Sequence[Made], stored: dict[str, bytes], out: Path) -> None:
    """The mails as three screens show them."""

    def answer(route: Route) -> None:
        content = stored.get(urlsplit(route.request.url).path)
        route.fulfill(body=content) if content else route.abort()

    for screen, (width, scheme) in SCREENS.items():
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, device_scale_factor=1.5
        )
        context.route("**/*", answer)
        page = context.new_page()
        for one in made:
            page.set_content(one.mail)
            page.screenshot(path=out / f"{one.slug}-{one.language}-{screen}.png", full_page=True)
        context.close()


def index(made: Sequence[Made]) -> str:
    """The page that shows them all, by template and language."""
    slugs = dict.fromkeys(one.slug for one in made)
    nav = "".join(f'<a href="#{slug}">{escape(next(m.title for m in made if m.slug == slug))}</a>' for slug in slugs)
    return PAGE.format(nav=nav, body="".join(_rows(made)))


def _rows(made: Sequence[Made]) -> Iterator[str]:
    before = ""
    for one in made:
        anchor, before = (f' id="{one.slug}"' if one.slug != before else ""), one.slug
        files = [f"{one.slug}-{one.language}-{screen}.png" for screen in SCREENS]
        files += [
            f"{one.slug}-{one.language}-{name}-{n}.png" for name, kept in one.sheets.items() for n in range(len(kept))
        ]
        figures = "".join(
            f'<figure><a href="{file}"><img loading="lazy" src="{file}" alt=""></a>'
            f"<figcaption>{escape(file)}</figcaption></figure>"
            for file in files
        )
        heading = f"{escape(one.title)} <small>{LANGUAGES[one.language]}</small>"
        yield f'<h2{anchor} lang="{one.language}">{heading}</h2><div class="row">{figures}</div>'


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--template", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--language", action="append", default=[], choices=list(LANGUAGES), help="may be repeated")
    options = parser.parse_args(arguments)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    made, stored = make(options.template, options.language or list(LANGUAGES))
    teardown_databases(databases, verbosity=0)

    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    for one in made:
        for name, kept in one.sheets.items():
            for n, content in enumerate(kept):
                (options.out / f"{one.slug}-{one.language}-{name}-{n}.png").write_bytes(content)
    from tests.journeys.conftest import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=FLAGS)
        shoot(browser, made, stored, options.out)
        browser.close()
    (options.out / "index.html").write_text(index(made), "utf-8")
    print(options.out / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
