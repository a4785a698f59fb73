"""The documents are true: every setting, command and state has a sentence, and every file they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from mailings.models import MailingState, RecipientState

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
RUNNING = (ROOT / "docs/running.md").read_text()
PIPELINE = (ROOT / "docs/pipeline.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SETTINGS_SOURCE = (ROOT / "comms/settings.py").read_text()
VARIABLES = sorted(set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]*)"', SETTINGS_SOURCE)))
COMMANDS = sorted(
    path.stem for path in ROOT.glob("*/**/management/commands/*.py")
    if not path.name.startswith("_") and ".venv" not in path.parts
)  # fmt: skip


def sentences(text: str, name: str) -> list[str]:
    """The lines that explain `name`: it stands there as code, with at least four other words."""
    word = re.compile(rf"`[^`]*\b{re.escape(name)}\b[^`]*`")
    return [line for line in text.splitlines() if word.search(line) and len(re.findall(r"\w+", line)) >= 5]


def test_the_settings_file_is_read_as_expected() -> None:
    assert {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "VAR_DIR", "BASE_URL", "SECRET_KEY"} <= set(VARIABLES)


@pytest.mark.parametrize("name", VARIABLES)
def test_every_environment_variable_is_explained(name: str) -> None:
    assert sentences(RUNNING, name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained(name: str) -> None:
    assert sentences(RUNNING, name)


@pytest.mark.parametrize("state", [*MailingState.values, *RecipientState.values])
def test_every_state_is_explained(state: str) -> None:
    assert sentences(PIPELINE, state)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_readme_gives_exactly_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks[0].split("#")[0].strip() == "script/demo"
    assert blocks[1].split("#")[0].strip() == "script/test"
