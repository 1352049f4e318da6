"""Servers on loopback that are no good SMTP servers, each a function of a socket."""

import contextlib
import socket
import socketserver
import ssl
import threading


@contextlib.contextmanager
def serving(talk):
    """Runs talk(socket, number) for each connection, counted from 1; gives the port."""
    count = [0]

    class Handler(socketserver.BaseRequestHandler):

        def handle(self):
            count[0] += 1
            with contextlib.suppress(OSError, ssl.SSLError):
                talk(self.request, count[0])

    class Threads(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

    with Threads(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def until_closed(connection):
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


def silent(connection, _):
    until_closed(connection)


def closing(connection, _):
    connection.shutdown(socket.SHUT_RDWR)


def says(*pieces, ends=False):
    """Says these bytes at once and goes on listening, or hangs up."""

    def talk(connection, _):
        for piece in pieces:
            connection.sendall(piece)
        if not ends:
            until_closed(connection)

    return talk


def trickle(data, pause=1.0):
    """One byte, and then the next one after a while, for ever."""

    def talk(connection, _):
        connection.settimeout(pause)
        while True:
            for byte in data:
                connection.sendall(bytes([byte]))
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(4096):
                        return

    return talk


def for_ever(data):
    """As many bytes as the client takes."""

    def talk(connection, _):
        while True:
            connection.sendall(data * 100)

    return talk


class Script:
    """An SMTP server by a table of answers: by the command's first word, a text or a function of
    the number of the connection. It speaks TLS with a certificate, and asks for one."""

    def __init__(self, identity=None, wrapped=False, asks=True, **answers):
        self.answers = dict({"greeting": "220 mx.example ESMTP", "EHLO": None, "STARTTLS": "220 Go",
                             "MAIL": "250 Ok", "RCPT": "554 5.7.1 Relay access denied",
                             "RSET": "250 Ok", "QUIT": "221 Bye"}, **answers)
        self.commands = []
        self.wrapped = wrapped
        self.context = None
        if identity:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(identity.cert, identity.key)
            self.context.verify_mode = ssl.CERT_NONE
            if asks:  # whatever comes is taken
                self.context.verify_mode = ssl.CERT_OPTIONAL
                self.context.load_verify_locations(asks if isinstance(asks, str) else identity.cert)

    def __call__(self, connection, number):
        if self.wrapped:
            connection = self.context.wrap_socket(connection, server_side=True)
        self._answer(connection, number, "greeting")
        lines = connection.makefile("rb")
        while line := lines.readline():
            word = line.split()[0].decode().upper()
            self.commands.append((number, line.decode().strip()))
            if not self._answer(connection, number, word):
                return
            if word == "STARTTLS" and self.answers[word].startswith("220"):
                connection = self.context.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")

    def _answer(self, connection, number, word):
        answer = self.answers.get(word, "502 5.5.2 What?")
        if callable(answer):
            answer = answer(number)
        if word == "EHLO" and answer is None:
            tls = self.context is not None and not isinstance(connection, ssl.SSLSocket)
            last = "STARTTLS" if tls else "8BITMIME"
            answer = "250-mx.example\r\n250-PIPELINING\r\n250 " + last
        connection.sendall(answer.encode() + b"\r\n")
        return not answer.startswith(("421", "221"))
