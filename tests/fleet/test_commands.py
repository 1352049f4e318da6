#!/usr/bin/env python3
"""The cases of the commands, as they run on text tables, on rows in PostgreSQL: the table that
`relayctl init` makes, and one of two columns made by hand."""

import json

from support import harness
from cli import test_apply
from cli import test_changes
from cli import test_lifecycle
from support.rows_case import RowsCase, TwoColumnsCase, WRITER
from support.table_case import fp


class Add(test_changes.AddCases, RowsCase):
    pass


class Remove(test_changes.RemoveCases, RowsCase):
    pass


class DryRun(test_changes.DryRunCases, RowsCase):

    def test_no_table_is_made(self):
        self.sql("DROP TABLE relay_clients, relay_clients_history")
        self.assertIn(
            " init -t ",
            self.run_it("add", "-n", "--fingerprint", fp(1), "one.example", check=3).stderr)
        self.assertEqual(
            self.sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
            "")


class Listing(test_changes.ListingCases, RowsCase):

    def test_a_table_that_does_not_exist(self):
        self.sql("DROP TABLE relay_clients")
        for command in (["list"],
                        ["add", "--fingerprint", fp(1), "one.example"],
                        ["remove", "one.example"],
                        ["prune", "--yes"]):
            self.assertIn(" init -t ", self.run_it(*command, check=3).stderr)

    def test_more_than_are_read_at_once(self):
        self.sql(
            "INSERT INTO relay_clients (fingerprint, host, not_after) SELECT lower(:'k') || ':' || "
            "to_hex(n / 4096 + 16) || ':' || to_hex(n / 16 % 256 + 256) || to_hex(n % 16), 'h' || "
            "n, '2030-01-01Z'::timestamptz - n * interval '1 s'"
            " FROM generate_series(0, 11999) AS n",
            k=fp(0xAB, 28))
        self.assertEqual(sorted(self.hosts()), sorted("h%d" % n for n in range(12000)))
        self.assertEqual(self.hosts("--sort", "expiry"),
                         ["h%d" % n for n in reversed(range(12000))])
        self.assertEqual(self.hosts("h1199?"), ["h%d" % n for n in range(11990, 12000)])
        self.assertEqual(len(json.loads(self.run_it("list", "--json").stdout)["entries"]), 12000)


class Rebuild(RowsCase):

    def test_there_is_no_map(self):
        self.put((fp(1), "one.example"))
        before = self.snapshot()
        result = self.run_it("rebuild", "--json")
        self.assertEqual(
            [json.loads(result.stdout)[name] for name in ("changed", "map", "reload_needed")],
            [False, "none", False])
        self.assertIn("has no map", result.stderr)
        for option in ("--no-rebuild", "--reload"):
            self.assertFalse(
                json.loads(
                    self.run_it("add", option, "--fingerprint", fp(1), "one.example",
                                "--json").stdout)["changed"])
        self.assertEqual(self.snapshot(), before)


class WhichTable(test_changes.WhichTableCases, RowsCase):

    def test_behind_proxymap(self):
        for proxied in ("proxy:" + self.table, "static:x, proxy:" + self.table):
            self.configure(relay_clientcerts=proxied)
            added = json.loads(
                self.run_it("add", "--fingerprint", fp(1), "one.example", "--json").stdout)
            self.assertEqual((added["table"], added["changed"]), ("proxy:" + self.table, True))
            self.assertEqual(self.in_map(fp(1)), "one.example")
            self.run_it("-t", "proxy:" + self.table, "remove", "one.example")
            self.assertIsNone(self.in_map(fp(1)))

    def test_relative_path(self):
        self.run_it("-t", "pgsql:relay_clients.cf", "add", "--fingerprint", fp(1), "one.example",
                    cwd=self.directory, check=2)


class SeveralTables(RowsCase):
    """remove takes a client out of every table that smtpd asks, and says which it could not
    change."""

    def setUp(self):
        super().setUp()
        self.text = "hash:%s/text" % self.directory
        self.configure(relay_clientcerts="%s, %s" % (self.text, self.table))

    def both(self):
        return [self.in_map(fp(1), table) for table in (self.text, self.table)]

    def list_in_both(self):
        for table in (self.text, self.table):
            self.run_it("-t", table, "add", "--fingerprint", fp(1), "one.example")
        self.assertEqual(self.both(), ["one.example"] * 2)

    def test_from_all_of_them(self):
        for tables in ("%s, %s" % (self.text, self.table), "%s, %s" % (self.table, self.text),
                       "proxy:%s %s" % (self.table, self.text)):
            for who in ("one.example", fp(1)):
                with self.subTest(tables=tables, who=who):
                    self.configure(relay_clientcerts=tables)
                    self.list_in_both()
                    self.run_it("remove", who)
                    self.assertEqual(self.both(), [None, None])

    def test_where_it_is_in_one_only(self):
        self.run_it("-t", self.text, "add", "--fingerprint", fp(2), "two.example")
        for table in (self.text, self.table):
            self.run_it("-t", table, "add", "--fingerprint", fp(1), "one.example")
            self.run_it("remove", "one.example")
            self.assertEqual(self.both(), [None, None])
        before = self.snapshot()
        self.run_it("remove", "one.example", check=1)
        self.assertEqual(self.snapshot(), before)

    def test_one_that_cannot_be_changed(self):
        self.list_in_both()
        self.sql('REVOKE DELETE ON relay_clients FROM :"w"', w=WRITER)
        result = self.run_it("remove", "one.example", check=None)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(self.table + ": could not be changed", result.stderr)
        self.assertEqual(self.both(), [None, "one.example"])
        self.sql('GRANT DELETE ON relay_clients TO :"w"', w=WRITER)
        self.configure(relay_clientcerts="static:x, %s, %s" % (self.table, self.text))
        self.assertIn("static:x: could not be changed",
                      self.run_it("remove", "one.example", check=1).stderr)
        self.assertEqual(self.both(), [None, None])

    def test_one_table_named(self):
        self.list_in_both()
        self.run_it("-t", self.text, "remove", "one.example")
        self.assertEqual(self.both(), [None, "one.example"])


class Annotations(test_lifecycle.AnnotationCases, RowsCase):
    pass


class List(test_lifecycle.ListCases, RowsCase):
    pass


class Verify(test_lifecycle.LifeCases, RowsCase):

    def test_what_is_over_is_found(self):
        self.put((fp(1), "over.example", "cert expires=2027-01-01"),
                 (fp(2), "old.example", "cert expires=2027-01-01 retire-after=2027-01-01"),
                 (fp(4), "good.example", "cert expires=2028-01-01"))
        findings = json.loads(self.at(0, "verify", "--json", check=1).stdout)["findings"]
        found = [(f["id"], f["line"], f["severity"]) for f in findings
                 if f["id"].startswith(("entry-", "annotation-"))]
        self.assertEqual(found, [("entry-expired", None, "warning"),
                                 ("entry-retired", None, "warning")])


class Rotate(test_lifecycle.RotateCases, RowsCase):
    pass


class Prune(test_lifecycle.PruneCases, RowsCase):
    pass


class Annotate(test_lifecycle.AnnotateCases, RowsCase):
    pass


class Import(test_lifecycle.ImportCases, RowsCase):
    pass


class Apply(test_apply.ApplyCases, RowsCase):
    pass


class Diff(test_apply.DiffCases, RowsCase):
    pass


class TwoColumnsAdd(test_changes.AddCases, TwoColumnsCase):
    pass


class TwoColumnsRemove(test_changes.RemoveCases, TwoColumnsCase):
    pass


class TwoColumnsDryRun(test_changes.DryRunCases, TwoColumnsCase):
    pass


class TwoColumnsListing(test_changes.ListingCases, TwoColumnsCase):
    pass


class TwoColumnsImport(test_lifecycle.ImportCases, TwoColumnsCase):
    pass


class TwoColumnsApply(test_apply.ApplyCases, TwoColumnsCase):
    test_a_certificate_in_the_directory_is_not_to_be_retired = None  # nobody remembers that it is


class TwoColumnsDiff(test_apply.DiffCases, TwoColumnsCase):
    pass


if __name__ == "__main__":
    harness.main()
