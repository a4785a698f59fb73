"""A block is a folder: found by looking, drawn by its three faces."""

import importlib
import sys

import pytest

from templates_lib import blocks
from templates_lib.render import faces
from templates_lib.render.document import Block, Document, Sender
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text

FACES = {"mail.mjml", "print.html", "text.txt"}


def test_the_vocabulary_is_the_folders():
    folders = {path.name for path in faces.BLOCKS.iterdir() if (path / "block.py").exists()}
    assert {name for name, _block in blocks.vocabulary()} == folders
    assert {"header", "heading", "rich_text", "facts", "image", "button", "contact", "footer"} <= folders


@pytest.mark.parametrize("kind", [name for name, _block in blocks.vocabulary()])
def test_every_block_has_its_three_faces(kind):
    assert {path.name for path in (faces.BLOCKS / kind).iterdir()} >= FACES


def test_adding_a_block_is_adding_a_folder(tmp_path, monkeypatch, document):
    folder = tmp_path / "quote"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "block.py").write_text(
        "from templates_lib.blocks.fields import MessageBlock, ShortText\n\n\n"
        "class Block(MessageBlock):\n    text = ShortText(label='Quote')\n\n    class Meta:\n        order = 35\n"
    )
    (folder / "mail.mjml").write_text(
        "<mj-section><mj-column><mj-text>“{{ v.text }}”</mj-text></mj-column></mj-section>"
    )
    (folder / "print.html").write_text("<blockquote><p>“{{ v.text }}”</p></blockquote>")
    (folder / "text.txt").write_text("“{{ v.text }}”")
    monkeypatch.setattr(blocks, "__path__", [*blocks.__path__, str(tmp_path)])
    monkeypatch.setattr(faces, "FOLDERS", [*faces.FOLDERS, tmp_path])
    faces.environment.cache_clear()
    importlib.invalidate_caches()
    try:
        names = [name for name, _block in blocks.vocabulary()]
        assert names.index("rich_text") < names.index("quote") < names.index("facts")
        said = Document(
            "sv", "x", "", document.brand, Sender("Ingrid"), (Block("quote", {"text": "A & B"}),), "http://h"
        )
        assert "“A &amp; B”" in mail_html(said)
        assert "<p>“A &amp; B”</p>" in print_html(said)
        assert plain_text(said) == "“A & B”\n"
    finally:
        faces.environment.cache_clear()
        for module in [name for name in sys.modules if name.startswith("templates_lib.blocks.quote")]:
            del sys.modules[module]
