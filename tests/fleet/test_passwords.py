#!/usr/bin/env python3
"""Passwords in every form that libpq and Postfix understand: never shown by any command, in
whatever way it fails, and counted where everybody could read them."""

import json
import os

from support.fleet_case import QUERY, READER, FleetCase, harness

SECRET = "S3CR3T"
DEAD = "127.0.0.1:1"
# (settings, whether there is a password that somebody could log in with; None where no verify gets
# so far)
FORMS = [
    ({"hosts": "postgresql://u:S3CR3T@%s/relay" % DEAD}, True),
    ({"hosts": "postgresql://u:S3CR3T@%s,127.0.0.1:2/relay" % DEAD}, True),
    ({"hosts": "postgresql://:S3CR3T@%s/relay" % DEAD}, True),
    ({"hosts": "postgresql://u:x?S3CR3T@%s/relay" % DEAD}, True),
    ({"hosts": "postgresql://u@%s/relay?password=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql://u@%s/relay?sslpassword=aaa&password=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql://u@%s/relay?sslpassword=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql://u@%s/relay?%%70assword=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql://u@%s/relay?%%70%%61%%73%%73%%77%%6f%%72%%64=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql://%s?user=u&password=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql:///relay?host=127.0.0.1&port=1&password=S3CR3T"}, True),
    ({"hosts": "postgresql://u:S3CR3T%%zz@%s/relay" % DEAD}, True),  # libpq's error quotes it
    ({"hosts": "postgresql://u:S3CR3T%%00@%s/relay" % DEAD}, True),
    ({"hosts": "postgresql://u@%s/relay?passwordS3CR3T" % DEAD}, False),  # likewise
    ({"hosts": "postgresql://u@%s/relay?password=S3CR3T=S3CR3T" % DEAD}, True),
    ({"hosts": "postgresql://u:x/S3CR3T@%s/relay" % DEAD}, False),  # libpq: host u, port x
    ({"hosts": "postgresql://u:S3CR3T/x@%s/relay" % DEAD}, False),
    ({"hosts": "postgresql://u:x@S3CR3T@%s/relay" % DEAD}, True),
    ({"hosts": "postgresql://u:x,S3CR3T@%s/relay" % DEAD},
     False),  # Postfix divides it at the comma
    ({"hosts": "postgresql://u:S3CR3T,x@%s/relay" % DEAD}, False),
    ({"hosts": "postgres://u:S3CR3T@%s/relay" % DEAD}, False),  # no URI for Postfix
    ({"hosts": "inet:" + DEAD, "dbname": "dbname=relay password=S3CR3T"}, True),
    ({"hosts": "inet:" + DEAD, "dbname": "password = 'a S3CR3T' dbname=relay"}, True),
    ({"hosts": "inet:" + DEAD, "dbname": "password='it\\'s S3CR3T' dbname=relay"}, True),
    ({"hosts": "inet:" + DEAD, "dbname": "password=a\\ S3CR3T dbname=relay"}, True),
    ({"hosts": "inet:" + DEAD,
      "dbname": "password='S3CR3T dbname=relay"}, True),  # libpq: unterminated
    ({"hosts": "inet:" + DEAD, "dbname": "passwd=S3CR3T"}, False),  # libpq: invalid option
    ({"hosts": "inet:" + DEAD, "dbname": "postgresql://u:S3CR3T@%s/relay" % DEAD}, True),
    ({"hosts": "inet:" + DEAD, "dbname": "postgres://u@%s/relay?password=S3CR3T" % DEAD}, True),
    ({"hosts": "inet:" + DEAD, "password": "S3CR3T"}, True),
    ({"hosts": "inet:" + DEAD,
      "user": "u\nS3CR3T"}, None),  # a line of its own by mistake: postconf ends with it
    ({"hosts": "inet:" + DEAD, "password": "\nS3CR3T"}, None)
]


class NeverShown(FleetCase):

    def setUp(self):
        super().setUp()
        self.certificate = self.client().cert
        self.write("smtp inet n - n - - smtpd\n", self.config + "/master.cf")

    def init(self):
        pass

    def write_form(self, settings, path=None):
        path = path or self.path + ".cf"
        self.cluster.write_cf(path, mode=0o644,
                              **dict({"dbname": "relay", "user": "u", "password": None,
                                      "query": QUERY}, **settings))
        if os.path.exists(path + ".admin"):
            os.unlink(path + ".admin")

    def commands(self):
        other = "texthash:" + self.directory + "/list"
        self.write("", self.directory + "/list")
        return [*harness.READING,
                ["verify", "--format", "nagios"],
                ["check", self.certificate],
                ["check", "--json", self.certificate],
                ["add", self.certificate, "zen.example"],
                ["remove", "zen.example"],
                ["remove", "--json", "zen.example"],
                ["init"],
                ["init", "--print"],
                ["copy", self.table, other],
                ["copy", other, self.table],
                ["complete", "listed"],
                ["prune", "--yes"],
                ["diff", self.table, other]]

    def test_whatever_is_done(self):
        for settings, _ in FORMS:
            self.write_form(settings)
            for command in self.commands():
                with self.subTest(settings=settings, command=command[0]):
                    done = self.run_it(*command, check=None)
                    self.assertNotIn(SECRET, done.stdout + done.stderr)
                    self.assertNotIn("S3%43R3T", done.stdout + done.stderr)
                    self.assertNotIn("internal error", done.stderr)

    def test_where_it_is_shown_the_host_is(self):
        self.write_form(FORMS[5][0])
        self.assertIn("postgresql://127.0.0.1:1/relay: ", self.run_it("list", check=4).stderr)

    def test_it_counts(self):
        """password-readable, and only where there is one."""
        for settings, counts in FORMS:
            if counts is None:
                continue
            with self.subTest(settings=settings):
                self.write_form(settings)
                findings = json.loads(self.run_it("verify", "--json", check=None).stdout
                                      or "{}").get("findings", [])
                self.assertTrue(findings)
                self.assertEqual("password-readable" in [finding["id"] for finding in findings],
                                 counts)

    def test_none_counts_as_none(self):
        for settings in ({"hosts": "postgresql://u@%s/relay?sslmode=disable" % DEAD},
                         {"hosts": "postgresql://u@%s/relay?password=&passfile=/x" % DEAD},
                         {"hosts": "inet:" + DEAD, "dbname": "password='' dbname=relay"}):
            with self.subTest(settings=settings):
                self.write_form(settings)
                findings = json.loads(self.run_it("verify", "--json",
                                                  check=None).stdout)["findings"]
                self.assertNotIn("password-readable", [finding["id"] for finding in findings])

    def test_no_argument_of_anybody(self):
        """master.cf has a password; postconf is asked for that service without it."""
        with open(self.config + "/master.cf", "w") as master:
            master.write(
                "smtp inet n - n - - smtpd -o clients_password=%s -o smtpd_tls_ask_ccert=yes\n" %
                SECRET)
        os.utime(master.name, (1, 1))
        self.write_form({"hosts": "inet:" + DEAD})
        spawned, done = harness.executed(harness.RELAYCTL, "-c", self.config, "verify")
        calls = "".join(word for words in spawned for word in words)
        self.assertIn("smtpd_tls_ask_ccert=yes", calls)
        self.assertNotIn(SECRET, calls)
        self.assertIn("password-in-ps", done.stdout + done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)


class StillWork(FleetCase):
    """Forms that are understood are used as Postfix uses them."""

    def test_each(self):
        self.run_it("add", "--fingerprint", ":".join(["AB"] * 32), "zen.example")
        os.unlink(self.path + ".cf.admin")
        password = self.cluster.passwords[READER]
        escaped, port = password.replace(" ", "%20"), self.cluster.port
        for settings in (
                {"hosts": "postgresql://%s:%s@127.0.0.1:%d/%s" %
                 (READER, escaped, port, self.database)},
                {"hosts": "postgresql://127.0.0.1:%d/%s?user=%s&%%70assword=%s" %
                 (port, self.database, READER, escaped)},
                {"hosts": "inet:127.0.0.1:%d" % port,
                 "dbname": "dbname=%s user=%s password='%s'" % (self.database, READER, password)},
                {"hosts": "inet:127.0.0.1:%d" % port,
                 "dbname": "postgresql://%s:%s@192.0.2.1/%s" % (READER, escaped, self.database)}):
            with self.subTest(settings=settings):
                self.cluster.write_cf(
                    self.path + ".cf",
                    **dict({"dbname": "unused", "user": None, "password": None, "query": QUERY},
                           **settings))
                self.assertEqual(self.in_map(":".join(["ab"] * 32)), "zen.example")
                self.assertIn("zen.example", self.run_it("list", "--plain").stdout)


if __name__ == "__main__":
    harness.main()
