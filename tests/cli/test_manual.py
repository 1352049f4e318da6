#!/usr/bin/env python3
"""Every id of a finding is in the manual with an example, and in a test that makes it appear."""

import glob
import json
import os
import re
import subprocess
import unittest

from support import harness

SOURCES = (
    "core/audit/*.cpp",
    "app/commands/verify.cpp",
    "core/operations/verify_table.cpp",
    "app/examine_database.cpp",
)
OF_ONE_WORD = {"bom", "duplicate", "leftover", "depends", "unseen", "milter"}


def read(pattern):
    texts = []
    for path in sorted(glob.glob(os.path.join(harness.SOURCE, pattern))):
        with open(path) as text:
            texts.append(text.read())
    return "\n".join(texts)


def ids_in_the_program():
    text = "\n".join(read(pattern) for pattern in SOURCES)
    return set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', text)) | {
        word for word in OF_ONE_WORD if '"%s"' % word in text
    }


class Ids(harness.Case):
    def test_the_manual_has_each_with_an_example(self):
        manual = read("docs/relayctl.8")
        described = re.findall(
            r"^\.It Sy ([a-z0-9-]+) Pq .*\n(?:[^.\n].*\n)+?Example:\n\.Qq .+$", manual, re.MULTILINE
        )
        self.assertEqual(len(described), len(set(described)))
        self.assertEqual(set(described), ids_in_the_program())

    def test_a_test_makes_each_appear(self):
        tests = "\n".join(
            read(pattern)
            for pattern in (
                "tests/cli/test_[!m]*.py",
                "tests/postfix/*.py",
                "tests/faults/*.py",
                "tests/fleet/*.py",
                "tests/unit/*.cpp",
            )
        )
        self.assertEqual(
            [
                id
                for id in sorted(ids_in_the_program())
                if '"%s"' % id not in tests and "[%s]" % id not in tests
            ],
            [],
        )


class Interface(harness.Case):
    """What --help has is in the manual and in every completion, and nothing else is."""

    def options_by_command(self):
        page = harness.relayctl("--help", check=0).stdout
        commands = re.findall(r"^  ([a-z]+)(?:, [a-z]+)? ", page.partition("\nOptions:\n")[0], re.M)
        self.assertGreater(len(commands), 11)
        # An option's own line begins with it; a mention elsewhere counts for nothing.
        option = re.compile(r"^  (?:-[a-z], |    )(--[a-z][a-z-]+)", re.M)
        return {
            command: set(option.findall(harness.relayctl(command, "--help", check=0).stdout))
            - {"--help"}
            for command in commands
        }

    def test_manual_and_completions_have_every_command_and_option(self):
        wanted = self.options_by_command()
        manual = read("docs/relayctl.8")
        options = set().union(*wanted.values()) | {
            "--json",
            "--plain",
            "--quiet",
            "--no-color",
            "--table",
            "--service",
            "--digest",
            "--config-dir",
            "--version",
            "--help",
            "--help-all",
        }
        in_manual = {
            "--" + name.replace("\\-", "-") for name in re.findall(r"Fl -([a-z][a-z\\-]+)", manual)
        }
        self.assertEqual(sorted(set().union(*wanted.values()) - in_manual), [])
        self.assertEqual(sorted(in_manual - options), [])
        for command in wanted:
            self.assertIn(".It Cm %s\n" % command, manual)
        for file in ("_relayctl", "relayctl.bash", "relayctl.fish"):
            with self.subTest(file=file):
                text = read("completions/" + file)
                known = {"--" + name for name in re.findall(r"(?:--|-l )([a-z][a-z-]+)", text)}
                self.assertEqual(sorted(set().union(*wanted.values()) - known), [])
                self.assertEqual(
                    [command for command in wanted if not re.search(r"\b%s\b" % command, text)], []
                )

    def test_the_completion_of_bash_has_the_options_of_each_command(self):
        text = read("completions/relayctl.bash")
        changing = set(re.search(r"changing='(.*)'", text).group(1).split())
        for command, wanted in self.options_by_command().items():
            line = re.search(
                r"^        %s(?: \| \w+)?\) options\+=(.*) ;;$" % command, text, re.M
            ).group(1)
            offered = {word.strip("'\"") for word in line.split()} | (
                changing if "$changing" in line else set()
            )
            self.assertEqual({word for word in offered if word.startswith("--")}, wanted, command)

    def test_the_synopsis_of_each_command_has_its_options(self):
        synopsis = read("docs/relayctl.8").partition(".Sh SYNOPSIS\n")[2].partition("\n.Sh ")[0]
        of_every_change = {
            "--dry-run",
            "--no-rebuild",
            "--reload",
            "--lock-timeout",
            "--wait-replicas",
            "--insecure-directory",
            "--in-place",
        }
        shown = {}
        for form in synopsis.split(".Nm\n")[1:]:
            command = re.search(r"^\.Cm ([a-z]+)$", form, re.M)
            if command:
                options = shown.setdefault(command.group(1), set())
                options |= {"--" + name for name in re.findall(r"Fl -([a-z][a-z-]+)", form)}
                options |= of_every_change if "change-options" in form else set()
        shown["rebuild"] -= {
            "--no-rebuild",
            "--wait-replicas",
        }  # without the one there would be nothing to do; a database has no map
        shown["copy"].remove(
            "--no-rebuild"
        )  # which would leave two tables that say different things
        self.assertEqual(shown, self.options_by_command())

    def test_the_completion_of_zsh_has_the_options_of_each_command(self):
        text = read("completions/_relayctl")
        changing = set(
            re.findall(
                r"--[a-z][a-z-]+", re.search(r"changing=\((.*?)\n    \)", text, re.S).group(1)
            )
        )
        for command, wanted in self.options_by_command().items():
            line = re.search(
                r"^        %s(?: \| \w+)?\) _arguments \$global (.*?) ;;$" % command,
                text,
                re.M | re.S,
            ).group(1)
            offered = set(re.findall(r"(--[a-z][a-z-]+?)(?=(?:=-)?[\[}])", line)) | (
                changing if "$changing" in line else set()
            )
            self.assertEqual(offered, wanted, command)

    def test_the_completion_of_fish_has_the_options_of_each_command(self):
        text = read("completions/relayctl.fish").replace(
            "$changing", "add remove rm rotate prune apply annotate"
        )
        offered = {}
        for commands, option in re.findall(
            r"^complete -c relayctl -n ['\"]__fish_seen_subcommand_from ([a-z ]+)['\"] .*-l ([a-z-]+)",
            text,
            re.M,
        ):
            for command in commands.split():
                offered.setdefault(command, set()).add("--" + option)
        self.assertEqual(
            {
                command: options
                for command, options in offered.items()
                if command not in ("rm", "ls")
            },
            self.options_by_command(),
        )
        self.assertEqual((offered["rm"], offered["ls"]), (offered["remove"], offered["list"]))

    def test_the_manual_has_the_keys_of_every_json_output(self):
        section = read("docs/relayctl.8").partition(".Sh JSON\n")[2].partition("\n.Sh ")[0]
        keys = set()

        def collect(part):
            if isinstance(part, dict):
                keys.update(part.get("properties", {}))
                for value in part.values():
                    collect(value)
            elif isinstance(part, list):
                for value in part:
                    collect(value)

        for name in ("change", "copy", "init", "list", "state-id", "fingerprint", "verify"):
            collect(json.loads(read("docs/schema/%s.json" % name)))
        self.assertEqual(sorted(key for key in keys if not re.search(r"\b%s\b" % key, section)), [])


class Form(harness.Case):
    def test_mandoc_has_nothing_to_say(self):
        try:
            lint = subprocess.run(
                ["mandoc", "-Tlint", os.path.join(harness.SOURCE, "docs/relayctl.8")],
                capture_output=True,
                text=True,
                timeout=60,
            )
        except FileNotFoundError:
            raise unittest.SkipTest("mandoc is not installed")
        self.assertEqual(lint.stdout, "")

    def test_man_shows_it_without_a_warning(self):
        try:
            shown = subprocess.run(
                ["man", "--warnings", "-l", os.path.join(harness.SOURCE, "docs/relayctl.8")],
                capture_output=True,
                text=True,
                timeout=60,
                env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80"),
            )
        except FileNotFoundError:
            raise unittest.SkipTest("man is not installed")
        self.assertEqual((shown.stderr, shown.returncode), ("", 0))
        self.assertIn("HOW POSTFIX DECIDES", shown.stdout)


if __name__ == "__main__":
    harness.main()
