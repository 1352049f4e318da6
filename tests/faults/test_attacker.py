#!/usr/bin/env python3
"""A user who owns the table and its directory works against root, who changes it: he never reads a
file of root, nor has it written."""

import os
import shutil
import subprocess
import sys

from support import harness
from support.change_under_test import OLD_ENTRIES, SUFFIX, Table, fingerprint, text_of

NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
SECRET = "%s the-secret-of-root.example\n" % fingerprint(0x5E)
RUNS = 60 if harness.LONG else 14

# Exchanges two names as fast as it can, and after each exchange reads whatever lies beside them.
# argv: directory, the two names.
ATTACK = r"""
import ctypes, os, sys
directory, one, other = sys.argv[1:]
os.chdir(directory)
rename = ctypes.CDLL(None).renameat2
print("ready", flush=True)
for turn in range(10**9):
    rename(-100, one.encode(), -100, other.encode(), 2)
    for name in os.listdir("."):
        try:
            with open(name, "rb") as file:
                if b"the-secret-of-root" in file.read():
                    print("STOLEN", name, flush=True)
        except OSError:
            pass
    if turn == 50:
        print("busy", flush=True)
"""


class AttackCase(harness.Case):
    TYPE = "hash"

    def setUp(self):
        harness.need_root("needs root, who is attacked")
        self.table = Table.of(self, self.TYPE, "add")
        self.table.reset()
        os.chmod(self.table.directory, 0o755)
        for name in (self.table.directory, self.table.path, self.table.path + SUFFIX[self.TYPE]):
            shutil.chown(name, "nobody", "nogroup")
        self.vault = self.temporary_directory("relayctl-fault-")  # mode 0700
        self.secret = os.path.join(self.vault, "secret")
        with open(self.secret, "w") as out:
            out.write(SECRET)
        os.chmod(self.secret, 0o600)
        self.before = os.stat(self.secret)

    def attack(self, one, other):
        attacker = subprocess.Popen([*NOBODY, sys.executable, "-c", ATTACK, self.table.directory,
                                     one, other], stdout=subprocess.PIPE, text=True)

        def stop():
            attacker.kill()
            attacker.wait()
            attacker.stdout.close()

        self.addCleanup(stop)
        self.assertEqual(attacker.stdout.readline(), "ready\n")
        self.assertEqual(attacker.stdout.readline(), "busy\n")
        return attacker

    def withstand(self, attacker):
        """Root adds and removes, with and without --insecure-directory; whatever comes of it, the
        secret stays one."""
        statuses = set()
        for turn in range(RUNS):
            command = (["add", "--fingerprint",
                        fingerprint(9), "new.example"] if turn %
                       2 == 0 else ["remove", "--if-exists", "new.example"])
            flag = ["--insecure-directory"] * (turn % 4 < 2)
            statuses.add(harness.run([*self.table.relayctl(*command), *flag]).returncode)
        self.assertIsNone(attacker.poll(), "the attacker has given up")
        attacker.kill()
        said = attacker.stdout.read()
        self.assertEqual(said, "")
        after = os.stat(self.secret)
        self.assertEqual(
            (after.st_ino, after.st_uid, after.st_mode, after.st_mtime_ns, after.st_size),
            (self.before.st_ino, self.before.st_uid, self.before.st_mode, self.before.st_mtime_ns,
             self.before.st_size))
        with open(self.secret) as secret:
            self.assertEqual(secret.read(), SECRET)
        self.assertLessEqual(statuses, {0, 3, 4, 5, 6})
        self.assertEqual(os.listdir(self.vault), ["secret"])


class Exchanged(AttackCase):

    def link_to_the_secret(self):
        """evil beside the table is a hard link."""
        os.link(self.secret, os.path.join(self.table.directory, "evil"))
        self.before = os.stat(self.secret)

    def test_the_table_with_a_link_to_a_file_of_root(self):
        os.symlink(self.secret, os.path.join(self.table.directory, "evil"))
        self.withstand(self.attack("table", "evil"))

    def test_the_table_with_a_hard_link_to_a_file_of_root(self):
        self.link_to_the_secret()
        self.withstand(self.attack("table", "evil"))

    def test_the_map_with_a_hard_link_to_a_file_of_root(self):
        self.link_to_the_secret()
        self.withstand(self.attack("table" + SUFFIX[self.TYPE], "evil"))

    def test_the_lock_with_a_hard_link_to_a_file_of_root(self):
        self.link_to_the_secret()
        with open(self.table.path + ".lock", "w"):
            pass
        shutil.chown(self.table.path + ".lock", "nobody")
        self.withstand(self.attack("table.lock", "evil"))


class ExchangedLmdb(Exchanged):
    """Its map is made in place, of what has the name of the table at that moment."""

    TYPE = "lmdb"


class Standing(AttackCase):
    """What does not move is refused with the reason."""

    def refused(self, expected, *flags):
        result = harness.run([*self.table.command, *flags])
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertRegex(result.stderr, expected)
        with open(self.secret) as secret:
            self.assertEqual(secret.read(), SECRET)

    def test_a_link_in_a_directory_of_somebody_else_is_not_followed(self):
        os.unlink(self.table.path)
        os.symlink(self.secret, self.table.path)
        self.refused("belongs to user nobody")
        self.refused("a link in a directory of others", "--insecure-directory")

    def test_a_link_on_the_way_is_looked_at(self):
        inner = os.path.join(self.table.directory, "inner")
        os.symlink(self.vault, inner)
        self.table.path = os.path.join(inner, "secret")
        self.table.command = self.table.relayctl("add", "--fingerprint", fingerprint(9),
                                                 "new.example")
        self.refused("belongs to user nobody")
        self.refused("a link in a directory of others", "--insecure-directory")

    def test_a_lock_that_is_a_file_of_somebody_else_is_not_written(self):
        for name in (self.table.directory, self.table.path, self.table.path + ".db"):
            shutil.chown(name, "root", "root")
        precious = os.path.join(self.table.directory, "precious")
        for owner, links in (("nobody", 2), ("root", 2), ("daemon", 1)):
            with self.subTest(owner=owner, links=links):
                with open(precious, "w") as out:
                    out.write("precious")
                shutil.chown(precious, owner)
                (os.link if links == 2 else os.rename)(precious, self.table.path + ".lock")
                result = harness.run(self.table.command)
                self.assertEqual(result.returncode, 5, result.stderr)
                self.assertRegex(result.stderr, "refusing to use it as the lock file")
                with open(self.table.path + ".lock") as kept:
                    self.assertEqual(kept.read(), "precious")
                hint = next(line for line in result.stderr.splitlines()
                            if ": rm " in line).partition(": rm ")[2]
                subprocess.run("rm " + hint, shell=True, check=True)
        with open(self.table.path) as source:
            self.assertEqual(source.read(), text_of(OLD_ENTRIES))
        result = harness.run(self.table.command)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    harness.main()
