"""What each mail provider can do for a single mail: facts about Anymail's backends and their documentation, as a table.

What a provider cannot do is said in a system check (`mailings.checks`), never passed over in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`name` is Anymail's module.

    tracking     open and click tracking can be switched off with each mail; elsewhere it is done in the account
    metadata     our id for the recipient comes back with every event
    return_path  takes a whole envelope sender, not only its domain
    message_id   lets us name the message; the others refuse or replace that header
    utf8         writes to addresses with å before the @
    headers      further headers it needs so that ours survive
    extra        further fields of its call, in its own words
    """

    name: str
    tracking: bool = True
    metadata: bool = True
    return_path: bool = False
    message_id: bool = True
    utf8: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def backend(self) -> str:
        return f"anymail.backends.{self.name}.EmailBackend"


KNOWN = {
    provider.name: provider
    for provider in (
        Provider(name="amazon_ses", tracking=False, return_path=True),
        Provider(name="brevo", tracking=False),
        Provider(name="mailersend", metadata=False, message_id=False),
        Provider(name="mailgun", utf8=True),
        Provider(name="mailjet", return_path=True, message_id=False, utf8=True),
        Provider(name="mailtrap", tracking=False, utf8=True),
        Provider(name="mandrill"),
        Provider(name="postal", tracking=False, metadata=False, return_path=True),
        Provider(name="postmark", headers={"X-PM-KeepID": "true"}),
        Provider(name="resend", tracking=False),
        Provider(name="scaleway", tracking=False),
        Provider(name="sendgrid"),
        Provider(name="sparkpost", return_path=True),
        Provider(name="unisender_go", message_id=False, extra={"template_engine": "none"}),
    )
}
