#!/usr/bin/env python3
"""The audit trail of a table in a database."""

from cli.test_system_log import LogCases
from support import harness
from support.rows_case import ClusterCase
from support.system_log import MAIL, NOTICE, WARNING
from support.table_case import fp


class Trail(LogCases, ClusterCase):

    def test_what_is_made_changed_and_taken_back(self):
        self.assertEqual([line for _, line in self.logged("init")],
                         [self.start("init") + "status=created"])
        self.assertEqual(self.logged("init"), [])
        entry = "fingerprint=%s, host=x.example, status=" % fp(1)
        for command, status in ((["add", "--fingerprint", fp(1), "x.example"], "added"),
                                (["remove", "x.example"], "removed"), (["undo"], "added")):
            self.assertEqual(self.logged(*command),
                             [(MAIL | NOTICE, self.start(command[0]) + entry + status)])

    def test_a_statement_that_fails(self):
        """Whatever the server says stays in one line."""
        self.run_it("init")
        self.sql("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                 "E'no\\nstatus=added, \\x1b[2J\"'; END $$; CREATE TRIGGER no BEFORE INSERT ON "
                 "relay_clients FOR EACH ROW EXECUTE FUNCTION no()")
        (priority, line), = self.logged("add", "--fingerprint", fp(1), "x.example", check=None)
        self.assertEqual(priority, MAIL | WARNING)
        self.assertRegex(line, r'^add: by=root, words="[^"]*", status=failed, reason="[^"\n\x1b]*no'
                         r'[^"\n\x1b]*nothing was changed"$')

    def test_no_server(self):
        self.run_it("init")
        self.cluster.stop(keep=True)
        self.addCleanup(self.cluster.start)
        (priority, line), = self.logged("add", "--fingerprint", fp(1), "x.example", check=4)
        self.assertEqual(priority, MAIL | WARNING)
        self.assertIn(", status=failed, reason=", line)


if __name__ == "__main__":
    harness.main()
