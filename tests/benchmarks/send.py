"""How fast the post office sends, beside what the wire allows and beside the usual ways to send.

    python -m tests.benchmarks.send --recipients 20000 --json      (--full: also 200,000, 1,000 × 200, Postfix)

Needs PostgreSQL, Redis and Debian's postfix package (smtp-sink, smtp-source); peers are installed into an environment
that is thrown away. Every mail has its member's name, an unsubscribe link of its own and the calendar entry, and every
recipient a durable row. Ratios are medians of three rounds in which both sides took turns; a ratio is null, and
`not_run` says why, when one of its sides did not run.

- ratio_to_limit: rate / rate of `smtp-source -d -s 10` into the same sink with the same bytes
- sqlite_ratio: the embedded default against that limit
- postfix_ratio: with a real Postfix as the server, ten connections on both sides
- ratio_to_best_peer: rate / the fastest peer that sends the same content; `send_mass_mail` is text only, listed apart
- cost_growth, memory_growth: worker CPU per recipient, and peak memory, of N against 1,000
- fair_ratio: 200 recipients while N are on their way / alone
- rtt_ratio: rate with 20 ms to the server / (connections / 20 ms), one worker with ten connections
- many_ratio: 1,000 mailings of 200 against one of 200,000
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from templates_lib.render import merge
from tests.benchmarks import office

ROUNDS, WORKERS, CONNECTIONS = 3, os.cpu_count() or 1, 16
PEER_MAILS = {"django_one_connection": 1000, "send_mass_mail": 1000, "django_post_office": 500, "django_mailer": 500}
NODE_MAILS = 3000
TEN: dict[str, Any] = {"database": "postgres", "workers": 1, "connections": 10}  # as many as the limit has
RTT = 0.02
GOALS = {
    "ratio_to_limit": 0.8, "ratio_to_best_peer": 8, "sqlite_ratio": 0.5, "postfix_ratio": 0.7, "rtt_ratio": 0.9,
    "many_ratio": 0.85, "snapshot_per_s": 100_000, "worker_us_per_recipient": 150, "broker_bytes_per_recipient": 50,
    "commits_per_recipient": 0.05, "cost_growth": 1.2, "memory_growth": 1.1, "fair_ratio": 5,
}  # fmt: skip
AT_MOST = {"worker_us_per_recipient", "broker_bytes_per_recipient", "commits_per_recipient", "cost_growth",
           "memory_growth", "fair_ratio"}  # fmt: skip


class Ours:
    """A `tests.benchmarks.sender` with its workers, told what to send."""

    brokers = iter(range(8, 16))  # Redis databases: two post offices on one would take each other's rings

    def __init__(self, *, database: str, port: int, workers: int = WORKERS, connections: int = CONNECTIONS) -> None:
        command = [
            sys.executable, "-m", "tests.benchmarks.sender", "--database", database, "--port", str(port),
            "--workers", str(workers), "--connections", str(connections), "--broker", str(next(self.brokers)),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def ask(self, do: str, **more: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def rate(self, n: int) -> float:
        found = self.ask("send", n=n)
        assert found["states"].get("sent", 0) == n, found
        return float(n / found["seconds"])

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        if not (line := self.process.stdout.readline()):
            raise RuntimeError(f"the sender ended with {self.process.wait()}")
        return json.loads(line)

    def __enter__(self) -> Ours:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


def limit(port: int, n: int, message: bytes, folder: Path) -> float:
    """Mails a second that `smtp-source` gets into the sink over ten connections, our bytes in each."""
    assert office.SOURCE, "smtp-source is missing: install postfix"
    mail = folder / "mail"
    mail.write_bytes(message.replace(b"\r\n", b"\n"))
    began = time.perf_counter()
    command = [office.SOURCE, "-d", "-s", "10", "-m", str(n), "-F", str(mail), "-f", "a@example.com", "-t",
               "b@example.com", f"127.0.0.1:{port}"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return n / (time.perf_counter() - began)


# --- peers ----------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def peers(folder: Path, content: dict[str, Any]) -> Iterator[dict[str, Callable[[int], float]]]:
    """name -> how many mails a second into a port; installed into the folder. What cannot be installed is left out."""
    known = folder / "content.json"
    known.write_text(json.dumps({**content, "holes": {name: merge.hole(name) for name in sorted(merge.HOLES)}}))
    here = Path(__file__).parent / "peers"
    made: dict[str, Callable[[int], float]] = {}
    with contextlib.suppress(subprocess.CalledProcessError, OSError):
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        packages = ["django>=5.2,<5.3", "django-post-office", "django-mailer"]
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True, capture_output=True)
        for name, n in PEER_MAILS.items():
            made[name] = _runner([str(python), str(here / "django_peers.py"), name, str(known)], n, folder)
    with contextlib.suppress(subprocess.CalledProcessError, OSError):
        shutil.copy(here / "nodemailer.js", folder)
        subprocess.run(["npm", "install", "--silent", "nodemailer"], cwd=folder, check=True, capture_output=True)
        made["nodemailer"] = _runner(
            ["node", str(folder / "nodemailer.js"), str(known), str(CONNECTIONS)], NODE_MAILS, folder
        )
    yield made


def _runner(command: list[str], n: int, folder: Path) -> Callable[[int], float]:
    def run(port: int) -> float:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
        done = subprocess.run([*command, str(port), str(n)], capture_output=True, text=True, cwd=folder, env=clean)
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-300:])
        return float(json.loads(done.stdout.splitlines()[-1])["per_s"])

    return run


# --- measurements ---------------------------------------------------------------------------------------------------
def in_turns(rounds: int, *sides: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Medians of each side, and of each side's ratio to the first, over rounds in which all took turns."""
    seen = [[side() for side in sides] for _ in range(rounds)]
    rates = [statistics.median(column) for column in zip(*seen, strict=True)]
    ratios = [statistics.median(row[k] / row[0] for row in seen) for k in range(len(sides))]
    return rates, ratios


def against_the_limit(n: int, folder: Path, ours: Ours, port: int, message: bytes) -> dict[str, Any]:
    rates, ratios = in_turns(ROUNDS, lambda: limit(port, n, message, folder), lambda: ours.rate(n))
    return {"limit_per_s": rates[0], "ours_per_s": rates[1], "ratio_to_limit": ratios[1]}


def embedded(n: int, folder: Path, port: int, message: bytes) -> dict[str, Any]:
    with Ours(database="sqlite", port=port, workers=1) as ours:
        rates, ratios = in_turns(ROUNDS, lambda: limit(port, n, message, folder), lambda: ours.rate(n))
    return {"sqlite_per_s": rates[1], "sqlite_ratio": ratios[1]}


def growth(n: int, ours: Ours) -> dict[str, Any]:
    """CPU, memory, commits and broker bytes per recipient of one worker; small and large in turns."""
    small, large = [], []
    for _ in range(ROUNDS):
        small.append(ours.ask("send", n=1000))
        large.append(ours.ask("send", n=n))
    return {
        "worker_us_per_recipient": statistics.median(one["us"] for one in large),
        "broker_bytes_per_recipient": statistics.median(one["broker_bytes"] for one in large),
        "commits_per_recipient": statistics.median(one["commits"] for one in large),
        "cost_growth": statistics.median(b["us"] / a["us"] for a, b in zip(small, large, strict=True)),
        "peak_memory_mb": large[-1]["peak_mb"],
        "memory_growth": large[-1]["peak_mb"] / small[0]["peak_mb"],
    }


def beside_peers(n: int, folder: Path, ours: Ours, port: int, content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"peers": {}, "text_only_peers": {}, "peers_not_run": {}}
    with peers(folder, content) as installed:
        for name in [*PEER_MAILS, "nodemailer"]:
            try:
                rates, ratios = in_turns(ROUNDS, lambda run=installed[name]: run(port), lambda: ours.rate(n))  # type: ignore[misc]
            except Exception as error:
                found["peers_not_run"][name] = f"{type(error).__name__}: {error}"
                continue
            where = "text_only_peers" if name == "send_mass_mail" else "peers"
            found[where][name] = {"per_s": rates[0], "ratio": ratios[1]}
    if found["peers_not_run"]:
        raise NotAll(found, "a peer did not run")
    return {**found, "ratio_to_best_peer": min(one["ratio"] for one in found["peers"].values())}


class NotAll(Exception):
    """Some of it did not run; `found` is what did."""

    def __init__(self, found: dict[str, Any], why: str) -> None:
        super().__init__(why)
        self.found = found


def far_away(n: int, port: int) -> dict[str, Any]:
    with office.delayed(port, seconds=RTT) as far, Ours(port=far, **TEN) as ours:
        return {"rtt_ratio": statistics.median(ours.rate(n) for _ in range(ROUNDS)) / (10 / RTT)}


def fair(n: int, ours: Ours) -> dict[str, Any]:
    rounds = [ours.ask("fair", n=n) for _ in range(ROUNDS)]
    assert all(one["left_of_the_big_one"] for one in rounds), "the large mailing ended too early to say anything"
    return {
        "fair_alone_s": statistics.median(one["alone"] for one in rounds),
        "fair_during_s": statistics.median(one["during"] for one in rounds),
        "fair_ratio": statistics.median(one["during"] / one["alone"] for one in rounds),
    }


def many(ours: Ours, mailings: int) -> dict[str, Any]:
    ratios = []
    for _ in range(ROUNDS):
        whole = ours.ask("send", n=mailings * 200)["seconds"]
        ratios.append(whole / ours.ask("many", mailings=mailings)["seconds"])
    return {"many_ratio": statistics.median(ratios)}


def into_postfix(n: int, folder: Path, message: bytes) -> dict[str, Any]:
    """Ten connections on both sides: more of them only let the server's own processes compete."""
    with office.postfix(folder) as port, Ours(port=port, **TEN) as ours:

        def delivered() -> None:
            """Nobody's turn begins beside the deliveries of the one before."""
            office.wait_for(lambda: not office.queued(folder), every=0.5, what="Postfix has not delivered everything")

        def theirs() -> float:
            delivered()
            return limit(port, n, message, folder)

        def of_ours() -> float:
            delivered()
            return ours.rate(n)

        rates, ratios = in_turns(ROUNDS, theirs, of_ours)
    return {"postfix_limit_per_s": rates[0], "postfix_per_s": rates[1], "postfix_ratio": ratios[1]}


def locking(n: int, ours: Ours) -> dict[str, Any]:
    return {"snapshot_per_s": n / statistics.median(ours.ask("snapshot", n=n)["seconds"] for _ in range(ROUNDS))}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    n: int = options.recipients
    found: dict[str, Any] = {"recipients": n, "not_run": {}}
    with tempfile.TemporaryDirectory() as name, office.sink() as port, Ours(database="postgres", port=port) as ours:
        folder = Path(name)
        content = ours.ask("message")
        message = base64.b64decode(content["content"])
        found["bytes_per_mail"] = len(message)
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "ratio_to_limit": lambda: against_the_limit(n, folder, ours, port, message),
            "cost_growth": lambda: growth(200_000 if options.full else n, ours),
            "snapshot_per_s": lambda: locking(200_000 if options.full else n, ours),
            "fair_ratio": lambda: fair(200_000 if options.full else n, ours),
            "rtt_ratio": lambda: far_away(n // 2, port),
            "sqlite_ratio": lambda: embedded(n, folder, port, message),
            "ratio_to_best_peer": lambda: beside_peers(n, folder, ours, port, content),
        }
        if options.full:
            parts |= {
                "many_ratio": lambda: many(ours, 1000),
                "postfix_ratio": lambda: into_postfix(n, folder, message),
            }
        for key, part in parts.items():
            if options.only and key not in options.only:
                continue
            try:
                seen = part()
            except Exception as error:
                seen = {key: None, **getattr(error, "found", {})}
                found["not_run"][key] = f"{type(error).__name__}: {error}"
            found |= seen
            print(json.dumps({key: rounded(seen)}), file=sys.stderr, flush=True)  # it takes a while
    return found


def judged(found: dict[str, Any]) -> dict[str, Any]:
    met: dict[str, bool | None] = {}
    for key, goal in GOALS.items():
        value = found.get(key)
        met[key] = None if value is None else value <= goal if key in AT_MOST else value >= goal
    return {**rounded(found), "goals": GOALS, "met": met}


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return round(value, 4 if abs(value) < 10 else 1) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--full", action="store_true", help="also what takes long or needs root")
    parser.add_argument("--only", nargs="*", help="keys, e.g. ratio_to_limit")
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    found = judged(measure(options))
    if options.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:28} {value}\n")


if __name__ == "__main__":
    main()
