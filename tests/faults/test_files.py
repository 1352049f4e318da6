#!/usr/bin/env python3
"""Owners, modes, links, attributes and directories of the table: kept, followed, said or refused;
and a user without root."""

import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

from support import harness
from support.change_under_test import NEW_LINES, OLD_ENTRIES, Table, text_of

NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
CHANGED = text_of(OLD_ENTRIES) + NEW_LINES


def needs_root():
    harness.need_root("needs root")


class FilesCase(harness.Case):

    def setUp(self):
        self.table = Table.of(self, "hash", "add")
        self.table.reset()

    def change(self, status=0, table=None):
        table = table or self.table
        result = harness.run(table.command)
        self.assertEqual(result.returncode, status, result.stderr)
        return result


class Kept(FilesCase):

    def test_owner_group_and_mode(self):
        needs_root()
        for mode, user, group in ((0o640, "root", "postfix"),
                                  (0o600, "daemon", "daemon"),
                                  (0o4755, "root", "root"),
                                  (0o2664, "root", "root")):
            with self.subTest(mode=oct(mode), user=user):
                self.table.reset()
                shutil.chown(self.table.path, user, group)
                os.chmod(self.table.path, mode)
                # postmap works as the owner of the source: as by hand, he must be able to write
                # there.
                if user == "daemon":
                    shutil.chown(self.table.directory, user)
                    shutil.chown(self.table.path + ".db", user)
                before = os.stat(self.table.path)
                self.change()
                after = os.stat(self.table.path)
                self.assertEqual((after.st_uid, after.st_gid), (before.st_uid, before.st_gid))
                self.assertEqual(stat.S_IMODE(after.st_mode), mode & 0o777)
                shutil.chown(self.table.directory, "root")
        self.assertNotEqual(before.st_ino, after.st_ino)

    def test_the_map_can_be_read_by_who_reads_the_source(self):
        for mode, expected in ((0o644, 0o644), (0o640, 0o640), (0o600, 0o600)):
            with self.subTest(mode=oct(mode)):
                self.table.reset()
                os.chmod(self.table.path, mode)
                self.change()
                self.assertEqual(stat.S_IMODE(os.stat(self.table.path + ".db").st_mode), expected)

    def test_extended_attributes(self):
        try:
            os.setxattr(self.table.path, "user.origin", b"kept by hand\0and more")
        except OSError as error:
            raise unittest.SkipTest("no extended attributes here: %s" % error)
        self.change()
        self.assertEqual(os.getxattr(self.table.path, "user.origin"), b"kept by hand\0and more")

    def test_access_control_list(self):
        done = subprocess.run(["setfacl", "-m", "u:nobody:r--,g:daemon:rw-,m::rw-",
                               self.table.path], capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest("no access control lists here: " + done.stderr.strip())
        before = subprocess.run(["getfacl", "-cpE", self.table.path], capture_output=True,
                                text=True).stdout
        self.change()
        self.assertEqual(
            subprocess.run(["getfacl", "-cpE", self.table.path], capture_output=True,
                           text=True).stdout, before)
        self.assertIn("user:nobody:r--", before)


class Links(FilesCase):

    def linked(self):
        """relay_clients in one directory is a link to the real file in another; the map lies beside
        the link."""
        elsewhere = os.path.join(self.table.directory, "elsewhere")
        os.mkdir(elsewhere)
        target = os.path.join(elsewhere, "real")
        os.rename(self.table.path, target)
        os.symlink(os.path.join("elsewhere", "real"), self.table.path)
        return elsewhere, target

    def test_a_symbolic_link_stays_and_its_target_is_replaced(self):
        for map_type in ("hash", "lmdb", "cdb"):
            with self.subTest(type=map_type):
                self.table = Table.of(self, map_type, "add")
                self.table.reset()
                elsewhere, target = self.linked()
                self.change()
                self.assertTrue(os.path.islink(self.table.path))
                self.assertEqual(os.readlink(self.table.path), "elsewhere/real")
                with open(target) as source:
                    self.assertEqual(source.read(), CHANGED)
                self.assertEqual(sorted(os.listdir(elsewhere)),
                                 ["real", "real.history", "real.history-text", "real.lock"])
                self.assertEqual(self.table.map_state(), "new")
                self.assertEqual(self.table.leftovers(), [])

    def test_both_names_of_a_linked_source_take_the_same_lock(self):
        _, target = self.linked()

        with open(target + ".lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = harness.run([*self.table.command, "--lock-timeout", "0"])
        self.assertEqual(result.returncode, 5, result.stderr)

    def test_a_hard_link_is_noticed_and_said(self):
        backup = os.path.join(self.table.directory, "backup")
        os.link(self.table.path, backup)
        result = self.change()
        self.assertIn("1 other hard link", result.stderr)
        with open(backup) as kept:
            self.assertEqual(kept.read(), text_of(OLD_ENTRIES))
        self.assertEqual(self.table.state(), ("new", "new"))

    def test_links_in_the_place_of_temporaries_are_not_followed(self):
        victim = os.path.join(self.table.directory, "victim")
        for name in ("table.relayctl-new", "table.relayctl-new.db", "table.relayctl-new.old"):
            with self.subTest(name=name):
                self.table.reset()
                with open(victim, "w") as out:
                    out.write("precious")
                os.symlink(victim, os.path.join(self.table.directory, name))
                self.change()
                with open(victim) as kept:
                    self.assertEqual(kept.read(), "precious")
                self.assertEqual(self.table.leftovers(), [])
                self.assertEqual(self.table.state(), ("new", "new"))

    def test_a_dangling_link_is_refused(self):
        os.rename(self.table.path, self.table.path + "-away")
        os.symlink("nowhere", self.table.path)
        result = self.change(status=3)
        self.assertIn("dangling symbolic link", result.stderr)
        self.assertEqual(os.readlink(self.table.path), "nowhere")


class Directories(FilesCase):

    def refused(self, expected):
        result = self.change(status=5)
        self.assertRegex(result.stderr, expected)
        self.assertIn("--insecure-directory", result.stderr)
        self.assertIn("unchanged", result.stderr)
        self.assertEqual(self.table.state_without_lock(), ("old", "old"))
        self.assertEqual(self.table.leftovers(), [])
        forced = harness.run([*self.table.command, "--insecure-directory"])
        self.assertEqual(forced.returncode, 0, forced.stderr)

    def test_writable_by_all(self):
        os.chmod(self.table.directory, 0o777)
        self.refused("can be written by others")

    def test_writable_by_all_with_the_sticky_bit(self):
        os.chmod(self.table.directory,
                 0o1777)  # others can still take names that we are about to use
        self.refused("can be written by others")

    def test_writable_by_a_group(self):
        needs_root()
        shutil.chown(self.table.directory, group="daemon")
        os.chmod(self.table.directory, 0o775)
        self.refused("can be written by others")

    def test_of_another_user(self):
        needs_root()
        shutil.chown(self.table.directory, "daemon")
        self.refused("belongs to user")

    def test_a_parent_that_others_can_write(self):
        parent = tempfile.mkdtemp(prefix="relayctl-fault-")
        self.addCleanup(shutil.rmtree, parent, ignore_errors=True)
        inner = Table("hash", "add", parent=parent)
        inner.reset()
        os.chmod(parent, 0o777)
        result = self.change(status=5, table=inner)
        self.assertIn(parent + " can be written by others", result.stderr)
        os.chmod(parent, 0o1777)  # as /tmp is
        self.change(table=inner)


class WithoutRoot(harness.Case):

    def test_a_user_changes_his_own_table(self):
        needs_root()
        for map_type in ("hash", "lmdb", "cdb", "texthash"):
            with self.subTest(type=map_type):
                table = Table.of(self, map_type, "add")
                table.reset()
                self.give_away(table)
                for command, status in ((table.command, 0),
                                        (table.relayctl("verify"), 0),
                                        (table.relayctl("list"), 0),
                                        (table.relayctl("remove", "new.example"), 0),
                                        (table.relayctl("rebuild"), 0)):
                    result = harness.run([*NOBODY, *self.readable(command)])
                    self.assertEqual(result.returncode, status, result.stderr)
                self.assertEqual(table.state(), ("old", None if map_type == "texthash" else "old"))

    def test_a_table_that_is_not_his_is_refused(self):
        needs_root()
        table = Table.of(self, "hash", "add")
        table.reset()
        os.chmod(table.directory, 0o755)
        os.chmod(table.config, 0o755)
        result = harness.run([*NOBODY, *self.readable(table.command)])
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("may not open the lock file", result.stderr)
        self.assertIn("unchanged", result.stderr)
        os.chmod(table.path, 0o600)
        result = harness.run([*NOBODY, *self.readable(table.relayctl("list"))])
        self.assertEqual(result.returncode, 5, result.stderr)

    def give_away(self, table):
        for root, names, files in os.walk(table.directory):
            for name in [root, *(os.path.join(root, n) for n in names + files)]:
                shutil.chown(name, "nobody", "nogroup")

    def readable(self, command):
        """The same with a copy of the program where everybody can run it."""
        if not hasattr(self, "copy"):
            directory = self.temporary_directory("relayctl-fault-")
            os.chmod(directory, 0o755)
            self.copy = shutil.copy(command[0], directory)
        return [self.copy, *command[1:]]


if __name__ == "__main__":
    harness.main()
