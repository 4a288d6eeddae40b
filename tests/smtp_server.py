"""A mail server on a free port of this machine that keeps what it is given; it speaks just enough SMTP."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """`refusals` maps an address to the code that its RCPT is answered with."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.port: int = self.server_address[1]
        self.messages: list[EmailMessage] = []
        self.refusals: dict[str, int] = {}
        self.refuse_text_with = 0
        self.hang_up_after_text = False


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                if not self._take_text():
                    return
            elif verb == b"RCPT":
                self._say(self._recipient(line.decode()))
            else:
                self._say("221 bye" if verb == b"QUIT" else "250 fine")

    def _recipient(self, line: str) -> str:
        address = line.split("<", 1)[1].split(">", 1)[0]
        code = self.server.refusals.get(address, 250)
        return f"{code} {'fine' if code == 250 else 'no such person here'}"

    def _take_text(self) -> bool:
        """Keep one message; False if the server hangs up instead of answering."""
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if self.server.hang_up_after_text:
            return False
        if self.server.refuse_text_with:
            self._say(f"{self.server.refuse_text_with} not this text")
            return True
        self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
        self._say("250 kept")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    with MailServer(port) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
