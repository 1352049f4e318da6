#!/usr/bin/env python3
"""PATH.seen under every fault: no session is counted twice, none is lost, and the table stays as it
is. The test reads the file itself, never by relayctl."""

import os
import shutil
import subprocess
import tempfile
import unittest

from support import harness
from support.change_under_test import OLD_ENTRIES, Table, calls_of, run_injected

from test_injected import FAILURES, can_fail

STRANGER = ":".join(["5A"] * 32)
BEFORE, AFTER = 3, 4  # sessions that were saved before, and those that the log has now


def session(number, cert):
    """The lines of one whole session; each begins a minute after the one before."""
    head = "2026-09-21T%02d:%02d:00+00:00 mx postfix/smtpd[%d]: " % (*divmod(number, 60), number)
    client = "c.example[192.0.2.%d]" % (number % 250)
    return "".join(head + text + "\n" for text in (
        "connect from " + client,
        "%s: subject_CN=c, issuer=c, fingerprint=%s, pkey_fingerprint=%s" %
        (client, cert, cert[::-1]),
        "disconnect from %s ehlo=2 starttls=1 quit=1 commands=4" % client))


def sessions(count, first=0):
    """Of each number one of a listed client and one of somebody who is pending."""
    return "".join(session(2 * number + i, cert) for number in range(first, first + count)
                   for i, cert in enumerate((OLD_ENTRIES[0][0], STRANGER)))


class Case(harness.Case):

    def table(self, parent=None, more=""):
        """A table whose log was saved and has grown since then; its command saves the rest."""
        table = Table.of(self, "hash", "add", parent=parent)
        log = os.path.join(table.directory, "mail.log")
        main = os.path.join(table.config, "main.cf")
        with open(main, "a") as out:
            out.write("maillog_file = %s\nmaillog_file_prefixes = %s\n" % (log, table.directory))
        os.utime(main, (1, 1))
        table.command = table.relayctl("seen", "--save")
        with open(log, "w") as out:
            out.write(more + sessions(BEFORE))
        self.save(table)
        shutil.copy2(table.path + ".seen", table.pristine)
        with open(log, "a") as out:
            out.write(sessions(AFTER - BEFORE, BEFORE))
        return table

    def save(self, table):
        done = harness.run(table.command)
        self.assertEqual(done.returncode, 0, done.stderr)

    def counts(self, table):
        """The sessions of the listed client and of the other one, as the file has them."""
        lines = [line.split("\t") for line in harness.read_text(table.path + ".seen").splitlines()]
        self.assertEqual(lines[-1], ["end", "2"], "the file is not whole")
        found = {line[2]: int(line[7]) for line in lines if line[0] == "client"}
        return found[OLD_ENTRIES[0][0]], found[STRANGER]

    def judge(self, table, result):
        """The file is the old one or the new one, and after the next run the new one."""
        table.settle()
        has = self.counts(table)
        self.assertIn(has, ((BEFORE, BEFORE), (AFTER, AFTER)))
        if result.returncode == 0:
            self.assertEqual(has, (AFTER, AFTER))
        elif result.returncode > 0:
            self.assertIn("relayctl: error: ", result.stderr)
        self.save(table)
        self.assertEqual(self.counts(table), (AFTER, AFTER))
        self.assertEqual(table.state(), ("old", "old"))
        self.assertEqual([file for file in table.files() if not file.endswith(".lock")],
                         ["table", "table.db", "table.seen"])


def first_of_file(_, line):
    return "table.seen" in line


class Killed(Case):

    def test_at_every_call(self):
        table = self.table()
        calls = calls_of(table, begins=first_of_file)
        self.assertGreater(len(calls), 20)
        for call in calls:
            with self.subTest(killed_at=str(call)):
                self.judge(table, run_injected(table, call, "signal=KILL"))

    def test_when_there_was_no_file(self):
        table = self.table()
        os.unlink(os.path.join(table.pristine, "table.seen"))
        for call in calls_of(table, begins=first_of_file):
            with self.subTest(killed_at=str(call)):
                run_injected(table, call, "signal=KILL")
                if os.path.exists(table.path + ".seen") and os.path.getsize(table.path + ".seen"):
                    self.assertEqual(self.counts(table), (AFTER, AFTER))
                self.save(table)
                self.assertEqual(self.counts(table), (AFTER, AFTER))


class Failing(Case):

    def test_every_call(self):
        table = self.table()
        for call in calls_of(table, begins=first_of_file):
            for failure in FAILURES.get(call.name, []) if can_fail(call) else []:
                with self.subTest(failing=str(call), error=failure):
                    self.judge(table, run_injected(table, call, "error=" + failure))


class FullDisk(Case):

    @classmethod
    def setUpClass(cls):
        cls.disk = tempfile.mkdtemp(prefix="relayctl-disk-")
        cls.addClassCleanup(os.rmdir, cls.disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2M", "tmpfs", cls.disk],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest("no mounting here: " + mounted.stderr.strip())
        cls.addClassCleanup(subprocess.run, ["umount", cls.disk], check=True)

    def test_with_every_number_of_pages(self):
        # Others make the file some pages long.
        others = "".join(session(n + 100, ":".join(["%02X" % n] * 32)) for n in range(100, 160))
        table = self.table(parent=self.disk, more=others)
        table.reset()
        full = len(harness.read_text(table.path + ".seen"))
        failed = 0
        for pages in range(0, full // 4096 + 4):
            table.reset()
            old = harness.read_text(table.path + ".seen")
            ballast = os.path.join(self.disk, "ballast")
            status = os.statvfs(self.disk)
            with open(ballast, "wb") as out:
                os.posix_fallocate(out.fileno(), 0,
                                   max((status.f_bavail - pages) * status.f_bsize, 1))
            result = harness.run(table.command)
            os.unlink(ballast)
            with self.subTest(pages=pages):
                new = harness.read_text(table.path + ".seen")
                if result.returncode:
                    failed += 1
                    self.assertIn("No space left", result.stderr)
                    self.assertEqual(new, old)
                else:
                    self.assertNotEqual(new, old)
                self.assertEqual(table.state(), ("old", "old"))
        self.assertGreater(failed, 1)


class Refused(Case):

    def test_a_directory_that_cannot_be_written(self):
        table = self.table()
        table.reset()
        old = harness.read_text(table.path + ".seen")
        hidden = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && '
                  'mount -o remount,bind,ro "$0" && exec "$@"', table.directory]
        harness.skip("no mount namespaces" if harness.run([*hidden, "true"]).returncode else None)
        result = harness.run([*hidden, *table.command])
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("Read-only file system", result.stderr)
        self.assertEqual(harness.read_text(table.path + ".seen"), old)
        self.judge(table, result)


class AtOnce(Case):

    def test_several_save(self):
        table = self.table()
        for _ in range(20 if harness.LONG else 5):
            table.reset()
            running = [subprocess.Popen(table.command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE) for _ in range(4)]
            for process in running:
                said = process.communicate()[1]
                self.assertEqual(process.returncode, 0, said)
            self.assertEqual(self.counts(table), (AFTER, AFTER))


if __name__ == "__main__":
    harness.main()
