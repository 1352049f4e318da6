#!/usr/bin/env python3
"""edit of a table in a database: its rows as a text."""

import os
import subprocess

from cli import test_edit
from support import harness
from support.rows_case import WRITER, RowsCase, TwoColumnsCase
from support.table_case import fp


class RowsAsText(test_edit.EditCases):

    def in_text(self, key):
        return key.lower()


class Edit(RowsAsText, RowsCase):

    def test_somebody_else_has_changed_it_meanwhile(self):
        self.put((fp(1), "a.example"))
        other = "%s -c %s add --fingerprint %s c.example" % (harness.RELAYCTL, self.config, fp(3))
        said = self.edit("sed -i s/a.ex/b.ex/ $1; %s\n" % other, check=1).stderr
        self.assertIn("changed by somebody else", said)
        self.assertEqual(self.has(), {fp(1): "a.example", fp(3): "c.example"})

    def test_a_connection_that_was_closed_meanwhile(self):
        """As by a firewall, or by idle_session_timeout."""
        self.put((fp(1), "a.example"))
        go = os.path.join(self.directory, "go")
        os.mkfifo(go)
        process = subprocess.Popen(
            [harness.RELAYCTL, "-c", self.config, "edit"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, **self.editor("read line < %s; sed -i s/a.ex/b.ex/ $1\n" % go)})
        self.addCleanup(process.stderr.close)
        with open(go, "w") as out:  # opens when the editor reads
            self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :'u'",
                     u=WRITER)
            out.write("\n")
        said = process.stderr.read()
        self.assertEqual(process.wait(timeout=60), 0, said)
        self.assertEqual(self.has(), {fp(1): "b.example"})

    def test_another_fingerprint_inherits_no_dates(self):
        self.put((fp(1), "a.example", "cert CN=a expires=2027-01-01"))
        self.edit("sed -i 's/^01:01.*/%s a.example/' $1\n" % fp(2).lower())
        self.assertEqual(self.has(), {fp(2): "a.example"})
        self.assertNotIn("2027-01-01", self.noted(fp(2)))

    def test_rows_that_no_line_can_have_stay(self):
        self.put((fp(1), "a.example"))
        self.sql("INSERT INTO relay_clients (fingerprint, host) VALUES (lower(:'k'), "
                 "E'two\\nlines')", k=fp(2))
        self.edit("grep -q 'Not here: 1 row' $1; sed -i s/a.ex/b.ex/ $1\n")
        self.assertEqual(self.sql("SELECT count(*) FROM relay_clients"), "2")
        self.assertEqual(self.in_map(fp(1)), "b.example")

    def test_only_changed_rows_are_written(self):
        self.put((fp(1), "a.example"), (fp(2), "b.example"))
        row = "SELECT ctid, xmin FROM relay_clients WHERE host = 'b.example'"
        before = self.sql(row)
        self.edit("sed -i s/a.ex/c.ex/ $1\n")
        self.assertEqual(self.sql(row), before)


class TwoColumns(RowsAsText, TwoColumnsCase):

    test_annotations_are_edited_as_well = None
    test_it_is_one_record_which_undo_takes_back = None  # there is no table for it


if __name__ == "__main__":
    harness.main()
