"""The figures of a mailing: per recipient for the sender, and whether everything adds up."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Q, Sum

from mailings import states
from mailings.models import Batch, BatchState, Mailing, MailingState, Recipient, RecipientState


def delivery(mailing: Mailing) -> dict[str, Any]:
    """Everything known about each recipient, ids and no names; `states` adds up to `locked`."""
    rows = Recipient.unscoped.for_mailing(mailing).order_by("id")
    recipients = [_recipient(row) for row in rows.iterator(chunk_size=2000)]
    counts = Counter(row["state"] for row in recipients)
    return {
        "mailing": str(mailing.public_id),
        "state": mailing.state,
        "pause_reason": mailing.pause_reason,
        "locked": mailing.locked_count,
        "states": dict(sorted(counts.items())),
        "final": counts.total() - sum(counts[state] for state in (*states.WAITING, *states.IN_HAND, "unknown")),
        "recipients": recipients,
    }


def _recipient(row: Recipient) -> dict[str, Any]:
    def time(value: Any) -> str | None:
        return value.isoformat(timespec="milliseconds") if value else None

    return {
        "id": str(row.public_id),
        "channel": row.channel,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempt,
        "message_id": row.message_id,
        "reply": row.reply,
        "handed_over_at": time(row.committed_at),
        "next_at": time(row.next_at),
        "final_at": time(row.final_at),
    }


def disagreements() -> dict[str, list[str]]:
    """What does not add up, per mailing (public id); empty when all is well. A few queries for all mailings."""
    wrong: dict[str, list[str]] = {}
    open_states = Q(state__in=(*states.WAITING, *states.IN_HAND))
    rows = _by_mailing(
        Recipient.unscoped.values("mailing").annotate(
            n=Count("id"),
            batched=Count("id", filter=Q(batch_n__isnull=False)),
            open=Count("id", filter=open_states),
            in_hand=Count("id", filter=Q(state__in=states.IN_HAND)),
            unseen=Count("id", filter=Q(state=RecipientState.UNKNOWN, final_at__isnull=True)),
        )
    )
    batches = _by_mailing(
        Batch.objects.values("mailing").annotate(
            size=Sum("size"),
            leased=Count("id", filter=Q(state=BatchState.LEASED)),
            open=Count("id", filter=~Q(state=BatchState.DONE)),
            unknown=Sum("unknown"),
        )
    )
    for mailing in Mailing.unscoped.exclude(state__in=(MailingState.DRAFT, MailingState.AWAITING_APPROVAL)):
        if found := _check(mailing, rows.get(mailing.pk, {}), batches.get(mailing.pk, {})):
            wrong[str(mailing.public_id)] = found
    return wrong


def _by_mailing(rows: Any) -> dict[int, dict[str, int]]:
    return {row.pop("mailing"): row for row in rows.order_by()}


def _check(mailing: Mailing, rows: dict[str, int], batches: dict[str, int]) -> list[str]:
    over = mailing.state in (MailingState.DONE, MailingState.CANCELLED)
    checks = {
        f"{rows.get('n', 0)} recipients, {mailing.locked_count} locked": rows.get("n", 0) != mailing.locked_count,
        "recipients and batches differ": rows.get("batched", 0) != batches.get("size", 0),
        "claimed without a lease": bool(rows.get("in_hand")) and not batches.get("leased"),
        "waiting without an open batch": bool(rows.get("open")) and not batches.get("open"),
        "over, but somebody waits": over and bool(rows.get("open")) and not batches.get("leased"),
        "unknown counted wrong": not batches.get("leased") and rows.get("unseen", 0) != (batches.get("unknown") or 0),
    }
    return [text for text, wrong in checks.items() if wrong]
