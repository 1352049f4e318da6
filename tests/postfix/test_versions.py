#!/usr/bin/env python3
"""What check says by the version of Postfix, which it takes from mail_version, up to a major
version that does not exist yet."""

import json

from support import certs, harness, postfix_server


class Versions(harness.Case):
    """Up to 3.8 smtpd looks the certificate up in every table and then the key; from 3.9 on the key
    comes first (tls_fprint.c, smtpd_check.c). A table that fails shows the order."""

    KEY_FIRST = {
        "3.5.27": False, "3.7.11": False, "3.8.99": False, "3.9.0": True, "3.9-20240101": True,
        "3.10.2": True, "3.12-20260821": True, "4.0.1": True, "4.3": True, "4": True, "10.0.1": True
    }

    def setUp(self):
        self.server = postfix_server.Server()
        self.addCleanup(self.server.stop)
        self.by_cert = certs.Client(self.server.directory, "cert.example")
        self.by_key = certs.Client(self.server.directory, "key.example")
        with open(self.server.path, "w") as out:
            out.write("%s cert.example\n" % self.by_cert.fingerprint())
            out.write("%s key.example\n" % self.by_key.key_fingerprint())
        self.server.command("postmap", self.server.table)

    def would_relay(self, client):
        said = harness.relayctl("-c", self.server.config, "check", "--json", client.cert)
        return json.loads(said.stdout)["would_relay"]

    def test_which_is_looked_up_first(self):
        for version, key_first in self.KEY_FIRST.items():
            with self.subTest(version):
                self.server.write_configuration(mail_version=version,
                                                relay_clientcerts=self.server.table +
                                                ", fail:always")
                self.assertEqual(self.would_relay(self.by_cert), not key_first)
                self.assertEqual(self.would_relay(self.by_key), key_first)


if __name__ == "__main__":
    harness.main()
