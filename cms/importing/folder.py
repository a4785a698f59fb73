"""Which files of a folder are read, and how: only what lies inside it, no symbolic links, nothing too large."""

from __future__ import annotations

import io
import os
import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from django.utils.translation import gettext as _

from cms.importing.article import FolderError, Refused
from templates_lib import filekinds

PAGES = (".md", ".markdown", ".html", ".htm", ".docx")
ATTACHED = (".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp")
MAX_PAGES = 2000  # files with text in one folder
MAX_TEXT = 1024 * 1024  # bytes of a Markdown or HTML file
MAX_FILE = 20 * 1024 * 1024  # bytes of a Word file, a picture or an attachment
MAX_UNPACKED = 100 * 1024 * 1024  # bytes of an office file without its compression
MAX_PARTS = 2000  # of an office file


def pages(folder: Path) -> Iterator[str]:
    """Paths of the files with text, inside the folder and sorted; hidden ones are passed over. Links are named too:
    `read_bytes` refuses them. Raises `FolderError`.
    """
    found = []
    for base, folders, files in os.walk(folder):
        here = Path(base).relative_to(folder)
        folders[:] = [name for name in folders if not name.startswith(".")]
        linked = [name for name in folders if (Path(base) / name).is_symlink()]
        texts = [name for name in files if not name.startswith(".") and name.lower().endswith(PAGES)]
        found += [(here / name).as_posix() for name in [*texts, *linked]]
        if len(found) > MAX_PAGES:
            raise FolderError(_("There are more than %d files. Import one folder after the other.") % MAX_PAGES)
    yield from sorted(found)


def resolve(path: str, reference: str) -> str:
    """Where a relative reference inside the file `path` leads, as a path inside the folder. Raises `Refused`."""
    wanted = unquote(reference.partition("#")[0].partition("?")[0])
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted))
    if not wanted or "\\" in wanted or "\0" in wanted or wanted.startswith("/") or joined.split("/")[0] in ("..", "."):
        raise Refused(_("“%s” lies outside the folder.") % reference[:200])
    return joined


def read_bytes(folder: Path, path: str, *, limit: int = MAX_FILE) -> bytes:
    """The content of a file inside the folder. Raises `Refused`."""
    steps = [folder.joinpath(*path.split("/")[:n]) for n in range(1, path.count("/") + 2)]
    if any(step.is_symlink() for step in steps):
        raise Refused(_("“%s” is a symbolic link. Put the file itself there.") % path)
    if not steps[-1].is_file():
        raise Refused(_("There is no file “%s”.") % path)
    with steps[-1].open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Refused(_("“%(path)s” is larger than %(size)d MB.") % {"path": path, "size": limit // 1024 // 1024})
    return content


def read_text(folder: Path, path: str) -> str:
    """A text file, which must be UTF-8. Raises `Refused`."""
    try:
        return read_bytes(folder, path, limit=MAX_TEXT).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Refused(_("The file is not in UTF-8. Save it again as UTF-8."), line) from error


def read_attachment(folder: Path, path: str) -> bytes:
    """A file to be handed to readers: a PDF or an office file without macros. Raises `Refused`."""
    content = read_bytes(folder, path)
    if not path.lower().endswith(ATTACHED):
        raise Refused(_("“%s” cannot be attached: only PDF and office files can.") % path)
    check(path, content)
    return content


def check(path: str, content: bytes) -> None:
    """That a PDF or an office file is what its name says and no program. Raises `Refused`."""
    try:
        kind = filekinds.judge(content)
    except filekinds.Macros as error:
        raise Refused(_("“%s” holds macros. Save it without them.") % path) from error
    except filekinds.OldOffice:
        kind = None
    if kind is None or not path.lower().endswith(f".{kind.ending}"):
        raise Refused(_("“%s” is not what its name says.") % path)


def check_office(path: str, content: bytes) -> None:
    """The same of one we unpack to read it. Raises `Refused`."""
    check(path, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused(_("“%s” is too large when it is unpacked.") % path)
