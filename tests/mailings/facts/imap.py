"""An IMAP server that speaks as much as the bounce mailbox asks for, in a thread of this process."""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Kept:
    content: bytes
    flags: set[str] = field(default_factory=set)
    since: int = 20261125  # its day, for BEFORE


class Mailbox:
    """`with Mailbox([…]) as box:` serves at `box.url`; `mails` by UID; `broken` names commands answered with NO."""

    def __init__(self, mails: list[bytes], *, broken: tuple[str, ...] = ()) -> None:
        self.mails = {n: Kept(content) for n, content in enumerate(mails, 1)}
        self.broken, self.commands = broken, []

    def __enter__(self) -> Mailbox:
        box = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK here\r\n")
                for line in self.rfile:
                    tag, _space, rest = line.decode().strip().partition(" ")
                    box.commands.append(rest.replace("UID ", "").split()[0].upper())
                    self.wfile.write(box.answer(tag, rest))
                    if rest.upper() == "LOGOUT":
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"imap://bounces:s%20cret@127.0.0.1:{self.server.server_address[1]}/Returned%20mail"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, tag: str, rest: str) -> bytes:
        words = rest.replace("UID ", "").split()
        command = words[0].upper()
        if command in self.broken:
            return f"{tag} NO not today\r\n".encode()
        done = f"{tag} OK done\r\n".encode()
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n" + done
        if command == "LOGIN":
            return done if rest == 'LOGIN bounces "s cret"' else f"{tag} NO who\r\n".encode()
        if command == "SELECT":
            return b"* %d EXISTS\r\n" % len(self.mails) + done if "Returned mail" in rest else f"{tag} NO\r\n".encode()
        if command == "SEARCH":
            return b"* SEARCH %s\r\n" % " ".join(map(str, self.search(words[1:]))).encode() + done
        if command == "FETCH":
            size = int(re.search(r"<0\.(\d+)>", rest)[1])
            return b"".join(self.fetch(uid, size) for uid in self.uids(words[1])) + done
        if command == "STORE":
            for uid in self.uids(words[1]):
                self.mails[uid].flags.add(words[3].strip("()").strip("\\").lower())
        if command == "EXPUNGE":
            self.mails = {uid: mail for uid, mail in self.mails.items() if "deleted" not in mail.flags}
        return done

    def uids(self, text: str) -> list[int]:
        return [int(word) for word in text.split(",")]

    def search(self, criteria: list[str]) -> list[int]:
        found = self.mails
        if "UNSEEN" in criteria:
            found = {uid: mail for uid, mail in found.items() if "seen" not in mail.flags}
        if "SEEN" in criteria:
            found = {uid: mail for uid, mail in found.items() if "seen" in mail.flags}
        if "BEFORE" in criteria:
            months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            day, month, year = criteria[criteria.index("BEFORE") + 1].split("-")
            before = int(year) * 10000 + (months.index(month) + 1) * 100 + int(day)
            found = {uid: mail for uid, mail in found.items() if mail.since < before}
        return [uid for uid, mail in found.items() if "deleted" not in mail.flags]

    def fetch(self, uid: int, size: int) -> bytes:
        content = self.mails[uid].content[:size]
        return b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (uid, uid, len(content), content)
