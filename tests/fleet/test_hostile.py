#!/usr/bin/env python3
"""Values that mean harm stay data in a database: through every command, in every column, whoever
put them there. Beside them stand a row and a table that must not be touched."""

import contextlib
import json
import os

from support import certs, harness, terminal
from support.rows_case import RowsCase
from support.table_case import fp

PLAIN = [
    'it\'s "double" back\\slash \\\\ \\x41 \\n \\', "'); DROP TABLE relay_clients; --",
    '{"a",b,NULL,{}}', "NULL", "\\N", "\\.", "%s %d %n %% $1 $2::text $$ $x$ :'v' :v", "-- /* */",
    'a=b note="y" for=01:01 retire-after=2020-01-01', "# relayctl: key",
    "$(touch pwned)`touch pwned`", "x" * 10240, "'\\" * 999
]
BEYOND_ASCII = [
    "\u00fcber", "\U0001f512 \U00010348 \u6771\u4eac e\u0301",
    "\u202eevil\u202c \u2066x\ufeff \u009b31m", "\u00e9" * 5000
]
CONTROL = [
    "two\nlines\r\n", "tab\tbed", "\x1b]0;owned\x07\x1b[2J", "\x01\x1f\x7f", "\nx",
    "a\n# relayctl: cert\n" + fp(9) + " evil.example"
]
BLANK = [" lead", "trail "]
EVERY = PLAIN + BEYOND_ASCII + CONTROL + BLANK
SOME = PLAIN[:3] + PLAIN[6:9] + BEYOND_ASCII[2:3] + CONTROL[:1] + CONTROL[5:] + BLANK[:1]
SENTINEL = fp(0xFE)


class HostileCase(RowsCase):

    def make(self):
        super().make()
        self.sql(
            "CREATE TABLE bystander AS SELECT 'as it was' AS x; GRANT ALL ON bystander TO PUBLIC; "
            "INSERT INTO relay_clients (fingerprint, host, note) VALUES (:'k', "
            "'sentinel.example', 'n')",
            k=SENTINEL.lower())
        self.at_first = self.others()

    def others(self):
        """Everything in the database but the rows of the test."""
        return (self.sql("SELECT ctid, xmin, * FROM relay_clients WHERE fingerprint = :'k'",
                         k=SENTINEL.lower()), self.sql("SELECT ctid, xmin, * FROM bystander"),
                self.sql("SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = "
                         "'public'::regnamespace ORDER BY oid"),
                self.sql("SELECT rolname FROM pg_roles ORDER BY 1"))

    def tearDown(self):
        self.assertEqual(self.others(), self.at_first)
        self.assertNotIn("pwned", os.listdir(".") + os.listdir(self.directory))

    def column(self, fingerprint, name):
        """The bytes as the server has them; None for NULL."""
        text = self.sql(
            "SELECT 'x' || encode(convert_to(%s, 'UTF8'), 'hex') FROM relay_clients WHERE "
            "fingerprint = :'k'" % name,
            k=fingerprint.lower())
        return bytes.fromhex(text[1:]).decode() if text else None

    def insert(self, fingerprint, **columns):
        """As they are: psql takes a variable's newlines, but from hex is surer."""
        names = sorted(columns)
        values = ", ".join("convert_from(decode('%s', 'hex'), 'UTF8')" %
                           columns[name].encode().hex() for name in names)
        self.sql("INSERT INTO relay_clients (fingerprint, %s) VALUES ('%s', %s)" %
                 (", ".join(names), fingerprint.lower(), values))

    def listed(self):
        return {
            entry["fingerprint"]: entry
            for entry in json.loads(self.run_it("list", "--json").stdout)["entries"]
        }

    @contextlib.contextmanager
    def fresh(self, **what):
        """A subtest with no row but the sentinel."""
        self.sql("DELETE FROM relay_clients WHERE fingerprint <> :'k'", k=SENTINEL.lower())
        with self.subTest(**what):
            yield

    def count(self):
        return int(self.sql("SELECT count(*) FROM relay_clients"))

    def assert_harmless(self, *args, **options):
        shown, status = terminal.run([harness.RELAYCTL, "-c", self.config, *args],
                                     columns=options.pop("columns", 200), cwd=self.directory,
                                     **options)
        self.assertEqual(terminal.harmful(shown), [], (args, shown[:300]))
        self.assertIn(status, (0, 1) if "nagios" not in args else (0, 1, 2), shown[:2000])
        return shown


class CommandLine(HostileCase):
    """What the command line, the environment and certificates bring."""

    def test_label(self):
        for value in EVERY:
            with self.fresh(value=value[:60]):
                result = self.run_it("add", "--fingerprint", fp(1), "--label", value, check=None)
                if value in CONTROL + BLANK:
                    self.assertEqual((result.returncode, self.count()), (2, 1), result.stderr)
                    continue
                if value in BEYOND_ASCII and result.returncode != 0:  # that Postfix could not read
                    self.assertEqual(self.count(), 1)
                    continue
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.column(fp(1), "host"), value)
                self.assertEqual(self.listed()[fp(1)]["host"], value)
                if value.isascii():
                    self.assertEqual(self.in_map(fp(1)), value)
                self.assertFalse(
                    json.loads(
                        self.run_it("add", "--fingerprint", fp(1), "--label", value,
                                    "--json").stdout)["changed"])
                self.run_it("add", "--replace", "--fingerprint", fp(1), "--label", "plain")
                self.run_it("add", "--replace", "--fingerprint", fp(1), "--label", value)
                self.assertEqual(self.column(fp(1), "host"), value)
                self.run_it("remove", *(["--"] if value.startswith("-") else []), fp(1))
                self.assertEqual(self.count(), 1)

    def test_remove_by_what_it_is_called(self):
        for value in PLAIN:
            if "/" in value or "*" in value or "?" in value or "[" in value:
                continue  # a file, or a pattern
            with self.fresh(value=value[:60]):
                self.run_it("add", "--fingerprint", fp(1), "--label", value)
                self.run_it("remove", "--", value)
                self.assertEqual(self.count(), 1)

    def test_nobody_goes_for_a_hostile_pattern(self):
        for value in EVERY:
            with self.fresh(value=value[:60]):
                self.run_it("remove", "--if-exists", "--all", "--", value,
                            check=2 if value.startswith("-") else 0)
                self.assertEqual(self.count(), 1)
                self.run_it("list", "--", value, check=None)

    def test_note(self):
        for value in EVERY:
            with self.fresh(value=value[:60]):
                result = self.run_it("add", "--fingerprint", fp(1), "x.example", "--note", value,
                                     check=None)
                if result.returncode != 0:
                    self.assertEqual((result.returncode, self.count()), (2, 1), result.stderr)
                    self.assertIn("note", result.stderr)
                    continue
                self.assertEqual(self.column(fp(1), "note"), value)
                self.assertEqual(self.listed()[fp(1)]["note"], value)
                self.assertEqual(self.in_map(fp(1)), "x.example")
                self.run_it("remove", fp(1))

    def test_by(self):
        harness.need_root("only root is called by sudo")
        for value in EVERY:
            with self.fresh(value=value[:60]):
                self.run_it("add", "--fingerprint", fp(1), "x.example", env={"SUDO_USER": value})
                self.assertEqual(self.column(fp(1), "added_by"), self.listed()[fp(1)]["by"])
                self.assertIn(self.column(fp(1), "added_by"), (value, None, "root"))
                self.run_it("remove", fp(1))

    def test_subjects(self):
        for number, value in enumerate([
                'a,b+c"d\\\\e<f>g;h #i=j', "'); DROP TABLE relay_clients; --", "{x,NULL}",
                "two\nlines\ttab", "\x1b[31m", "\U0001f512\u202e", " blank ", "$1 %s \\\\N"
        ]):
            with self.fresh(value=value):
                client = certs.Client(self.directory, "odd%d" % number, subject="/CN=" + value,
                                      arguments=("-utf8",))
                wanted = json.loads(self.run_it("fingerprint", "--json",
                                                client.cert).stdout)["certificates"][0]["subject"]
                self.run_it("add", client.cert, "odd.example")
                self.assertEqual(self.column(client.fingerprint(), "subject"), wanted)
                self.assertEqual(self.listed()[client.fingerprint()]["subject"], wanted)
                self.assert_harmless("list")
                self.assert_harmless("list", "--long")
                self.run_it("remove", client.cert)

    def test_bytes_that_are_no_utf8(self):
        for bad in ("\udcff", "caf\udce9", "\udced\udca0\udc80", "\udcc0\udc80", "x\udcf0"):
            for args in (["--label", bad], ["x.example", "--note", bad]):
                with self.fresh(args=args):
                    result = self.run_it("add", "--fingerprint", fp(1), *args, check=None)
                    self.assertIn(result.returncode, (2, 3), result.stderr)
                    self.assertEqual(self.count(), 1)
            with self.fresh(by=bad):
                result = self.run_it("add", "--fingerprint", fp(1), "x.example",
                                     env={"SUDO_USER": bad}, check=None)
                self.assertIn(result.returncode, (0, 2, 3), result.stderr)
                self.assertEqual(self.count(), 2 if result.returncode == 0 else 1)
                self.run_it("remove", "--if-exists", fp(1))
            self.run_it("remove", "--if-exists", "--all", bad, check=None)
            self.run_it("list", bad, check=None)

    def test_nul_in_a_list(self):
        listed = os.path.join(self.config, "listed")
        for content in (fp(1) + " x\0y\n", fp(1) + "\0 x.example\n",
                        fp(2) + " fine.example\n" + fp(1) + " \0\n"):
            self.write(content, listed)
            for labels in ([], ["--labels"]):
                with self.fresh(content=content, labels=labels):
                    self.run_it("add", *labels, "--from", listed, check=3)
                    self.assertEqual(self.count(), 1)


class BySql(HostileCase):
    """Rows that somebody else wrote."""

    COLUMNS = {"host": "host", "subject": "subject", "added_by": "by", "note": "note"}

    def insert_everything(self):
        for number, value in enumerate(EVERY):
            self.insert(fp(number + 1), host=value, kind=value, subject=value, added_by=value,
                        note=value, extra=value)

    def test_every_column_of_every_value(self):
        self.insert_everything()
        entries = self.listed()
        self.assertEqual(len(entries), len(EVERY) + 1)
        for number, value in enumerate(EVERY):
            with self.subTest(value=value[:60]):
                entry = entries[fp(number + 1)]
                self.assertIsNone(entry["kind"])
                for column, name in self.COLUMNS.items():
                    self.assertEqual(entry[name] or "", value, column)

    def test_what_people_see(self):
        self.insert_everything()
        for args in (["list"],
                     ["list", "--long"],
                     ["list", "--plain"],
                     ["list", "--sort", "host"],
                     ["verify"],
                     ["prune", "-n"],
                     ["prune", "-n", "--json"],
                     ["verify", "--json"],
                     ["verify", "--format", "nagios"],
                     ["verify", "--format", "prometheus"],
                     ["complete", "entries"]):
            with self.subTest(args=args):
                if args[0] == "complete":
                    self.assertEqual(
                        terminal.harmful(
                            terminal.run([harness.RELAYCTL, "-c", self.config, *args])[0]), [])
                else:
                    self.assert_harmless(*args)
        self.assertEqual(len(self.run_it("list", "--plain").stdout.split("\n")), len(EVERY) + 2)
        self.assertEqual(len(self.run_it("list", "--long").stdout.split("\n")), len(EVERY) + 2)
        json.loads(self.run_it("verify", "--json", check=None).stdout)

    def test_what_is_refused_shows_them(self):
        for value in SOME:
            with self.fresh(value=value[:60]):
                self.insert(fp(1), host=value, note=value, extra=value)
                self.assert_harmless("add", "--fingerprint", fp(1), "other.example")
                self.assert_harmless("remove", fp(1))

    def test_one_after_the_other_through_every_command(self):
        zen, new = self.client(days=400), self.client("new", subject="/CN=zen.example", days=500)
        for value in SOME:
            with self.fresh(value=value[:60]):
                self.insert(zen.fingerprint(), host=value, kind="cert", subject=value,
                            added_by=value, note=value, extra=value)
                for args in (["-n", "remove", zen.fingerprint()],
                             ["-n", "annotate", zen.cert, "--note", "z"],
                             ["-n", "add", "--replace", zen.cert, "z.example"],
                             ["-n", "remove", "--all", "*"]):
                    self.assert_harmless(*args)
                self.run_it("annotate", zen.cert, "--note", "z")
                self.assertEqual(
                    [self.column(zen.fingerprint(), name) for name in ("host", "note", "added_by")],
                    [value, "z", value])
                if value not in CONTROL + BLANK and value.isascii() and "*" not in value:
                    said = self.run_it("rotate", "--grace", "3h", "--", value, new.cert, check=None)
                    if said.returncode == 0:
                        self.assertEqual(self.column(new.fingerprint(), "host"), value)
                        self.assertIsNotNone(self.listed()[zen.fingerprint()]["retire_after"])
                self.run_it("add", "--replace", zen.cert, "plain.example")
                self.assertEqual(self.in_map(zen.fingerprint()), "plain.example")
                self.run_it("prune", "--yes", env={"RELAYCTL_TEST_CLOCK": "2000000000"})
                self.run_it("remove", "--if-exists", zen.fingerprint())
                self.run_it("remove", "--if-exists", new.fingerprint())
                self.assertEqual(self.count(), 1)

    def test_copied(self):
        """Rows to rows as they are; to a text table what can stand there, or nothing at all."""
        self.sql(
            "CREATE TABLE other (LIKE relay_clients INCLUDING ALL); GRANT ALL ON other TO PUBLIC")
        self.at_first = self.others()
        path = os.path.join(self.directory, "other.cf")
        self.write_cf(path, query="SELECT host FROM other WHERE fingerprint = '%s'")
        self.write_admin(path)
        text = os.path.join(self.directory, "text")
        for value in EVERY:
            with self.fresh(value=value[:60]):
                self.insert(fp(1), host=value, subject=value, added_by=value, note=value)
                result = self.run_it("copy", "--replace", self.table, "pgsql:" + path, check=None)
                if value.isascii():
                    self.assertEqual(result.returncode, 0, result.stderr)
                if result.returncode == 0:
                    self.assertEqual(
                        self.sql("SELECT count(*) FROM relay_clients AS a JOIN other AS b ON "
                                 "(a.fingerprint, a.host, a.subject, a.added_by, a.note) = "
                                 "(b.fingerprint, b.host, b.subject, b.added_by, b.note)"), "1")
                result = self.run_it("copy", "--replace", self.table, "hash:" + text, check=None)
                self.assertIn(result.returncode, (0, 3), result.stderr)
                self.assertEqual(terminal.harmful(result.stderr), [])
                if value in CONTROL + BLANK:
                    self.assertEqual(result.returncode, 3)
                if result.returncode == 0:
                    self.assertEqual(
                        self.postmap("-q", fp(1), table="hash:" + text).stdout, value + "\n")
                    entry = next(e for e in json.loads(
                        self.run_it("-t", "hash:" + text, "list", "--json").stdout)["entries"]
                                 if e["fingerprint"] == fp(1))
                    self.assertEqual([entry[name] for name in ("subject", "by", "note")],
                                     [value] * 3)

    def test_extra_words_stay_words(self):
        """What stands in extra never becomes an entry, a line or another column, and a change of
        something else keeps it."""
        zen = self.client()
        for extra in ("colour=blue", 'colour=blue size="x y"', "note=evil",
                      "retire-after=2000-01-01", "x\n%s evil.example" % fp(9), '" open', "cert",
                      "key CN=evil", "expires=2000-01-01", "$1 {a,b} NULL", ""):
            with self.fresh(extra=extra):
                self.insert(zen.fingerprint(), host="zen.example", kind="cert", note="mine",
                            extra=extra)
                entry = self.listed()[zen.fingerprint()]
                self.assertEqual([
                    entry[name] for name in ("kind", "subject", "not_after", "retire_after", "note")
                ], ["cert", None, None, None, "mine"])
                for command in (["annotate", zen.cert],
                                ["rotate", "--create", "zen.example", zen.cert]):
                    self.run_it(*command)
                    self.assertEqual((self.column(zen.fingerprint(), "extra") or "").split(),
                                     extra.split())
                self.assertEqual(self.count(), 2)
                self.run_it("prune", "--yes")
                self.assertEqual(self.count(), 2)
                self.run_it("remove", zen.fingerprint())

    def test_keys_that_are_none(self):
        for value in EVERY:
            with self.fresh(value=value[:60]):
                self.sql("INSERT INTO relay_clients (fingerprint, host) VALUES "
                         "(convert_from(decode('%s', 'hex'), 'UTF8'), 'odd.example')" %
                         value.encode().hex())
                self.assertEqual(len(json.loads(self.run_it("list", "--json").stdout)["entries"]),
                                 2)
                self.assertEqual(len(self.run_it("list", "--plain").stdout.split("\n")), 3)
                for args in (["list"], ["verify"], ["-n", "remove", "odd.example"]):
                    self.assert_harmless(*args)
                self.run_it("add", "--fingerprint", fp(1), "one.example")
                self.run_it("remove", "odd.example")
                self.run_it("remove", "one.example")
                self.assertEqual(self.count(), 1)

    def test_times_beyond_every_calendar(self):
        for value in ("infinity", "-infinity", "4713-01-01 BC", "294276-12-31", "0001-01-01",
                      "1969-12-31 23:59:59.999999", "2027-06-30 23:59:59.5+13"):
            with self.fresh(value=value):
                self.sql("INSERT INTO relay_clients (fingerprint, host, kind, not_after, added, "
                         "retire_after) VALUES (:'k', 'x.example', 'cert', :'v', :'v', :'v')",
                         k=fp(1).lower(), v=value)
                entry = self.listed()[fp(1)]
                if "infinity" in value:
                    self.assertEqual(
                        [entry[name] for name in ("not_after", "added", "retire_after")],
                        [None] * 3)
                    self.assertEqual(
                        json.loads(self.run_it("prune", "-n", "--json").stdout)["removed"], [])
                elif value.startswith("2027"):
                    self.assertEqual(entry["not_after"], "2027-06-30T10:59:59Z")
                for args in (["list"],
                             ["list", "--long"],
                             ["list", "--sort", "expiry"],
                             ["verify"],
                             ["-n", "remove", "x.example"]):
                    self.assert_harmless(*args)
                self.run_it("remove", "x.example")


if __name__ == "__main__":
    harness.main()
