#!/usr/bin/env python3
"""A source or a map that is a mount point of its own, as a container has a single file from
outside."""

import os
import re
import shlex
import shutil
import sys
import unittest

from support import certs, harness, postfix_server
from support.change_under_test import SUFFIX, Table, text_of


def mounted(files, command, **options):
    """The command in a mount namespace of its own, where each of the files is mounted on itself."""
    mounts = "".join("mount --bind %s %s && " % (shlex.quote(file), shlex.quote(file))
                     for file in files)
    return harness.run([
        "unshare", "-m", "--propagation", "private", "sh", "-c",
        mounts + "exec " + shlex.join(command)
    ], **options)


def require_mounts(file):
    if mounted([file], ["true"]).returncode != 0:
        raise unittest.SkipTest("nothing can be mounted here")


class MountCase(harness.Case):

    def table(self, map_type, change="add"):
        table = Table.of(self, map_type, change)
        table.reset()
        require_mounts(table.path)
        return table


class Changed(MountCase):

    def test_it_is_said_and_then_written_in_place(self):
        for map_type in ("hash", "btree", "lmdb", "cdb", "texthash"):
            suffix = SUFFIX[map_type]
            for files in (["table"], ["table", "table" + suffix] if suffix else []):
                for change in ("add", "remove") if files else ():
                    with self.subTest(type=map_type, files=files, change=change):
                        table = self.table(map_type, change)
                        self.judge(table, [os.path.join(table.directory, file) for file in files])

    def judge(self, table, files):
        inode = os.stat(table.path).st_ino
        result = mounted(files, table.command)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("is a mount point of its own", result.stderr)
        self.assertIn("--in-place", result.stderr)
        self.assertIn("unchanged", result.stderr)
        self.assertEqual(table.state(), ("old", None if table.type == "texthash" else "old"))
        self.assertEqual(table.leftovers(), [])
        result = mounted(files, [*table.command, "--in-place"])
        if table.type == "cdb" and len(files) == 2:
            self.assertEqual(result.returncode, 5, result.stderr)
            self.assertIn("cdb", result.stderr)
            self.assertEqual(table.state(), ("old", "old"))
        else:
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(table.state(), ("new", None if table.type == "texthash" else "new"))
            self.assertEqual(os.stat(table.path).st_ino, inode)
        self.assertEqual(table.leftovers(), [])

    def test_a_file_that_is_no_mount_point_is_replaced_as_ever(self):
        table = self.table("hash")
        inode = os.stat(table.path).st_ino
        self.assertEqual(harness.run([*table.command, "--in-place"]).returncode, 0)
        self.assertNotEqual(os.stat(table.path).st_ino, inode)
        self.assertEqual(table.state(), ("new", "new"))


class Interrupted(MountCase):
    CALLS = ("openat2", "copy_file_range", "ftruncate", "fsync", "rename", "fallocate", "unlink")

    def test_the_old_text_can_be_had_again_after_a_kill(self):
        table = self.table("hash")
        halves = 0
        for call in self.CALLS:
            for number in range(1, 9):
                with self.subTest(call=call, number=number):
                    table.reset()
                    saved = table.path + ".relayctl-saved"
                    result = self.injected(table, "%s:signal=KILL:when=%d" % (call, number))
                    if os.path.exists(saved):
                        halves += 1
                        self.mend(table, saved)
                    self.assertIn(table.state()[0], ("old", "new"), result.stderr)
                    again = mounted([table.path], [*table.relayctl("rebuild"), "--in-place"])
                    self.assertEqual(again.returncode, 0, again.stderr)
                    self.assertEqual(table.leftovers(), [])
        self.assertGreater(halves, 4)

    def injected(self, table, what):
        """The change in place, with this done to one of its calls."""
        trace = ["strace", "-o", "/dev/null", "-e", "inject=" + what]
        return mounted([table.path], [*trace, *table.command, "--in-place"])

    def mend(self, table, saved):
        with open(table.path) as now, open(saved) as old:
            whole = now.read() == old.read()
        verify = harness.run(table.relayctl("verify"))
        self.assertIn("[half-written]", verify.stdout)
        if whole:
            return
        result = mounted([table.path], [*table.relayctl("rebuild"), "--in-place"])
        self.assertEqual(result.returncode, 5, result.stderr)
        command = re.search(r"to have the old text again: (.*)", result.stderr).group(1)
        self.assertEqual(mounted([table.path], ["sh", "-c", command]).returncode, 0)
        self.assertEqual(table.state()[0], "old")
        self.assertFalse(os.path.exists(saved))

    def test_the_old_text_comes_back_where_a_call_fails(self):
        table = self.table("hash")
        for call, error in (("copy_file_range", "EIO"),
                            ("ftruncate", "EIO"),
                            ("fallocate", "ENOSPC"),
                            ("fsync", "EIO"),
                            ("rename", "EIO")):
            for number in range(1, 7):
                with self.subTest(call=call, error=error, number=number):
                    table.reset()
                    result = self.injected(table, "%s:error=%s:when=%d" % (call, error, number))
                    if result.returncode == 0:
                        self.assertEqual(table.state(), ("new", "new"))
                        continue
                    self.assertIn("unchanged", result.stderr)
                    self.assertEqual(table.state(), ("old", "old"))
                    self.assertEqual(table.leftovers(), [])
                    with open(table.path) as source:
                        self.assertEqual(source.read(), text_of(table.old_entries))


class Served(harness.Case):

    def test_smtpd_sees_the_change(self):
        for map_type, both in (("hash", False),
                               ("hash", True),
                               ("lmdb", True),
                               ("cdb", False),
                               ("texthash", False)):
            with self.subTest(type=map_type, both=both):
                server = postfix_server.Server(table=map_type + ":{dir}/relay_clients")
                with open(server.path, "w") as out:
                    out.write("# mine\n")
                if SUFFIX[map_type]:
                    server.command("postmap", server.table)
                with server:
                    self.judge(server, map_type, both)

    def judge(self, server, map_type, both):
        client = certs.Client(server.directory, "zen.example")
        require_mounts(server.path)
        files = [server.path] + ([server.path + SUFFIX[map_type]] if both else [])

        def change(*words):
            result = mounted(files, [harness.RELAYCTL, "-c", server.config, *words, "--in-place"] +
                             ["--reload"] * (map_type == "texthash"))
            self.assertEqual(result.returncode, 0, result.stderr)

        self.assertEqual(server.answer(client), 554)
        for _ in range(2):
            change("add", client.cert, "zen.example")
            self.assertTrue(server.answer_becomes(client, 250))
            change("remove", "zen.example")
            self.assertTrue(
                server.answer_becomes(client, 554, seconds=10 if map_type == "texthash" else 0))


if __name__ == "__main__":
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        if sys.argv[1:] != ["--list"]:
            print("needs root and unshare(1)")
            sys.exit(harness.SKIPPED)
    harness.main()
