#!/usr/bin/env python3
"""Calls that a sandbox, an old kernel or a file system does not have: the change is made another
way, and nothing is lost."""

import os
import subprocess
import unittest

from support import harness
from support.change_under_test import CHANGES, Table, fingerprint

MISSING = {
    "copy_file_range": ["ENOSYS", "EOPNOTSUPP", "EPERM", "EXDEV", "EINVAL"],
    "flistxattr": ["ENOSYS", "EOPNOTSUPP", "EPERM"],
    "fgetxattr": ["ENOSYS", "EPERM"],
    "getxattr": ["ENOSYS", "EPERM"],
    "fremovexattr": ["ENOSYS", "EOPNOTSUPP", "EPERM"],
    "renameat2": ["ENOSYS", "EOPNOTSUPP", "EPERM", "EINVAL"],
    "openat2": ["ENOSYS", "EPERM"],
    "statx": ["ENOSYS"],
    "sync_file_range": ["ENOSYS", "EINVAL"],
    # No exchange, and no hard links either: as on vfat and some FUSE file systems.
    "renameat2,link": ["ENOSYS", "EPERM"]
}


def without(calls, error, command):
    """The command where these calls of relayctl itself always fail; its children are left alone."""
    injections = [
        word for call in calls.split(",")
        for word in ("-e", "inject=%s:error=%s:when=1+" % (call, error))
    ]
    return harness.run(["strace", "-o", "/dev/null", *injections, *command])


class Unsupported:

    def test_each_call_that_is_missing_is_done_without(self):
        for change in CHANGES:
            table = Table.of(self, self.TYPE, change, recorded=self.TYPE in ("hash", "lmdb"))
            for calls, errors in MISSING.items():
                for error in errors:
                    with self.subTest(change=change, calls=calls, error=error):
                        table.reset()
                        result = without(calls, error, table.command)
                        self.assertEqual(result.returncode, 0, result.stderr)
                        self.assertEqual(table.state(),
                                         ("new", None if self.TYPE == "texthash" else "new"))
                        self.assertEqual(table.leftovers(), [])

    def test_a_first_table(self):
        for calls in ("renameat2", "renameat2,link"):
            table = Table.of(self, self.TYPE, "add")
            for name in table.files():
                os.unlink(os.path.join(table.directory, name))
            result = without(calls, "ENOSYS", table.command)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(table.path) as source:
                self.assertIn("new.example", source.read())
            self.assertEqual(table.leftovers(), [])


for _type in ("hash", "lmdb", "cdb", "texthash"):
    globals()["Unsupported_" + _type] = type("Unsupported_" + _type, (Unsupported, harness.Case),
                                             {"TYPE": _type})


class Rights(harness.Case):
    """What a file may have beside its mode is kept, or it is said that it is not."""

    def setUp(self):
        self.table = Table.of(self, "hash", "add")
        self.table.reset()

    def access_list(self):
        return subprocess.run(["getfacl", "-cpE", self.table.path], capture_output=True, text=True,
                              check=True).stdout

    def test_the_access_control_list_is_kept_where_attributes_cannot_be_listed(self):
        if subprocess.run(["setfacl", "-m", "u:daemon:r--", self.table.path]).returncode != 0:
            raise unittest.SkipTest("no access control lists here")
        before = self.access_list()
        for error in ("ENOSYS", "EPERM"):
            self.table.put("")
            result = without("flistxattr", error, self.table.command)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.access_list(), before)
        self.assertIn("user:daemon:r--", before)

    def test_it_is_said_where_nothing_can_be_seen(self):
        result = without("flistxattr,fgetxattr", "ENOSYS", self.table.command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("does not show its extended attributes", result.stderr)

    def test_an_access_control_list_that_cannot_be_kept_stops_the_change(self):
        if subprocess.run(["setfacl", "-m", "u:daemon:r--", self.table.path]).returncode != 0:
            raise unittest.SkipTest("no access control lists here")
        for error in ("EPERM", "EOPNOTSUPP", "ENOSYS"):
            result = without("fsetxattr", error, self.table.command)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("access", result.stderr)
            self.assertEqual(self.table.state(), ("old", "old"))

    def test_a_list_of_the_directory_is_not_taken_for_one_of_the_table(self):
        if (subprocess.run(["setfacl", "-d", "-m", "u:daemon:rw-", self.table.directory]).returncode
                != 0):
            raise unittest.SkipTest("no access control lists here")
        os.chmod(self.table.path, 0o664)
        before = self.access_list()
        result = harness.run(self.table.command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.access_list(), before)
        self.assertNotIn("daemon", before)
        self.assertEqual(self.table.state()[0], "new", fingerprint(9))


if __name__ == "__main__":
    harness.main()
