#!/usr/bin/env python3
"""Removal from a database beside a text table: revoked in both, and a database that is dead or slow
keeps nobody from it."""

import json
import os
import socket

from support.fleet_case import FleetCase, harness, own
from support import postfix_server, running

RELAYED, REFUSED = 250, 554
ZEN, OTHER = own(1), own(2)


class BesideCase(FleetCase):
    """hash:DIR/text and the database, both named by main.cf."""

    def setUp(self):
        super().setUp()
        self.text = "hash:%s.text" % self.path
        self.write("")
        self.both()

    def both(self, rows=None):
        self.configure(relay_clientcerts="%s, %s" % (self.text, rows or self.table))

    def put_both(self, text=(), rows=()):
        self.write("".join("%s %s\n" % entry for entry in text), self.path + ".text")
        self.run_it("rebuild", "-t", self.text)
        self.sql("DELETE FROM relay_clients")
        for key, host in rows:
            self.sql("INSERT INTO relay_clients (fingerprint, host) VALUES (:'k', :'h')",
                     k=key.lower(), h=host)

    def in_text(self):
        return dict(
            line.split(None, 1) for line in self.read(self.path + ".text").decode().splitlines())

    def state(self):
        return self.in_text(), self.rows()


class Beside(BesideCase):

    def test_both_change(self):
        self.put_both([(ZEN, "zen.example"), (OTHER, "other.example")], [(own(3), "zen.example")])
        answer = json.loads(self.run_it("remove", "zen.example", "--json").stdout)
        self.assertEqual([len(table["removed"]) for table in answer["tables"]], [1, 1])
        self.assertEqual(self.state(), ({OTHER: "other.example"}, {}))

    def test_what_is_refused_changes_nothing(self):
        self.put_both([(ZEN, "zen.example")], [(own(3), "zen.example"), (own(4), "zen.example")])
        before = self.state()
        self.assertIn("matches 2 entries", self.run_it("remove", "zen.example", check=1).stderr)
        self.assertIn("not listed", self.run_it("remove", ZEN, "nobody.example", check=1).stderr)
        self.assertEqual(self.state(), before)

    def test_a_pattern_counts_over_both(self):
        self.put_both([(ZEN, "a.old"), (OTHER, "other.example")], [(own(3), "b.old")])
        before = self.state()
        self.assertIn("remove 2 entries", self.run_it("remove", "--all", "*.OLD", check=2).stderr)
        said = self.run_it("remove", "--all", "--yes", "*.OLD", check=1).stderr
        self.assertIn(self.table + ": all 1 entry would go", said)
        self.assertEqual(self.state(), before)
        self.run_it("remove", "--all", "--yes", "--allow-empty", "*.OLD")
        self.assertEqual(self.state(), ({OTHER: "other.example"}, {}))

    def test_a_pattern_alone_in_a_database(self):
        self.configure()
        self.put_both(rows=[(ZEN, "a.old"), (OTHER, "b.old")])
        self.run_it("remove", "--all", "*", check=2)
        self.assertIn("would go", self.run_it("remove", "--all", "--yes", "?.old", check=1).stderr)
        self.assertEqual(len(self.rows()), 2)
        self.run_it("remove", "--all", "--yes", "--allow-empty", "*")
        self.assertEqual(self.rows(), {})

    def test_who_is_named_goes_at_once(self):
        self.put_both([(ZEN, "zen.example")], [(ZEN, "zen.example")])
        self.run_it("remove", ZEN)
        self.assertEqual(self.state(), ({}, {}))


class DeadBeside(BesideCase):
    """A server that takes connections and never says anything."""

    def setUp(self):
        super().setUp()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.silent = self.write_cf(self.path + ".silent.cf",
                                    hosts="inet:127.0.0.1:%d" % self.listener.getsockname()[1])

    def test_the_text_changes_before_the_silent_server_is_waited_for(self):
        self.put_both([(ZEN, "zen.example"), (OTHER, "other.example")])
        for order in ("%s, pgsql:%s" % (self.text, self.silent),
                      "pgsql:%s, %s" % (self.silent, self.text)):
            with self.subTest(order):
                self.put_both([(ZEN, "zen.example"), (OTHER, "other.example")])
                self.configure(relay_clientcerts=order)
                process = self.start("remove", "--json", "--lock-timeout", "1", "zen.example")
                running.until(lambda: ZEN not in self.in_text() and not
                              self.in_map(ZEN, table=self.text),
                              "the text table still lists the client", seconds=8,
                              fails=lambda: process.poll() is not None and "relayctl has ended")
                out, said = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 4, said)
                tables = {table["table"]: table for table in json.loads(out)["tables"]}
                self.assertEqual(tables[self.text]["changed"], True)
                self.assertIsNotNone(tables["pgsql:" + self.silent]["error"])
                self.assertIn("not removed from every table", said)
                self.assertIn("changed: " + self.text, said)

    def test_one_that_is_listed_nowhere_else_is_said(self):
        self.put_both([(OTHER, "other.example")])
        self.both("pgsql:" + self.silent)
        said = self.run_it("remove", "--lock-timeout", "1", "zen.example", check=4).stderr
        self.assertIn("nothing was changed", said)
        self.assertEqual(self.in_text(), {OTHER: "other.example"})


class RealServers(FleetCase):
    """smtpd asks the text table, its submission service the database."""

    def test_remove_revokes_in_both(self):
        server = postfix_server.Server()
        self.addCleanup(server.stop)
        rows = "pgsql:" + self.write_cf(os.path.join(server.directory, "rows.cf"))
        submission = postfix_server.free_port()
        server.services = ("127.0.0.1:{port} inet n - n - 1 smtpd\n"
                           "127.0.0.1:%d inet n - n - 1 smtpd -o relay_clientcerts=%s" %
                           (submission, rows))
        server.write_configuration()
        zen = self.client()
        for table in (server.table, rows):
            harness.relayctl("-c", server.config, "add", zen.cert, "-t", table, check=0)
        with server:
            for who, expected in ((None, [RELAYED, RELAYED]), ("zen.example", [REFUSED, REFUSED])):
                if who:
                    harness.relayctl("-c", server.config, "remove", who, check=0)
                found = []
                for port in (server.port, submission):
                    with postfix_server.Session(port, zen) as session:
                        found.append(session.ask()[0])
                self.assertEqual(found, expected)


if __name__ == "__main__":
    harness.main()
