#!/usr/bin/env python3
"""A running smtpd sees every change: bursts within a second, busy processes, and a long random walk
against a model."""

import random
import threading
import time

from support import certs, harness
from support.every_map import INDEXED, EveryMap
from test_relay import REFUSED, RELAYED, ServerCase


class Busy:
    """Clients that keep the smtpd processes at work, each with a certificate of its own that is
    always listed."""

    def __init__(self, server, client, count=3):
        self.server, self.client = server, client
        self.go_on, self.answers, self.trouble = True, [], []
        self.threads = [threading.Thread(target=self.ask) for _ in range(count)]

    def ask(self):
        while self.go_on and len(self.answers) < 20000:
            try:
                self.answers.append(self.server.answer(self.client))
            except Exception as trouble:  # noqa: BLE001: a thread's exception would be lost
                self.trouble.append(repr(trouble))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.go_on = False
        for thread in self.threads:
            thread.join()


class TenWithinASecond(EveryMap, ServerCase):

    def walk(self, map_type):
        server = self.server(map_type + ":{dir}/relay_clients", processes=8)
        zen, always = certs.Client(server.directory,
                                   "zen.example"), certs.Client(server.directory, "always.example")
        self.relayctl(server, "add", always.cert)
        with Busy(server, always) as busy:
            for listed in (True, False, True, False):  # bursts that end either way
                self.burst(server, zen, listed)
                self.assertEqual(server.answer(zen), RELAYED if listed else REFUSED)
            for turn in range(10):  # and after every single change
                self.relayctl(server, "add", zen.cert)
                self.assertEqual(server.answer(zen), RELAYED, turn)
                self.relayctl(server, "remove", zen.cert)
                self.assertEqual(server.answer(zen), REFUSED, turn)
        self.assertEqual(busy.trouble, [])
        self.assertGreater(len(busy.answers), 10)
        self.assertEqual(set(busy.answers), {RELAYED},
                         "a client that nobody touched lost its rights for a moment")

    def burst(self, server, client, listed):
        """Ten changes; the last leaves the client listed or not. Tried again where the machine was
        too slow for one second."""
        for _ in range(10):
            start = time.monotonic()
            for number in range(10):
                add = (number % 2 == 1) == listed
                self.relayctl(server, "add" if add else "remove", *([] if add else ["--if-exists"]),
                              client.cert, "-d", "sha256", "-t", server.table)
            if time.monotonic() - start < 1:
                return
        self.skipTest("ten changes take more than a second here")


class RandomWalk(ServerCase):
    """Random changes by every way of naming a client, and after each a random client asks; the
    model is a set of names."""

    CHANGES = 1000 if harness.LONG else 80

    def test_every_answer_is_that_of_the_model(self):
        for map_type in INDEXED:
            with self.subTest(type=map_type):
                self.walk(map_type, random.Random(20261123))

    def walk(self, map_type, chance):
        server = self.server(map_type + ":{dir}/relay_clients", processes=6)
        clients = [certs.Client(server.directory, "client%d.example" % n) for n in range(6)]
        certificates, keys = set(), set()  # what is listed, by name
        relayed = refused = 0
        for number in range(self.CHANGES // len(INDEXED)):
            client = chance.choice(clients)
            self.change(server, chance, client, certificates, keys)
            for asked in {client, chance.choice(clients)}:
                expected = asked.name in certificates | keys
                self.assertEqual(server.answer(asked), RELAYED if expected else REFUSED,
                                 "change %d, %s" % (number, asked.name))
                relayed, refused = relayed + expected, refused + (not expected)
        self.assertGreater(relayed, 5)
        self.assertGreater(refused, 5)
        server.stop()

    def change(self, server, chance, client, certificates, keys):
        way = chance.choice([
            "add", "add-fingerprint", "add-key", "remove-cert", "remove-host", "remove-fingerprint",
            "rebuild"
        ])
        if way == "add":
            self.relayctl(server, "add", client.cert)
            certificates.add(client.name)
        elif way == "add-fingerprint":
            self.relayctl(server, "add", "--fingerprint", client.fingerprint().lower(), client.name)
            certificates.add(client.name)
        elif way == "add-key":
            self.relayctl(server, "add", "--key", client.cert)
            keys.add(client.name)
        elif way == "remove-cert":
            self.relayctl(server, "remove", "--if-exists", client.cert)
            certificates.discard(client.name)
            keys.discard(client.name)
        elif way == "remove-host":
            self.relayctl(server, "remove", "--if-exists", "--all", client.name)
            certificates.discard(client.name)
            keys.discard(client.name)
        elif way == "remove-fingerprint":
            self.relayctl(server, "remove", client.key_fingerprint(),
                          check=0 if client.name in keys else 1)
            keys.discard(client.name)
        else:
            self.relayctl(server, "rebuild")


if __name__ == "__main__":
    harness.main()
