"""A TCP proxy in front of PostgreSQL that breaks connections where a COMMIT is under way, and
counts round trips."""

import contextlib
import select
import socket
import threading

from support import postfix_server

READY = b"Z\0\0\0\5"  # ReadyForQuery (PostgreSQL, "Message Formats")
TERMINATE = b"X\0\0\0\4"
ANSWER = "answer"  # carried out, and the client is not told
REQUEST = "request"  # it does not arrive
STOPPED = "stopped"  # the server's answer arrives, and nothing after it
AT_ONCE = "at once"  # it arrives; nobody waits for what becomes of it


class Wire:
    """cuts: what becomes of each COMMIT to come; then all go through. away: connections are
    refused; after_cut: it is away from the last cut on; mute_after_cut: it is there from the last
    cut on, and cuts off whoever asks something. trips: of each connection of relayctl, how often
    the client spoke anew once it was up, Terminate apart.
    """

    def __init__(self, port):
        self.server, self.cuts, self.trips, self.done = port, [], [], []
        self.after_cut, self.away = False, False
        self.mute_after_cut, self.mute, self.muted = False, False, 0
        self.port = postfix_server.free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.open = {self.listener}
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def hosts(self):
        return "inet:127.0.0.1:%d" % self.port

    def close(self):
        for end in list(self.open):
            self._close(end)

    def _close(self, end):
        self.open.discard(end)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        self.open.add(client)
        ends = [client]
        try:
            if not self.away:
                ends.append(socket.create_connection(("127.0.0.1", self.server)))
                self.open.add(ends[1])
                self._talk(*ends)
        except (OSError, ValueError):  # ValueError: closed meanwhile
            pass
        finally:
            for end in ends:
                self._close(end)

    def _talk(self, client, server):
        trips, up, speaker = None, False, None
        while True:
            for end in select.select([client, server], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is client:
                    if b"\0application_name\0relayctl\0" in data and not up:
                        trips = len(self.trips)
                        self.trips.append(0)
                    if trips is not None and up and speaker is not client and data != TERMINATE:
                        self.trips[trips] += 1
                    if self.mute and up and data != TERMINATE:
                        self.muted += 1
                        return
                    if b"COMMIT\0" in data and self.cuts:
                        self._cut(self.cuts.pop(0), data, client, server)
                        return
                    server.sendall(data)
                else:
                    up = up or READY in data
                    client.sendall(data)
                speaker = end

    def _cut(self, how, data, client, server):
        self.away = self.after_cut and not self.cuts
        self.mute = self.mute_after_cut and not self.cuts
        if how != REQUEST:
            server.sendall(data)
        answer = b""
        while how in (ANSWER, STOPPED) and READY not in answer:
            part = server.recv(65536)
            if not part:
                raise AssertionError("the server broke the connection itself")
            answer += part
        if how == STOPPED:
            client.sendall(answer)
            while client.recv(65536):
                pass
        self.done.append(how)
