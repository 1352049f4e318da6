#!/usr/bin/env python3
"""The manual pages: every command, option, JSON key and finding is in them, and each finding is in
a test that makes it appear."""

import glob
import json
import os
import re

from support import harness
from support.command_table import commands, options, rows

SOURCES = ("core/audit/*.cpp", "core/operations/*.cpp")
PAGES = ("relayctl.8", "relayctl-findings.7", "relayctl-json.5", "relayctl-tables.5")
OF_ONE_WORD = {"bom", "duplicate", "leftover", "depends", "unseen", "milter"}


def read(pattern):
    texts = []
    for path in sorted(glob.glob(os.path.join(harness.SOURCE, pattern))):
        with open(path) as text:
            texts.append(text.read())
    return "\n".join(texts)


def ids_in_the_program():
    text = "\n".join(read(pattern) for pattern in SOURCES)
    return set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"',
                          text)) | {word
                                    for word in OF_ONE_WORD if '"%s"' % word in text}


class Ids(harness.Case):

    def test_the_manual_has_each_with_an_example(self):
        manual = read("docs/relayctl-findings.7")
        described = re.findall(
            r"^\.It Sy ([a-z0-9-]+) Pq .*\n"
            r"(?:(?!Example:)[^.\n].*\n|\.Cm .*\n)+?(?:\.Dl .|Example: .)", manual, re.MULTILINE)
        self.assertEqual(len(described), len(set(described)))
        self.assertEqual(set(described), ids_in_the_program())

    def test_a_test_makes_each_appear(self):
        tests = "\n".join(
            read(pattern)
            for pattern in ("tests/cli/test_[!m]*.py", "tests/postfix/*.py", "tests/faults/*.py",
                            "tests/fleet/*.py", "tests/unit/*.cpp"))
        self.assertEqual([
            id for id in sorted(ids_in_the_program())
            if '"%s"' % id not in tests and "[%s]" % id not in tests
        ], [])


class Interface(harness.Case):
    """The manual has what the table of commands has, and nothing else."""

    OF_EVERY_CHANGE = {
        "--dry-run", "--no-rebuild", "--no-history", "--history-limit", "--reload",
        "--lock-timeout", "--wait-replicas", "--insecure-directory", "--in-place", "--no-syslog"
    }
    # Without a map to rebuild there would be nothing to do; a database has no map; copy would leave
    # two tables that say different things.
    NOT_OF = {"rebuild": {"--no-rebuild", "--wait-replicas"}, "copy": {"--no-rebuild"}}

    def test_the_manual_has_every_command_and_option(self):
        manual = read("docs/relayctl.8")
        known = options().union(*(options(command) for command in commands()))
        self.assertGreater(len(known), 30)
        described = {
            "--" + name.replace("\\-", "-")
            for name in re.findall(r"Fl -([a-z][a-z0-9\\-]+)", manual)
        }
        self.assertEqual(described, known)
        section = manual.partition(".Sh COMMANDS\n")[2].partition("\n.Sh ")[0]
        items = set(re.findall(r"^\.It Cm ([a-z-]+)$", section, re.M))
        self.assertEqual(items, set(commands()))

    def test_the_synopsis_of_each_command_has_its_options(self):
        synopsis = read("docs/relayctl.8").partition(".Sh SYNOPSIS\n")[2].partition("\n.Sh ")[0]
        shown = {}
        for form in synopsis.split(".Nm\n")[1:]:
            command = re.search(r"^\.Cm ([a-z-]+)", form, re.M)
            if command:
                names = shown.setdefault(command.group(1), set())
                names |= {"--" + name for name in re.findall(r"Fl -([a-z][a-z0-9-]+)", form)}
                names |= self.OF_EVERY_CHANGE if "change-options" in form else set()
        for command, missing in self.NOT_OF.items():
            shown[command] -= missing
        self.assertEqual(shown, {command: options(command) for command in commands()})

    def test_the_help_has_every_command_with_its_options(self):
        page = harness.relayctl("--help", check=0).stdout
        for name, alias, effect, summary, needs_postfix in rows("commands"):
            names = "%s, %s" % (name, alias) if alias else name
            self.assertRegex(page, r"(?m)^  %s +%s" % (names, re.escape(summary[:40])))
            shown = harness.relayctl(name, "--help", check=0).stdout
            # An option's own line begins with it; a mention elsewhere counts for nothing.
            own = set(re.findall(r"^  (?:-[a-z], |    )(--[a-z][a-z0-9-]+)", shown, re.M))
            self.assertEqual(own - {"--help"}, options(name), name)

    def test_no_completion_repeats_a_command_or_an_option(self):
        for shell in ("_relayctl", "relayctl.bash", "relayctl.fish"):
            text = read("completions/" + shell)
            words = set(re.findall(r"--?[a-z][a-z-]*[a-z]|[a-z]+", re.sub(r"#.*", "", text)))
            self.assertEqual(sorted(words & options().union(*map(options, commands()))), [], shell)
            self.assertEqual(sorted(words & {"annotate", "rotate", "prune", "rebuild"}), [], shell)

    def test_the_manual_has_the_keys_of_every_json_output(self):
        section = read("docs/relayctl-json.5").partition(".Sh KEYS\n")[2].partition("\n.Sh ")[0]
        keys = set()

        def collect(part):
            if isinstance(part, dict):
                keys.update(part.get("properties", {}))
                for value in part.values():
                    collect(value)
            elif isinstance(part, list):
                for value in part:
                    collect(value)

        for name in ("change", "copy", "history", "init", "list", "state-id", "fingerprint",
                     "verify", "issue", "seen", "test"):
            collect(json.loads(read("docs/schema/%s.json" % name)))
        self.assertEqual(sorted(key for key in keys if not re.search(r"\b%s\b" % key, section)), [])


class Types(harness.Case):
    """The types that relayctl changes are those that the manual and the tour name."""

    def test_each_is_named(self):
        types = harness.relayctl("complete", "types", "", check=0).stdout.split()
        self.assertIn("hash:", types)
        for path, sentence in (("docs/relayctl.8", r"\.Nm\ncan write ([^;]*);"),
                               ("docs/tour.md", r"relayctl can write \(([^)]*)\)")):
            with open(os.path.join(harness.SOURCE, path)) as text:
                named = re.search(sentence, text.read())[1]
            words = re.findall(r"[a-z:]+", named.replace("proxy:pgsql", "").replace(" or ", " "))
            self.assertEqual(sorted(word.strip(":") for word in words if word != "and"),
                             sorted(name.strip(":") for name in types), path)


class Form(harness.Case):

    def test_relayctl_8_is_short(self):
        self.assertLess(len(read("docs/relayctl.8").splitlines()), 450)

    def test_mandoc_has_nothing_to_say(self):
        harness.need("mandoc")
        for page in PAGES:
            lint = harness.run(["mandoc", "-Tlint", os.path.join(harness.SOURCE, "docs", page)])
            # The other pages are not installed.
            said = [
                line for line in lint.stdout.splitlines()
                if "referenced manual not found: Xr relayctl" not in line
            ]
            self.assertEqual(said, [])

    def test_man_shows_them_without_a_warning(self):
        harness.need("man")
        for page in PAGES:
            shown = harness.run(["man", "--warnings", "-l",
                                 os.path.join(harness.SOURCE, "docs", page)],
                                env={"LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            self.assertEqual((shown.stderr, shown.returncode), ("", 0))
            self.assertIn("SEE ALSO", shown.stdout)

    def test_a_sentence_begins_with_a_capital_letter_and_no_name_gets_one(self):
        """Names of programs and settings keep their small letter, also where a sentence begins."""
        for page in PAGES:
            text = re.sub(r"^\.[A-Z]l .*$", "", read("docs/" + page), flags=re.M)
            self.assertEqual(re.findall(r"\b(?:Relayctl|Smtpd|Postmap|Proxymap|Openssl|Master\.cf|"
                                        r"Main\.cf|Check_|Permit_|Smtpd_)\w*", text), [], page)


if __name__ == "__main__":
    harness.main()
