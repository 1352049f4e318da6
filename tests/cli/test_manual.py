#!/usr/bin/env python3
"""Every id of a finding is in the manual with an example, and in a test that makes it appear."""

import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

SOURCES = ("core/audit/*.cpp", "app/commands/verify.cpp")
OF_ONE_WORD = {"bom", "duplicate", "leftover", "depends", "unseen", "milter"}


def read(pattern):
    texts = []
    for path in sorted(glob.glob(os.path.join(harness.SOURCE, pattern))):
        with open(path) as text:
            texts.append(text.read())
    return "\n".join(texts)


def ids_in_the_program():
    text = "\n".join(read(pattern) for pattern in SOURCES)
    return set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', text)) | {word for word in OF_ONE_WORD if '"%s"' % word in text}


class Ids(harness.Case):
    def test_the_manual_has_each_with_an_example(self):
        manual = read("docs/relayctl.8")
        described = re.findall(r"^\.It Sy ([a-z0-9-]+) Pq .*\n(?:[^.\n].*\n)+?Example:\n\.Qq .+$", manual, re.MULTILINE)
        self.assertEqual(len(described), len(set(described)))
        self.assertEqual(set(described), ids_in_the_program())

    def test_a_test_makes_each_appear(self):
        tests = "\n".join(read(pattern) for pattern in ("tests/cli/test_[!m]*.py", "tests/postfix/*.py", "tests/faults/*.py", "tests/unit/*.cpp"))
        self.assertEqual([id for id in sorted(ids_in_the_program()) if '"%s"' % id not in tests and "[%s]" % id not in tests], [])


class Form(harness.Case):
    def test_mandoc_has_nothing_to_say(self):
        try:
            lint = subprocess.run(["mandoc", "-Tlint", os.path.join(harness.SOURCE, "docs/relayctl.8")], capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            raise unittest.SkipTest("mandoc is not installed")
        self.assertEqual(lint.stdout, "")


if __name__ == "__main__":
    harness.main()
