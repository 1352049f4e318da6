#!/usr/bin/env python3
"""Every command that the README shows is run, in its order, and says what the README says it says.

FILE --update writes what they say into the README.
"""

import os
import re
import sys
import unittest

from support import harness, stage, terminal

README = os.environ.get("RELAYCTL_README") or os.path.join(harness.SOURCE, "README.md")
# What cannot be run on the stage, and what runs it instead.
ELSEWHERE = {
    "scripts/quickstart": "tests/package", "scripts/test": "CI",
    "cmake --preset release && cmake --build --preset release && sudo cmake "
    "--install build/release": "tests/package",
    "sudo apt build-dep ./ && dpkg-buildpackage -b --no-sign && sudo apt install "
    "../postfix-relayctl_*.deb": "tests/package",
    "sudo apt remove postfix-relayctl": "tests/package",
    "sudo xargs rm < build/release/install_manifest.txt": "tests/package",
    "scripts/try-package": "tests/package"
}


def read():
    with open(README) as text:
        return text.read()


def told(on, text):
    """The same text, with what the commands in its console blocks really say, and their
    statuses."""
    statuses = {}

    def block(match):
        shown = []
        commands = re.split(r"^\$ ", match.group(1), flags=re.M)
        for part in commands[1:]:
            command = part.split("\n", 1)[0]
            output, statuses[command] = on.run(command)
            shown.append(
                "$ %s\n%s" %
                (command, re.sub(r"[ \t]+$", "", terminal.without_color(output), flags=re.M)))
        return "```console\n%s```\n" % "".join(shown)

    return re.sub(r"^```console\n(.*?)^```\n", block, text, flags=re.M | re.S), statuses


class Readme(harness.Case):

    def test_every_command_says_what_the_readme_says(self):
        if stage.why_not():
            raise unittest.SkipTest(stage.why_not())
        on = stage.Stage()
        self.addCleanup(on.close)
        text = read()
        now, statuses = told(on, text)
        self.assertGreater(len(statuses), 30)
        self.assertEqual(now, text)
        self.assertEqual(
            {command: status
             for command, status in statuses.items() if status not in (0, 1)}, {})

    def test_no_command_is_shown_that_is_not_run(self):
        blocks = re.findall(r"^```sh\n(.*?)^```\n", read(), flags=re.M | re.S)
        lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
        self.assertEqual(sorted(set(lines) - set(ELSEWHERE)), [])
        self.assertEqual(
            re.findall(r"^    \S.*$",
                       re.sub(r"^```console\n.*?^```\n", "", read(), flags=re.M | re.S),
                       flags=re.M), [])  # indented blocks are neither

    def test_every_command_of_the_program_has_an_example(self):
        page = harness.relayctl("--help", check=0).stdout
        for command in re.findall(r"^  ([a-z]+)(?:, [a-z]+)? ",
                                  page.partition("\nOptions:\n")[0], re.M):
            self.assertRegex(read(), r"(?m)^\$ .*relayctl %s\b" % command)

    def test_links_lead_somewhere(self):
        text = read()
        for target in re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text):
            self.assertTrue(os.path.exists(os.path.join(harness.SOURCE, target)), target)
        for name in re.findall(r"`((?:tests|docs|scripts)/[A-Za-z0-9_./-]+)`", text):
            self.assertTrue(os.path.exists(os.path.join(harness.SOURCE, name)), name)


def update():
    on = stage.Stage()
    try:
        text, _ = told(on, read())
    finally:
        on.close()
    with open(README, "w") as out:
        out.write(text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        harness.main()
