"""A mail server of the tests on loopback: it speaks SMTP, keeps what it is given, and refuses what it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast


@dataclass
class PostOffice:
    """What came in. recipients: of the envelope. greets: False for a server that ends every conversation at once."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    greets: bool = True


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A mail server for as long as the block lasts."""
    office = PostOffice()

    class Conversation(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            if not office.greets:
                self.say("554 closed")
                return
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line.split(" ")[0].upper()
                if word == "EHLO":
                    self.say("250-here\r\n250 AUTH PLAIN")
                elif word == "AUTH":
                    office.signed_in.append(line)
                    self.say("235 welcome")
                elif word == "RCPT":
                    refused = "refused@" in line
                    self.say("550 nobody of that name" if refused else "250 fine")
                    office.recipients += [] if refused else [line]
                elif word == "DATA":
                    self.say("354 go on")
                    body = b""
                    while (piece := self.rfile.readline()) != b".\r\n":
                        body += piece.removeprefix(b".") if piece.startswith(b"..") else piece
                    office.letters.append(cast(EmailMessage, message_from_bytes(body, policy=default)))
                    self.say("250 kept")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine" if word in ("MAIL", "RSET", "NOOP") else "502 not here")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        office.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield office
        server.shutdown()
