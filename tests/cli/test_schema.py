#!/usr/bin/env python3
"""Every --json output is what docs/schema says: judged by python3-jsonschema, which knows nothing
of relayctl."""

import os

from support import harness
from support.schema_case import SchemaCase, closed, jsonschema, schema
from support.table_case import TableCase, fp


class Schemas(SchemaCase, TableCase):

    def setUp(self):
        super().setUp()
        server = self.client("server.example")
        self.configure(smtpd_tls_security_level="may", smtpd_tls_cert_file=server.cert,
                       smtpd_tls_key_file=server.key)
        self.write("25 inet n - n - - smtpd\n26 inet n - n - - smtpd -o smtpd_tls_ask_ccert=no\n",
                   os.path.join(self.config, "master.cf"))

    def test_the_schemas_are_schemas_of_2020_12(self):
        names = sorted(os.listdir(os.path.join(harness.SOURCE, "docs/schema")))
        self.assertEqual(names, [
            "change.json", "check.json", "copy.json", "fingerprint.json", "history.json",
            "init.json", "issue.json", "list.json", "seen.json", "state-id.json", "test.json",
            "verify.json"
        ])
        for name in names:
            text = schema(name[:-5])
            self.assertEqual(text["$schema"], "https://json-schema.org/draft/2020-12/schema")
            jsonschema.Draft202012Validator.check_schema(text)

    def test_they_refuse_what_is_something_else(self):
        self.write("%s one.example\n" % fp(1))
        value = self.validate("list", "list")
        for wrong in (dict(value, schema=2), dict(value, entries=None), dict(value, more=1),
                      {k: v
                       for k, v in value.items() if k != "table"}):
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.Draft202012Validator(closed(schema("list"))).validate(wrong)

    def test_a_life_of_changes(self):
        client, renewed = self.client(), self.client("renewed")
        directory = os.path.join(self.directory, "clients")
        os.mkdir(directory)
        os.link(renewed.cert, os.path.join(directory, "zen.example.pem"))
        self.assertTrue(
            self.validate("change", "add", "--dry-run", client.cert, "zen.example")["dry_run"])
        self.assertEqual(
            self.validate("change", "add", "--note", "a remark", client.cert, "zen.example")["map"],
            "rebuilt")
        self.assertFalse(self.validate("change", "add", client.cert, "zen.example")["changed"])
        self.validate("change", "annotate", "--note", "another", client.cert)
        self.validate("change", "annotate", "--until", "2999-01-01", "--owner", "Anna",
                      "zen.example")
        self.validate("change", "edit", env={"EDITOR": "sed -i s/Anna/Otto/", "SUDO_USER": ""})
        self.assertEqual(
            len(self.validate("change", "rotate", "zen.example", renewed.cert)["updated"]), 1)
        self.validate("change", "diff", "--prune", directory, check=1)
        self.validate("change", "apply", "--prune", "--yes", directory)
        self.validate("change", "prune", "--yes")
        self.validate("change", "rebuild")
        self.validate("change", "remove", "zen.example")

    def test_an_issue(self):
        issue = ["issue", "--out", os.path.join(self.directory, "out"), "zen.example"]
        self.assertIsNone(self.validate("issue", *issue, "--dry-run")["p12_password"])
        made = self.validate("issue", *issue)
        self.assertEqual((made["added"][0]["fingerprint"], made["server"]["port"]),
                         (made["fingerprint"], 25))
        self.validate("issue", *issue, "--rotate")
        elsewhere = ["issue", "--no-add", "--out", os.path.join(self.directory, "b"), "b.example"]
        self.assertIsNone(self.validate("issue", *elsewhere)["table"])

    def test_a_copy(self):
        self.run_it("add", "--note", "a remark", self.client().cert, "zen.example")
        copy = "lmdb:%s.copy" % self.path
        tried = self.validate("copy", "copy", "--dry-run", self.table, copy)
        self.assertEqual((tried["dry_run"], tried["added"], os.path.exists(self.path + ".copy")),
                         (True, 1, False))
        done = self.validate("copy", "copy", self.table, copy)
        self.assertEqual(
            (done["from"], done["table"], done["changed"], done["entries"], len(done["commands"])),
            (self.table, copy, True, 1, 1))
        self.assertFalse(self.validate("copy", "copy", self.table, copy)["changed"])

    def test_a_removal_from_several_tables(self):
        client = self.client()
        other = "lmdb:%s.other" % self.path
        for table in (self.table, other):
            self.run_it("add", client.cert, "zen.example", "-t", table)
        self.configure(relay_clientcerts="%s, %s, %s" %
                       (self.table, other, "regexp:/nonexistent/patterns"))
        tables = self.validate("change", "remove", client.cert, check=4)["tables"]
        self.assertEqual([(table["changed"], len(table["removed"]), table["error"] is None)
                          for table in tables], [
            (True, 1, True),
            (True, 1, True),
            (False, 0, False)])

    def test_what_only_looks(self):
        client, other = self.client(), self.client("other")
        self.run_it("add", "--note", "a remark", client.cert, "zen.example")
        self.run_it("rotate", "zen.example", other.cert)
        with open(self.path, "a") as table:
            table.write("%s hand.example\n95:B4:G5 broken.example\n" % fp(9))
        self.assertEqual(len(self.validate("list", "list")["entries"]), 4)
        self.validate("state-id", "list", "--state-id")
        self.assertFalse(self.validate("verify", "verify", check=1)["ok"])
        answer = self.validate("check", "check", client.cert)
        self.assertEqual([service["would_relay"] for service in answer["services"]], [True, False])
        self.validate("check", "check", self.client("stranger").cert, check=1)
        self.validate("check", "check", "--fingerprint", fp(3), check=1)
        self.validate("test", "test", client.cert, client.key, "nowhere.invalid", check=4)
        bundle = os.path.join(self.directory, "bundle.pem")
        with open(bundle, "w") as out:
            for path in (client.cert, other.cert):
                with open(path) as pem:
                    out.write(pem.read())
        self.assertEqual(
            len(self.validate("fingerprint", "fingerprint", bundle, client.key)["certificates"]), 3)


if __name__ == "__main__":
    harness.main()
