"""Removing many at once: a pattern asks, or needs --yes; a client that is named itself goes at
once."""

from support import harness, terminal
from support.table_case import TableCase, fp

OLD = [(fp(1), "a.old.example"), (fp(2), "b.old.example")]
NEW = [(fp(3), "zen.example")]


class MassRemoval(TableCase):

    def on_terminal(self, answer, *args):
        return terminal.run([harness.RELAYCTL, "-c", self.config, *args], can_ask=True,
                            answer=answer, columns=200)

    def put_built(self, *entries):
        self.put(*entries)
        self.run_it("rebuild")

    def test_a_pattern_needs_yes_where_nobody_can_be_asked(self):
        self.put_built(*OLD, *NEW)
        before = self.snapshot()
        for who in (["*.old.example"],
                    ["*.OLD.EXAMPLE"],
                    ["?.old.example"],
                    ["[ab].old.example"],
                    ["a.*", "b.*"],
                    ["a.*", "*.old.example"]):
            with self.subTest(who):
                said = self.run_it("remove", "--all", *who, check=2).stderr
                self.assertIn("remove 2 entries: nobody is here to be asked, nothing was changed",
                              said)
                self.assertIn("to be removed: %s a.old.example" % fp(1), said)
                self.assertEqual(self.snapshot(), before)
        self.run_it("remove", "--all", "--yes", "*.OLD.example")
        self.assertEqual(self.has(), dict(NEW))

    def test_on_a_terminal_it_asks(self):
        self.put_built(*OLD, *NEW)
        before = self.snapshot()
        for answer in ("n\n", "\n", "\4"):
            said, status = self.on_terminal(answer, "remove", "--all", "*.old.example")
            self.assertIn("remove 2 entries? [y/N]", said)
            self.assertEqual(status, 1, said)
            self.assertEqual(self.snapshot(), before)
        said, status = self.on_terminal("y\n", "remove", "--all", "*.old.example")
        self.assertEqual(status, 0, said)
        self.assertEqual(self.has(), dict(NEW))
        self.assertIsNone(self.in_map(fp(1)))

    def test_a_table_is_not_emptied_by_a_pattern(self):
        self.put_built(*OLD, *NEW)
        before = self.snapshot()
        for who in (["*"], ["?.old*", "zen.*"], ["zen.example", "*"]):
            said = self.run_it("remove", "--all", "--yes", *who, check=1).stderr
            self.assertIn("--allow-empty", said)
            self.assertEqual(self.snapshot(), before)
        said, status = self.on_terminal("y\n", "remove", "--all", "*")
        self.assertEqual(status, 1, said)
        self.assertIn("all 3 entries would go", said)
        self.assertEqual(self.snapshot(), before)
        self.run_it("remove", "--all", "--allow-empty", "*", check=2)
        self.run_it("remove", "--all", "--yes", "--allow-empty", "*")
        self.assertEqual(self.has(), {})

    def test_who_is_named_goes_at_once(self):
        zen = self.client("zen.example")
        named = [["zen.example"], [zen.fingerprint()], [zen.cert]]
        for who in named:
            with self.subTest(who):
                self.put_built((zen.fingerprint(), "zen.example"))
                self.run_it("remove", *who)
                self.assertEqual(self.has(), {})
        self.put_built(*OLD)
        self.run_it("remove", "a.old.example", fp(2))
        self.assertEqual(self.has(), {})
        self.put_built((fp(1), "twin.example"), (fp(2), "twin.example"))
        self.run_it("remove", "--all", "twin.example")
        self.assertEqual(self.has(), {})

    def test_one_by_a_pattern_is_not_many(self):
        self.put_built(*OLD, *NEW)
        self.run_it("remove", "z*")
        self.run_it("remove", "a.*", "b.old.example")  # of two that go, the pattern gives one
        self.assertEqual(self.has(), {})

    def test_a_label_that_looks_like_a_pattern_is_named(self):
        self.put_built((fp(1), "z*"), (fp(2), "other"))
        self.run_it("remove", "--all", "z*")
        self.assertEqual(self.has(), {fp(2): "other"})

    def test_a_dry_run_asks_nobody(self):
        self.put_built(*OLD)
        before = self.snapshot()
        self.assertIn("-%s a.old.example" % fp(1), self.run_it("remove", "-n", "--all", "*").stdout)
        self.assertEqual(self.snapshot(), before)

    def test_without_all_it_is_refused_as_before(self):
        self.put_built(*OLD)
        self.assertIn("matches 2 entries", self.run_it("remove", "--yes", "*", check=1).stderr)

    def test_nothing_fits(self):
        self.put_built(*OLD)
        self.assertIn("not listed", self.run_it("remove", "--all", "x*", check=1).stderr)
        self.assertIn("'x*' is not listed",
                      self.run_it("remove", "--all", "--if-exists", "x*").stderr)


class SeveralTables(MassRemoval):
    """The same with a second table, and what is asked about both together."""

    def setUp(self):
        super().setUp()
        self.other = "lmdb:%s.other" % self.path
        self.write("", self.path + ".other")
        self.configure(relay_clientcerts="%s, %s" % (self.table, self.other))
        self.run_it("rebuild", "-t", self.other)

    def test_a_pattern_counts_over_all_tables(self):
        self.put_built(OLD[0], *NEW)
        self.write("%s %s\n%s y.example\n" % (*OLD[1], fp(9)), self.path + ".other")
        self.run_it("rebuild", "-t", self.other)
        before = self.snapshot()
        said = self.run_it("remove", "--all", "*.old.example", check=2).stderr
        self.assertIn("remove 2 entries", said)
        self.assertIn("from " + self.other, said)
        self.assertEqual(self.snapshot(), before)
        self.run_it("remove", "*.old.example", "--yes")
        self.assertEqual((self.has(), self.in_map(fp(2), table=self.other)), (dict(NEW), None))

    def test_no_table_is_emptied(self):
        self.put_built(OLD[0], *NEW)
        self.write("%s %s\n" % OLD[1], self.path + ".other")
        self.run_it("rebuild", "-t", self.other)
        before = self.snapshot()
        said = self.run_it("remove", "--all", "--yes", "*.old.example", check=1).stderr
        self.assertIn(self.other + ": all 1 entry would go", said)
        self.assertEqual(self.snapshot(), before)
        self.run_it("remove", "--all", "--yes", "--allow-empty", "*.old.example")
        self.assertEqual((self.has(), self.in_map(fp(2), table=self.other)), (dict(NEW), None))


if __name__ == "__main__":
    harness.main()
