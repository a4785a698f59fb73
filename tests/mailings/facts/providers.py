"""Providers as they speak: the bodies of their documentation with invented people, signed with keys of our own.

Each function answers what a test client posts: path, body, content type, headers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any, NamedTuple
from urllib.parse import urlencode

SECRET = "hook:only-in-tests-0123456789"
KEY = "a-signing-key-of-the-tests"
BASIC = "Basic " + base64.b64encode(SECRET.encode()).decode()
SETTINGS = {
    "WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY, "MAILERSEND_SIGNING_SECRET": KEY,
    "MAILERSEND_INBOUND_SECRET": KEY, "MANDRILL_WEBHOOK_KEY": KEY,
}  # fmt: skip
NO_SUCH_USER = "550 5.1.1 The email account that you tried to reach does not exist"
FULL = "452 4.2.2 The mailbox is full"


class Post(NamedTuple):
    path: str
    body: bytes
    content_type: str
    headers: dict[str, str]

    def altered(self, old: str, new: str) -> Post:
        assert old.encode() in self.body
        return self._replace(body=self.body.replace(old.encode(), new.encode()))

    def by(self, client: Any, **headers: str) -> Any:
        extra = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in {**self.headers, **headers}.items()}
        return client.post(self.path, self.body, content_type=self.content_type, **extra)


def mailgun(recipient: uuid.UUID, kind: str, *, reply: str = "", to: str = "a@example.com", at: float = 0) -> Post:
    words = {"delivered": "delivered", "bounced": "failed", "complained": "complained", "unsubscribed": "unsubscribed"}
    at = at or time.time()
    token, stamp = uuid.uuid4().hex, str(int(at))
    event: dict[str, Any] = {
        "event": {**words, "deferred": "failed", "opened": "opened"}[kind],
        "timestamp": at, "id": uuid.uuid4().hex, "recipient": to, "user-variables": {"recipient": recipient.hex},
        "delivery-status": {"message": reply, "code": 550},
    }  # fmt: skip
    if kind in {"bounced", "deferred"}:
        event["severity"] = "permanent" if kind == "bounced" else "temporary"
    sign = hmac.new(KEY.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    body = {"signature": {"timestamp": stamp, "token": token, "signature": sign}, "event-data": event}
    return Post("/webhooks/mailgun/tracking/", json.dumps(body).encode(), "application/json", {"Authorization": BASIC})


def mailersend(recipient: uuid.UUID, kind: str, *, reply: str = "", to: str = "a@example.com") -> Post:
    """It knows no metadata: our own Message-ID is what it gives back."""
    words = {"delivered": "delivered", "bounced": "hard_bounced", "complained": "spam_complaint", "accepted": "sent"}
    data = {
        "id": uuid.uuid4().hex, "type": {**words, "opened": "opened"}[kind], "created_at": "2026-11-25T10:00:00Z",
        "email": {"message": {"id": f"<{recipient.hex}.1@union.example.org>"}, "recipient": {"email": to}},
        "morph": {"object": "recipient_bounce", "reason": reply},
    }  # fmt: skip
    body = json.dumps({"type": f"activity.{data['type']}", "data": data}).encode()
    sign = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    path = "/webhooks/mailersend/tracking/"
    return Post(path, body, "application/json", {"Authorization": BASIC, "Signature": sign})


def postmark(recipient: uuid.UUID, kind: str, *, reply: str = "", to: str = "a@example.com") -> Post:
    words = {"delivered": "Delivery", "bounced": "Bounce", "complained": "SpamComplaint", "opened": "Open"}
    body = {
        "RecordType": {**words, "deferred": "Bounce", "rejected": "Bounce"}[kind],
        "MessageID": uuid.uuid4().hex, "Metadata": {"recipient": recipient.hex}, "Details": reply,
        "DeliveredAt" if kind == "delivered" else "BouncedAt": "2026-11-25T10:00:00Z",
    }  # fmt: skip
    body["Recipient" if kind in {"delivered", "opened"} else "Email"] = to
    types = {"bounced": "HardBounce", "deferred": "Transient", "rejected": "Blocked", "complained": "SpamComplaint"}
    if kind in types:
        body |= {"ID": uuid.uuid4().int % 10**9, "Type": types[kind]}
    path = "/webhooks/postmark/tracking/"
    return Post(path, json.dumps(body).encode(), "application/json", {"Authorization": BASIC})


def mandrill(recipient: uuid.UUID, kind: str, *, reply: str = "", to: str = "a@example.com") -> Post:
    words = {"delivered": "delivered", "bounced": "hard_bounce", "complained": "spam", "accepted": "send"}
    name = {**words, "deferred": "deferral", "rejected": "reject", "opened": "open", "unsubscribed": "unsub"}[kind]
    message = {"email": to, "diag": reply, "metadata": {"recipient": recipient.hex}, "tags": []}
    events = json.dumps([{"event": name, "ts": int(time.time()), "_id": uuid.uuid4().hex, "msg": message}])
    url = f"http://{SECRET}@testserver/webhooks/mandrill/"
    sign = base64.b64encode(hmac.new(KEY.encode(), f"{url}mandrill_events{events}".encode(), hashlib.sha1).digest())
    form = urlencode({"mandrill_events": events}).encode()
    headers = {"Authorization": BASIC, "X-Mandrill-Signature": sign.decode()}
    return Post("/webhooks/mandrill/", form, "application/x-www-form-urlencoded", headers)


def mailgun_inbound(raw: bytes, *, to: str) -> Post:
    """A mail that Mailgun took in, passed on as it came."""
    token, stamp = uuid.uuid4().hex, str(int(time.time()))
    sign = hmac.new(KEY.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    form = {
        "recipient": to, "sender": "", "body-mime": raw.decode(), "timestamp": stamp, "token": token, "signature": sign,
    }  # fmt: skip
    path = "/webhooks/mailgun/inbound_mime/"
    return Post(path, urlencode(form).encode(), "application/x-www-form-urlencoded", {"Authorization": BASIC})


ALL = {"mailgun": mailgun, "mailersend": mailersend, "postmark": postmark, "mandrill": mandrill}
