#!/usr/bin/env python3
"""copy: a table becomes one of another type with every entry and annotation, or nothing happens.
What is in the tables is read by postmap and psql; relayctl is asked for annotations only."""

import json
import os
import random
import re
import subprocess
import threading

from support import harness, running
from support.rows_case import ClusterCase, WRITER
from support.table_case import fp

SUFFIXES = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb", "texthash": ""}
FIELDS = ("kind", "subject", "not_after", "added", "retire_after", "note", "by", "until",
          "owner")

BY_HAND = """# kept by hand, since 2011
\t
{1}   one.example\t
# Anna's:
# relayctl: cert "CN=two, O=\u6771\u4eac" expires=2027-01-31T12:00:00Z added=2026-01-01 \
by=anna retire-after=2028-01-01 note="a \\x22b\\x22 \\\\ c" colour=blue size="x y"
{2}
    two.example
this nonsense of somebody
#{9} gone.example
{3} three.example\r
# relayctl: key room=7
{4} Zoe's "quoted" back\\slash, $1 %s {{}} NULL \\N '); DROP TABLE relay_clients; --
{5} UPPER.Example
ABCDEF no-colons.example
AB:CD:E half.example
# relayctl: cert expires=soon retire-after=never whatever
{7} odd-times.example

# the end, no newline""".format(*[fp(n) for n in range(2)],
                                fp(2).lower(), *[fp(n) for n in range(3, 10)])
UTF8 = ("\n%s \u6771\u4eac\u306e\u30e9\u30c3\u30d7\u30c8\u30c3\u30d7 Zo\u00eb's\n"
        "\U0001f512 beyond-the-bmp.example\n%s \U0001f512\u202eevil" % (fp(0xA1), fp(0xA2)))
HIDDEN = "\n%s hidden.example\n%s hidden-too.example\n" % (fp(2), fp(1).lower())


class CopyCase(ClusterCase):

    def text(self, type_name, name, content=None):
        path = os.path.join(self.directory, name)
        table = "%s:%s" % (type_name, path)
        if content is not None:
            self.write(content, path)
            if type_name != "texthash":
                self.postmap(table=table)
        return table

    def rows(self, name, made=True, **settings):
        path = os.path.join(self.directory, name + ".cf")
        self.write_cf(
            path, **{"query": "SELECT host FROM %s WHERE fingerprint = '%%s'" % name, **settings})
        self.write_admin(path)
        table = "pgsql:" + path
        if made:
            self.run_it("-t", table, "init")
        return table

    def table_of_type(self, type_name, name):
        return self.rows(name) if type_name == "pgsql" else self.text(type_name, name)

    def two_columns(self, name):
        self.create("fingerprint text PRIMARY KEY, host text", name)
        return self.rows(name, made=False)

    @staticmethod
    def name_of(table):
        return os.path.basename(table.partition(":")[2])[:-len(".cf")]

    def found(self, table):
        """{key in lower case: value}: by postmap -s; of rows by psql, of cdb by the map that
        postmap makes of the same source, and both answer the same when asked. Of rows only ASCII
        can be asked for: Postfix before 3.8 speaks LATIN1 with the server, and wants UTF-8.
        """
        type_name, _, path = table.partition(":")
        if type_name == "pgsql":
            entries = dict(
                line.split("\t", 1)
                for line in self.sql("SELECT fingerprint || E'\\t' || host FROM %s" %
                                     self.name_of(table)).splitlines())
            to_ask = {key: value for key, value in entries.items() if (key + value).isascii()}
        elif type_name == "cdb":
            to_ask = entries = self.found(self.text("hash", "beside", self.read(path)))
        else:
            answers = self.postmap("-s", table=table)
            self.assertEqual((answers.stderr, answers.returncode), ("", 0), table)
            return {
                key.lower(): value
                for key, value in (line.split("\t", 1) for line in answers.stdout.splitlines())
            }
        answers = self.postmap("-q", "-", table=table, input="".join(key + "\n" for key in to_ask))
        self.assertEqual((answers.stderr, answers.returncode), ("", 0 if to_ask else 1), table)
        self.assertEqual(dict(line.split("\t", 1) for line in answers.stdout.splitlines()), to_ask)
        return entries

    def annotations(self, table):
        """{key in lower case: (what list says of it, unknown words by the text or psql)}; a hidden
        duplicate says nothing."""
        seen = {}
        for entry in json.loads(self.run_it("-t", table, "list", "--json").stdout)["entries"]:
            seen.setdefault(entry["fingerprint"].lower(), [entry[field] for field in FIELDS])
        for key, words in seen.items():
            words.append(self.unknown_words(table, key))
        return seen

    def unknown_words(self, table, key):
        if table.startswith("pgsql:"):
            return self.sql("SELECT extra FROM %s WHERE fingerprint = :'k'" % self.name_of(table),
                            k=key)
        last = ""
        for line in self.read(table.partition(":")[2]).decode().splitlines():
            if line.lower().split(None, 1)[:1] == [key]:
                words = re.findall(r'(?:[^\s"]|"[^"]*")+', last.partition("# relayctl:")[2])
                return " ".join(
                    w for w in words
                    if re.match("(colour|size|room|whatever|expires=soon|retire-after=never)", w))
            last = line
        return None

    def state(self, table):
        """What must not change: the rows with where and by whom they were written, the files with
        their inodes."""
        if table.startswith("pgsql:"):
            return self.sql("SELECT ctid, xmin, * FROM %s ORDER BY ctid" % self.name_of(table))
        path = table.partition(":")[2]
        names = {path, path + SUFFIXES[table.partition(":")[0]]}
        return {
            name: (self.read(name), os.stat(name).st_ino, os.stat(name).st_mtime_ns)
            for name in sorted(names) if os.path.exists(name)
        }

    def copy(self, source, target, *options, check=0):
        result = self.run_it("copy", source, target, *options, "--json", check=check)
        return json.loads(result.stdout) if check == 0 else result

    def counts(self, source, target, *options):
        data = self.copy(source, target, *options)
        return data["changed"], data["entries"], data["added"], data["updated"], data["removed"]


class EveryType(CopyCase):
    """A table by hand, through several types."""

    def go(self, source, *types):
        entries, annotations = self.found(source), self.annotations(source)
        self.assertGreater(len(entries), 8)
        at = source
        for number, type_name in enumerate(types):
            before = self.state(at)
            there = self.table_of_type(type_name, "t%d" % number)
            self.assertEqual(self.counts(at, there), (True, len(entries), len(entries), 0, 0))
            self.assertEqual(self.found(there), entries)
            self.assertEqual(self.annotations(there), annotations)
            self.assertEqual(self.state(at), before)
            after = self.state(there)
            self.assertEqual(self.counts(at, there), (False, len(entries), 0, 0, 0))
            self.assertEqual(self.state(there), after)
            at = there
        return at

    def test_what_is_by_hand_is_what_it_is_meant_to_be(self):
        source = self.text("hash", "source", BY_HAND + UTF8 + HIDDEN)
        entries = self.found(source)
        self.assertEqual((entries[fp(2).lower()], entries["\U0001f512"]),
                         ("two.example", "beyond-the-bmp.example"))
        annotations = self.annotations(source)
        self.assertEqual(annotations[fp(2).lower()], [
            "cert", "CN=two, O=\u6771\u4eac", "2027-01-31T12:00:00Z", "2026-01-01T00:00:00Z",
            "2028-01-01T00:00:00Z", 'a "b" \\ c', "anna", None, None, 'colour=blue size="x y"'
        ])
        self.assertEqual(annotations[fp(7).lower()],
                         ["cert"] + [None] * 8 + ["expires=soon retire-after=never whatever"])

    def test_hash_to_lmdb(self):
        self.go(self.text("hash", "source", BY_HAND + UTF8 + HIDDEN), "lmdb", "cdb")

    def test_hash_to_rows_and_back(self):
        self.go(self.text("hash", "source", BY_HAND + HIDDEN), "pgsql", "hash")

    def test_rows_to_rows(self):
        self.go(self.text("btree", "source", BY_HAND + HIDDEN), "pgsql", "pgsql", "lmdb")

    def test_texthash_to_cdb(self):
        self.go(self.text("texthash", "source", BY_HAND), "cdb", "btree", "texthash", "pgsql",
                "texthash")

    def test_rows_by_hand(self):
        source = self.rows("relay_clients")
        self.sql(
            "INSERT INTO relay_clients SELECT lower(:'key') || right('0' || to_hex(n), 2), 'h' || "
            "n, CASE n % 3 WHEN 0 THEN 'cert' WHEN 1 THEN 'key' END, 'CN=h' || n || ', O=x\"y\\z',"
            "'2027-01-01Z'::timestamptz + n * interval '1 second', NULL, 'anna b', '2030-01-01Z', "
            "'2031-01-01Z', 'o' || n, E'it\\'s \"n\" \\\\' || n, "
            "CASE WHEN n % 2 = 0 THEN 'a=b c=\"d e\" f' END FROM generate_series(1, 20) AS n",
            key=fp(0xAB, 31) + ":")
        self.assertEqual(len(self.found(source)), 20)
        entries, annotations = self.found(source), self.annotations(source)
        there = self.text("hash", "there")
        self.copy(source, there)
        self.assertEqual(self.found(there), entries)
        lines = self.read(self.directory + "/there").decode().splitlines()
        noted = lines[lines.index(fp(0xAB, 31) + ":02 h2") - 1]
        self.assertTrue(noted.endswith(' for=AB:AB:AB:AB a=b c="d e" f'), noted)
        back = self.rows("back")
        self.copy(there, back)
        self.assertEqual(self.found(back), entries)
        self.assertEqual(self.annotations(back), annotations)
        for column in ("kind", "subject", "not_after", "added", "added_by", "retire_after", "note",
                       "extra"):
            self.assertEqual(
                self.sql(
                    "SELECT count(*) FROM relay_clients AS a JOIN back AS b USING (fingerprint) "
                    "WHERE a.%s IS DISTINCT FROM b.%s" % (column, column)), "0", column)

    def test_labels_beyond_ascii(self):
        """Through rows as through maps; or not at all, as Postfix before 3.8 cannot read them
        there."""
        source, there, back = (self.text("hash", "source", BY_HAND + UTF8), self.rows("there"),
                               self.text("lmdb", "back"))
        result = self.run_it("copy", source, there, check=None)
        if result.returncode == 0:
            self.assertEqual(self.found(there), self.found(source))
            self.copy(there, back)
            self.assertEqual(self.found(back), self.found(source))
        else:
            self.assertEqual((result.returncode, self.found(there)), (3, {}), result.stderr)

    def test_no_client_is_lost_for_its_label(self):
        """Postfix before 3.8 speaks LATIN1 with the server: what that has not fails, and the client
        gets 451. So it is not written, or it is said."""
        source, there = self.text(
            "hash", "source", "%s plain.example\n%s \u00fcber.example\n%s \u6771\u4eac\n" %
            (fp(1), fp(2), fp(3))), self.rows("there")
        # smtpd asks for fingerprints so: dict_utf8_activate() is for tables opened with
        # UTF8_REQUEST.
        self.configure(smtputf8_enable="no")
        said = self.run_it("copy", source, there, check=None).stderr
        for number in (int(key[:2])
                       for key in self.sql("SELECT fingerprint FROM there").splitlines()):
            answer = self.postmap("-q", fp(number).lower(), table=there)
            if answer.returncode != 0:
                self.assertRegex(said, "(?i)latin1", answer.stderr)

    def test_nobody_is_let_in_by_tidying_up(self):
        """Keys that no fingerprint of smtpd's matches go on matching none, wherever they are copied
        to."""
        odd = [
            fp(1).replace(":", ""),
            fp(2).lower().replace(":", ""),
            fp(3).replace(":", "-"), "SHA256:" + fp(5),
            fp(6)[:-1]
        ]
        source = self.text(
            "hash", "source",
            "%s zen.example\n" % fp(9) + "".join("%s odd.example\n" % key for key in odd))
        for at, there in ((source, self.rows("there")),
                          ("pgsql:%s/there.cf" % self.directory, self.text("lmdb", "lmdb")),
                          (source, self.text("btree", "btree"))):
            self.copy(at, there)
            self.assertEqual(self.found(there), self.found(source))
            for number in range(1, 7):
                self.assertIsNone(self.in_map(fp(number).lower(), there), there)

    def test_what_cannot_stand_in_a_text_table_stops_it(self):
        """A key in quotes, one that ends with a colon, a value with a tab: postmap takes some of it
        with a warning; relayctl does not write it."""
        for number, content in enumerate(('"quoted key" x', "key: x", "%s tab\tbed" % fp(2))):
            source = self.text("hash", "source%d" % number,
                               "%s one.example\n%s\n" % (fp(1), content))
            for name in ("hash", "lmdb"):
                target = self.text(name, "%s%d" % (name, number))
                result = self.run_it("copy", source, target, check=None)
                self.assertIn(result.returncode, (3, 4), content)
                self.assertRegex(result.stderr, "cannot stand in a text table|key: value")
                self.assertEqual(self.state(target), {})
            there = self.rows("rows%d" % number)
            self.copy(source, there)
            self.assertEqual(self.sql("SELECT count(*) FROM rows%d" % number), "2")

    def test_many(self):
        rng = random.Random(harness.seed())
        keys = [":".join("%02X" % byte for byte in rng.randbytes(32)) for _ in range(12000)]
        source = self.text(
            "hash", "source",
            "".join("# relayctl: cert CN=h%d expires=2028-01-01\n%s h%d.example\n" % (n, key, n)
                    for n, key in enumerate(keys)))
        there = self.rows("there")
        self.assertEqual(self.counts(source, there), (True, 12000, 12000, 0, 0))
        self.assertEqual(self.found(there), self.found(source))
        self.assertEqual(
            self.sql(
                "SELECT count(*) FROM there WHERE subject = 'CN=' || replace(host, '.example', '') "
                "AND not_after = '2028-01-01'"), "12000")
        back = self.text("lmdb", "back")
        self.assertEqual(self.counts(there, back), (True, 12000, 12000, 0, 0))
        self.assertEqual(self.found(back), self.found(source))
        self.sql(
            "UPDATE there SET host = 'other' WHERE host < 'h3'; DELETE FROM there WHERE host > 'h6'"
        )
        gone, changed = [
            int(self.sql("SELECT count(*) FROM there WHERE host = 'other'")),
            12000 - int(self.sql("SELECT count(*) FROM there"))
        ]
        self.assertEqual(self.counts(back, there), (True, 12000, changed, gone, 0))
        self.assertEqual(self.found(there), self.found(source))


class Refused(CopyCase):
    """What would make clients lose their relay is not done by the way; and what is not done leaves
    nothing behind."""

    def pairs(self):
        """Sources of three entries and targets with a fourth one, of both kinds."""
        for number, (source_type, target_type) in enumerate(
            (("hash", "lmdb"),
             ("hash", "pgsql"),
             ("pgsql", "hash"),
             ("pgsql", "pgsql"),
             ("texthash", "cdb"))):
            source, target = [
                self.table_of_type(name, "%s%d" % (role, number))
                for name, role in ((source_type, "source"), (target_type, "target"))
            ]
            for n in (1, 2, 3):
                self.run_it("-t", source, "add", "--fingerprint", fp(n), "h%d.example" % n)
            for n in (3, 4):
                self.run_it("-t", target, "add", "--fingerprint", fp(n), "h%d.example" % n)
            self.run_it("-t", target, "add", "--fingerprint", fp(2), "old.example")
            yield source, target

    def test_entries_of_the_target_go_with_replace_only(self):
        for source, target in self.pairs():
            with self.subTest(source=source, target=target):
                before = self.state(source), self.state(target)
                said = self.run_it("copy", source, target, check=1).stderr
                self.assertRegex(
                    said,
                    "2 entries of the target, (04:[04:]* h4|02:[02:]* old).example among them, "
                    "would go or get another host")
                self.assertIn("--replace", said)
                self.assertEqual((self.state(source), self.state(target)), before)
                dry = self.copy(source, target, "--replace", "-n")
                self.assertEqual(
                    [dry[k] for k in ("dry_run", "changed", "added", "updated", "removed")],
                    [True, True, 1, dry["updated"], 1])
                self.assertEqual((self.state(source), self.state(target)), before)
                self.assertEqual(self.copy(source, target, "--replace")["removed"], 1)
                self.assertEqual(self.found(target),
                                 {fp(n).lower(): "h%d.example" % n
                                  for n in (1, 2, 3)})
                self.assertEqual(self.state(source), before[0])

    def test_an_empty_source_empties_nothing(self):
        for number, (source_type, target_type) in enumerate(
            (("hash", "lmdb"), ("hash", "pgsql"), ("pgsql", "hash"), ("pgsql", "pgsql"))):
            source = (self.rows("source%d" % number) if source_type == "pgsql" else self.text(
                source_type, "source%d" % number, "# nobody\n"))
            target = self.table_of_type(target_type, "target%d" % number)
            self.assertEqual(self.counts(source, target)[1:], (0, 0, 0, 0))
            self.run_it("-t", target, "add", "--fingerprint", fp(1), "one.example")
            before = self.state(target)
            with self.subTest(source=source, target=target):
                self.copy(source, target, check=1)
                self.assertIn("--allow-empty",
                              self.copy(source, target, "--replace", check=1).stderr)
                self.copy(source, target, "--allow-empty", check=1)
                self.assertEqual(self.state(target), before)
                self.assertEqual(self.counts(source, target, "--replace", "--allow-empty"),
                                 (True, 0, 0, 0, 1))
                self.assertEqual(self.found(target), {})

    def test_dry_run_makes_nothing(self):
        source = self.text("hash", "source", BY_HAND)
        rows = self.rows("there")
        before = self.snapshot(), self.state(rows), self.state(source)
        for target in (rows, self.text("lmdb", "absent"), self.text("texthash", "absent")):
            data = self.copy(source, target, "--dry-run")
            self.assertEqual((data["dry_run"], data["changed"], data["added"]),
                             (True, True, len(self.found(source))))
        self.assertEqual((self.snapshot(), self.state(rows), self.state(source)), before)

    def test_rows_in_capitals_let_nobody_in(self):
        """No lookup finds such a row: in a map, or in lower case, it would be found."""
        source = self.rows("source")
        self.sql("INSERT INTO source VALUES (:'low', 'one.example'), (:'high', 'two.example')",
                 low=fp(0xAB).lower(), high=fp(0xCD))
        self.assertEqual(
            [self.postmap("-q", key, table=source).stdout for key in (fp(0xAB), fp(0xCD))],
            ["one.example\n", ""])
        for number, target_type in enumerate(("hash", "pgsql", "texthash")):
            with self.subTest(target_type):
                target = self.table_of_type(target_type, "target%d" % number)
                before = self.snapshot(), self.state(target)
                for options in ((), ("--replace", "--allow-empty"), ("--dry-run",)):
                    said = self.copy(source, target, *options, check=1).stderr
                    self.assertIn(fp(0xCD), said)
                    self.assertIn("no lookup finds", said)
                    self.assertEqual((self.snapshot(), self.state(target)), before)

    def test_rows_in_capitals_that_are_found_are_copied(self):
        source = self.rows("source",
                           query="SELECT host FROM source WHERE lower(fingerprint) = '%s'")
        self.sql("INSERT INTO source VALUES (:'low', 'one.example'), (:'high', 'two.example')",
                 low=fp(0xAB).lower(), high=fp(0xCD))
        target = self.text("hash", "target")
        self.copy(source, target)
        self.assertEqual(self.found(target),
                         {fp(0xAB).lower(): "one.example",
                          fp(0xCD).lower(): "two.example"})

    def test_what_makes_no_sense(self):
        rows, text = self.rows("source"), self.text("hash", "text", BY_HAND)
        for args in ((rows, rows),
                     (rows, "proxy:" + rows),
                     (text, text),
                     (text, "btree:" + text.partition(":")[2]),
                     (text, "regexp:/x"),
                     ("static:x", text),
                     (text, "sqlite:/x"),
                     (text,),
                     (text, "x")):
            with self.subTest(args):
                before = self.snapshot(), self.state(rows)
                self.run_it("copy", *args, check=2)
                self.assertEqual((self.snapshot(), self.state(rows)), before)
        self.run_it("-t", text, "copy", text, rows, check=2)
        self.assertEqual(self.run_it("copy", "hash:/no/such", rows, check=3).stdout, "")

    def test_a_table_that_is_not_made_yet(self):
        text, rows = self.text("hash", "text", BY_HAND), self.rows("absent", made=False)
        self.assertIn(" init -t ", self.run_it("copy", text, rows, check=3).stderr)
        self.assertIn(" init -t ",
                      self.run_it("copy", rows, "hash:%s/other" % self.directory, check=3).stderr)
        self.assertFalse(os.path.exists(self.directory + "/other"))

    def test_columns_that_are_not_there(self):
        source, target = self.text("hash", "source", BY_HAND), self.two_columns("target")
        result = self.run_it("copy", source, target)
        self.assertEqual(result.stderr.count("not kept"), 1)
        self.assertIn(
            "not kept: kind, subject, not_after, added, added_by, retire_after, note, extra",
            result.stderr)
        self.assertEqual(self.found(target), self.found(source))
        before = self.state(target)
        again = self.copy(source, target)
        self.assertEqual((again["changed"], again["updated"]), (False, 0))
        self.assertEqual(self.state(target), before)
        back = self.text("lmdb", "back")
        self.assertNotIn("not kept", self.run_it("copy", target, back).stderr)
        self.assertEqual(self.found(back), self.found(source))


class AllOrNothing(CopyCase):

    def setUp(self):
        super().setUp()
        self.source = self.text("hash", "source",
                                "".join("%s h%d.example\n" % (fp(n), n) for n in range(1, 40)))
        self.target = self.rows("target")
        self.sql("INSERT INTO target (fingerprint, host) VALUES (:'k', 'kept.example'), (:'h', "
                 "'old.example'), (:'g', 'gone.example')", k=fp(1).lower(), h=fp(2).lower(),
                 g=fp(0xEE).lower())
        self.before = self.state(self.source), self.state(self.target)

    def trigger(self, body, event="INSERT"):
        self.sql(
            "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN %s END'; CREATE "
            "TRIGGER meddle BEFORE %s ON target FOR EACH ROW EXECUTE FUNCTION meddle()" %
            (body.replace("'", "''"), event))

    def assert_untouched(self):
        self.assertEqual((self.state(self.source), self.state(self.target)), self.before)

    def test_a_trigger_that_raises(self):
        self.trigger("IF NEW.host = 'h30.example' THEN RAISE 'it rains'; END IF; RETURN NEW;")
        result = self.run_it("copy", "--replace", self.source, self.target, check=None)
        self.assertIn("it rains", result.stderr)
        self.assertIn(result.returncode, (3, 4, 6))
        self.assert_untouched()
        self.sql("DROP TRIGGER meddle ON target")
        self.copy(self.source, self.target, "--replace")
        self.assertEqual(self.found(self.target), self.found(self.source))

    def test_a_constraint(self):
        self.sql("ALTER TABLE target ADD CHECK (host <> 'h30.example')")
        self.copy(self.source, self.target, "--replace", check=3)
        self.assert_untouched()

    def test_triggers_that_meddle_in_silence(self):
        for number, body in enumerate(
            ("IF NEW.host = 'h30.example' THEN RETURN NULL; END IF; RETURN NEW;",
             "NEW.host := upper(NEW.host); RETURN NEW;",
             "IF NEW.host = 'h30.example' THEN INSERT INTO target (fingerprint, host) VALUES "
             "('ff:ff', 'evil.example'); END IF; RETURN NEW;",
             "IF NEW.host <> 'evil.example' AND NOT EXISTS (SELECT 1 FROM target WHERE host = "
             "'evil.example') THEN "
             "INSERT INTO target (fingerprint, host) VALUES ('ff:ff', 'evil.example'); END IF; "
             "RETURN NEW;")):
            with self.subTest(body):
                self.trigger(body)
                said = self.copy(self.source, self.target, "--replace", check=3).stderr
                self.assertIn("would not be the same", said)
                self.assert_untouched()
                self.sql("DROP TRIGGER meddle ON target; DROP FUNCTION meddle")

    def test_a_role_that_may_not(self):
        for right in ("INSERT", "UPDATE", "DELETE"):
            self.sql('REVOKE %s ON target FROM :"w"' % right, w=WRITER)
            self.copy(self.source, self.target, "--replace", check=5)
            self.assert_untouched()
            self.sql('GRANT %s ON target TO :"w"' % right, w=WRITER)

    def killed(self, again):
        """The server dies while rows are being written."""
        self.trigger("IF NEW.host = 'h30.example' THEN PERFORM pg_sleep(20); END IF; RETURN NEW;")
        result = []
        copying = threading.Thread(target=lambda: result.append(
            self.run_it("copy", "--replace", self.source, self.target, "--json", check=None)))
        copying.start()
        running.until(
            lambda: self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            == "1", "it sleeps")
        self.cluster.kill()
        if again:
            self.cluster.start()
            self.sql("DROP TRIGGER meddle ON target")
        copying.join()
        if not again:
            self.cluster.start()
        return result[0]

    def test_a_server_that_dies(self):
        result = self.killed(again=False)
        self.assertEqual((result.returncode, result.stdout), (4, ""), result.stderr)
        self.assert_untouched()

    def test_a_server_that_dies_and_comes_back(self):
        result = self.killed(again=True)
        if result.returncode == 0:
            self.assertEqual(self.found(self.target), self.found(self.source))
            self.assertEqual(json.loads(result.stdout)["entries"], 39)
        else:
            self.assertEqual(result.returncode, 4, result.stderr)
            self.assert_untouched()

    def in_a_place(self, mount, target):
        """copy --replace into `target` below PLACE, a file system of its own: (status, what was
        said, PLACE afterwards)."""
        place = os.path.join(self.directory, "place")
        os.makedirs(place, exist_ok=True)
        script = (
            'mount -t tmpfs -o size=64k,mode=755 none "$1" && printf "%%s old.example\\n" %s > '
            '"$1/t" && chmod 644 "$1/t" && cd "$1" && postmap -c "$4" "$2" && %s; md5sum * > '
            '"$5/before"; '
            '"$3" -c "$4" copy --replace "$6" "$2" > "$5/said" 2>&1; echo $? > "$5/status"; mount '
            '-o remount,rw "$1"; rm -f filler t.lock; md5sum * > "$5/after"; postmap -c "$4" -s '
            '"$2" > "$5/found"' % (fp(0xAA), mount))
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", place, target % place,
                               harness.RELAYCTL, self.config, self.config, self.big],
                              capture_output=True, text=True)
        said = {
            name: self.read(os.path.join(self.config, name)).decode()
            for name in ("before", "status", "said", "after", "found")
        }
        self.assertEqual(
            said["after"], "".join(line for line in said["before"].splitlines(True)
                                   if "filler" not in line), done.stderr + said["said"])
        self.assertEqual(said["found"], fp(0xAA).lower() + "\told.example\n")
        return int(said["status"]), said["said"]

    def test_a_text_table_on_a_full_or_read_only_place(self):
        if (os.geteuid() != 0
                or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0):
            self.skipTest("no mount namespaces here")
        self.big = self.rows("big")
        self.sql(
            "INSERT INTO big (fingerprint, host) SELECT lower(:'k') || lpad(to_hex(n / 256), 2, "
            "'0') || ':' || lpad(to_hex(n % 256), 2, '0'), 'host-' || n || '.example' FROM "
            "generate_series(1, 2000) AS n",
            k=fp(0xAB, 30) + ":")
        for mount, status in (('mount -o remount,ro "$1"', (5, 6)),
                              ('head -c 20000 /dev/zero > "$1/filler"', (4, 6))):
            for target in (("hash:%s/t", "lmdb:%s/t") if "filler" not in mount else
                           ("hash:%s/t", "btree:%s/t")):
                with self.subTest(mount=mount, target=target):
                    got, said = self.in_a_place(mount, target)
                    self.assertIn(got, status, said)
                    self.assertIn("error: ", said)


class SwitchOver(CopyCase):
    """The commands that are printed do what they say, and relayctl takes the new table then."""

    def setUp(self):
        super().setUp()
        self.source = self.text("hash", "source", "%s one.example\n" % fp(1))
        self.bin = os.path.join(self.config, "bin")
        os.mkdir(self.bin)
        self.write('#!/bin/sh\necho "$@" >> %s/reloads\n' % self.config,
                   self.bin + "/postfix")  # no such Postfix runs
        os.chmod(self.bin + "/postfix", 0o755)

    def carry_out(self, commands):
        for command in commands:
            done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True,
                                  env={"PATH": self.bin + ":/usr/sbin:/usr/bin:/bin"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        for name in ("main.cf", "master.cf"):
            os.utime(os.path.join(self.config, name), (1, 1))
        if commands:
            self.assertEqual(set(self.read(self.config + "/reloads").decode().splitlines()),
                             {"-c %s reload" % self.config})

    def postconf(self, *args):
        return subprocess.run(["postconf", "-c", self.config, *args], capture_output=True,
                              text=True).stdout.strip()

    def switch(self, before, target, after):
        self.configure(relay_clientcerts=before)
        main_cf = self.read(self.config + "/main.cf")
        human = self.run_it("copy", self.source, target)
        data = self.copy(self.source, target)
        for command in data["commands"]:
            self.assertIn("hint: " + command + "\n", human.stderr)
        self.assertEqual(self.read(self.config + "/main.cf"), main_cf)  # the administrator does it
        self.carry_out(data["commands"])
        self.assertEqual(self.postconf("-hx", "relay_clientcerts"), after)
        self.assertEqual(self.copy(self.source, target)["commands"], [])

    def test_to_rows(self):
        target = self.rows("target")
        self.switch(self.source, target, target)
        self.assertEqual(json.loads(self.run_it("list", "--json").stdout)["table"], target)
        self.run_it("add", "--fingerprint", fp(2), "two.example")
        self.assertEqual(self.found(target),
                         {fp(1).lower(): "one.example",
                          fp(2).lower(): "two.example"})
        self.assertEqual(self.found(self.source), {fp(1).lower(): "one.example"})

    def test_back_to_text(self):
        self.source = self.rows("rows")
        self.run_it("-t", self.source, "add", "--fingerprint", fp(1), "one.example")
        target = self.text("lmdb", "target")
        self.switch(self.source, target, target)
        self.assertEqual(json.loads(self.run_it("list", "--json").stdout)["table"], target)

    def test_others_in_the_list_stay_where_they_are(self):
        target = self.text("lmdb", "target")
        other = self.text("hash", "other", "%s other.example\n" % fp(9))
        for before, after in (("%s, %s" % (other, self.source), "%s, %s" % (other, target)),
                              ("%s, %s" % (self.source, other), "%s, %s" % (target, other)),
                              (other, other),
                              ("%s, %s" % (target, self.source), target),
                              (None, target)):
            with self.subTest(before=before):
                self.switch(before, target, after)

    def test_behind_proxymap(self):
        target = self.rows("target")
        proxied = "proxy:" + target
        self.switch(self.source, proxied, proxied)
        self.write("smtp inet n - n - - smtpd\n", self.config + "/master.cf")
        os.utime(self.config + "/master.cf", (1, 1))
        self.configure(relay_clientcerts=self.source)
        self.write("smtp inet n - n - - smtpd\n", self.config + "/master.cf")
        os.utime(self.config + "/master.cf", (1, 1))
        self.carry_out(self.copy(self.source, proxied)["commands"])
        self.assertEqual(self.postconf("-hx", "relay_clientcerts"), proxied)
        self.assertIn(proxied, self.postconf("-hx", "proxy_read_maps").replace(",", " ").split())

    def test_services_of_their_own(self):
        target = self.rows("target")
        self.configure(relay_clientcerts=self.source)
        other = self.text("hash", "other", "%s other.example\n" % fp(9))
        self.write(
            "25 inet n - n - - smtpd\n587 inet n - n - - smtpd\n  -o relay_clientcerts=%s\n"
            "588 inet n - n - - smtpd\n  -o relay_clientcerts=%s\n" % (self.source, other),
            self.config + "/master.cf")
        os.utime(self.config + "/master.cf", (1, 1))
        self.carry_out(self.copy(self.source, target)["commands"])
        self.assertEqual(self.postconf("-h", "relay_clientcerts"), target)
        self.assertEqual(self.postconf("-Ph", "587/inet/relay_clientcerts"), target)
        self.assertIn(other, self.postconf("-Ph", "588/inet/relay_clientcerts"))


if __name__ == "__main__":
    harness.main()
