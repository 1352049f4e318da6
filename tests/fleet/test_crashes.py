#!/usr/bin/env python3
"""PostgreSQL dies, connections break at COMMIT, standbys lag and take over: what relayctl
acknowledges is there, and it says nothing that it does not know."""

import json
import os
import random
import subprocess
import threading
import time

from support import running
from support.fleet_case import WRITER, FleetCase, harness, own
from support.wire import ANSWER, AT_ONCE, REQUEST, Wire

HERE = "zen.example"


class WireCase(FleetCase):
    """The table is behind self.wire, all of it."""

    def setUp(self):
        super().setUp()
        self.wire = self.behind_a_wire()

    def change(self, *args, check=0):
        """What it says as JSON."""
        return json.loads(self.run_it(*args, "--json", check=check).stdout)

    def state(self):
        """All rows, apart from the times at which they were written."""
        return self.sql(
            "SELECT fingerprint, host, kind, subject, not_after, added_by, note, retire_after IS "
            "NULL FROM relay_clients ORDER BY 1, 2")


def outcome(said):
    """What changed, without the times."""
    return {
        what: sorted((entry["fingerprint"], entry["host"], entry["kind"], entry["note"],
                      entry["retire_after"] is None) for entry in said[what])
        for what in ("added", "removed", "updated")
    }


class CutAtCommit(WireCase):
    """Each change three times: undisturbed, committed without the client being told, and lost on
    the way. It must end the same."""

    def setUp(self):
        super().setUp()
        self.old, self.new = self.client("old"), self.client("new")

    def walk(self, *change, before=()):
        expected = None
        for how in (None, ANSWER, REQUEST):
            with self.subTest(change[0], cut=how):
                self.sql("DELETE FROM relay_clients")
                for command in before:
                    self.run_it(*command)
                self.wire.cuts, self.wire.done = [how] if how else [], []
                result = self.run_it(*change, "--json")
                said = json.loads(result.stdout)
                self.assertEqual(self.wire.done, [how] if how else [])
                self.assertTrue(said["changed"])
                expected = expected or (outcome(said), self.state())
                self.assertEqual(self.state(), expected[1])
                self.assertEqual(outcome(said), expected[0])

    def test_add(self):
        self.walk("add", self.new.cert, HERE, "--note", "it's new")

    def test_add_from_a_list(self):
        clients = self.directory + "/list"
        self.write("".join("%s client%d.example\n" % (own(number), number) for number in range(5)),
                   clients)
        self.walk("add", "--from", clients)

    def test_add_with_another_name(self):
        self.walk("add", "--replace", self.old.cert, HERE,
                  before=[("add", self.old.cert, "other.example", "--note", "stays")])

    def test_remove_by_host(self):
        self.walk("remove", HERE,
                  before=[("add", self.old.cert, HERE), ("add", self.new.cert, "other.example")])

    def test_remove_by_certificate(self):
        self.walk("remove", self.old.cert,
                  before=[("add", self.old.cert, HERE), ("add", self.new.cert, "other.example")])

    def test_remove_several(self):
        self.walk("remove", "--all", HERE,
                  before=[("add", self.old.cert, HERE), ("add", self.new.cert, HERE)])

    def test_rotate(self):
        self.walk("rotate", HERE, self.new.cert, before=[("add", self.old.cert, HERE)])

    def test_copy(self):
        self.write("".join("%s client%d.example\n" % (own(number), number) for number in range(5)),
                   self.directory + "/list")
        for how in (None, ANSWER, REQUEST):
            with self.subTest(how):
                self.sql("DELETE FROM relay_clients")
                self.wire.cuts, self.wire.done = [how] if how else [], []
                said = self.change("copy", "texthash:%s/list" % self.directory, self.table)
                self.assertEqual(self.wire.done, [how] if how else [])
                self.assertEqual((said["changed"], said["entries"]), (True, 5))
                self.assertEqual(self.rows(),
                                 {own(number): "client%d.example" % number
                                  for number in range(5)})

    def test_cut_again_and_again(self):
        for cuts in ([REQUEST] * 5, [REQUEST, REQUEST, ANSWER], [ANSWER, ANSWER]):
            with self.subTest(cuts=cuts):
                self.sql("DELETE FROM relay_clients")
                self.wire.cuts = list(cuts)
                self.assertTrue(self.change("add", self.new.cert, HERE)["changed"])
                self.assertEqual(self.rows(), {self.new.fingerprint(): HERE})


class CommittedLate(WireCase):
    """A change waits for somebody's lock; once it is free, the connection breaks at COMMIT, and
    nobody waits for what becomes of it."""

    def walk(self, lock, *change):
        rival = self.rival()
        rival("BEGIN; " + lock)
        self.wire.cuts = [AT_ONCE]
        process = self.start(*change, "--json")
        self.waits_for_a_lock()
        rival("ROLLBACK")
        out, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, said)
        self.assertEqual(self.wire.done, [AT_ONCE])
        self.assertTrue(json.loads(out)["changed"], out + said)

    def test_add(self):
        new = self.client("new")
        self.walk(
            "INSERT INTO relay_clients VALUES ('%s', 'rival.example')" % new.fingerprint().lower(),
            "add", new.cert, HERE)
        self.assertEqual(self.rows(), {new.fingerprint(): HERE})

    def test_remove(self):
        old = self.client("old")
        self.run_it("add", old.cert, HERE)
        self.walk("SELECT 1 FROM relay_clients FOR UPDATE", "remove", HERE)
        self.assertEqual(self.rows(), {})

    def test_rotate(self):
        old, new = self.client("old"), self.client("new")
        self.run_it("add", old.cert, HERE)
        self.walk("SELECT 1 FROM relay_clients FOR UPDATE", "rotate", HERE, new.cert)
        self.assertEqual(self.rows(), {old.fingerprint(): HERE, new.fingerprint(): HERE})


class AwayCase(WireCase):

    def no_claims(self, said):
        for claim in ("nothing was changed", "is changed", "unchanged", "the server has it"):
            self.assertNotIn(claim, said)


class ServerStaysAway(AwayCase):
    """It had the COMMIT, and is not heard of again: status 4, and nobody claims to know."""

    def test_whatever_has_become_of_it(self):
        tries = []
        for how in (ANSWER, REQUEST):
            new, newer = self.client("new " + how), self.client("newer " + how)
            for number, host in enumerate(("kept " + how, "gone " + how)):
                self.run_it("add", "--fingerprint", own(len(tries), number), "--label", host)
            changes = (("add", new.cert, "--label", "new " + how),
                       ("remove", "gone " + how),
                       ("rotate", "kept " + how, newer.cert))
            tries += [(how, change) for change in changes]
        started = []
        for how, change in tries:
            wire = Wire(self.cluster.port)
            self.addCleanup(wire.close)
            wire.cuts, wire.after_cut = [how], True
            file = self.write_cf(self.path + ".%d.cf" % len(started), hosts=wire.hosts)
            started.append((wire, self.start("-t", "pgsql:" + file, *change)))
        for (how, change), (wire, process) in zip(tries, started):
            with self.subTest(how=how, change=change[0]):
                _, said = process.communicate(timeout=90)
                self.assertEqual(wire.done, [how])
                self.assertEqual(process.returncode, 4, said)
                self.assertIn("cannot be told", said)
                self.no_claims(said)

    def test_copy(self):
        self.write("%s client.example\n" % own(1), self.directory + "/list")
        self.wire.cuts, self.wire.after_cut = [ANSWER], True
        said = self.run_it("copy", "texthash:%s/list" % self.directory, self.table, check=4).stderr
        self.assertIn("cannot be told", said)
        self.no_claims(said)

    def test_it_was_never_there(self):
        """Nothing can have been changed, and nobody waits for long."""
        self.wire.away = True
        began = time.monotonic()
        self.assertIn("nothing was changed",
                      self.run_it("add", "--fingerprint", own(1), HERE, check=4).stderr)
        self.assertLess(time.monotonic() - began, 5)


class OneOfTwoStaysAway(AwayCase):
    """Likewise where relay_clientcerts lists another table besides."""

    def test_remove(self):
        more = "hash:%s/more" % self.directory
        self.write("", self.directory + "/more")
        self.postmap(table=more)
        self.configure(relay_clientcerts=self.table + " " + more)
        self.run_it("add", "--fingerprint", own(1), HERE)
        self.wire.cuts, self.wire.after_cut = [ANSWER], True
        said = self.run_it("remove", HERE, check=4).stderr
        self.assertIn("cannot be told", said)
        self.no_claims(said)


class RoundTrips(WireCase):

    def trips(self, *change):
        self.wire.trips = []
        self.run_it(*change)
        return self.wire.trips

    def test_of_a_change(self):
        """What there is; the change; Postfix's own answer; COMMIT."""
        client = self.client()
        self.assertEqual(self.trips("add", client.cert, HERE), [4])
        self.assertEqual(self.trips("remove", HERE), [4])
        self.assertEqual(self.trips("add", "--fingerprint", own(1), HERE, "--note", "by hand"), [4])
        self.assertEqual(self.trips("rotate", HERE, client.cert), [4])
        self.assertEqual(self.trips("remove", own(1)), [4])
        self.assertEqual(self.trips("remove", client.cert, "-t", self.table, "-d", "sha256"), [4])
        self.assertEqual(self.rows(), {})

    def test_where_there_is_nothing_to_do(self):
        self.run_it("add", "--fingerprint", own(1), HERE)
        self.assertEqual(self.trips("add", "--fingerprint", own(1), HERE), [2])


class Killed(FleetCase):
    """SIGKILL to the server, again and again, while rivals add, rotate and remove groups of
    clients, each a change of its own."""

    RIVALS, GROUPS, SIZE, KILLS = 4, 3, 5, 40 if harness.LONG else 6
    ABSENT, LISTED, ROTATED = "absent", "listed", "rotated"

    def test_acknowledged_changes_are_there_and_the_others_whole_or_not_at_all(self):
        seed = harness.seed()
        chance = random.Random(seed)
        self.hosts = {
            "r%dg%d.example" % (rival, group): (rival, group)
            for rival in range(self.RIVALS) for group in range(self.GROUPS)
        }
        self.certs = {host: self.client(host) for host in self.hosts}
        self.possible = {host: {self.ABSENT} for host in self.hosts}
        self.complaints, self.statuses, self.go_on = [], [], True
        rivals = [
            threading.Thread(target=self.work, args=(rival, random.Random(chance.random())))
            for rival in range(self.RIVALS)
        ]
        for rival in rivals:
            rival.start()
        try:
            for _ in range(self.KILLS):
                enough = self.statuses.count(0) + chance.randrange(11, 20)
                running.until(lambda: self.complaints or self.statuses.count(0) > enough,
                              "no changes succeed, seed %d" % seed)
                time.sleep(chance.uniform(0, 0.1))  # to a moment within a change
                self.cluster.kill()
                self.cluster.start()
                self.assertNotIn("broken", self.found().values(), "seed %d" % seed)
        finally:
            self.go_on = False
            for rival in rivals:
                rival.join()
        self.assertEqual(self.complaints, [], "seed %d" % seed)
        for host, state in self.found().items():
            self.assertIn(state, self.possible[host], "seed %d, %s" % (seed, host))
        self.assertGreater(self.statuses.count(0), 10 * self.KILLS)
        self.assertEqual(self.run_it("verify").returncode, 0)

    def work(self, rival, chance):
        mine = [host for host in self.hosts if host.startswith("r%dg" % rival)]
        while self.go_on:
            self.change(chance.choice(mine), chance)

    def change(self, host, chance):
        before = self.possible[host]
        clients = "".join("%s %s\n" % (own(*self.hosts[host], number), host)
                          for number in range(self.SIZE))
        if before == {self.ABSENT}:
            command, after = ["add", "--from", "-", "--note", "of " + host], self.LISTED
        elif before == {self.LISTED} and chance.random() < 0.5:
            command, after = ["rotate", host, self.certs[host].cert], self.ROTATED
        else:
            command, after = ["remove", "--all", "--if-exists", host], self.ABSENT
        try:
            done = self.run_it(*command, "--lock-timeout", "60", check=None, input=clients)
        except subprocess.TimeoutExpired:
            self.complaints.append("hangs: %s" % command)
            return
        self.statuses.append(done.returncode)
        if done.returncode == 0:
            self.possible[host] = {after}
        elif "nothing was changed" not in done.stderr:
            self.possible[host] = before | {after}
        if done.returncode not in (0, 4):
            self.complaints.append("%s: %d %s" % (command, done.returncode, done.stderr))

    def found(self):
        """{host: its state}, all at one moment."""
        rows = self.sql(
            "SELECT host, kind IS NULL, note IS NULL OR note = 'of ' || host, subject IS NULL OR "
            "subject = 'CN=' || host, "
            "retire_after IS NULL, added IS NULL FROM relay_clients")
        rows = [line.split("|") for line in rows.splitlines()]
        return {
            host: self.state_of(sorted(row[1:] for row in rows if row[0] == host))
            for host in self.hosts
        }

    def state_of(self, rows):
        by_hand = ["t", "t", "t", "t", "f"]
        retiring = ["t", "t", "t", "f", "f"]
        renewed = ["f", "t", "t", "t", "f"]
        whole = {
            self.ABSENT: [], self.LISTED: [by_hand] * self.SIZE,
            self.ROTATED: sorted([retiring] * self.SIZE + [renewed])
        }
        return next((state for state, wanted in whole.items() if rows == wanted), "broken")


class Reading(FleetCase):
    """The server dies while somebody reads: a plain failure, and what was written so far."""

    CLUSTER_FOR_EACH = True

    def test_in_the_middle_of_a_list_and_of_a_copy(self):
        self.cluster.sql(
            "INSERT INTO relay_clients (fingerprint, host) SELECT "
            "regexp_replace(encode(sha256(i::text::bytea), 'hex'), '(..)(?!$)', '\\1:', 'g'), "
            "'h' || i || '.example' FROM generate_series(1, 60000) i", self.database)
        listing = subprocess.Popen([harness.RELAYCTL, "-t", self.table, "-d", "sha256", "list",
                                    "--plain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(listing.stdout.readline().endswith(
            b".example\n"))  # and it waits: nobody takes the rest
        self.cluster.kill()
        rest, said = listing.communicate(timeout=60)
        self.assertEqual(listing.returncode, 4, said)
        self.assertLess(rest.count(b"\n"), 59999)
        self.assertRegex(said.decode(), "^relayctl: error: pgsql:[^\n]*\n$")
        for command in (["list", "--state-id"],
                        ["copy", self.table, "hash:%s/copy" % self.directory]):
            self.run_it(*command, check=4)
        self.assertFalse(os.path.exists(self.directory + "/copy"))
        self.cluster.start()


class StandbyCase(FleetCase):
    """A primary with a streaming standby; .cf names the standby first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.CLUSTER_FOR_EACH:
            cls.standby = cls.cluster.standby()
            cls.addClassCleanup(cls.standby.stop)

    def setUp(self):
        super().setUp()
        if self.CLUSTER_FOR_EACH:
            self.standby = self.cluster.standby()
            self.addCleanup(self.standby.stop)
        self.both = "%s %s" % (self.standby.hosts_inet, self.cluster.hosts_inet)
        self.write_cf(self.path + ".cf", hosts=self.both)
        self.standby.catch_up()

    def add(self, number, *options, check=0):
        return self.run_it("add", "--fingerprint", own(number), HERE, *options, check=check)

    def on_standby(self):
        return self.standby.sql("SELECT count(*) FROM relay_clients", database=self.database)

    def pause(self):
        self.standby.pause_replay()
        self.addCleanup(self.standby.resume_replay)


class Standby(StandbyCase):

    def test_changes_go_to_the_primary_and_come_to_the_standby(self):
        for number in range(5):
            self.add(number, "--wait-replicas")
            self.assertEqual(self.on_standby(), str(number + 1))
        self.run_it("remove", own(0), "--wait-replicas")
        self.assertEqual(self.on_standby(), "4")
        self.run_it("rotate", "--create", "other.example", self.client().cert, "--wait-replicas")
        self.assertEqual(self.on_standby(), "5")

    def waits(self):
        self.pause()
        process = self.start("add", "--fingerprint", own(1), HERE, "--wait-replicas=60")
        running.until(lambda: self.rows() == {own(1): HERE}, "the primary has no change")
        running.waits(process)
        self.assertIsNone(process.poll())
        self.assertEqual(self.on_standby(), "0")
        self.standby.resume_replay()
        _, said = process.communicate(timeout=60)
        self.assertEqual((process.returncode, self.on_standby()), (0, "1"), said)

    def test_it_waits_until_the_standby_shows_it(self):
        self.waits()

    def test_with_the_primary_alone_in_the_file_a_monitor_waits_too(self):
        self.write_cf(self.path + ".cf", hosts=self.cluster.hosts_inet)
        self.sql("GRANT pg_monitor TO " + WRITER)
        self.addCleanup(self.sql, "REVOKE pg_monitor FROM " + WRITER)
        self.waits()

    def test_nobody_waits_for_a_standby_that_cannot_be_seen(self):
        self.write_cf(self.path + ".cf", hosts=self.cluster.hosts_inet)
        said = self.add(1, "--wait-replicas", check=4).stderr
        self.assertIn("no standby is known", said)
        self.assertIn("pg_monitor", said)
        self.assertIn("the primary has the change", said)
        self.assertEqual(self.rows(), {own(1): HERE})

    def test_what_it_says_when_the_time_is_over(self):
        self.pause()
        began = time.monotonic()
        said = self.add(1, "--wait-replicas=2", check=4).stderr
        self.assertGreater(time.monotonic() - began, 2)
        self.assertLess(time.monotonic() - began, 6)
        self.assertIn("the primary has the change", said)
        self.assertRegex(said, "127.0.0.1:%d: [0-9]+ bytes behind" % self.standby.port)
        self.assertEqual(self.rows(), {own(1): HERE})
        self.assertRegex(
            self.add(1, "--wait-replicas=1", check=4).stderr, "bytes behind.*nothing was changed")
        self.standby.resume_replay()
        self.add(1, "--wait-replicas")
        self.assertEqual(self.on_standby(), "1")

    def test_a_lag_is_said_to_who_does_not_wait(self):
        self.assertNotIn("standby", self.add(1).stderr)
        self.pause()
        self.assertRegex(
            self.add(2).stderr,
            "note: a standby does not have the change yet: .*:%d: [0-9]+ bytes behind" %
            self.standby.port)
        self.assertNotIn("standby", self.add(2).stderr)  # nothing was changed

    def test_a_standby_that_is_gone(self):
        self.standby.stop(keep=True)
        self.addCleanup(self.standby.start)
        self.assertRegex(
            self.add(1).stderr, "note: a standby .*:%d: does not answer" % self.standby.port)
        said = self.add(2, "--wait-replicas=1", check=4).stderr
        self.assertRegex(said, "does not answer.*the primary has the change")

    def test_a_standby_alone_cannot_be_written(self):
        self.write_cf(self.path + ".cf", hosts=self.standby.hosts_inet)
        self.assertRegex(self.add(1, check=4).stderr, "standby.*nothing was changed")
        self.assertEqual(self.run_it("list").stdout, "")


class NoStandby(FleetCase):

    def test_there_is_nothing_to_wait_for(self):
        for grant in ("", "GRANT pg_monitor TO " + WRITER):
            with self.subTest(grant):
                self.sql(grant)
                began = time.monotonic()
                said = self.run_it("add", "--fingerprint", own(len(grant)), HERE, "--wait-replicas",
                                   check=4).stderr
                self.assertLess(time.monotonic() - began, 5)
                self.assertRegex(said, "no standby.*the primary has the change")
                self.assertIn(own(len(grant)), self.rows())


class Failover(StandbyCase):
    """The primary is killed for good and its standby takes over."""

    CLUSTER_FOR_EACH = True

    def test_nothing_acknowledged_is_lost_and_the_same_file_goes_on(self):
        self.known, self.trouble, self.go_on, self.dying = {}, [], True, False
        writers = [threading.Thread(target=self.write_on, args=(number,)) for number in range(3)]
        for writer in writers:
            writer.start()
        running.until(lambda: len(self.known) > 30, "no changes")
        self.dying = True
        # It hears no more, and the primary goes on for a while.
        self.standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "postgres")
        self.standby.sql("SELECT pg_reload_conf()", "postgres")
        running.until(
            lambda: self.standby.sql("SELECT count(*) FROM pg_stat_wal_receiver", "postgres") ==
            "0", "it receives")
        fingerprints = "SELECT fingerprint FROM relay_clients ORDER BY 1"
        running.until(
            lambda: self.sql(fingerprints) != self.standby.sql(fingerprints, self.database),
            "the primary does not go on")
        self.cluster.kill()
        self.go_on = False
        self.standby.promote()
        for writer in writers:
            writer.join()
        self.assertEqual(self.trouble, [])
        found = set(
            self.standby.sql("SELECT upper(fingerprint) FROM relay_clients",
                             database=self.database).splitlines())
        for fingerprint, listed in self.known.items():
            self.assertIn(fingerprint in found, listed, fingerprint)
        self.assertIn({True}, self.known.values())
        self.assertIn({False}, self.known.values())
        self.add(99)
        self.run_it("remove", own(99))
        self.add(98)
        found = self.standby.sql("SELECT host FROM relay_clients WHERE fingerprint = :'key'",
                                 database=self.database, key=own(98).lower())
        self.assertEqual(found, HERE)

    def write_on(self, writer):
        """self.known: {fingerprint: whether it may be listed}."""
        number = 0
        while self.go_on:
            fingerprint = own(writer, number, 1)
            for change, after in ((["add", "--fingerprint", fingerprint, HERE], True),
                                  (["remove", fingerprint], False))[:1 + number % 2]:
                before = self.known.get(fingerprint, {False})
                self.known[fingerprint] = before | {after}
                try:
                    done = self.run_it(*change, "--wait-replicas=10", "--lock-timeout", "60",
                                       check=None, timeout=90)
                except subprocess.TimeoutExpired:
                    self.trouble.append("hangs: %s" % change)
                    return
                if done.returncode == 0:
                    self.known[fingerprint] = {after}
                elif not self.dying:
                    self.trouble.append(done.stderr)
                    return
                else:
                    return
            number += 1

    def test_the_primary_dies_while_somebody_waits(self):
        """It had the change and the standby has not: nobody may say that nothing was changed, nor
        that it is on both."""
        self.pause()
        process = self.start("add", "--fingerprint", own(1), HERE, "--wait-replicas=60")
        running.until(lambda: self.rows(), "the primary has no change")
        running.waits(process)
        self.cluster.kill()
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, said)
        self.assertNotIn("nothing was changed", said)
        self.cluster.start()
        self.assertEqual(self.rows(), {own(1): HERE})


if __name__ == "__main__":
    harness.main()
