#!/usr/bin/env python3
"""A Postfix in another place: below command_directory of main.cf, or where --postfix says."""

import os
import shutil

from support import harness
from support.table_case import TableCase, fp

ONE = fp(0xA1) + " one.example\n"
COMMANDS = ("postconf", "postmap", "postfix")


class ElsewhereCase(TableCase):

    def setUp(self):
        super().setUp()
        self.elsewhere = os.path.join(self.temporary_directory(), "sbin")
        os.mkdir(self.elsewhere)
        for name in COMMANDS:
            shutil.copy(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"), self.elsewhere)

    def commands(self, *args):
        """Which files were run of Postfix's commands, in this order."""
        executed, result = harness.executed(harness.RELAYCTL, "-c", self.config, *args)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return [words[0] for words in executed if os.path.basename(words[0]) in COMMANDS]


class CommandDirectory(ElsewhereCase):

    def test_the_first_question_is_where_the_commands_are(self):
        self.write(ONE)
        self.configure(command_directory=self.elsewhere)
        for args in (["rebuild"], ["rebuild", "-t", self.table], ["verify"], ["list"],
                     ["add", "--fingerprint", fp(0xB2), "two.example"]):
            with self.subTest(args=args):
                first, *others = self.commands(*args)
                self.assertNotIn(self.elsewhere, first)
                self.assertTrue(others)
                self.assertEqual({os.path.dirname(path) for path in others}, {self.elsewhere})


class Given(ElsewhereCase):

    def test_no_other_command_is_run(self):
        self.write(ONE)
        for args in (["rebuild"], ["verify"], ["list"]):
            with self.subTest(args=args):
                paths = self.commands("--postfix", self.elsewhere, *args)
                self.assertEqual({os.path.dirname(path) for path in paths}, {self.elsewhere})

    def test_hints_name_it(self):
        self.write(ONE)  # and no map
        found = self.run_it("--postfix", self.elsewhere, "verify", check=1).stdout
        self.assertRegex(found, r"relayctl .*--postfix %s rebuild" % self.elsewhere)

    def test_without_the_commands(self):
        self.write(ONE)
        os.unlink(self.elsewhere + "/postmap")
        failed = self.run_it("--postfix", self.elsewhere, "rebuild", check=4)
        self.assertIn("postmap: not found in " + self.elsewhere, failed.stderr)

    def test_root_runs_nothing_that_others_can_replace(self):
        harness.need_root()
        self.write(ONE)
        os.chmod(self.elsewhere, 0o777)
        failed = self.run_it("--postfix", self.elsewhere, "rebuild", check=4)
        self.assertIn("is not run as root, because " + self.elsewhere, failed.stderr)


if __name__ == "__main__":
    harness.main()
