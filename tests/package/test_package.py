#!/usr/bin/env python3
"""From a fresh clone to an installed package, and away again: what the README tells a new user, by
the scripts that it names."""

import os
import re
import shutil
import unittest

from support import harness

# What scripts/try-package says where all is well.
TRIED = [
    "lintian: nothing that is not explained",
    "rpmlint: nothing that is not explained",
    "the Debian package installs, works, upgrades and removes cleanly",
    "the RPM installs, works and removes cleanly",
]


class ScriptCase(harness.Case):

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.directory_of_class("relayctl-clone-")
        cls.clone = os.path.join(cls.directory, "relayctl")
        shutil.copytree(harness.SOURCE, cls.clone,
                        ignore=shutil.ignore_patterns("build*", ".git", "*.pyc"))
        cls.git("init", "--quiet")
        cls.commit("As it is here")

    @classmethod
    def git(cls, *words):
        return harness.run(
            ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", *words],
            cwd=cls.clone)

    @classmethod
    def commit(cls, subject):
        cls.git("add", "--all")
        done = cls.git("commit", "--quiet", "--message", subject)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def script(self, name, *args):
        done = harness.run([os.path.join(self.clone, "scripts", name), *args], cwd=self.clone,
                           timeout=1500 if not harness.LONG else 7200)
        if done.returncode == harness.SKIPPED:
            raise unittest.SkipTest(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


class Package(ScriptCase):

    def test_quickstart_then_the_package(self):
        shown = self.script("quickstart")
        self.assertIn("$ relayctl add zen.suse.co.uk.pem zen.suse.co.uk\n", shown)
        self.assertIn("It works.", shown)
        commands = re.findall(r"(?m)^    (\S+/build/release/relayctl .*?) +#", shown)
        self.assertEqual(len(commands), 3)
        for command in commands:
            self.assertIn(harness.run(["sh", "-c", command]).returncode, (0, 1), command)
        if os.geteuid() == 0:
            answers = [
                line.split(": ", 1)[1][:3] for line in shown.splitlines()
                if line.startswith("the client asks")
            ]
            self.assertEqual(answers, ["554", "250", "554"])
        self.assertIn("It works.", self.script("quickstart", "--no-postfix"))
        self.assertEqual(self.script("try-package").splitlines(), TRIED)

    if harness.LONG:

        def test_the_packages_of_each_release(self):
            for release in ("bookworm", "trixie", "forky"):
                with self.subTest(release=release):
                    with_rpm = release == "bookworm"
                    expected = [line for line in TRIED if with_rpm or "rpm" not in line.lower()]
                    self.assertEqual(self.script("try-package", release).splitlines(), expected)

        def test_the_container(self):
            self.assertEqual(self.script("try-container").splitlines(), [
                "the container refuses, relays and refuses; mail that waits outlives it"])

        def test_a_later_debian(self):
            shown = self.script("try-newer")
            self.assertEqual(shown.count("built, unit tests pass"), 2, shown)


class Presets(ScriptCase):

    def test_each_preset_configures(self):
        """All but what needs a tool that may be missing; what they build is tested where they are
        used."""
        names = (["dev", "release", "asan", "coverage"] +
                 (["fuzz"] if shutil.which("clang++") else []) +
                 (["tidy"] if shutil.which("clang-tidy") else []))
        listed = harness.run(["cmake", "--list-presets"], cwd=self.clone).stdout
        for name in ("dev", "release", "asan", "tidy", "fuzz", "coverage"):
            self.assertIn('"%s"' % name, listed)
        for name in names:
            done = harness.run(["cmake", "--preset", name], cwd=self.clone, timeout=600)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_without_tests_no_catch2_is_looked_for(self):
        configure = lambda preset: harness.run(
            ["cmake", "--preset", preset, "-DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON", "-B",
             os.path.join(self.directory, preset)], cwd=self.clone, timeout=600)
        done = configure("release")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = configure("dev")
        self.assertNotEqual(done.returncode, 0)  # with tests it is
        self.assertIn("Catch2", done.stderr)


if __name__ == "__main__":
    harness.main()
