"""`/outbox/` shows what was written instead of sent: to this machine, and only while nothing is really sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

FILES = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.MAIL_TRANSPORT = "file"
    settings.MAIL_DIR = tmp_path / "mail"
    (settings.MAIL_DIR / "m1").mkdir(parents=True)
    return settings.MAIL_DIR


def written(*, subject: str = "Årsmöte", attachment: bool = False) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(subject, "Välkommen!", "post@example.org", ["maret@example.org"])
    message.attach_alternative("<html><head></head><body><h1>Välkommen</h1></body></html>", "text/html")
    if attachment:
        message.attach("Årsmöte.pdf", b"%PDF-1.7 sample", "application/pdf")
    return message


def save(folder: Path, name: str, message: EmailMultiAlternatives) -> None:
    (folder / "m1" / f"{name}.eml").write_bytes(message.message().as_bytes())


def test_an_empty_outbox_says_so(client: Client, db, folder: Path) -> None:
    assert client.get("/outbox/").status_code == 200


def test_every_mail_is_listed_with_its_parts(client: Client, db, folder: Path) -> None:
    save(folder, "one", written(attachment=True))
    listed = client.get("/outbox/").content.decode()
    assert "Årsmöte" in listed
    assert 'href="/outbox/mail/?file=m1%2Fone.eml&amp;n=0"' in listed
    page = client.get("/outbox/mail/", {"file": "m1/one.eml"}).content.decode()
    assert "Välkommen!" in page
    assert "Årsmöte.pdf" in page
    html = client.get("/outbox/mail/html/", {"file": "m1/one.eml"})
    assert "<h1>Välkommen</h1>" in html.content.decode()
    assert "default-src 'none'" in html["Content-Security-Policy"]
    assert "sandbox" in html["Content-Security-Policy"]
    pdf = client.get("/outbox/mail/attachment/", {"file": "m1/one.eml", "part": "0"})
    assert pdf.content == b"%PDF-1.7 sample"
    assert pdf["Content-Disposition"].startswith("attachment")


def test_sign_in_mails_of_one_file_are_told_apart(client: Client, db, folder: Path) -> None:
    connection = get_connection(FILES, file_path=str(folder / "account"))
    connection.send_messages([written(subject="Code 111"), written(subject="Code 222")])
    listed = client.get("/outbox/").content.decode()
    assert "Code 111" in listed
    assert "Code 222" in listed
    name = next((folder / "account").iterdir()).name
    second = client.get("/outbox/mail/", {"file": f"account/{name}", "n": "1"}).content.decode()
    assert "Code 222" in second
    assert "Code 111" not in second


@pytest.mark.parametrize("path", ["/outbox/", "/outbox/mail/?file=m1/one.eml", "/outbox/mail/html/?file=m1/one.eml",
                                  "/outbox/mail/attachment/?file=m1/one.eml&part=0"])  # fmt: skip
def test_nobody_else_sees_it(client: Client, db, folder: Path, settings, path: str) -> None:
    save(folder, "one", written(attachment=True))
    assert client.get(path).status_code == 200
    assert client.get(path, REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get(path, HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 404
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    assert client.get(path, HTTP_HOST="portal.example.org").status_code == 404
    settings.ALLOWED_HOSTS = ["*"]
    settings.MAIL_TRANSPORT = "smtp"
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", ["../secret_key", "/etc/passwd", "m1/../../secret.eml", "m1", "", "m1/none.eml"])
def test_a_name_never_leads_out_of_the_folder(client: Client, db, folder: Path, name: str) -> None:
    save(folder, "one", written())
    (folder.parent / "secret_key").write_text("s")
    shutil.copy(folder / "m1" / "one.eml", folder.parent / "secret.eml")
    assert client.get("/outbox/mail/", {"file": name}).status_code == 404


@pytest.mark.parametrize("n", ["-1", "1", "x"])
def test_a_number_nobody_wrote_is_not_found(client: Client, db, folder: Path, n: str) -> None:
    save(folder, "one", written())
    assert client.get("/outbox/mail/", {"file": "m1/one.eml", "n": n}).status_code == 404


def test_looking_changes_nothing(client: Client, db, folder: Path) -> None:
    save(folder, "one", written())
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    for path in ("/outbox/", "/outbox/mail/?file=m1/one.eml"):
        assert client.get(path).status_code == 200
        assert client.post(path).status_code == 405
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*")) == before
