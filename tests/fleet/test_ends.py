#!/usr/bin/env python3
"""Until when a client is to relay, and its owner, in the rows of a database; and what a table of
two columns says that it cannot keep."""

from cli import test_ends
from support import harness
from support.rows_case import RowsCase, TwoColumnsCase
from support.table_case import fp


class Ends(test_ends.EndCases, RowsCase):
    pass


class TwoColumns(TwoColumnsCase):

    def test_what_is_not_kept_is_said(self):
        said = self.run_it("add", "--fingerprint", fp(1), "x.example", "--until", "2999-05-31",
                           "--owner", "Anna").stderr
        self.assertRegex(said, "warning: the table has no columns for it, so this is not kept: "
                         ".*until, owner")
        said = self.run_it("annotate", "x.example", "--owner", "Anna").stderr
        self.assertRegex(said, "note: the table has no columns .*owner")
        self.assertEqual(self.has(), {fp(1): "x.example"})

    def test_a_copy_says_it_too(self):
        source = "texthash:%s/source" % self.directory
        self.write("# relayctl: until=2999-05-31 owner=Anna\n%s x.example\n" % fp(1),
                   source.partition(":")[2])
        self.assertRegex(self.run_it("copy", source, self.table).stderr,
                         "warning: .* has no columns for it, so this is not kept: until, owner")

    def test_add_of_a_listed_certificate_changes_nothing(self):
        zen = self.client()
        self.put((zen.fingerprint(), "zen.example"))
        before = self.snapshot()
        self.assertIn("is listed already", self.run_it("add", zen.cert, "zen.example").stderr)
        self.assertEqual(self.snapshot(), before)


if __name__ == "__main__":
    harness.main()
