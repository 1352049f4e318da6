#!/usr/bin/env python3
"""What seen says of real sessions of a real smtpd is what was done in them, counted; a client that
knocked is let in by one command."""

import json
import os

from support import certs, harness, postfix_server, running

EVIL = "/CN=x, issuer=y, fingerprint=00:11, pkey_fingerprint=22:33"


class Sessions(harness.Case):

    def setUp(self):
        postfix_server.require()
        self.server = postfix_server.Server(
            settings={
                "smtpd_tls_loglevel": "1,peercert",
                "smtpd_log_access_permit_actions": "permit_tls_clientcerts"
            }.items())
        self.addCleanup(self.server.stop)
        self.listed = certs.Client(self.server.directory, "listed")
        self.other = certs.Client(self.server.directory, "other")
        self.server.list_only(self.listed, "listed.example")
        self.server.start()

    def run_it(self, *args, check=0):
        return harness.relayctl("-c", self.server.config, *args, check=check)

    def seen(self, *args, check=0):
        return json.loads(self.run_it("seen", "--json", *args, check=check).stdout)

    def session(self, client, ask=True):
        """One whole session, whose end the log has: what RCPT got."""
        answers = []

        def talk():
            with postfix_server.Session(self.server.port, client) as session:
                answers.append(session.ask()[0] if ask else None)
                session.smtp.docmd("QUIT")

        self.server.log_of(talk)
        return answers[0]

    def test_each_session_counts_as_what_it_was(self):
        for client, code, times in ((self.listed, 250, 3), (self.other, 554, 2), (None, 554, 2)):
            for _ in range(times):
                self.assertEqual(self.session(client), code)
        self.session(self.listed, ask=False)
        data = self.seen()
        entry, = data["entries"]
        self.assertEqual(
            [entry[key] for key in ("sessions", "permitted", "denied", "rejected", "taken")],
            [4, 3, 0, 0, 0])
        self.assertEqual([address["address"] for address in entry["addresses"]], ["127.0.0.1"])
        pending, = data["pending"]
        self.assertEqual([pending[key] for key in ("cert", "sessions", "denied", "answer")],
                         [self.other.fingerprint(), 2, 2, "Relay access denied"])

    def test_who_knocked_is_let_in_by_one_command(self):
        self.assertEqual(self.session(self.other), 554)
        pending, = self.seen("--pending")["pending"]
        self.run_it("seen", "--save")
        self.run_it("add", "--pending", str(pending["number"]), "other.example")
        self.assertEqual(self.session(self.other), 250)
        found = {entry["host"]: entry for entry in self.seen()["entries"]}
        other = found["other.example"]
        self.assertEqual([other[key] for key in ("sessions", "permitted", "denied")], [2, 1, 1])
        self.assertEqual(self.seen("--pending")["pending"], [])
        self.run_it("seen", "--save")
        listed = json.loads(self.run_it("list", "--json").stdout)["entries"]
        self.assertEqual([entry["host"] for entry in listed if entry["last_seen"]],
                         ["other.example"])

    def test_a_certificate_that_imitates_the_log_says_nothing_of_others(self):
        evil = certs.Client(self.server.directory, "evil", subject=EVIL)
        self.assertEqual(self.session(evil), 554)
        pending, = self.seen()["pending"]
        self.assertEqual(pending["cert"], evil.fingerprint())
        self.assertEqual(self.seen()["entries"][0]["sessions"], 0)

    def test_without_fingerprints_in_the_log_the_hint_brings_them(self):
        self.server.write_configuration(smtpd_tls_loglevel="1")
        self.server.reload()
        self.session(self.other)
        self.assertIs(self.seen(check=1)["fingerprints_logged"], False)
        said = self.run_it("seen", check=1).stderr
        line = next(line for line in said.splitlines() if "postconf" in line)
        hint = line.partition("hint: ")[2]
        found = json.loads(self.run_it("verify", "--json", "--unseen", "1d", check=None).stdout)
        self.assertEqual([f["hint"] for f in found["findings"] if f["id"] == "log-incomplete"],
                         [hint])
        done = harness.run(["sh", "-c", hint])
        self.assertEqual(done.returncode, 0, done.stderr)
        os.utime(os.path.join(self.server.config, "main.cf"), (1, 1))

        def is_logged():
            self.session(self.other)
            return self.other.fingerprint() in self.server.log()

        running.until(is_logged, "smtpd does not log certificates")
        self.assertEqual(self.seen("--pending")["pending"][0]["cert"], self.other.fingerprint())


if __name__ == "__main__":
    harness.main()
