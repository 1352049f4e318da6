#!/usr/bin/env python3
"""issue and a table in PostgreSQL: files and row together, or neither, whatever becomes of the
server, the connection and relayctl."""

import os
import re
import shlex
import shutil
import signal

from support import certs, harness, running
from support.fleet_case import FleetCase
from support.wire import ANSWER, REQUEST

HOST = "zen.example"
FILES = ["README.txt", "cert.pem", "key.pem", HOST + ".p12"]
SLOW = """CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600);
    RETURN NULL; END'; CREATE TRIGGER slow BEFORE INSERT ON relay_clients
    FOR EACH STATEMENT EXECUTE FUNCTION slow()"""
SLEEPING = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
            "application_name = 'relayctl'")


class Issue(FleetCase):

    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.directory, "out")
        self.command = ["issue", "--out", self.out, "--server", "mx.example:587", "--for", "swaks",
                        HOST]

    def issue(self, *args, check=0):
        return self.run_it(*self.command, *args, check=check)

    def directories(self):
        return sorted(os.listdir(self.out)) if os.path.isdir(self.out) else []

    def assert_nothing(self):
        self.assertEqual((self.directories(), self.rows()), ([], {}))

    def assert_whole(self):
        made = os.path.join(self.out, HOST)
        self.assertEqual((self.directories(), sorted(os.listdir(made))), ([HOST], FILES))
        self.assertEqual(self.rows(), {certs.cert_fingerprint(made + "/cert.pem"): HOST})

    def forget(self):
        self.run_it("remove", HOST)
        shutil.rmtree(self.out)

    def test_files_and_row(self):
        self.assertIn("shown only now", self.issue().stderr)
        self.assert_whole()
        self.assertEqual(self.sql("SELECT kind, subject FROM relay_clients"), "cert|CN=" + HOST)
        self.issue(check=1)
        self.assert_whole()

    def test_a_renewal(self):
        self.issue()
        self.issue("--rotate", "--grace", "0s")
        renewed, = [name for name in self.directories() if name != HOST]
        of = {name: certs.cert_fingerprint(os.path.join(self.out, name, "cert.pem"))
              for name in (HOST, renewed)}
        self.assertEqual(self.rows(), dict.fromkeys(of.values(), HOST))
        self.run_it("prune", "--retired", "--yes")
        self.assertEqual(self.rows(), {of[renewed]: HOST})

    def test_the_server_is_away(self):
        self.behind_a_wire().away = True
        self.issue(check=4)
        self.assert_nothing()

    def test_the_row_is_not_what_was_asked(self):
        self.sql("CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS "
                 "'BEGIN NEW.host := ''other.example''; RETURN NEW; END'; CREATE TRIGGER other "
                 "BEFORE INSERT ON relay_clients FOR EACH ROW EXECUTE FUNCTION other()")
        self.assertNotEqual(self.issue(check=None).returncode, 0)
        self.assert_nothing()

    def test_the_commit_or_its_answer_is_lost(self):
        wire = self.behind_a_wire()
        for cut in (REQUEST, ANSWER):
            with self.subTest(lost=cut):
                wire.cuts = [cut]
                self.assertIn("shown only now", self.issue().stderr)
                self.assert_whole()
                self.forget()

    def test_nobody_knows_what_became_of_the_commit(self):
        """The files stay, since the row may be there, and the password is shown."""
        for cut in (REQUEST, ANSWER):
            with self.subTest(lost=cut):
                wire = self.behind_a_wire()
                wire.cuts, wire.after_cut = [cut], True
                done = self.issue(check=4)
                self.assertIn("shown only now", done.stderr)
                self.assertNotIn("the client is listed", done.stderr)
                self.assertNotIn("run it again", done.stderr)
                self.assertEqual(self.directories(), [HOST])
                self.write_cf(self.path + ".cf")
                hint, = re.findall("in any case: relayctl (.*)", done.stderr)
                harness.relayctl(*shlex.split(hint), check=0)
                self.assert_whole()
                self.forget()

    def test_interrupted_and_killed(self):
        self.sql(SLOW)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number.name):
                process = self.start(*self.command)
                running.until(lambda: "PgSleep" in self.sql(
                    "SELECT string_agg(wait_event, ' ') FROM pg_stat_activity"), "it is not slow")
                process.send_signal(number)
                process.communicate(timeout=60)
                if number == signal.SIGTERM:
                    self.assertEqual(self.directories(), [])
                running.until(lambda: self.sql(SLEEPING) == "0", "a process of the server goes on")
                self.assertEqual(self.rows(), {})
        self.sql("DROP TRIGGER slow ON relay_clients")
        self.assertIn("is not listed", self.issue(check=1).stderr)
        self.run_it("add", os.path.join(self.out, HOST, "cert.pem"), HOST)
        self.assert_whole()


if __name__ == "__main__":
    harness.main()
