#!/usr/bin/env python3
"""Every command that the README and the documents show is run, in its order, and says what the
document says it says.

--update [DOCUMENT...] writes what they say into the documents.

A comment <!-- stage: NAME --> makes a new stage for the blocks behind it (support/stage.py);
without one they are on the stage "configured".
"""

import glob
import importlib.machinery
import importlib.util
import os
import re
import sys
import unittest

from support import command_table, harness, stage, terminal

# Commands that cannot be run on a stage, and what runs them instead, or why nothing does.
OTHER_DISTRIBUTION = "a distribution that is not here; tests/package runs what Debian has of it"
BUILD_REQUIRES = \
    "$(rpmspec -q --buildrequires packaging/postfix-relayctl.spec | cut -d ' ' -f 1)"
ELSEWHERE = {
    "scripts/quickstart": "tests/package", "scripts/test": "CI",
    "scripts/release": "tests/package", "scripts/try-package": "tests/package",
    "docker logs mail 2>&1 | relayctl seen --save --log -": "tests/cli/test_seen.py",
    "sudo apt update && sudo apt build-dep ./": "scripts/try-package RELEASE",
    "sudo apt update && sudo apt build-dep -P nocheck ./": "scripts/try-package RELEASE",
    "dpkg-buildpackage -b --no-sign": "tests/package",
    "sudo apt install ../postfix-relayctl_*.deb": "tests/package",
    'rpmbuild --define "_topdir $PWD/build/rpm" -ta "$(scripts/release)"': "tests/package",
    "cmake --preset release && cmake --build --preset release && sudo cmake "
    "--install build/release": "tests/package",
    "sudo apt remove postfix-relayctl": "tests/package",
    "docker logs mail 2>&1 | relayctl seen --save --log -": "tests/package/in_a_container",
    "sudo xargs rm < build/release/install_manifest.txt": "tests/package",
    **{
        "sudo %s %s" % (tool, words): OTHER_DISTRIBUTION
        for tool, option in (("zypper", "--allow-unsigned-rpm "), ("dnf", ""))
        for words in ("install git rpm-build", "install " + BUILD_REQUIRES,
                      "remove postfix-relayctl",
                      "install %sbuild/rpm/RPMS/*/postfix-relayctl-[0-9]*.rpm" % option)
    }
}
# Documents whose commands another test takes out and runs.
RUN_BY = {"docs/clients.md": "tests/clients/test_page.py"}
FLEET = "docs/fleet.md"  # it needs PostgreSQL
BLOCK = re.compile(r"^<!-- stage: ([a-z-]+) -->\n|^```console\n(.*?)^```\n", re.M | re.S)


def documents():
    """The README and the pages of docs, as paths below the project."""
    pages = sorted(glob.glob(os.path.join(harness.SOURCE, "docs", "*.md")))
    return ["README.md"] + [os.path.relpath(page, harness.SOURCE) for page in pages]


def read(document):
    return harness.read_text(os.path.join(harness.SOURCE, document))


def with_commands():
    return [document for document in documents() if "```console\n" in read(document)]


def shown_at_last(output):
    """Without colours, progress that was overwritten, blanks at the end of lines, and the time that
    a step of a session took."""
    lines = [line.rstrip(" \t") for line in terminal.at_last(output).split("\n")]
    return re.sub(r" \(\d+ ms\)", " (1 ms)", terminal.without_color("\n".join(lines)))


class Performance:
    """One document's commands, run in their order."""

    def __init__(self, case=None):
        self.on = None
        self.statuses = {}
        if case:
            case.addCleanup(self.close)

    def close(self):
        if self.on:
            self.on.close()
        self.on = None

    def told(self, text):
        """The same text, with what the commands in its blocks really say."""
        return BLOCK.sub(self._block, text)

    def _block(self, match):
        name, block = match.groups()
        if name or not self.on:
            self.close()
            self.on = stage.Stage(name or "configured")
        return match.group() if name else "```console\n%s```\n" % "".join(
            self._command(typed)
            for typed in re.findall(r"^\$ (.*\n(?:> .*\n)*)", block, flags=re.M))

    def _command(self, typed):
        """typed: a command, with "> " before all of its lines but the first."""
        command = re.sub(r"^> ", "", typed, flags=re.M).rstrip("\n")
        output, self.statuses[command] = self.on.run(command)
        return "$ " + typed + shown_at_last(output)


class Commands(harness.Case):

    def agrees(self, document):
        performance = Performance(self)
        text = read(document)
        self.assertEqual(performance.told(text), text)
        performance.close()
        self.assertEqual(
            {
                command: status
                for command, status in performance.statuses.items() if status not in (0, 1)
            }, {})

    def test_every_command_says_what_the_document_says(self):
        harness.skip(stage.why_not())
        pages = [document for document in with_commands() if document != FLEET]
        self.assertGreater(len(pages), 2)
        for document in pages:
            with self.subTest(document=document):
                self.agrees(document)

    def test_so_does_the_page_about_many_servers(self):
        harness.skip(stage.why_not("fleet"))
        self.agrees(FLEET)

    def test_no_command_is_shown_that_is_not_run(self):
        for document in documents():
            text = re.sub(r"^```console\n.*?^```\n", "", read(document), flags=re.M | re.S)
            blocks = re.findall(r"^```(sh|text|)\n(.*?)^```\n", text, flags=re.M | re.S)
            if document in RUN_BY:
                self.assertIn(document, read(RUN_BY[document]))
                continue
            lines = [
                line.split("  #")[0].strip() for kind, block in blocks if kind == "sh"
                for line in block.splitlines()
            ]
            self.assertEqual(sorted(set(lines) - set(ELSEWHERE)), [], document)
            self.assertEqual(re.findall(r"^    +(?:relayctl|postconf|postmap) .*$", text, re.M), [],
                             document)  # a command in an indented block would not be run

    def test_every_command_of_the_program_has_an_example(self):
        tour = read("docs/tour.md")
        for command in command_table.commands():
            self.assertRegex(tour, r"(?m)^\$ .*relayctl (?:-q )?%s\b" % command)


class Readme(harness.Case):

    def test_it_is_short_and_begins_with_the_demonstration(self):
        lines = read("README.md").splitlines()
        self.assertLessEqual(len(lines), 160)
        self.assertLess(lines.index("```console"), 40)
        end = lines.index("```")
        self.assertLess(end, 40)
        self.assertEqual(end - lines.index("```console") - 1, 12)

    def test_no_column_of_its_picture_is_cut(self):
        picture, = re.findall(r'src="([^"]+)"', read("README.md"))
        self.assertIn("relayctl check", read(picture))
        self.assertNotIn("~", read(picture))

    def test_its_recording_is_what_the_program_says_now(self):
        harness.skip(stage.why_not("running"))
        script = os.path.join(harness.SOURCE, "scripts/pictures")
        loader = importlib.machinery.SourceFileLoader("pictures", script)
        pictures = importlib.util.module_from_spec(
            importlib.util.spec_from_loader("pictures", loader))
        loader.exec_module(pictures)
        recording = pictures.recorded()
        self.assertEqual(read("docs/pictures/recording.cast"), pictures.asciicast(recording))
        self.assertEqual(read("docs/pictures/recording.svg"), pictures.animation(recording))

    def test_its_table_has_every_command(self):
        section = read("README.md").partition("\n## Commands\n")[2].partition("\n## ")[0]
        named = re.findall(r"^\| `([a-z]+)", section, re.M)
        self.assertEqual(sorted(named), sorted(command_table.commands()))

    def test_its_cron_lines_are_those_of_the_example(self):
        lines = re.search(r"^```cron\n(.*?)^```\n", read("README.md"), re.M | re.S)[1]
        example = read("docs/examples/relayctl.cron").splitlines()
        self.assertEqual([line for line in lines.splitlines() if line not in example], [])


class Links(harness.Case):

    def test_they_lead_somewhere(self):
        for document in documents() + ["CONTRIBUTING.md"]:
            text = read(document)
            beside = os.path.dirname(os.path.join(harness.SOURCE, document))
            for target in re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r'src="([^"]+)"', text):
                self.assertTrue(os.path.exists(os.path.join(beside, target)), (document, target))
            for name in re.findall(r"`((?:tests|docs|scripts)/[A-Za-z0-9_./-]+)`", text):
                self.assertTrue(os.path.exists(os.path.join(harness.SOURCE, name)),
                                (document, name))


def update(names):
    for document in names or with_commands():
        performance = Performance()
        try:
            text = performance.told(read(document))
        finally:
            performance.close()
        with open(os.path.join(harness.SOURCE, document), "w") as out:
            out.write(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--update"]:
        update(sys.argv[2:])
    else:
        harness.main()
