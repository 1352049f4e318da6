#!/usr/bin/env python3
"""Others in the same database: psql sessions that hold rows, deadlocks, and many relayctl at
once."""

import json
import threading
import time

from support import running
from support.fleet_case import FleetCase, harness, own

LEVELS = ("READ COMMITTED", "SERIALIZABLE")
HERE, FREE = own(1), own(2)


class RivalCase(FleetCase):
    """own(1) is listed for zen.example, own(3) for other.example."""

    def setUp(self):
        super().setUp()
        self.renewed = self.client()
        self.refill()

    def refill(self):
        self.sql("TRUNCATE relay_clients")
        for number, host in ((1, "zen.example"), (3, "other.example")):
            self.run_it("add", "--fingerprint", own(number), host, "--note", "of " + host)

    def changes(self):
        """What a rival does, and a change that has to wait for it."""
        touch = "UPDATE relay_clients SET note = note WHERE host = 'zen.example'"
        here = "INSERT INTO relay_clients VALUES ('%s', 'rival.example')" % FREE.lower()
        return [(touch, ["remove", "zen.example"]),
                (touch, ["remove", HERE]),
                (touch, ["rotate", "zen.example", self.renewed.cert]),
                (touch, ["add", "--replace", "--fingerprint", HERE, "new.example"]),
                (here, ["add", "--fingerprint", FREE, "zen.example"]),
                ("DELETE FROM relay_clients", ["remove", "zen.example", "other.example"]),
                ("LOCK TABLE relay_clients", ["add", "--fingerprint", FREE, "zen.example"]),
                ("LOCK TABLE relay_clients", ["remove", "zen.example"])]


class Held(RivalCase):

    def test_nobody_waits_longer_than_the_lock_timeout(self):
        before, rival = self.all(), self.rival()
        for level in LEVELS:
            for sql, change in self.changes():
                with self.subTest(level, sql=sql, change=change[0]):
                    rival("BEGIN ISOLATION LEVEL %s; %s" % (level, sql))
                    began = time.monotonic()
                    said = self.run_it(*change, "--lock-timeout", "0.5", check=5).stderr
                    self.assertGreater(time.monotonic() - began, 0.5)
                    self.assertLess(time.monotonic() - began, 2.5)
                    self.assertRegex(said, "lock.*nothing was changed")
                    rival("ROLLBACK")
                    self.assertEqual(self.all(), before)

    def test_when_the_rival_goes_in_time_the_change_is_made(self):
        rival = self.rival()
        for level in LEVELS:
            for sql, change in self.changes():
                with self.subTest(level, sql=sql, change=change[0]):
                    self.refill()
                    alone = self.run_it(*change, "--json").stdout
                    after = self.rows()
                    self.refill()
                    rival("BEGIN ISOLATION LEVEL %s; %s" % (level, sql))
                    process = self.start(*change, "--json")
                    self.waits_for_a_lock()
                    rival("COMMIT" if sql.startswith("UPDATE") else "ROLLBACK")
                    out, said = process.communicate(timeout=30)
                    self.assertEqual(process.returncode, 0, said)
                    self.assertEqual(self.rows(), after)
                    for what in ("added", "removed", "updated"):
                        self.assertEqual(
                            *([entry["fingerprint"] for entry in json.loads(one)[what]]
                              for one in (out, alone)))


class Overtaken(RivalCase):
    """The rival commits something that makes another change of it: what counts is what is there
    then."""

    def walk(self, sql, change, status, says, after):
        for level in LEVELS:
            with self.subTest(level, sql=sql, change=change[0]):
                self.refill()
                rival = self.rival()
                rival("BEGIN ISOLATION LEVEL %s; %s" % (level, sql))
                process = self.start(*change)
                self.waits_for_a_lock()
                rival("COMMIT")
                said = "".join(process.communicate(timeout=30))
                self.assertEqual(process.returncode, status, said)
                self.assertRegex(said, says)
                self.assertEqual(self.rows(), after)

    def insert(self, host):
        return "INSERT INTO relay_clients VALUES ('%s', '%s')" % (FREE.lower(), host)

    def walk_of_add(self, rival, options, status, says, host):
        """The rival adds the same fingerprint for its host; at last it is there for host."""
        self.walk(self.insert(rival), ["add", *options, "--fingerprint", FREE, "free.example"],
                  status, says, {HERE: "zen.example", own(3): "other.example", FREE: host})

    def test_added_for_another_host(self):
        self.walk_of_add("rival.example", [], 1, "for rival.example", "rival.example")

    def test_added_likewise(self):
        self.walk_of_add("free.example", [], 0, "listed already", "free.example")

    def test_renamed_by_both(self):
        self.walk_of_add("rival.example", ["--replace"], 0, "rival.example", "free.example")

    def test_removed(self):
        gone = "DELETE FROM relay_clients WHERE host = 'zen.example'"
        self.walk(gone, ["remove", "zen.example"], 1, "not listed, nothing was changed",
                  {own(3): "other.example"})
        self.walk(gone, ["remove", "--if-exists", HERE], 0, "not listed", {own(3): "other.example"})

    def test_renamed_before_it_is_removed(self):
        renamed = "UPDATE relay_clients SET host = 'new.example' WHERE host = 'zen.example'"
        self.walk(renamed, ["remove", "zen.example"], 1, "not listed, nothing was changed",
                  {HERE: "new.example", own(3): "other.example"})
        self.walk(renamed, ["remove", HERE], 0, "new.example", {own(3): "other.example"})

    def test_removed_before_it_is_rotated(self):
        self.walk("DELETE FROM relay_clients WHERE host = 'zen.example'",
                  ["rotate", "zen.example", self.renewed.cert], 1, "nothing was changed",
                  {own(3): "other.example"})


class Deadlock(RivalCase):
    SETTINGS = {"deadlock_timeout": "200ms", "log_lock_waits": "on"}

    def test_either_victim_is_well(self):
        """The rival holds one of two rows and then wants the other; whoever PostgreSQL ends,
        relayctl's change is made."""
        first, second = "UPDATE relay_clients SET note = 'rival' WHERE host = '%s'", (
            "zen.example", "other.example")
        victims = set()
        for held, wanted in (second, second[::-1]):
            # The server looks for a deadlock once, after deadlock_timeout: who waits longer than
            # that is no victim.
            for is_patient in (False, True):
                with self.subTest(held=held, is_patient=is_patient):
                    self.refill()
                    rival = self.rival()
                    rival("BEGIN; " + first % held)
                    before = len(self.cluster.log())
                    process = self.start("remove", "zen.example", "other.example")
                    self.waits_for_a_lock()
                    if is_patient:
                        running.until(lambda: "still waiting for" in self.cluster.log()[before:],
                                      "the server does not look for a deadlock")
                    rival(first % wanted, waits=False)
                    self.assertIsNone(process.poll())
                    victims.add("rival" if "deadlock detected" in rival.wait() else "relayctl")
                    rival("COMMIT")
                    _, said = process.communicate(timeout=30)
                    self.assertEqual((process.returncode, self.rows()), (0, {}), said)
        self.assertIn("rival", victims)  # else it was none

    def test_rivals_that_name_the_same_in_another_order(self):
        """Many at once: all end well, and what they remove is gone."""
        numbers = range(4, 24)
        clients = self.directory + "/list"
        self.write("".join("%s client%d.example\n" % (own(number), number) for number in numbers),
                   clients)
        for _ in range(10 if harness.LONG else 3):
            self.run_it("add", "--from", clients)
            names = ["client%d.example" % number for number in numbers]
            orders = names, names[::-1], names[10:] + names[:10], sorted(names)
            started = [
                self.start("remove", "--if-exists", *order, "--lock-timeout", "60")
                for order in orders
            ]
            for process in started:
                _, said = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, said)
            self.assertEqual(set(self.rows().values()), {"zen.example", "other.example"})


class Crowd(RivalCase):
    """More processes than processors, each with clients of its own: nobody is refused because of
    the others, nothing is lost."""

    PROCESSES = 64 if harness.LONG else 16

    def test_each_has_its_own(self):
        self.failures = []
        workers = [
            threading.Thread(target=self.work, args=(number,)) for number in range(self.PROCESSES)
        ]
        running.to_the_end(workers)
        self.assertEqual(self.failures, [])
        expected = {own(number, 7): "worker%d.example" % number for number in range(self.PROCESSES)}
        self.assertEqual(self.rows(), {HERE: "zen.example", own(3): "other.example", **expected})

    def work(self, number):
        add = ["add", "--fingerprint", own(number, 7), "worker%d.example" % number]
        for change in (add, ["remove", own(number, 7)], add):
            said = json.loads(self.run_it(*change, "--json", check=None).stdout or "{}")
            if not said.get("changed"):
                self.failures.append((change, said))


if __name__ == "__main__":
    harness.main()
