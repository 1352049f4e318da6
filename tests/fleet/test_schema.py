#!/usr/bin/env python3
"""The --json outputs that only tables in a database give are what docs/schema says."""

from support.fleet_case import READER, WRITER, FleetCase, harness
from support.schema_case import SchemaCase


class Schemas(SchemaCase, FleetCase):

    def init(self):
        """Each test does that itself."""

    def test_init(self):
        made = self.validate("init", "init")
        self.assertEqual((made["changed"], made["missing"]), (True, []))
        self.assertTrue(made["statements"][0].startswith("CREATE TABLE relay_clients ("), made)
        again = self.validate("init", "init")
        self.assertEqual((again["changed"], again["statements"], again["missing"]), (False, [], []))

    def test_init_says_what_a_table_of_two_columns_lacks(self):
        self.sql(
            "CREATE TABLE relay_clients (fingerprint text, host text); ALTER TABLE relay_clients "
            "OWNER TO %s" % WRITER)
        missing = self.validate("init", "init")["missing"]
        for statement in missing:
            self.sql(statement)
        self.assertEqual((len(missing), self.validate("init", "init")["missing"]), (10, []))

    def test_entries_have_no_line(self):
        self.validate("init", "init")
        client = self.client()
        changes = [
            self.validate("change", "add", "--note", "a remark", client.cert, "zen.example"),
            self.validate("change", "annotate", "--note", "another", client.cert)
        ]
        entries = (self.validate("list", "list")["entries"] + changes[0]["added"] +
                   changes[1]["updated"])
        entries += self.validate("change", "remove", "zen.example")["removed"]
        self.assertEqual([(entry["host"], entry["line"]) for entry in entries],
                         [("zen.example", None)] * 4)
        self.assertEqual({change["map"] for change in changes}, {"none"})

    def test_copies(self):
        self.validate("init", "init")
        self.run_it("add", "--note", "a remark", self.client().cert, "zen.example")
        text = "lmdb:" + self.path
        self.assertEqual(self.validate("copy", "copy", self.table, text)["map"], "rebuilt")
        back = self.validate("copy", "copy", text, self.table)
        self.assertEqual((back["changed"], back["entries"], back["map"]), (False, 1, "none"))

    def test_findings_and_verdicts(self):
        self.validate("init", "init")
        self.sql("REVOKE SELECT (fingerprint, host) ON relay_clients FROM %s" % READER)
        self.assertIn(
            "select-denied",
            [finding["id"] for finding in self.validate("verify", "verify", check=1)["findings"]])


if __name__ == "__main__":
    harness.main()
