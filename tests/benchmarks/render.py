"""How fast a message is filled, built, drawn as a PDF and printed as letters, each beside the usual way to do it.

    python -m tests.benchmarks.render --json                 (--quick: small numbers, --letters N)

Every figure stands beside its baseline, measured in turns in the same run; ratios are medians of three rounds.
- merge: `render.merge.compiled`, filled as the bytes of a page, beside rendering a Django template of the same HTML,
  compiled once, to the same text;
- skeleton: `mailings.skeleton` beside Django's `EmailMultiAlternatives(…).message().as_bytes()` with the same content
  (`mails_per_s` is all the work for one recipient: sealed links, addresses, headers, skeleton);
- pdf: the warm child of `templates_lib.pdf_worker` beside a warm child of the same kind, with the same fonts, that
  calls `HTML(string=…).write_pdf()` afresh each time;
- letters: an order in `mailings.letters`, drawn chunk by chunk and joined by a worker process; the highest resident
  set of its drawing child and of its own, beside drawing each letter for itself in the naive child.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import multiprocessing
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.invitation import FIRST, LAST, make_mailing, member
from tests.benchmarks.naive import Naive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")

ROUNDS, TURNS = 3, 10
GOALS = {"merge_ratio": 5, "skeleton_ratio": 50, "pdf_ratio": 1.33, "letters_peak_mb": 250}
SIZES = {"merge": 10_000, "mails": 2000, "django": 150, "pdf": 20, "naive_letters": 20, "letters": 10_000}
QUICK = {"merge": 5000, "mails": 400, "django": 30, "pdf": 10, "naive_letters": 4, "letters": 200}


# --- what is measured with -----------------------------------------------------------------------------------------
Work = tuple[int, Callable[[int], object]]  # how often, and what to do the k-th time


def rate(n: int, work: Callable[[int], object]) -> float:
    """How many times a second `work(k)` is done."""
    return n / seconds(range(n), work)


def seconds(turns: range, work: Callable[[int], object]) -> float:
    began = time.perf_counter()
    for k in turns:
        work(k)
    return time.perf_counter() - began


def in_turns(ours: Work, baseline: Work) -> tuple[float, float, float]:
    """(our rate, the baseline's, ratio), medians of the rounds. Inside a round the two take many short turns, so that
    whatever else the machine does slows both.
    """
    rounds = []
    for _round in range(ROUNDS):
        spent = [0.0, 0.0]
        for turn in range(TURNS):
            for side in (0, 1) if turn % 2 else (1, 0):
                n, work = (ours, baseline)[side]
                spent[side] += seconds(range(n * turn // TURNS, n * (turn + 1) // TURNS), work)
        rates = ours[0] / spent[0], baseline[0] / spent[1]
        rounds.append((*rates, rates[0] / rates[1]))
    a, b, ratio = (statistics.median(column) for column in zip(*rounds, strict=True))
    return a, b, ratio


def peak_mb(pid: int | str = "self") -> float:
    """The highest resident set so far (proc(5), VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


# --- the four measurements -------------------------------------------------------------------------------------------
def measure_merge(html: str, sizes: dict[str, int]) -> dict[str, float]:
    from django.template import Context, Template

    from templates_lib.render import merge

    source = merge.HOLE.sub(lambda hole: f"{{{{ {hole[1]} }}}}", html)
    template, members = Template(source), [member(k) for k in range(sizes["merge"])]
    assert template.render(Context(members[5])).encode() == merge.compiled(html).fill_bytes(members[5])
    ours, django, ratio = in_turns(
        (len(members), lambda k: merge.compiled(html).fill_bytes(members[k])),
        (len(members), lambda k: template.render(Context(members[k]))),
    )
    return {"merge_per_s": ours, "django_merge_per_s": django, "merge_ratio": ratio}


def measure_mails(mailing: Any, rendition: Any, sizes: dict[str, int]) -> dict[str, float]:
    from mailings import messages, skeleton
    from templates_lib.render import merge

    letterhead = messages.letterhead(mailing)
    compiled = skeleton.compile_message(rendition, letterhead)
    members = [member(k) for k in range(sizes["mails"])]
    filled = [
        [merge.fill(getattr(rendition, part), m, context=context)
         for part, context in (("subject", "header"), ("text", "text"), ("html", "html"))]
        for m in members[: sizes["django"]]
    ]  # fmt: skip

    def build(k: int) -> bytes:
        return compiled.message(
            to=f"m{k}@example.com", date="Mon, 01 Mar 2027 10:00:00 +0000", message_id=f"<{k}@union.example.org>",
            values=members[k], unsubscribe=members[k]["unsubscribe_url"],
        )  # fmt: skip

    ours, django, ratio = in_turns(
        (len(members), build),
        (len(filled), lambda k: django_message(filled[k], k, letterhead, members[k]).as_bytes()),
    )
    whole = statistics.median(whole_mails(mailing, len(members)) for _round in range(ROUNDS))
    return {"mails_per_s": whole, "skeleton_per_s": ours, "django_as_bytes_per_s": django, "skeleton_ratio": ratio}


def django_message(filled: list[str], k: int, letterhead: Any, values: dict[str, str]) -> Any:
    """The same mail by Django; its text was filled beforehand, which is not counted."""
    from django.core.mail import EmailMultiAlternatives

    subject, text, html = filled
    headers = {
        "Message-ID": f"<{k}@union.example.org>",
        "List-Id": f"<{letterhead.list_id}>",
        "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    sender = f'"{letterhead.from_name}" <{letterhead.from_address}>'
    mail = EmailMultiAlternatives(
        subject, text, sender, [f"m{k}@example.com"], headers=headers, reply_to=[letterhead.reply_to]
    )
    mail.attach_alternative(html, "text/html")
    return mail.message()


def whole_mails(mailing: Any, n: int) -> float:
    """A second's worth of `Stationery.mail`: what the sending loop does for each recipient."""
    import uuid

    from mailings import messages

    stationery, date = messages.Stationery(mailing), datetime.datetime.now(datetime.UTC)
    rows = [
        messages.Row(k, uuid.UUID(int=k), k, "sv", f"m{k}@example.com", FIRST[k % 12], LAST[k // 12 % 12], 1, None,
                     "", None, uuid.UUID(int=k))
        for k in range(n)
    ]  # fmt: skip
    return rate(n, lambda k: stationery.mail(rows[k], date=date))


def measure_pdf(page: str, pictures: dict[str, bytes], sizes: dict[str, int], naive: Naive) -> dict[str, float]:
    from templates_lib import pdf_worker

    def other(k: int) -> str:  # each mailing has its own words
        return page.replace("</h1>", f" nummer {k}</h1>")

    assert other(1) != page
    for draw in (pdf_worker.make_pdf, naive.make_pdf):
        assert draw(page, pictures)[:5] == draw(other(0), pictures)[:5] == b"%PDF-"
    ours, usual, ratio = in_turns(
        (sizes["pdf"], lambda k: pdf_worker.make_pdf(other(k), pictures)),
        (sizes["pdf"], lambda k: naive.make_pdf(other(k), pictures)),
    )
    return {"pdf_per_s": ours, "naive_pdf_per_s": usual, "pdf_ratio": ratio}


def press(run: int, database: str) -> tuple[float, float]:
    """What a worker does, in a process as fresh as a worker's; the peaks of the drawing child and its own, in MB."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from mailings import letters
    from templates_lib import pdf_worker

    connection.settings_dict["NAME"] = database
    child = 0.0
    while letters.press(run, now=timezone.now()):
        assert pdf_worker._worker.child is not None
        child = peak_mb(pdf_worker._worker.child.pid)
    return child, peak_mb()


def measure_letters(mailing: Any, rendition: Any, sizes: dict[str, int], naive: Naive) -> dict[str, Any]:
    from django.db import connection
    from django.utils import timezone

    from comms.people.scope import Scope
    from mailings import letters
    from mailings.models import RunState
    from templates_lib import pictures
    from templates_lib.render import letter, merge

    run = letters.order(
        mailing=mailing,
        by=mailing.mandate.user,
        scope=Scope.of_mandate(mailing.mandate, on=timezone.localdate()),
        now=timezone.now(),
    )
    began = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(1) as worker:
        child, joiner = worker.apply(press, (run.pk, connection.settings_dict["NAME"]))
    took = time.perf_counter() - began
    run.refresh_from_db()
    assert (run.state, run.letters) == (RunState.READY, sizes["letters"]), (run.state, run.problem, run.letters)
    source = rendition.prints["letter"]
    shown = pictures.contents(letter.assets(source))
    one = rate(sizes["naive_letters"], lambda k: naive.make_pdf(merge.fill(source, member(k)), shown))
    return {
        "letters": run.letters,
        "letter_pages": run.pages,
        "letters_per_s": run.letters / took,
        "naive_letters_per_s": one,
        "letters_peak_mb": max(child, joiner),
        "letters_child_peak_mb": child,
        "letters_joiner_peak_mb": joiner,
    }


# --- the program -----------------------------------------------------------------------------------------------------
def measure(sizes: dict[str, int]) -> dict[str, Any]:
    """Every figure; where one side did not run, null and under `not_run` why."""
    from mailings import composing
    from templates_lib import pictures
    from templates_lib.render.html import print_html

    mailing = make_mailing(sizes["letters"])
    rendition = mailing.renditions.get(language="sv")
    document = composing.document(mailing, language="sv")
    naive = Naive()
    parts: dict[tuple[str, ...], Callable[[], dict[str, Any]]] = {
        ("letters_per_s", "letters_peak_mb"): lambda: measure_letters(mailing, rendition, sizes, naive),
        ("merge_ratio",): lambda: measure_merge(rendition.html, sizes),
        ("mails_per_s", "skeleton_ratio"): lambda: measure_mails(mailing, rendition, sizes),
        ("pdf_per_s", "pdf_ratio"): lambda: measure_pdf(
            print_html(document), pictures.contents(document.pictures), sizes, naive
        ),
    }
    found: dict[str, Any] = {"not_run": {}}
    for keys, part in parts.items():
        try:
            found |= part()
        except Exception as error:
            found |= dict.fromkeys(keys)
            found["not_run"] |= dict.fromkeys(keys, f"{type(error).__name__}: {error}")
    naive.stop()
    return found


def judged(found: dict[str, Any]) -> dict[str, Any]:
    """Rounded, with the goals and whether each was met (null where it was not measured)."""
    met = {}
    for key, goal in GOALS.items():
        value = found[key]
        met[key] = None if value is None else value <= goal if key.endswith("_mb") else value >= goal
    rounded = {key: round(value, 2) if isinstance(value, float) else value for key, value in found.items()}
    return {**rounded, "goals": GOALS, "met": met}


@contextlib.contextmanager
def scratch_database(folder: str) -> Iterator[None]:
    """A database of its own beside the configured one, on disk as in production."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    scratch = f"{folder}/bench.sqlite3" if connection.vendor == "sqlite" else f"bench_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = scratch
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small numbers: a look, not a proof")
    parser.add_argument("--letters", type=int, help="how many, instead of 10,000")
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    sizes = {**(QUICK if options.quick else SIZES), **({"letters": options.letters} if options.letters else {})}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        import django

        django.setup()
        with scratch_database(folder):
            found = judged(measure(sizes))
    if options.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:24} {value}\n")


if __name__ == "__main__":
    main()
