#!/usr/bin/env python3
"""The client that is meant is the one that a real smtpd lets relay."""

import os

from support import certs, harness, postfix_server


class RightClient(harness.Case):

    def setUp(self):
        postfix_server.require()
        self.server = postfix_server.Server()
        self.addCleanup(self.server.stop)
        self.server.start()

    def run_it(self, *args, check=0):
        return harness.relayctl("-c", self.server.config, *args, check=check)

    def joined(self, name, *files):
        path = os.path.join(self.server.directory, name)
        with open(path, "wb") as out:
            for file in files:
                with open(file, "rb") as source:
                    out.write(source.read())
        return path

    def test_a_bundle_with_the_ca_first(self):
        authority = certs.authority(self.server.directory, "ca")
        zen = certs.issued(self.server.directory, "zen.example", authority)
        bundle = self.joined("root_first.pem", authority.cert, zen.cert)
        self.run_it("add", "--reload", authority.cert, "ca.example")
        self.assertEqual(self.server.answer(zen), 554)
        self.run_it("check", bundle, check=1)
        self.run_it("add", "--reload", bundle, "zen.example")
        self.assertTrue(self.server.answer_becomes(zen, 250))
        self.run_it("check", bundle)
        self.run_it("remove", bundle)
        self.assertTrue(self.server.answer_becomes(zen, 554))
        self.run_it("check", bundle, check=1)

    def test_a_client_whose_dates_cannot_be_read_keeps_relaying(self):
        client = certs.Client(self.server.directory, "odd.example")
        certs.spoil_end(client)
        self.run_it("add", "--reload", client.cert, "odd.example")
        other = certs.Client(self.server.directory, "other.example")
        self.run_it("add", other.cert, "other.example")
        self.assertTrue(self.server.answer_becomes(client, 250))
        self.run_it("prune", "--expired", "--yes")
        self.assertEqual(self.server.answer(client), 250)


if __name__ == "__main__":
    harness.main()
