#!/usr/bin/env python3
"""What issue makes relays through a real smtpd, until it is removed."""

import os
import types

from support import certs, harness, postfix_server
from support.certs import openssl

HOST = "zen.example"


class Relays(harness.Case):

    @classmethod
    def setUpClass(cls):
        cls.server = postfix_server.Server()
        cls.addClassCleanup(cls.server.stop)
        open(cls.server.path, "w").close()
        harness.relayctl("-c", cls.server.config, "rebuild", check=0)
        cls.server.start()

    def setUp(self):
        self.out = self.temporary_directory()

    def relayctl(self, *args, check=0):
        return harness.relayctl("-c", self.server.config, *args, check=check)

    def client(self, directory):
        made = os.path.join(self.out, directory)
        return types.SimpleNamespace(cert=os.path.join(made, "cert.pem"),
                                     key=os.path.join(made, "key.pem"))

    def test_every_type_of_key(self):
        for kind in ("ec", "rsa2048", "rsa3072", "ed25519"):
            with self.subTest(kind=kind):
                host = kind + ".example"
                done = self.relayctl("issue", "--key-type", kind, "--out", self.out, host)
                self.assertNotIn("warning", done.stderr)
                self.assertEqual(self.server.answer(self.client(host)), 250)
                self.relayctl("remove", host)
                self.assertEqual(self.server.answer(self.client(host)), 554)

    def test_the_pinned_key_with_any_certificate(self):
        self.relayctl("issue", "--pin", "key", "--out", self.out, HOST)
        client = self.client(HOST)
        self.assertEqual(self.server.answer(client), 250)
        openssl("req", "-x509", "-key", client.key, "-subj", "/CN=another", "-days", "9", "-out",
                client.cert)
        self.assertEqual(self.server.answer(client), 250)
        self.relayctl("remove", HOST)

    def test_a_request_whose_key_stays_with_the_client(self):
        own = certs.Client(self.out, "own")
        request = os.path.join(self.out, "own.csr")
        openssl("req", "-new", "-key", own.key, "-subj", "/CN=" + HOST, "-out", request)
        self.assertEqual(self.server.answer(own), 554)
        self.relayctl("issue", "--csr", request, "--out", self.out, HOST)
        self.assertEqual(self.server.answer(own), 250)
        self.relayctl("remove", HOST)

    def test_both_relay_until_the_old_one_is_pruned(self):
        self.relayctl("issue", "--out", self.out, HOST)
        self.relayctl("issue", "--rotate", "--grace", "0s", "--out", self.out, HOST)
        (renewed, ) = [name for name in os.listdir(self.out) if name != HOST]
        for directory in (HOST, renewed):
            self.assertEqual(self.server.answer(self.client(directory)), 250)
        self.relayctl("prune", "--retired", "--yes")
        self.assertEqual(self.server.answer(self.client(HOST)), 554)
        self.assertEqual(self.server.answer(self.client(renewed)), 250)
        self.relayctl("remove", HOST)

    def test_the_server_that_the_settings_name_is_this_one(self):
        self.relayctl("issue", "--out", self.out, HOST)
        with open(os.path.join(self.out, HOST, "README.txt")) as source:
            text = source.read()
        self.assertIn("through server.example, port %d\n" % self.server.port, text)
        self.assertIn(self.server.server.fingerprint(), text)
        self.relayctl("remove", HOST)


if __name__ == "__main__":
    harness.main()
