"""Mail providers played on this machine: a real HTTP server that answers as their documentation says.

`with Provider("postmark") as provider:` listens; `provider.mails` holds what it took, read back into one shape, so that
a test can ask every provider the same. `ANYMAIL` of the settings must point to it: `provider.settings`.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Fault = Callable[[str], str | None]
"""The recipient's address -> None, or what to do instead of taking the mail: invalid · blocked · later · odd (refused
without saying why) · locked (the key is wrong) · error (500) · cut (takes it and hangs up) · silent (takes it and says
nothing) · garbage (takes it and answers nonsense).
"""


@dataclass(frozen=True)
class Got:
    """One mail as the provider would send it on. Header names are in lower case."""

    to: list[str]
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    files: list[tuple[str, bytes]]
    metadata: dict[str, str]
    tracked: bool  # whether links or opens would be
    reply_to: str
    return_path: str = ""


Reader = Callable[["Handler", bytes], Got]
Answer = tuple[int, Any]


def _files(entries: list[dict[str, Any]], name: str, content: str) -> list[tuple[str, bytes]]:
    return [(entry[name], base64.b64decode(entry[content])) for entry in entries]


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


# --- what each of them is sent --------------------------------------------------------------------------------------
def postmark(handler: Handler, body: bytes) -> Got:
    assert handler.path == "/email"
    assert handler.headers["X-Postmark-Server-Token"] == "key"
    d = json.loads(body)
    return Got(
        to=d["To"].split(","), sender=d["From"], subject=d["Subject"], text=d["TextBody"], html=d["HtmlBody"],
        headers=_lower({h["Name"]: h["Value"] for h in d["Headers"]}),
        files=_files(d.get("Attachments", []), "Name", "Content"), metadata=d["Metadata"],
        tracked=d["TrackOpens"] or d["TrackLinks"] != "None", reply_to=d["ReplyTo"],
    )  # fmt: skip


def mailgun(handler: Handler, body: bytes) -> Got:
    assert handler.path == "/union.example.org/messages"
    fields, files = _form(handler, body)
    assert "recipient-variables" not in fields  # else Mailgun would replace %recipient.…% in what members read
    return Got(
        to=fields["to"], sender=fields["from"][0], subject=fields["subject"][0], text=fields["text"][0],
        html=fields["html"][0], headers={k[2:].lower(): v[0] for k, v in fields.items() if k[:2] == "h:"}, files=files,
        metadata={k[2:]: v[0] for k, v in fields.items() if k[:2] == "v:"},
        tracked=fields["o:tracking-opens"] + fields["o:tracking-clicks"] != ["no", "no"],
        reply_to=fields["h:Reply-To"][0],
    )  # fmt: skip


def _form(handler: Handler, body: bytes) -> tuple[dict[str, list[str]], list[tuple[str, bytes]]]:
    head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
    fields: dict[str, list[str]] = {}
    files = []
    if handler.headers["Content-Type"].startswith("application/x-www-form-urlencoded"):
        from urllib.parse import parse_qs

        return parse_qs(body.decode(), keep_blank_values=True), []
    for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
        content = part.get_payload(decode=True)
        if part.get_filename() is not None:
            files.append((part.get_filename().replace("%22", '"'), content))  # HTML, "Multipart form data"
        else:
            fields.setdefault(part.get_param("name", header="content-disposition"), []).append(content.decode())
    return fields, files


def sendgrid(handler: Handler, body: bytes) -> Got:
    assert handler.path == "/mail/send"
    assert handler.headers["Authorization"] == "Bearer key"
    d = json.loads(body)
    (one,) = d["personalizations"]
    content = {part["type"]: part["value"] for part in d["content"]}
    tracking = d["tracking_settings"]
    return Got(
        to=[to["email"] for to in one["to"]], sender=f"{d['from']['name']} <{d['from']['email']}>",
        subject=d["subject"], text=content["text/plain"], html=content["text/html"], headers=_lower(d["headers"]),
        files=_files(d.get("attachments", []), "filename", "content"),
        metadata={k: v for k, v in {**d["custom_args"], **one["custom_args"]}.items() if k != "anymail_id"},
        tracked=any(tracking[name]["enable"] for name in ("open_tracking", "click_tracking")),
        reply_to=d["reply_to_list"][0]["email"],
    )  # fmt: skip


def brevo(handler: Handler, body: bytes) -> Got:
    assert handler.path == "/smtp/email"
    assert handler.headers["api-key"] == "key"
    d = json.loads(body)
    headers = _lower(d["headers"])
    return Got(
        to=[to["email"] for to in d["to"]], sender=f"{d['sender'].get('name', '')} <{d['sender']['email']}>",
        subject=d["subject"], text=d["textContent"], html=d["htmlContent"], headers=headers,
        files=_files(d.get("attachment", []), "name", "content"), metadata=json.loads(headers.pop("x-mailin-custom")),
        tracked=False, reply_to=d["replyTo"]["email"],
    )  # fmt: skip


def mailjet(handler: Handler, body: bytes) -> Got:
    assert handler.path == "/send"
    d = json.loads(body)
    (message,) = d["Messages"]
    whole = d["Globals"]
    assert "TemplateLanguage" not in whole  # else Mailjet would replace [[var:…]]
    headers = _lower(whole["Headers"])
    assert not {"message-id", "date", "reply-to", "return-path"} & set(headers)  # send-0011: refused in "Headers"
    return Got(
        to=[to["Email"] for to in message["To"]], sender=f"{whole['From'].get('Name', '')} <{whole['From']['Email']}>",
        subject=whole["Subject"], text=whole["TextPart"], html=whole["HTMLPart"], headers=headers,
        files=_files(whole.get("Attachments", []), "Filename", "Base64Content"),
        metadata=json.loads(whole["EventPayload"]),
        tracked=[whole["TrackOpens"], whole["TrackClicks"]] != ["disabled", "disabled"],
        reply_to=whole["ReplyTo"]["Email"], return_path=whole.get("Sender", {}).get("Email", ""),
    )  # fmt: skip


def amazon_ses(handler: Handler, body: bytes) -> Got:
    assert handler.path == "/v2/email/outbound-emails"
    d = json.loads(body)
    m = email.message_from_bytes(base64.b64decode(d["Content"]["Raw"]["Data"]), policy=email.policy.default)
    assert [str(m["To"])] == d["Destination"]["ToAddresses"]
    files = [(part.get_filename(), part.get_payload(decode=True)) for part in m.iter_attachments()]
    return Got(
        to=d["Destination"]["ToAddresses"], sender=str(m["From"]), subject=str(m["Subject"]),
        text=m.get_body(("plain",)).get_content(), html=m.get_body(("html",)).get_content(),
        headers=_lower({k: str(v) for k, v in m.items()}), files=files, metadata=json.loads(m["X-Metadata"]),
        tracked=False, reply_to=str(m["Reply-To"]), return_path=d.get("FeedbackForwardingEmailAddress", ""),
    )  # fmt: skip


# --- what each of them answers --------------------------------------------------------------------------------------
def _postmark(fault: str | None, to: str) -> Answer:
    inactive = f"You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: {to}.\n"
    inactive += "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
    sender = "The 'From' address you supplied (utskick@union.example.org) is not a Sender Signature on your account."
    return {
        None: (200, {"To": to, "ErrorCode": 0, "Message": "OK", "MessageID": str(uuid.uuid4())}),
        "invalid": (422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{to}'."}),
        "blocked": (422, {"ErrorCode": 406, "Message": inactive}),
        "later": (429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}),
        "odd": (422, {"ErrorCode": 400, "Message": sender}),
        "locked": (401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied"}),
    }[fault]


def _mailgun(fault: str | None, to: str) -> Answer:
    return {
        None: (200, {"id": f"<{uuid.uuid4()}@union.example.org>", "message": "Queued. Thank you."}),
        "invalid": (400, {"message": "'to' parameter is not a valid address. please check documentation"}),
        "blocked": (400, {"message": f"{to} is in the suppression list"}),
        "later": (429, {"message": "Too many requests"}),
        "odd": (400, {"message": "Sandbox subdomains are for test purposes only."}),
        "locked": (401, "Forbidden"),
    }[fault]


def _sendgrid(fault: str | None, to: str) -> Answer:
    def said(message: str, where: str | None = None) -> dict[str, Any]:
        return {"errors": [{"message": message, "field": where, "help": None}]}

    return {
        None: (202, ""),
        "invalid": (400, said("Does not contain a valid address.", "personalizations.0.to.0.email")),
        "blocked": (400, said(f"{to} is suppressed")),
        "later": (429, said("too many requests")),
        "odd": (400, said("The from address does not match a verified Sender Identity.", "from")),
        "locked": (401, said("The provided authorization grant is invalid, expired, or revoked")),
    }[fault]


def _brevo(fault: str | None, to: str) -> Answer:
    return {
        None: (201, {"messageId": f"<{uuid.uuid4()}@smtp-relay.example.org>"}),
        "invalid": (400, {"code": "invalid_parameter", "message": "email is not valid in to"}),
        "blocked": (400, {"code": "invalid_parameter", "message": f"{to} is blacklisted"}),
        "later": (429, {"code": "too_many_requests", "message": "Rate limit reached"}),
        "odd": (400, {"code": "not_enough_credits", "message": "Not enough credits to send"}),
        "locked": (401, {"code": "unauthorized", "message": "Key not found"}),
    }[fault]


def _mailjet(fault: str | None, to: str) -> Answer:
    def wrong(code: str, message: str, about: str) -> dict[str, Any]:
        error = {"ErrorIdentifier": str(uuid.uuid4()), "ErrorCode": code, "StatusCode": 400, "ErrorMessage": message}
        return {"Messages": [{"Status": "error", "Errors": [error | {"ErrorRelatedTo": [about]}]}]}

    sent = {"Email": to, "MessageUUID": str(uuid.uuid4()), "MessageID": 456, "MessageHref": "https://example.org/456"}
    return {
        None: (200, {"Messages": [{"Status": "success", "To": [sent], "Cc": [], "Bcc": []}]}),
        "invalid": (400, wrong("mj-0013", f'"{to}" is an invalid email address.', "To[0].Email")),
        "blocked": (400, wrong("send-0010", f"{to} is on the block list.", "To[0].Email")),
        "later": (429, {"ErrorCode": "mj-0029", "StatusCode": 429, "ErrorMessage": "Too many requests"}),
        "odd": (400, wrong("send-0008", '"utskick@union.example.org" is not an authorized sender.', "From")),
        "locked": (401, {"ErrorIdentifier": "x", "StatusCode": 401, "ErrorMessage": "API key authentication failure."}),
    }[fault]


def _amazon_ses(fault: str | None, to: str) -> Answer:
    return {
        None: (200, {"MessageId": str(uuid.uuid4())}),
        "invalid": (400, {"__type": "BadRequestException", "message": f"Invalid recipient address {to}"}),
        "blocked": (400, {"__type": "BadRequestException", "message": f"{to} is on the suppression list"}),
        "later": (429, {"__type": "TooManyRequestsException", "message": "Maximum sending rate exceeded."}),
        "odd": (400, {"__type": "MessageRejected", "message": "Email address is not verified."}),
        "locked": (403, {"__type": "AccessDeniedException", "message": "The security token is invalid."}),
    }[fault]


@dataclass(frozen=True)
class Role:
    read: Reader
    answer: Callable[[str | None, str], Answer]
    settings: Callable[[str], dict[str, Any]]


def _keys(esp: str, **more: Any) -> Callable[[str], dict[str, Any]]:
    return lambda url: {f"{esp}_API_URL": url, **{f"{esp}_{name.upper()}": value for name, value in more.items()}}


def _ses_keys(url: str) -> dict[str, Any]:
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "key", "region_name": "eu-north-1"}
    return {"AMAZON_SES_CLIENT_PARAMS": {**keys, "endpoint_url": url.rstrip("/")}}


ROLES = {
    "postmark": Role(postmark, _postmark, _keys("POSTMARK", server_token="key")),
    "mailgun": Role(mailgun, _mailgun, _keys("MAILGUN", api_key="key")),
    "sendgrid": Role(sendgrid, _sendgrid, _keys("SENDGRID", api_key="key")),
    "brevo": Role(brevo, _brevo, _keys("BREVO", api_key="key")),
    "mailjet": Role(mailjet, _mailjet, _keys("MAILJET", api_key="key", secret_key="secret")),
    "amazon_ses": Role(amazon_ses, _amazon_ses, _ses_keys),
}


# --- the server -----------------------------------------------------------------------------------------------------
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        provider = self.server.provider
        try:
            got = provider.role.read(self, body)
        except Exception as error:
            provider.troubles.append(repr(error))
            raise
        fault = provider.meet(got)
        if fault == "silent":
            provider.over.wait(30)
        if fault in {"cut", "silent"}:
            self.close_connection = True
            return
        if fault in {"error", "garbage"}:
            self.say(500 if fault == "error" else 200, "not JSON")
        else:
            self.say(*provider.role.answer(fault, _bare(got.to[0])))

    def say(self, status: int, body: Any) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Silence."""


def _bare(address: str) -> str:
    found = re.search(r"<([^<>]+)>\s*\Z", address)
    return (found[1] if found else address).strip()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: Provider

    def handle_error(self, *_: Any) -> None:
        """Hanging up is a part of the play; a mail that cannot be read is in `troubles`."""


@dataclass
class Provider:
    """One provider, listening. `most` is how many calls were open at a time; `delay` in seconds before each answer."""

    name: str
    fault: Fault = lambda to: None
    delay: float = 0
    mails: list[Got] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    calls: int = 0
    open: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.role = ROLES[self.name]
        self.lock = threading.Lock()
        self.over = threading.Event()

    def __enter__(self) -> Self:
        self.http = Server(("127.0.0.1", 0), Handler)
        self.http.provider = self
        self.port = self.http.server_address[1]
        self.settings = self.role.settings(f"http://127.0.0.1:{self.port}/")
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.http.shutdown()
        self.http.server_close()

    def meet(self, got: Got) -> str | None:
        with self.lock:
            self.calls += 1
            self.open += 1
            self.most = max(self.most, self.open)
        time.sleep(self.delay)
        fault = self.fault(_bare(got.to[0]))
        with self.lock:
            self.open -= 1
            if fault in {None, "cut", "silent", "garbage"}:
                self.mails.append(got)
        return fault

    @property
    def recipients(self) -> list[str]:
        return [_bare(to) for mail in self.mails for to in mail.to]
