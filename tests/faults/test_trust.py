#!/usr/bin/env python3
"""Who besides root can change the table, its map, its directories, main.cf and programs is seen, in
whichever way he can."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from support import harness
from support.change_under_test import Table, fingerprint

# How somebody else gets hold of a file. DAEMON has a member who is not root, by passwd(5).
WAYS = {"owner": ["chown", "nobody"],
        "mode of others": ["chmod", "o+w"],
        "group": ["sh", "-c", 'chgrp daemon "$1" && chmod g+w "$1"', "sh"],
        "user by access control list": ["setfacl", "-m", "u:nobody:rw-"],
        "group by access control list": ["setfacl", "-m", "g:daemon:rw-"]}
HARMLESS = {"group root": ["sh", "-c", 'chgrp root "$1" && chmod g+w "$1"', "sh"],
            "reading by access control list": ["setfacl", "-m", "u:nobody:r--"],
            "writing that the mask keeps off": ["setfacl", "-m", "u:nobody:rw-,m::r--"],
            "root by access control list": ["setfacl", "-m", "u:root:rw-"]}


@contextlib.contextmanager
def kept_as_it_is(file):
    """Gives the file its owner, group and mode back, and no access control list."""
    before = os.stat(file)
    try:
        yield
    finally:
        subprocess.run(["setfacl", "-b", file], check=True)
        os.chmod(file, before.st_mode & 0o7777)
        shutil.chown(file, before.st_uid, before.st_gid)


class TrustCase(harness.Case):

    def setUp(self):
        harness.need_root("needs root")
        self.table = Table.of(self, "hash", "add")
        self.table.reset()
        with open(os.path.join(self.table.config, "master.cf"), "w") as out:
            out.write("smtp inet n - n - - smtpd\n")

    def findings(self):
        result = harness.run([harness.RELAYCTL, "-c", self.table.config, "verify", "--json"])
        return [
            f for f in json.loads(result.stdout)["findings"]
            if f["id"].endswith(("-writable", "-differs"))
        ]

    def do(self, way, file):
        done = subprocess.run([*way, file], capture_output=True, text=True)
        if done.returncode != 0 and way[0] == "setfacl":
            raise unittest.SkipTest("no access control lists here: " + done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)


class Verified(TrustCase):

    def files(self):
        return {
            "source-writable": self.table.path, "map-writable": self.table.path + ".db",
            "directory-writable": self.table.directory,
            "config-writable": os.path.join(self.table.config, "main.cf")
        }

    def given_away(self, ways):
        """(id, file) of each file, given away in each of the ways; it is put back afterwards."""
        for id, file in self.files().items():
            for name, way in ways.items():
                with self.subTest(id=id, way=name), kept_as_it_is(file):
                    self.do(way, file)
                    yield id, file

    def test_each_way_is_found_and_its_repair_mends_it(self):
        self.assertEqual(self.findings(), [])
        for id, file in self.given_away(WAYS):
            found = [f for f in self.findings() if (f["id"], f["file"]) == (id, file)]
            self.assertEqual(len(found), 1)
            done = subprocess.run(["sh", "-c", found[0]["hint"]], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 0, found[0]["hint"] + done.stderr)
            self.assertEqual(self.findings(), [])

    def test_what_gives_nobody_else_anything_is_not(self):
        for _, file in self.given_away(HARMLESS):
            self.assertEqual(self.findings(), [], file)

    def test_a_link_on_the_way_in_the_home_of_somebody_else(self):
        home = self.temporary_directory("relayctl-fault-")
        os.chmod(home, 0o755)
        inner = os.path.join(home, "tables")
        os.symlink(self.table.directory, inner)
        there = "hash:" + os.path.join(inner, "table")
        relayctl = ["-c", self.table.config, "-t", there, "-d", "sha256"]
        findings = lambda: json.loads(harness.relayctl(*relayctl, "verify", "--json").stdout)[
            "findings"]
        self.assertEqual(findings(), [])
        shutil.chown(home, "nobody")
        found = [(f["id"], f["file"]) for f in findings()]
        self.assertEqual(found, [("directory-writable", home)])
        result = harness.relayctl(*relayctl, "add", "--fingerprint", fingerprint(9), "new.example")
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn(home + " belongs to user nobody", result.stderr)

    def test_changes_are_refused_where_an_access_control_list_lets_others_write(self):
        self.do(["setfacl", "-m", "u:nobody:rwx"], self.table.directory)
        result = harness.run(self.table.command)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("by user nobody", result.stderr)
        command = re.search(r"mend it: (.*)", result.stderr).group(1)
        subprocess.run(["sh", "-c", command], check=True)
        self.assertEqual(harness.run(self.table.command).returncode, 0)


class Programs(TrustCase):
    """Root runs no program that somebody else can choose."""

    def setUp(self):
        super().setUp()
        self.directory = self.temporary_directory("relayctl-fault-")
        os.chmod(self.directory, 0o755)
        self.bin = os.path.join(self.directory, "bin")
        os.mkdir(self.bin)
        self.mark = os.path.join(self.directory, "PWNED")
        for name in ("postmap", "postconf", "postfix", "postfix-script", "postlog"):
            program = os.path.join(self.bin, name)
            with open(program, "w") as out:
                out.write('#!/bin/sh\necho $0 >> %s\nexec /usr/sbin/%s "$@"\n' % (self.mark, name))
            os.chmod(program, 0o755)
        self.main = os.path.join(self.table.config, "main.cf")
        with open(self.main, "a") as out:
            out.write("command_directory = %s\ndaemon_directory = %s\n" % (self.bin, self.bin))
        os.utime(self.main, (1, 1))
        os.chmod(self.table.directory, 0o755)
        os.chmod(self.table.config, 0o755)

    def change(self, *flags):
        return harness.run([
            harness.RELAYCTL, "-c", self.table.config, "add", "--fingerprint",
            fingerprint(9), "new.example", *flags
        ])

    def ran(self):
        return os.path.exists(self.mark)

    def test_those_of_root_are_run(self):
        result = self.change()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(self.ran())
        self.assertNotIn("root runs no program", result.stderr)

    def test_a_reload_runs_none_that_main_cf_chooses_for_somebody_else(self):
        """main.cf may say that it lies elsewhere, and postfix runs what command_directory has."""
        own = os.path.join(self.directory, "root")
        os.mkdir(own)
        shutil.copy(self.main, own)
        for owner, more in ((65534, "config_directory = %s\n" % own), (65534, ""), (0, "")):
            with self.subTest(owner=owner, more=more):
                with open(self.main, "a") as out:
                    out.write(more)
                os.utime(self.main, (1, 1))
                os.chown(self.main, owner, owner)
                os.chown(self.bin, 65534, 65534)
                if os.path.exists(self.table.path + ".db"):
                    os.unlink(self.table.path + ".db")  # a first map needs a reload
                result = self.change("--reload")
                self.assertFalse(self.ran(), result.stderr)
                self.assertIn("postfix reload: refusing to run as root", result.stderr)
                os.chown(self.main, 0, 0)

    def test_those_that_others_can_choose_are_not(self):
        for name, file in (("main.cf", self.main),
                           ("its directory", self.table.config),
                           ("the program", os.path.join(self.bin, "postmap")),
                           ("the directory of programs", self.bin),
                           ("the directory above", self.directory)):
            for way in ("owner", "mode of others", "group", "user by access control list"):
                with self.subTest(file=name, way=way), kept_as_it_is(file):
                    self.do(WAYS[way], file)
                    result = self.change()
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertFalse(self.ran())
                    self.assertIn(
                        "command_directory = %s: root runs no program from there" % self.bin,
                        result.stderr)
                    result = harness.run(
                        [harness.RELAYCTL, "-c", self.table.config, "remove", "new.example"])
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertFalse(self.ran())

    def test_a_reload_runs_nothing_that_they_name(self):
        os.unlink(self.table.path + ".db")  # a first map needs a reload
        shutil.chown(self.main, "nobody")
        result = self.change("--reload")
        self.assertFalse(self.ran())
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("postfix reload: refusing to run as root what main.cf names", result.stderr)


class Sudo(harness.Case):

    def test_the_line_of_the_manual_is_one_that_sudo_takes(self):
        if shutil.which("visudo") is None:
            raise unittest.SkipTest("sudo is not installed")
        with open(os.path.join(harness.SOURCE, "docs", "relayctl.8")) as manual:
            lines = re.findall(r"^%\S+ ALL = .*$", manual.read(), re.M)
        self.assertEqual(len(lines), 1)
        with tempfile.NamedTemporaryFile("w") as out:
            out.write(lines[0].replace("\\e", "\\") + "\n")
            out.flush()
            done = harness.run(["visudo", "-c", "-f", out.name])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
