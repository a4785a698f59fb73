"""A name server on this machine, for what we ask DNS. `with Names({("example.org", "TXT"): ['v=spf1 -all']}) as names:`

`names.resolver` asks it and nobody else. A name that is not in the table does not exist; a table of None answers
nothing at all, and "SERVFAIL" in place of records answers that.
"""

from __future__ import annotations

import socketserver
import threading
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Table = dict[tuple[str, str], list[str] | str]


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        table = self.server.table
        if table is not None:
            sock.sendto(answer(dns.message.from_wire(data), table).to_wire(), self.client_address)


def answer(query: dns.message.Message, table: Table) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    (question,) = query.question
    name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
    records = table.get((name, kind))
    if records == "SERVFAIL":
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif records:
        quoted = [_quoted(text) for text in records] if kind == "TXT" else records
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *quoted))
    elif not any(known == name for known, _kind in table):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def _quoted(text: str) -> str:
    """In pieces of at most 255 characters, as long keys stand in DNS."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


class Names:
    def __init__(self, table: Table | None) -> None:
        self.table = table

    def __enter__(self) -> Self:
        self.udp: Any = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self.udp.table = self.table
        threading.Thread(target=self.udp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.udp.shutdown()
        self.udp.server_close()

    @property
    def resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.udp.server_address[1]
        return resolver
