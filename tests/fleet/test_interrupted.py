#!/usr/bin/env python3
"""Signals while a database works on a change, servers that take too long, and databases that do
something else with what is written: nothing happens after relayctl has ended, nothing is waited for
without a limit, and what is said is what is there."""

import os
import signal
import socket
import time

from support import running
from support.fleet_case import FleetCase, harness, own
from support.wire import ANSWER, STOPPED

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LISTED, FREE = own(1), own(2)
SLEEP = ("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(%d); "
         "RETURN NULL; END'; ")
BEFORE = SLEEP + ("CREATE TRIGGER slow BEFORE INSERT OR UPDATE OR DELETE ON relay_clients FOR EACH "
                  "STATEMENT EXECUTE FUNCTION slow()")
# relayctl has deferred triggers run before it commits: this one puts another one off until then.
AT_COMMIT = (SLEEP +
             """CREATE TABLE IF NOT EXISTS later (at timestamptz); GRANT INSERT ON later TO PUBLIC;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON later DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow();
    CREATE OR REPLACE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN SET CONSTRAINTS ALL DEFERRED; INSERT INTO later VALUES (now()); RETURN NULL; END';
    DROP TRIGGER IF EXISTS put_off ON relay_clients;
    CREATE CONSTRAINT TRIGGER put_off AFTER INSERT OR UPDATE OR DELETE ON relay_clients
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION put_off()""")
DOUBT = "cannot be told"


class SlowCase(FleetCase):
    """own(1) is listed for zen.example."""

    def setUp(self):
        super().setUp()
        self.run_it("add", "--fingerprint", LISTED, "zen.example", "--note", "as it was")
        self.before = self.all()

    def at_work(self, event):
        """The server's processes that are at it for relayctl: by what they wait for."""
        return self.sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
                        "application_name = 'relayctl' AND wait_event = '%s'" % event)

    def wait_until_at_work(self, event="PgSleep"):
        running.until(lambda: self.at_work(event), "no " + event)
        return int(self.at_work(event))

    def assert_nobody_is_left(self):
        count = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                 "application_name = 'relayctl'")
        running.until(lambda: self.sql(count) == "0", "a process of the server goes on")

    def assert_nothing_happens_afterwards(self):
        self.assert_nobody_is_left()
        self.assertEqual(self.all(), self.before)

    def ended(self, process, number, within=15):
        """What it said, ended by the signal."""
        began = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, within)
        self.assertEqual(process.returncode, -number, said)
        self.assertIn("interrupted: ", said)
        return said


class Interrupted(SlowCase):

    def changes(self):
        """Each with a table of its own to be changed."""
        source = self.directory + "/list"
        self.write("%s other.example\n" % FREE, source)
        self.write("%s zen.example\n" % LISTED, self.directory + "/wanted")
        return [["add", "--fingerprint", FREE, "new.example"],
                ["add", "--replace", "--fingerprint", LISTED, "new.example"],
                ["remove", "zen.example"],
                ["remove", LISTED],
                ["rotate", "zen.example", self.client().cert],
                ["copy", "--replace", "texthash:" + source, self.table]]

    def walk(self, slow, statement=""):
        """statement: what the server is at when the signal comes."""
        self.sql(slow % 600)
        for at, change in enumerate(self.changes()):
            number = SIGNALS[at % len(SIGNALS)]
            with self.subTest(change=change[0], signal=number.name):
                process = self.start(*change)
                self.wait_until_at_work()
                self.assertIn(
                    statement,
                    self.sql("SELECT query FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
                self.assertRegex(self.ended(process, number), "nothing was changed")
                self.assert_nothing_happens_afterwards()

    def test_while_a_trigger_waits(self):
        self.walk(BEFORE)

    def test_while_the_commit_waits(self):
        self.walk(AT_COMMIT, "COMMIT")

    def test_a_server_that_says_that_it_stopped_and_then_nothing(self):
        """It has rolled back: whether it also answers a ROLLBACK matters to nobody."""
        self.sql(AT_COMMIT % 600)
        wire = self.behind_a_wire()
        wire.cuts = [STOPPED]
        process = self.start("add", "--fingerprint", FREE, "new.example")
        self.wait_until_at_work()
        self.assertIn("nothing was changed", self.ended(process, signal.SIGINT))
        running.until(lambda: wire.done == [STOPPED], "the answer did not come through")
        self.assert_nothing_happens_afterwards()

    def test_while_it_waits_for_a_lock(self):
        rival = self.rival()
        rival("BEGIN; UPDATE relay_clients SET note = note")
        process = self.start("remove", "zen.example", "--lock-timeout", "300")
        self.waits_for_a_lock()
        self.assertIn("nothing was changed", self.ended(process, signal.SIGTERM))
        rival("ROLLBACK")
        self.assert_nobody_is_left()
        self.assertEqual(self.rows(), {LISTED: "zen.example"})

    def test_a_commit_that_comes_first_is_said_to_be_made(self):
        """It waits for a standby that there is not: asked to stop, the server says that it has
        committed."""
        self.cluster.sql(
            "ALTER SYSTEM SET synchronous_standby_names = 'nobody'; SELECT pg_reload_conf()",
            "postgres")
        self.addCleanup(
            self.cluster.sql,
            "SET synchronous_commit = off; ALTER SYSTEM RESET synchronous_standby_names; SELECT "
            "pg_reload_conf()", "postgres")
        for how in (signal.SIGTERM, None):
            with self.subTest(signal=how):
                fingerprint = own(3, 0 if how is None else 1)
                process = self.start("add", "--fingerprint", fingerprint, "new.example",
                                     "--lock-timeout", "300" if how else "0")
                self.wait_until_at_work("SyncRep")
                if how:
                    process.send_signal(how)
                _, said = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, said)
                self.assertRegex(said, "added .*new.example")
                self.assertIn("might not have been replicated", said)
                self.assertIn(fingerprint, self.rows())

    def test_a_server_that_does_not_even_stop(self):
        for trigger, state in ((BEFORE, "nothing was changed"), (AT_COMMIT, DOUBT)):
            for how in (signal.SIGINT, None):
                with self.subTest(state=state, signal=how):
                    self.sql(
                        "DROP FUNCTION IF EXISTS slow CASCADE; DROP FUNCTION IF EXISTS put_off "
                        "CASCADE; " + trigger % 20)
                    process = self.start("add", "--fingerprint", FREE, "new.example",
                                         "--lock-timeout", "300" if how else "0")
                    backend = self.wait_until_at_work()
                    os.kill(backend, signal.SIGSTOP)
                    try:
                        if how:
                            said = self.ended(process, how)
                        else:
                            _, said = process.communicate(timeout=60)
                            self.assertEqual(process.returncode, 4, said)
                            self.assertIn("waited 5 seconds", said)
                    finally:
                        os.kill(backend, signal.SIGCONT)
                    self.assertIn(state, said)
                    self.assertNotIn(DOUBT if state != DOUBT else "nothing was changed", said)
                    self.assert_nobody_is_left()

    def test_init(self):
        self.sql("DROP TABLE relay_clients; CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE "
                 "plpgsql AS 'BEGIN PERFORM pg_sleep(600); END'; "
                 "CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION slow()")
        process = self.start("init")
        self.wait_until_at_work()
        self.assertIn("nothing was changed", self.ended(process, signal.SIGTERM))
        self.assert_nobody_is_left()
        self.assertEqual(self.sql("SELECT to_regclass('relay_clients')"), "")

    def test_while_it_connects(self):
        with Silent() as silent:
            self.write_cf(self.path + ".cf", hosts=silent.hosts)
            for change in (["add", "--fingerprint", FREE, "new.example"], ["init"]):
                with self.subTest(change=change[0]):
                    process = self.start(*change)
                    silent.wait_for_somebody()
                    self.assertIn("nothing was changed",
                                  self.ended(process, signal.SIGTERM, within=5))

    def test_while_it_waits_for_standbys(self):
        with Silent() as silent:
            self.write_cf(self.path + ".cf",
                          hosts="%s %s" % (self.cluster.hosts_socket, silent.hosts))
            process = self.start("add", "--fingerprint", FREE, "new.example", "--wait-replicas=600")
            silent.wait_for_somebody()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=10)
            self.assertEqual(process.returncode, 4, said)
            self.assertRegex(said, "added .*new.example")
            self.assertIn("interrupted", said)
            self.assertEqual(self.rows()[FREE], "new.example")

    def test_a_relayctl_that_is_killed_leaves_nothing_that_goes_on(self):
        self.sql(BEFORE % 600)
        for change in (["add", "--fingerprint", FREE, "new.example"], ["remove", "zen.example"]):
            with self.subTest(change=change[0]):
                process = self.start(*change, "--lock-timeout", "3600")
                self.wait_until_at_work()
                process.kill()
                process.wait()
                self.assert_nothing_happens_afterwards()


class Silent:
    """A server that takes connections and never says anything."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.hosts = "inet:127.0.0.1:%d" % self.listener.getsockname()[1]
        self.taken = []
        return self

    def wait_for_somebody(self):
        self.listener.settimeout(60)
        self.taken.append(self.listener.accept()[0])

    def __exit__(self, *_):
        for one in (*self.taken, self.listener):
            one.close()


class TooLate(SlowCase):

    def timed(self, *command, check):
        began = time.monotonic()
        said = self.run_it(*command, check=check).stderr
        return time.monotonic() - began, said

    def test_a_change(self):
        for trigger in (BEFORE, AT_COMMIT):
            self.sql("DROP FUNCTION IF EXISTS slow CASCADE; " + trigger % 25)
            for change in (["add", "--fingerprint", FREE, "new.example"],
                           ["remove", "zen.example"]):
                with self.subTest(trigger=trigger, change=change[0]):
                    took, said = self.timed(*change, "--lock-timeout", "0.5", check=4)
                    self.assertLess(took, 12)
                    self.assertIn("within 5.5 seconds", said)
                    self.assertIn("nothing was changed", said)
                    self.assert_nothing_happens_afterwards()

    def test_a_lock_and_no_time_for_it(self):
        rival = self.rival()
        for lock in ("LOCK TABLE relay_clients", "UPDATE relay_clients SET note = note"):
            rival("BEGIN; " + lock)
            for change in (["remove", "zen.example"],
                           ["add", "--replace", "--fingerprint", LISTED, "new.example"]):
                with self.subTest(lock=lock, change=change[0]):
                    took, said = self.timed(*change, "--lock-timeout", "0", check=5)
                    self.assertLess(took, 3)
                    self.assertRegex(said, "lock.*nothing was changed")
            rival("ROLLBACK")
        self.assertEqual(self.all(), self.before)

    def test_completion(self):
        self.sql(
            "ALTER TABLE relay_clients RENAME TO slow_clients; CREATE VIEW relay_clients AS SELECT "
            "* FROM slow_clients WHERE pg_sleep(60) IS NOT NULL; GRANT SELECT ON relay_clients TO "
            "PUBLIC")
        with Silent() as silent:
            for hosts in (self.cluster.hosts_socket, silent.hosts):
                with self.subTest(hosts=hosts):
                    self.write_cf(self.path + ".cf", hosts=hosts)
                    began = time.monotonic()
                    done = self.run_it("complete", "listed", "z", check=None)
                    self.assertGreater(time.monotonic() - began, 1)
                    self.assertLess(time.monotonic() - began, 3)
                    self.assertEqual(done.stdout, "")
                    self.assertNotEqual(done.returncode, 0)

    def test_one_host_of_an_uri_that_is_silent(self):
        """The next one of it is asked."""
        with Silent() as silent:
            port = int(silent.hosts.rpartition(":")[2])
            password = self.cluster.passwords["postfix_reads"].replace(" ", "%20")
            uri = ("postgresql:///%s?user=postfix_reads&password=%s"
                   "&host=127.0.0.1%%2C127.0.0.1&port=%d%%2C%d")
            self.write_cf(self.path + ".cf",
                          hosts=uri % (self.database, password, port, self.cluster.port))
            self.assertIn("zen.example", self.run_it("list").stdout)


class QuestionCutOff(FleetCase):

    def test_state(self):
        """The answer to COMMIT is lost, and so is the answer to each question after it."""
        wire = self.behind_a_wire()
        wire.cuts, wire.mute_after_cut = [ANSWER], True
        said = self.run_it("add", "--fingerprint", FREE, "new.example", check=4).stderr
        self.assertIn(DOUBT, said)
        for claim in ("nothing was changed", "is changed", "unchanged", "the server has it",
                      "added"):
            self.assertNotIn(claim, said)
        self.assertGreater(wire.muted, 1)
        self.assertEqual(self.rows(), {FREE: "new.example"})


if __name__ == "__main__":
    harness.main()
