#!/usr/bin/env python3
"""What scripts/release makes of a commit, and that every file names the same version."""

import os
import re
import tarfile
import unittest

from support import harness
from package.test_package import ScriptCase

NAMING = ("CMakeLists.txt", "CHANGELOG.md", "debian/changelog", "packaging/postfix-relayctl.spec")


def version():
    text = harness.read_text(os.path.join(harness.SOURCE, "CMakeLists.txt"))
    return re.search(r"^project\(relayctl VERSION ([\d.]+) ", text, re.M).group(1)


class Release(ScriptCase):

    def setUp(self):
        super().setUp()
        self.git("reset", "--quiet", "--hard", "HEAD")

    def release(self, *words):
        return harness.run([os.path.join(self.clone, "scripts/release"), *words], cwd=self.clone)

    def replace(self, name, old, new):
        path = os.path.join(self.clone, name)
        text = harness.read_text(path)
        self.assertIn(old, text)
        with open(path, "w") as out:
            out.write(text.replace(old, new, 1))

    def test_the_same_commit_gives_the_same_bytes_with_every_file(self):
        made = []
        for name in ("one", "other"):
            done = self.release(os.path.join(self.directory, name))
            self.assertEqual(done.returncode, 0, done.stderr)
            path = done.stdout.strip()
            self.assertEqual(os.path.basename(path), "relayctl-%s.tar.gz" % version())
            with open(path, "rb") as tarball:
                made.append(tarball.read())
        self.assertEqual(*made)
        with tarfile.open(path) as tarball:
            names = {member.name for member in tarball if not member.isdir()}
        tracked = self.git("ls-files").stdout.split()
        self.assertEqual(
            names, {"relayctl-%s/%s" % (version(), name) for name in tracked
                    if name != ".gitattributes" and not name.startswith(".ci/")})

    def test_what_is_not_committed_is_not_released(self):
        self.replace("README.md", "relayctl", "RELAYCTL")
        done = self.release(self.directory)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not committed", done.stderr)

    def test_a_file_that_names_another_version_is_told(self):
        for name in NAMING[1:]:
            with self.subTest(name=name):
                self.git("reset", "--quiet", "--hard", "HEAD")
                self.replace(name, version(), "7.7.7")
                done = self.release(self.directory)
                self.assertEqual(done.returncode, 1)
                self.assertIn(name + " says version 7.7.7", done.stderr)

    def test_one_command_sets_the_version_everywhere(self):
        before = self.git("rev-parse", "HEAD").stdout.strip()
        done = self.release("--set", "9.8.7")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.git("diff", "--name-only").stdout.split(), sorted(NAMING))
        self.commit("Version 9.8.7")
        done = self.release(self.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.endswith("relayctl-9.8.7.tar.gz\n"))
        parsed = harness.run(["dpkg-parsechangelog", "--all", "--show-field", "Version"],
                             cwd=self.clone)
        self.assertEqual((parsed.stdout.splitlines()[0], parsed.stderr), ("9.8.7-1", ""))
        self.git("reset", "--quiet", "--hard", before)
        for word in ("", "9.8", "v9.8.7", "9.8.7-1"):
            self.assertEqual(self.release("--set", word).returncode, 2)
        self.assertEqual(self.git("status", "--porcelain").stdout, "")


class Changelog(unittest.TestCase):

    def test_it_has_the_form_of_keep_a_changelog(self):
        text = harness.read_text(os.path.join(harness.SOURCE, "CHANGELOG.md"))
        versions = re.findall(r"^## (.*)$", text, re.M)
        self.assertEqual(versions[0], "[Unreleased]")
        for line in versions[1:]:
            self.assertRegex(line, r"^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$")
        for line in re.findall(r"^### (.*)$", text, re.M):
            self.assertIn(line, ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"))


class Spec(unittest.TestCase):

    def test_what_it_needs_for_building_is_what_cmake_looks_for(self):
        text = harness.read_text(os.path.join(harness.SOURCE, "packaging/postfix-relayctl.spec"))
        needed = re.findall(r"^BuildRequires: *pkgconfig\((.*?)\) >= (\S+)$", text, re.M)
        self.assertEqual([name for name, _ in needed], ["libarchive", "libpq", "openssl"])
        for name, least in needed:
            done = harness.run(["pkg-config", "--print-errors", name + " >= " + least])
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    harness.main()
