"""What became of a call to a mail provider: pure. The question is always whether the mail may have been taken."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused, AnymailUnsupportedFeature
from anymail.message import AnymailStatus
from django.core.exceptions import ImproperlyConfigured
from requests import ConnectTimeout
from requests.exceptions import InvalidURL, MissingSchema
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from mailings.transports.base import Outcome
from mailings.transports.replies import REPLY_CHARS, redact

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds before the next call when a provider asks for patience
OURS = {401, 402, 403, 404, 405, 407}  # the key, the account, the address of the call: about us
NOT_SENT = (
    NewConnectionError, ConnectTimeoutError, ConnectTimeout, ssl.SSLCertVerificationError, InvalidURL, MissingSchema,
)  # fmt: skip
BOTO_NOT_SENT = {"EndpointConnectionError", "NoCredentialsError", "PartialCredentialsError"}  # boto3 need not be there
RECIPIENT = re.compile(r"""['"`]to\b|\bto[\[.]\d|\bto parameter|\bin to\b|recipient|personalizations""", re.IGNORECASE)
BLOCKED = re.compile(r"suppress|inactive|(black|block|deny)[ -]?list|unsubscribed|hard.?bounce", re.IGNORECASE)
ACCOUNT = re.compile(r"verif|sender|suspend|credit|quota|billing|sandbox", re.IGNORECASE)
THROTTLED = re.compile(r"throttl|too.?many.?requests|rate.?limit|rate exceeded", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The mail's outcome, and what it says about us.

    reason       of a `base.Lost` that is to follow: the connection or our account is the trouble; `detail` goes with it
    doubtful     a refusal that does not say whether this mail is the trouble or all of ours
    wait         seconds before the next call
    """

    outcome: Outcome
    reason: str = ""
    detail: str = ""
    doubtful: bool = False
    wait: float = 0


def of_status(status: AnymailStatus, *, provider: str, to: str) -> Verdict:
    """After a call that Anymail found good enough not to raise."""
    kinds, queue_id = status.status or set(), str(status.message_id or "")
    if kinds and kinds <= {"sent", "queued"}:
        return Verdict(Outcome("accepted", reply=f"200 {provider} {queue_id}"[:REPLY_CHARS], queue_id=queue_id))
    return _of_response(status.esp_response, to=to)


def of_error(error: Exception, *, to: str) -> Verdict:
    """After a call that failed. Anything we do not recognise may have been taken: then nobody knows."""
    if isinstance(error, AnymailInvalidAddress):
        return Verdict(Outcome("skipped", reason="bad_address"))
    if isinstance(error, AnymailUnsupportedFeature | ImproperlyConfigured) or type(error) is AnymailError:
        return Verdict(
            Outcome("returned"), "server_refuses", redact(str(error.args[0] if error.args else error), to=to)
        )
    if any(isinstance(cause, NOT_SENT) or type(cause).__name__ in BOTO_NOT_SENT for cause in _causes(error)):
        return Verdict(Outcome("returned"), "no_connection", type(error.__cause__ or error).__name__)
    response = getattr(error, "response", None)
    if not isinstance(error, AnymailError) or response is None:
        return Verdict(Outcome("lost", reason="no_answer"), "no_connection", type(error.__cause__ or error).__name__)
    if isinstance(error, AnymailRecipientsRefused):
        reason = "provider_blocks" if "rejected" in error.email_message.anymail_status.status else "bad_address"
        code, said = _response(response)
        return Verdict(Outcome("refused", reason=reason, reply=redact(f"{code} {said}", to=to)))
    return _of_response(response, to=to)


def _of_response(response: Any, *, to: str) -> Verdict:
    """The meaning of an answer that takes nothing; a 2xx one we cannot read may have taken it."""
    code, text = _response(response)
    said = redact(f"{code} {text}", to=to)
    if 400 <= code < 500 and (code == 429 or THROTTLED.search(text)):
        return Verdict(Outcome("deferred", reason="server_busy", reply=said), wait=_wait(response))
    if code in OURS:
        return Verdict(Outcome("returned"), "server_refuses", said)
    if code == 413:
        return Verdict(Outcome("refused", reason="too_large", reply=said))
    if 400 <= code < 500 and code != 408:
        return _refused(text, said, to=to)
    return Verdict(Outcome("lost", reason="no_answer", reply=said), "no_connection", said)


def _refused(text: str, said: str, *, to: str) -> Verdict:
    if not ACCOUNT.search(text):
        if BLOCKED.search(text):
            return Verdict(Outcome("refused", reason="provider_blocks", reply=said))
        if to.lower() in text.lower() or RECIPIENT.search(text):
            return Verdict(Outcome("refused", reason="bad_address", reply=said))
    return Verdict(Outcome("refused", reason="refused", reply=said), doubtful=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _response(response: Any) -> tuple[int, str]:
    """Status and text of an answer: of `requests`, or the dictionary boto3 gives for Amazon SES."""
    if isinstance(response, dict):
        code = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        problem = response.get("Error", {})
        return int(code), f"{problem.get('Code', '')} {problem.get('Message', '')}"
    return (response.status_code, response.text) if response is not None else (0, "")


def _wait(response: Any) -> float:
    asked = getattr(response, "headers", {}).get("Retry-After", "")
    return min(float(asked), LONGEST_WAIT) if asked.isdigit() else SHORTEST_WAIT
