#!/usr/bin/env python3
"""Certificates of public CAs, which do not last: add and verify say so, and what does."""

import json
import os

from support import certs, harness
from support.table_case import TableCase

DOMAIN_VALIDATED = "certificatePolicies=2.23.140.1.2.1"
BOTH = "extendedKeyUsage=serverAuth,clientAuth"
SERVER = "extendedKeyUsage=serverAuth"


class Public(TableCase):

    def setUp(self):
        super().setUp()
        self.write("")

    def said(self, days, *extensions, args=(), **options):
        """What add says of such a certificate, and then verify."""
        self.write("")
        self.run_it("rebuild")
        client = self.client(days=days, extensions=extensions, **options)
        done = self.run_it("add", *args, client.cert, "zen.example")
        found = json.loads(self.run_it("verify", "--json", "--offline", check=None).stdout)
        ids = [f for f in found["findings"] if f["id"] == "public-certificate"]
        self.assertEqual([(f["severity"], f["line"]) for f in ids],
                         [("note", 2)] * len(ids))
        notes = [line for line in done.stderr.splitlines() if "of a public CA" in line]
        self.assertEqual(len(ids), len(notes), done.stderr)
        if ids:
            self.assertIn(ids[0]["message"], notes[0])
            self.assertIn("relayctl issue", done.stderr)
            self.assertIn("--reuse-key", ids[0]["hint"])
        return notes[0] if notes else None

    def test_a_short_life(self):
        self.assertRegex(self.said(45, DOMAIN_VALIDATED, BOTH),
                         "valid for 45 days only(?!.*clientAuth)")
        self.assertIn("valid for 99 days only", self.said(99, DOMAIN_VALIDATED, BOTH))
        self.assertIsNone(self.said(100, DOMAIN_VALIDATED, BOTH))

    def test_not_for_clients(self):
        said = self.said(199, DOMAIN_VALIDATED, SERVER)
        self.assertIn("no clientAuth", said)
        self.assertNotIn("days only", said)
        self.assertRegex(self.said(45, DOMAIN_VALIDATED, SERVER), "45 days only.*no clientAuth")
        self.assertIsNone(self.said(199, DOMAIN_VALIDATED))
        self.assertIsNone(self.said(199, DOMAIN_VALIDATED, "extendedKeyUsage=anyExtendedKeyUsage"))

    def test_which_are_public(self):
        for policies in ("certificatePolicies=2.23.140.1.1", "certificatePolicies=2.23.140.1.2.2",
                         "certificatePolicies=1.2.3.4,2.23.140.1.2.1",
                         "1.3.6.1.4.1.11129.2.4.2=DER:04:03:00:01:00"):  # SCTs
            with self.subTest(policies=policies):
                self.assertIsNotNone(self.said(45, policies, SERVER))
        for policies in ("certificatePolicies=1.2.3.4", "certificatePolicies=2.23.140.1.3"):
            with self.subTest(policies=policies):
                self.assertIsNone(self.said(45, policies, SERVER))
        self.assertIsNone(self.said(45, SERVER))

    def test_a_pinned_key_lasts(self):
        self.assertIsNone(self.said(45, DOMAIN_VALIDATED, SERVER, args=["--key"]))

    def test_quiet(self):
        client = self.client(days=45, extensions=[DOMAIN_VALIDATED])
        self.assertEqual(self.run_it("add", "-q", client.cert, "zen.example").stderr, "")

    def test_rotate_annotate_and_apply_know_it_too(self):
        def notes():
            found = json.loads(self.run_it("verify", "--json", "--offline", check=None).stdout)
            return [f["line"] for f in found["findings"] if f["id"] == "public-certificate"]

        first = self.client("first", days=45, extensions=[DOMAIN_VALIDATED])
        second = self.client("second", days=45, extensions=[DOMAIN_VALIDATED])
        self.write("%s zen.example\n" % first.fingerprint())
        self.run_it("rebuild")
        self.assertEqual(notes(), [])
        self.run_it("annotate", first.cert)
        self.assertEqual(notes(), [2])
        self.assertIn("already", self.run_it("annotate", first.cert).stderr)
        self.run_it("rotate", "zen.example", second.cert)
        self.assertEqual(notes(), [4])  # the first one retires
        directory = os.path.join(self.directory, "clients")
        os.mkdir(directory)
        third = certs.Client(directory, "c.example", days=45, extensions=[DOMAIN_VALIDATED])
        os.unlink(third.key)
        self.run_it("apply", directory)
        self.assertEqual(notes(), [4, 6])


if __name__ == "__main__":
    harness.main()
