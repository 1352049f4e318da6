#!/usr/bin/env python3
"""Tables and rows that others have made: what is theirs stays theirs, and nobody goes on relaying,
or begins to, because of how they look."""

import json
import os
import shutil
import socket
import subprocess
import threading

from support import harness
from support.rows_case import QUERY, ClusterCase, RowsCase
from support.table_case import fp

FULL = ("fingerprint text, host text, kind text, subject text, not_after timestamptz, added "
        "timestamptz, added_by text, retire_after timestamptz, until timestamptz, owner "
        "text, note text, extra text")


class BesideOthers(RowsCase):
    """Several tables in relay_clientcerts: those that list nobody of whom is to go are none of
    remove's business."""

    def test_a_map_without_a_source_stays(self):
        first, second = "hash:%s/first" % self.directory, "hash:%s/second" % self.directory
        for table, number in ((first, 1), (second, 2)):
            self.run_it("-t", table, "add", "--fingerprint", fp(number), "h%d.example" % number)
        os.unlink(self.directory + "/second")
        self.configure(relay_clientcerts="%s, %s" % (first, second))
        before = self.read(self.directory + "/second.db")
        self.run_it("remove", "h1.example")
        self.assertEqual(self.read(self.directory + "/second.db"), before)
        self.assertFalse(os.path.exists(self.directory + "/second"))

    def test_a_host_here_is_no_file_there(self):
        """The certificate in a file of the host's name is another client's, whom the database
        lists."""
        other, text = self.client("other"), "hash:%s/text" % self.directory
        shutil.copy(other.cert, os.path.join(self.directory, "zen"))
        self.put((other.fingerprint(), "other.example"))
        self.run_it("-t", text, "add", "--fingerprint", fp(1), "zen")
        self.configure(relay_clientcerts="%s, %s" % (text, self.table))
        answer = json.loads(self.run_it("remove", "zen", "--json", cwd=self.directory).stdout)
        self.assertEqual([entry["host"] for entry in answer["removed"]], ["zen"])
        self.assertEqual(self.has(), {other.fingerprint(): "other.example"})


class OddRows(ClusterCase):

    def rows(self, *rows):
        self.create(FULL)
        for fingerprint, host in rows:
            self.sql("INSERT INTO relay_clients (fingerprint, host) VALUES (:'f', %s)" %
                     ("NULL" if host is None else ":'h'"), f=fingerprint, h=host or "")

    def kept(self):
        return self.sql("SELECT fingerprint, host FROM relay_clients ORDER BY 1, 2").splitlines()

    def test_in_capitals_and_not_for_two_hosts(self):
        """Whoever takes away the one in capitals has revoked nothing."""
        self.rows((fp(0xAA), "old.example"), (fp(0xAA).lower(), "new.example"))
        before = self.kept()
        self.assertIn("could still relay", self.run_it("remove", "old.example", check=1).stderr)
        self.assertEqual(self.kept(), before)
        self.run_it("remove", "--all", "old.example")
        self.assertEqual(self.kept(), [])

    def test_one_without_a_host_hides_nobody_from_a_copy(self):
        self.rows((fp(1), None), (fp(1), "one.example"), (fp(2), ""))
        self.run_it("copy", self.table, "texthash:%s/copy" % self.directory)
        self.assertEqual(
            [line.split() for line in self.read(self.directory + "/copy").decode().splitlines()],
            [[fp(1), "one.example"]])

    def test_what_is_no_fingerprint_goes_by_its_key(self):
        self.rows(("9541", "a.example"), ("aa:bb", ""), (fp(3), "three.example"))
        for key in ("9541", "AA:BB"):
            self.run_it("remove", key)
        self.assertEqual(self.kept(), [fp(3) + "|three.example"])

    def test_what_others_have_noted_stays(self):
        self.rows((fp(1), "one.example"))
        self.sql("UPDATE relay_clients SET kind = 'laptop', not_after = 'infinity'")
        self.run_it("add", "--fingerprint", fp(1), "one.example", "--note", "hello")
        self.assertEqual(self.sql("SELECT kind, not_after, note FROM relay_clients"),
                         "laptop|infinity|hello")

    def test_columns_of_the_same_name_that_mean_something_else(self):
        for columns in (
                "fingerprint text, host text, kind integer",
                "fingerprint text, host text, added text",
                "fingerprint text, host text, note text NOT NULL DEFAULT ''",
                "fingerprint text, host text, subject text "
                "GENERATED ALWAYS AS (host || '!') STORED",
                "fingerprint text, host text, added timestamp"):
            with self.subTest(columns):
                self.sql("DROP TABLE IF EXISTS relay_clients")
                self.create(columns)
                zen = self.client()
                self.run_it("add", zen.cert, "--note", "hello")
                self.assertEqual(self.sql("SELECT fingerprint, host FROM relay_clients"),
                                 "%s|zen.example" % zen.fingerprint().lower())
                self.assertEqual([
                    entry["host"]
                    for entry in json.loads(self.run_it("list", "--json").stdout)["entries"]
                ], ["zen.example"])
                self.run_it("remove", "zen.example")

    def test_a_value_that_is_called_like_an_annotation(self):
        for name, query in (("note", "Note"), ("subject", "subject")):
            with self.subTest(name):
                self.sql("DROP TABLE IF EXISTS relay_clients")
                self.create(
                    "fingerprint text, host text, kind text, subject text, not_after timestamptz, "
                    "added timestamptz, added_by text, retire_after timestamptz, note text")
                self.write_cf(query="SELECT %s FROM relay_clients WHERE fingerprint = '%%s'" %
                              query)
                zen = self.client()
                self.run_it("add", zen.cert)
                self.run_it("annotate", "--note", "leaves in May", zen.cert)
                self.assertEqual(self.sql("SELECT %s FROM relay_clients" % name), "zen.example")

    def test_case_does_not_matter_to_citext(self):
        self.sql("CREATE EXTENSION IF NOT EXISTS citext SCHEMA public")
        self.create("fingerprint citext UNIQUE, host text")
        self.sql("INSERT INTO relay_clients VALUES ('%s', 'one.example')" % fp(0xAB))
        self.assertEqual(self.postmap("-q", fp(0xAB).lower()).stdout, "one.example\n")
        self.assertNotIn("key-never-asked", self.run_it("verify", check=None).stdout)
        self.run_it("add", "--fingerprint", fp(0xAB), "one.example")
        self.run_it("remove", "one.example")
        self.assertEqual(self.kept(), [])

    def test_a_role_that_may_not_read_the_rest_says_so(self):
        self.run_it("init")
        zen = self.client()
        self.run_it("add", zen.cert)
        os.unlink(self.path + ".admin")
        self.assertIn("zen.example", self.run_it("list", "--plain").stdout)
        found = json.loads(self.run_it("verify", "--json").stdout)["findings"]
        self.assertEqual([f["id"] for f in found if "may not read" in f["message"]],
                         ["columns-missing"])
        self.assertNotIn("ALTER", self.run_it("init", check=None).stderr)
        for command in (["list", "--expired"],
                        ["prune", "--yes"],
                        ["copy", self.table, "texthash:%s/backup" % self.directory]):
            self.assertIn("this role may not read", self.run_it(*command, check=5).stderr)
        self.assertFalse(os.path.exists(self.directory + "/backup"))


class Conditions(ClusterCase):
    """Further conditions of the query: rows that they leave out do not exist, and stay."""

    def setUp(self):
        super().setUp()
        self.create(FULL + ", level integer DEFAULT 10, active boolean DEFAULT true")
        self.write_cf(query=("SELECT host FROM relay_clients WHERE level >= 10 AND level <> 11 AND "
                             "fingerprint = '%s' AND active"))
        self.sql("INSERT INTO relay_clients (fingerprint, host, note, active) VALUES ('%s', "
                 "'old.example', 'history', false)" % fp(1).lower())

    def hidden(self):
        return self.sql("SELECT host, note FROM relay_clients WHERE NOT active")

    def test_commands(self):
        self.assertEqual(self.run_it("list", "--plain").stdout, "")
        self.run_it("add", "--fingerprint", fp(1), "new.example")
        self.run_it("verify")
        self.assertEqual(self.run_it("list", "--plain").stdout, "%s\tnew.example\n" % fp(1))
        self.run_it("remove", "new.example")
        self.assertEqual(self.hidden(), "old.example|history")

    def test_copy_into_it(self):
        source = "texthash:%s/source" % self.directory
        self.write("%s one.example\n%s two.example\n" % (fp(1), fp(2)), self.directory + "/source")
        self.run_it("copy", source, self.table)
        self.write("%s changed.example\n" % fp(1), self.directory + "/source")
        self.run_it("copy", "--replace", source, self.table)
        self.assertEqual(self.sql("SELECT host FROM relay_clients WHERE active"), "changed.example")
        self.assertEqual(self.hidden(), "old.example|history")

    def test_what_a_new_row_does_not_fulfil(self):
        self.sql("ALTER TABLE relay_clients ALTER level SET DEFAULT 1")
        before = self.sql("SELECT count(*) FROM relay_clients")
        self.assertIn("would not answer",
                      self.run_it("add", "--fingerprint", fp(3), "three.example", check=3).stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM relay_clients"), before)

    def test_init_makes_no_table_that_cannot_be_asked(self):
        self.sql("DROP TABLE relay_clients")
        self.assertIn("cannot be asked", self.run_it("init", check=3).stderr)
        self.assertEqual(self.sql("SELECT to_regclass('relay_clients')"), "")


class Silent(ClusterCase):
    """A server that takes connections and says nothing."""

    def test_nobody_waits_for_ever(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        taken = []
        threading.Thread(target=lambda: [taken.append(listener.accept()) for _ in range(99)],
                         daemon=True).start()
        self.write_cf(query=QUERY, hosts="inet:127.0.0.1:%d" % listener.getsockname()[1])
        self.write("127.0.0.1:10025 inet n - n - - smtpd\n", os.path.join(self.config, "master.cf"))
        os.utime(os.path.join(self.config, "master.cf"), (1, 1))
        zen = self.client()
        running = [
            subprocess.Popen([harness.RELAYCTL, "-c", self.config, *command],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for command in (["list"], ["add", zen.cert], ["verify"], ["check", zen.cert])
        ]
        for process, status in zip(running, (4, 4, 1, 1)):
            said, _ = process.communicate(timeout=150)
            self.assertEqual(process.returncode, status, said)


if __name__ == "__main__":
    harness.main()
