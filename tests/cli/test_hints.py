#!/usr/bin/env python3
"""Commands that are printed can be pasted: each is run by sh, bash, zsh and fish, with programs
that only note how they were called."""

import json
import os
import shutil
import subprocess

from support import certs, harness
from support.table_case import TableCase, fp

SHELLS = {"dash": ["-c"],
          "bash": ["--norc", "-c"],
          "zsh": ["-f", "-c"],
          "fish": ["--no-config", "-c"]}
PRINTABLE = [
    "$(touch PWNED)", "`touch PWNED`", "x;touch PWNED", "x&touch PWNED", "x|touch PWNED", "it's",
    "''", '"', "a b", "  ", "back\\slash", "two\\\\of them", "end\\", "\\'", "*", "?", "[a-z]", "~",
    "~root", "!1", "!!", "\u00fc\u4e2d", "=ls", "%self", "{a,b}", "#c", "<x", ">x", "(x)", "^a^b",
    "$HOME", "$'x'", "a=b", "-dash"
]
STEERING = [
    "\x1b]0;x\x07$(touch PWNED)", "tab\t", "two\nlines;touch PWNED\n", "\x9b31m", "\u202ex",
    "\udcff\udcfe"
]


class HintCase(TableCase):
    TYPE = "hash"

    def setUp(self):
        super().setUp()
        self.calls = os.path.join(self.directory, "calls")
        self.stubs = os.path.join(self.directory, "stubs")
        self.work = os.path.join(self.directory, "work")
        os.mkdir(self.stubs)
        os.mkdir(self.work)
        for name in ("relayctl", "chmod", "postconf", "postfix"):
            path = os.path.join(self.stubs, name)
            self.write(
                '#!/bin/sh\nfor word in %s "$@"; do printf "%%s\\0" "$word"; done >> %s; '
                'printf "\\n\\0" >> %s\n' % (name, self.calls, self.calls), path)
            os.chmod(path, 0o755)

    def pasted(self, command):
        """How the programs were called: a list of words for each; the same by every shell, and
        nothing else happened."""
        seen = []
        for name in os.listdir(self.work):
            if name.startswith("PWNED"):  # of a case that failed
                os.unlink(os.path.join(self.work, name))
        for shell, arguments in SHELLS.items():
            if not shutil.which(shell):
                continue
            self.write("", self.calls)
            done = subprocess.run([shell, *arguments, command], cwd=self.work,
                                  env={"PATH": self.stubs + ":/usr/bin:/bin",
                                       "HOME": self.directory, "LC_ALL": "C.UTF-8"},
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, b""), (shell, command))
            calls = self.read(self.calls).decode().split("\0\n\0")[:-1]
            seen.append([call.split("\0") for call in calls])
            self.assertEqual([name for name in os.listdir(self.work) if name.startswith("PWNED")],
                             [], (shell, command))
        self.assertGreaterEqual(len(seen), 2)
        for calls in seen[1:]:
            self.assertEqual(calls, seen[0], command)
        return seen[0]

    def hints(self, *args, status=None, **options):
        said = self.run_it(*args, check=status, cwd=self.work, **options).stderr
        return [
            line.partition("hint: ")[2] for line in said.splitlines()
            if line.startswith("relayctl: hint: ")
        ]


class FileNames(HintCase):
    SENTENCE = "put the host in the place of HOST: "

    def setUp(self):
        super().setUp()
        self.anna = certs.Client(self.directory, "anna", subject="/CN=Anna Smith")
        self.write("25 inet n - n - - smtpd\n", os.path.join(self.config, "master.cf"))

    def named(self, name):
        path = os.path.join(self.work, name.replace("/", "") + ".pem")
        shutil.copy(self.anna.cert, path)
        return ("./" if name.startswith("-") else "") + os.path.basename(path)

    def command_for_host(self, *args, status=2):
        hint = self.hints(*args, status=status)[0]
        self.assertEqual(hint[:len(self.SENTENCE)], self.SENTENCE)
        return hint[len(self.SENTENCE):]

    def test_add_without_a_host(self):
        for name in PRINTABLE:
            with self.subTest(name=name):
                file = self.named(name)
                self.assertEqual(self.pasted(self.command_for_host("add", file)),
                                 [["relayctl", "-c", self.config, "add", file, "HOST"]])
        for name in STEERING:
            with self.subTest(name=name):
                self.assertEqual(self.hints("add", self.named(name), status=2), [])

    def test_add_without_a_host_by_key_and_by_fingerprint(self):
        request = self.anna.request()
        self.assertEqual(self.pasted(self.command_for_host("add", "--key", request)),
                         [["relayctl", "-c", self.config, "add", "--key", request, "HOST"]])
        self.write(fp(0x5B) + "\n", os.path.join(self.directory, "list"))
        self.assertEqual(
            self.pasted(
                self.command_for_host("add", "--from", os.path.join(self.directory, "list"),
                                      status=3)),
            [["relayctl", "-c", self.config, "add", "--fingerprint",
              fp(0x5B), "HOST"]])

    def unlisted(self, *args):
        """The hint of check about a client that is not listed."""
        answer = json.loads(self.run_it("check", "--json", *args, check=1, cwd=self.work).stdout)
        return next(reason["hint"] for reason in answer["services"][0]["reasons"]
                    if reason["id"] == "not-listed")

    def test_check(self):
        self.put((fp(1), "zen.example"))
        self.postmap()
        for name in PRINTABLE:
            with self.subTest(name=name):
                file = self.named(name)
                self.assertEqual(self.pasted(self.unlisted(file)), [[
                    "relayctl", "-c", self.config, "add", file, "--label", "Anna Smith", "-t",
                    self.table
                ]])
        for name in STEERING:
            with self.subTest(name=name):
                self.assertEqual(self.pasted(self.unlisted(self.named(name))), [[
                    "relayctl", "-c", self.config, "add", "--fingerprint",
                    self.anna.fingerprint(), "--label", "Anna Smith", "-t", self.table
                ]])

    def test_check_of_what_is_no_certificate(self):
        self.put((fp(1), "zen.example"))
        self.postmap()
        request = self.anna.request()
        begin = "with the host at its end: "
        for arguments, words in (([request], ["--key", request]),
                                 (["--fingerprint", fp(0x5B)], ["--fingerprint", fp(0x5B)])):
            hint = self.unlisted(*arguments)
            self.assertTrue(hint.startswith(begin), hint)
            self.assertEqual(self.pasted(hint[len(begin):] + " zen.example"),
                             [["relayctl", "-c", self.config, "add", *words, "-t", self.table,
                               "zen.example"]])

    def test_the_hint_is_taken(self):
        """What check says of a client without a host's name, run as it stands."""
        self.put((fp(1), "zen.example"))
        self.postmap()
        command = self.unlisted(self.named("anna"))
        subprocess.run(["sh", "-c", command], cwd=self.work, check=True,
                       env={"PATH": os.path.dirname(harness.RELAYCTL) + ":/usr/sbin:/usr/bin:/bin"},
                       capture_output=True)
        self.assertEqual(self.has()[self.anna.fingerprint()], "Anna Smith")


class Tables(HintCase):

    def tables(self):
        """Each name with the path of a table that is called so."""
        for name in PRINTABLE + STEERING:
            path = os.path.join(self.work, name.replace("/", ""))
            self.write("%s zen.example\n" % fp(1), path)
            yield name, path
            os.unlink(path)

    def assert_hint(self, table, id, commands):
        """commands: what the hint of this finding runs, None: there is no hint."""
        said = self.run_it("-t", table, "verify", "--json", check=1).stdout
        hint = next(f["hint"] for f in json.loads(said)["findings"] if f["id"] == id)
        self.assertEqual(self.pasted(hint) if hint else None, commands)

    def test_a_table_that_others_can_write(self):
        for name, path in self.tables():
            with self.subTest(name=name):
                os.chmod(path, 0o666)
                self.assert_hint("texthash:" + path, "source-writable",
                                 [["chmod", "go-w", path]] if name in PRINTABLE else None)

    def test_a_map_that_is_not_there(self):
        for name, path in self.tables():
            with self.subTest(name=name):
                table = "hash:" + path
                rebuild = ["relayctl", "-c", self.config, "rebuild", "-t", table, "--reload"]
                self.assert_hint(table, "map-missing", [rebuild] if name in PRINTABLE else None)


class Hosts(HintCase):

    def test_an_entry_that_has_expired(self):
        for host in PRINTABLE:
            if host != host.strip() or host.startswith("#") or not host.strip() or '"' in host:
                continue
            with self.subTest(host=host):
                self.put((fp(1), host, "cert expires=2020-01-01"))
                self.postmap()
                findings = json.loads(self.run_it("verify", "--json", check=1).stdout)["findings"]
                hint = next(finding["hint"] for finding in findings
                            if finding["id"] == "entry-expired")
                commands = [part.partition(": ")[2]
                            for part in hint.replace("; to remove", "\nto remove").split("\n")]
                self.assertEqual(
                    self.pasted(commands[-1]),
                    [["relayctl", "-c", self.config, "prune", "--expired", "-t", self.table]])
                if not host.startswith("-"):
                    self.assertEqual(
                        self.pasted(commands[0]),
                        [["relayctl", "-c", self.config, "rotate", host, "CERT", "-t", self.table]])
                else:
                    self.assertEqual(len(commands), 1)


if __name__ == "__main__":
    harness.main()
