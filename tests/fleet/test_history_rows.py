#!/usr/bin/env python3
"""The history of a table in a database: a record comes with its change, or neither does; undo
brings back the rows as they were."""

import random

from support import harness, history
from support.schema_case import SchemaCase
from support.table_case import fp
from support.fleet_case import WRITER, FleetCase

START = 1_800_000_000
HOSTS = ["a.example", "b.example", "c.example"]


class RowHistory(SchemaCase, FleetCase):

    now = START

    def run_at(self, *args, **options):
        self.now += 40000
        return self.run_it(*args, env={"RELAYCTL_TEST_CLOCK": str(self.now)}, **options)

    def numbers(self):
        return [int(n) for n in self.sql("SELECT number FROM relay_clients_history ORDER BY 1"
                                         ).split()]

    def test_a_change_is_one_row(self):
        self.run_at("add", "--note", "a remark", "--fingerprint", fp(1), "one.example")
        self.run_at("remove", "one.example")
        self.run_at("remove", "--if-exists", "one.example")
        self.run_at("rebuild")
        removed, added = self.validate("history", "history")["changes"]
        self.assertEqual((added["command"], removed["command"]), ("add", "remove"))
        self.assertEqual(added["entries"][0]["after"]["note"], "a remark")
        self.assertEqual(removed["entries"][0]["before"], added["entries"][0]["after"])
        self.assertIn("one.example", self.run_it("history", str(removed["number"])).stdout)

    def test_a_change_that_is_rolled_back_has_none(self):
        self.sql("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
                 "$$BEGIN RAISE EXCEPTION 'no'; END$$; CREATE CONSTRAINT TRIGGER no AFTER INSERT "
                 "ON relay_clients DEFERRABLE INITIALLY DEFERRED "
                 "FOR EACH ROW EXECUTE FUNCTION no()")
        self.run_at("add", "--fingerprint", fp(1), "one.example", check=4)
        self.assertEqual(self.numbers(), [])

    def test_without_the_table_it_is_said(self):
        self.sql("DROP TABLE relay_clients_history")
        result = self.run_at("add", "--fingerprint", fp(1), "one.example")
        self.assertIn("relay_clients_history, which relayctl init makes", result.stderr)
        self.assertIn("no change is on record", self.run_it("history").stderr)
        self.run_it("init")
        self.run_at("remove", "one.example")
        self.run_at("undo")
        self.assertEqual(self.rows(), {fp(1): "one.example"})

    def test_without_the_right_only_a_removal_goes_on(self):
        self.run_at("add", "--fingerprint", fp(1), "one.example")
        self.sql("ALTER TABLE relay_clients_history OWNER TO postgres; "
                 "REVOKE ALL ON relay_clients_history FROM %s" % WRITER)
        error = self.run_at("add", "--fingerprint", fp(2), "two.example", check=5).stderr
        self.assertIn("may not add to relay_clients_history", error)
        self.assertEqual(self.rows(), {fp(1): "one.example"})
        self.assertIn("has no record", self.run_at("remove", "one.example").stderr)
        self.assertEqual(self.rows(), {})
        self.run_at("add", "--no-history", "--fingerprint", fp(2), "two.example")

    def test_refused_where_a_row_has_changed(self):
        self.run_at("add", "--fingerprint", fp(1), "one.example")
        self.sql("UPDATE relay_clients SET note = 'by hand'")
        self.assertIn("has changed since", self.run_at("undo", check=1).stderr)
        self.sql("DELETE FROM relay_clients")
        self.assertIn("not listed any more", self.run_at("undo", check=1).stderr)

    def test_a_copy_is_one_record(self):
        text = self.path + ".text"
        self.write("".join("# relayctl: note=n%d\n%s n%d.example\n" % (n, fp(n), n)
                           for n in range(1, 9)), text)
        self.run_at("add", "--fingerprint", fp(1), "other.example")
        self.run_at("add", "--fingerprint", fp(20), "gone.example")
        before = self.all()
        self.run_at("copy", "--replace", "texthash:" + text, self.table)
        copied = self.all()
        record = self.validate("history", "history")["changes"][0]
        self.assertEqual((record["command"], len(record["entries"])), ("copy", 9))
        self.run_at("undo")
        self.assertEqual(self.all(), before)
        self.run_at("undo")
        self.assertEqual(self.all(), copied)


class EveryCommand(history.EveryCommand, FleetCase):

    def other_table(self):
        self.write("# relayctl: note=copied\n%s copied.example\n" % fp(5), self.path + "2")
        return "texthash:%s2" % self.path


class RowWalks(FleetCase):
    """Random changes and their undoing: at the end the rows are those of the beginning."""

    def run_at(self, *args, **options):
        self.now += 40000
        return self.run_it("-d", "sha256", *args, env={"RELAYCTL_TEST_CLOCK": str(self.now)},
                           **options)

    def records(self):
        return [int(n) for n in self.sql("SELECT number FROM relay_clients_history ORDER BY 1"
                                         ).split()]

    def change(self, clients, rng):
        client, host = rng.choice(clients), rng.choice(HOSTS)
        self.run_at(*rng.choice([
            ["add", "--fingerprint", fp(rng.randrange(60, 64)), host],
            ["add", "--note", "a remark", client.cert, host],
            ["remove", "--if-exists", client.fingerprint()],
            ["remove", "--if-exists", host],
            ["rotate", "--create", host, client.cert, "--grace", "1h"],
            ["annotate", "--if-exists", client.cert, "--note", host],
            ["prune", "--yes", "--allow-empty"]]), check=None)

    def test_random_walks(self):
        seed = harness.seed()
        rng = random.Random(seed)
        self.now = START
        clients = [self.client("n%d" % number, days=3650) for number in range(3)]
        for walk in range(10 if harness.LONG else 3):
            self.sql("TRUNCATE relay_clients_history; TRUNCATE relay_clients; "
                     "INSERT INTO relay_clients (fingerprint, host, note) VALUES (lower('%s'), "
                     "'hand.example', 'by hand')" % fp(50))
            states = {0: self.all()}
            with self.subTest(seed=seed, walk=walk):
                last = 0
                for _ in range(15):
                    if last and rng.random() < 0.3:
                        self.run_at("undo", str(rng.choice(self.records())), check=None)
                    else:
                        self.change(clients, rng)
                    found = self.records()
                    if found and found[-1] != last:
                        states[found[-1]] = self.all()
                        last = found[-1]
                    self.assertEqual(self.all(), states[last])
                numbers = [0, *self.records()]
                self.assertEqual(sorted(states), numbers)
                for before, number in reversed(list(zip(numbers, numbers[1:]))):
                    self.run_at("undo", str(number), check=0)
                    self.assertEqual(self.all(), states[before])


if __name__ == "__main__":
    harness.main()
