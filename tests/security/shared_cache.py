"""A cache between many people and the server, as RFC 9111 lets one be: it keeps everything it may, as long as it may.

`with SharedCache(port) as cache:` listens; each answer says in `X-Cache` whether it was kept before. It is as greedy as
the RFC allows: where nothing is said about how long, it keeps for ever (§4.2.2 leaves that to the cache); cookies make
no difference to it (§3 does not mention them). With `heeds_vary=False` it is even worse than allowed.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

BY_DEFAULT = {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}  # RFC 9110 §15.1
OF_THIS_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection"}
Headers = list[tuple[str, str]]


def directives(headers: Headers) -> dict[str, str]:
    """Cache-Control, in small letters."""
    said = ",".join(value for name, value in headers if name.lower() == "cache-control").lower()
    found = re.findall(r'([a-z-]+)(?:="?([^",]*)"?)?', said)
    return dict(found)


@dataclass
class Kept:
    status: int
    headers: Headers
    body: bytes
    asked: dict[str, str]
    until: float

    def answers(self, asked: dict[str, str], *, heeds_vary: bool) -> bool:
        """Whether it may be given to somebody who asks with these headers (§4.1)."""
        if time.monotonic() > self.until:
            return False
        names = ",".join(value for name, value in self.headers if name.lower() == "vary").lower()
        varies = [name.strip() for name in names.split(",") if name.strip()] if heeds_vary else []
        return "*" not in varies and all(self.asked.get(name) == asked.get(name) for name in varies)


def lifetime(status: int, headers: Headers) -> float:
    """Seconds an answer may be kept and given to others; 0 when it must not be (§3, §4.2.1)."""
    said = directives(headers)
    if {"no-store", "private", "no-cache"} & said.keys():
        return 0
    for name in ("s-maxage", "max-age"):
        if name in said:
            return float(said[name])
    return float("inf") if status in BY_DEFAULT or "public" in said else 0


@dataclass
class SharedCache:
    """`kept` is what it holds, by path."""

    server: int
    heeds_vary: bool = True
    kept: dict[str, list[Kept]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        handler = type("OfThisCache", (Handler,), {"cache": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()

    def find(self, path: str, asked: dict[str, str]) -> Kept | None:
        fits = (one for one in self.kept.get(path, []) if one.answers(asked, heeds_vary=self.heeds_vary))
        return next(fits, None)

    def keep(self, path: str, asked: dict[str, str], status: int, headers: Headers, body: bytes) -> None:
        seconds = lifetime(status, headers)
        if asked.get("authorization") and not {"public", "s-maxage", "must-revalidate"} & directives(headers).keys():
            seconds = 0  # §3.5
        if seconds:
            self.kept.setdefault(path, []).append(Kept(status, headers, body, asked, time.monotonic() + seconds))

    def fetch(self, method: str, path: str, asked: dict[str, str], body: bytes) -> tuple[int, Headers, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server, timeout=60)
        connection.request(method, path, body or None, asked)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply.status, [h for h in reply.getheaders() if h[0].lower() not in OF_THIS_CONNECTION], content


class Handler(BaseHTTPRequestHandler):
    cache: SharedCache

    def handle_one(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(asked.get("content-length", 0)))
        hit = self.cache.find(self.path, asked) if self.command in {"GET", "HEAD"} else None
        if hit:
            self.say(hit.status, hit.headers, hit.body, "hit")
            return
        status, headers, content = self.cache.fetch(self.command, self.path, asked, body)
        if self.command == "GET":
            self.cache.keep(self.path, asked, status, headers, content)
        elif self.command not in {"HEAD", "OPTIONS"} and status < 400:
            self.cache.kept.pop(self.path, None)  # §4.4
        self.say(status, headers, content, "miss")

    do_GET = do_HEAD = do_POST = handle_one

    def say(self, status: int, headers: Headers, body: bytes, how: str) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Cache", how)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""
