#!/usr/bin/env python3
"""The completions, driven in the real shells.

bash by its function and at a terminal, zsh through zpty, fish by complete -C.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
import unittest

from support import harness
from support.command_table import commands
from support.table_case import TableCase, fp

COMPLETIONS = os.path.join(harness.SOURCE, "completions")
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"


class ShellCase(TableCase):
    """What every shell must offer; a subclass says how it is asked."""

    TYPE = "hash"

    def setUp(self):
        super().setUp()
        bin_directory = os.path.join(self.directory, "bin")
        os.mkdir(bin_directory)
        os.symlink(harness.RELAYCTL, os.path.join(bin_directory, "relayctl"))
        self.env = dict(os.environ, PATH=bin_directory + ":/usr/sbin:/usr/bin:/sbin:/bin",
                        MAIL_CONFIG=self.config, HOME=self.directory, LC_ALL="C.UTF-8",
                        XDG_CONFIG_HOME=self.directory, XDG_DATA_HOME=self.directory)
        self.write("%s zen.example\n%s zebra.example\n%s mx.example\n" % (fp(1), fp(2), fp(0xAB)))
        self.write(
            "25 inet n - n - - smtpd\nsubmission inet n - n - - smtpd\n"
            "pickup unix n - n 60 1 pickup\n", os.path.join(self.config, "master.cf"))
        self.work = os.path.join(self.directory, "work")
        os.mkdir(self.work)
        os.mkdir(os.path.join(self.work, "clients"))
        self.write("", os.path.join(self.work, "laptop.pem"))

    def ask(self, line):
        raise NotImplementedError  # by the subclasses: the words offered, as a set


def cases(base):
    """The same questions for each shell."""

    class Questions(base):

        def test_commands(self):
            self.assertEqual(set(commands()) - self.ask("relayctl "), set())
            self.assertNotIn("complete", self.ask("relayctl "))
            self.assertEqual(set(commands()) - self.ask("relayctl help "), set())
            self.assertEqual(self.ask("relayctl help ro"), {"rotate"})
            self.assertEqual(self.ask("relayctl ver"), {"verify"})

        def test_options_of_the_command(self):
            self.assertEqual(self.ask("relayctl prune --ol"), {"--older-than"})
            self.assertEqual(self.ask("relayctl verify --form"), {"--format"})
            self.assertEqual(self.ask("relayctl init --pr"), {"--print"})
            self.assertEqual(self.ask("relayctl copy --re"), {"--reload", "--replace"})
            self.assertEqual(self.ask("relayctl list --dry"), set())

        def test_values_of_options(self):
            self.assertEqual(self.ask("relayctl verify --format "), {"prometheus", "nagios"})
            self.assertEqual(self.ask("relayctl fingerprint --kind "), {"cert", "key", "both"})
            self.assertEqual(self.ask("relayctl -d sha51"), {"sha512", "sha512-224", "sha512-256"})
            self.assertEqual(self.ask("relayctl check --service sub"), {"submission/inet"})
            self.assertEqual(self.ask("relayctl -t has"), {"hash:"})

        def test_tables_as_arguments(self):
            self.assertEqual(self.ask("relayctl copy has"), {"hash:"})
            self.assertEqual(self.ask("relayctl copy hash:/etc/one texth"), {"texthash:"})
            self.assertEqual(
                {word[-10:]
                 for word in self.ask("relayctl copy hash:%s/lap" % self.work)}, {"laptop.pem"})
            self.assertEqual(
                {word[-10:]
                 for word in self.ask("relayctl -t proxy:pgsql:%s/lap" % self.work)},
                {"laptop.pem"})

        def test_a_value_behind_an_equals_sign(self):
            self.assertEqual(
                {word.rpartition("=")[2]
                 for word in self.ask("relayctl list --sort=e")}, {"expiry"})

        def test_behind_the_end_of_options(self):
            self.assertEqual(self.ask("relayctl remove -- zeb"), {"zebra.example"})
            self.assertEqual(self.ask("relayctl remove -- --al"), set())

        def test_more_words_than_the_command_takes(self):
            self.assertEqual(self.ask("relayctl list zen.example ze"), set())
            self.assertEqual(self.ask("relayctl frobnicate ze"), set())

        def test_behind_an_option_with_its_value(self):
            self.assertEqual(self.ask("relayctl rotate --wait-replicas=5 zeb"), {"zebra.example"})
            self.assertEqual(self.ask("relayctl rotate --wait-replicas=5 zen.example lap"),
                             {"laptop.pem"})

        def test_who_is_listed(self):
            self.assertEqual(self.ask("relayctl remove ze"), {"zen.example", "zebra.example"})
            self.assertEqual(self.ask("relayctl remove ZEN"), {"zen.example"})
            self.assertEqual(self.ask("relayctl rotate zeb"), {"zebra.example"})
            self.assertEqual(self.ask("relayctl list mx"), {"mx.example"})

        def test_another_table(self):
            other = os.path.join(self.directory, "other")
            self.write("%s other.example\n" % fp(3), other)
            self.assertEqual(self.ask("relayctl -t texthash:%s remove o" % other),
                             {"other.example"})

        def test_files_where_a_file_is_due(self):
            for line in ("relayctl check lap", "relayctl fingerprint lap", "relayctl add lap",
                         "relayctl rotate zen.example lap"):
                self.assertEqual(self.ask(line), {"laptop.pem"}, line)
            self.assertEqual({word.rstrip("/")
                              for word in self.ask("relayctl apply cl")}, {"clients"})

    return Questions


class BashQuestions(ShellCase):

    def setUp(self):
        if not os.path.exists(BASH_COMPLETION):
            raise unittest.SkipTest("bash-completion is not installed")
        super().setUp()

    def ask(self, line):
        script = """. %s; . %s/relayctl.bash
            COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'; COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2))
            COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
            compopt() { :; }
            _relayctl 2> /dev/null
            printf '%%s\\n' "${COMPREPLY[@]}" """ % (BASH_COMPLETION, COMPLETIONS)
        words = [word for word in re.split(r"([:=])|\s+", line) if word]  # as readline divides them
        if line.endswith(" "):
            words.append("")
        out = harness.run(["bash", "--norc", "-c", script, "bash", line, *words], cwd=self.work,
                          env=self.env)
        return set(out.stdout.split())


class Bash(cases(BashQuestions)):

    def test_behind_a_colon_the_rest_is_offered(self):
        self.assertEqual(self.ask("relayctl remove " + fp(1)[:8]), {fp(1)[6:]})
        for what in ("-t hash:", "copy hash:", "-t proxy:pgsql:"):
            self.assertEqual(self.ask("relayctl %s%s/lap" % (what, self.work)),
                             {self.work + "/laptop.pem"}, what)


class BashAtATerminal(BashQuestions):

    def type(self, keys, until):
        """What stands on the line at last."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.work)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       dict(self.env, TERM="dumb", PS1="$ "))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 300, 0, 0))
        seen = ""
        try:
            for text, wanted in ((". %s; . %s/relayctl.bash; PS1='READ''Y> '\n" %
                                  (BASH_COMPLETION, COMPLETIONS), "READY> "),
                                 (keys, until)):
                os.write(terminal, text.encode())
                seen, end = "", time.monotonic() + 30
                while wanted not in seen.replace("\a", ""):
                    left = end - time.monotonic()
                    if left <= 0 or not select.select([terminal], [], [], left)[0]:
                        self.fail("no %r in %r" % (wanted, seen))
                    seen += os.read(terminal, 4096).decode(errors="replace")
        finally:
            os.close(terminal)  # the shell gets SIGHUP
            os.waitpid(pid, 0)
        return seen.replace("\a", "")

    def test_a_host_is_completed(self):
        self.type("relayctl remove zen\t", "relayctl remove zen.example ")

    def test_a_fingerprint_is_completed_whole(self):
        self.type("relayctl remove ab:A\t".replace("ab", "AB"), "relayctl remove %s " % fp(0xAB))

    def test_a_command_is_completed(self):
        self.type("relayctl finger\t", "relayctl fingerprint ")


class ZshQuestions(ShellCase):

    def setUp(self):
        harness.need("zsh")
        super().setUp()

    def ask(self, line):
        driver = os.path.join(harness.SOURCE, "tests/support/zsh_complete.zsh")
        out = harness.run(["zsh", "-f", driver, COMPLETIONS, line], cwd=self.work, env=self.env)
        self.assertEqual(out.returncode, 0, out.stdout + out.stderr)
        return set(out.stdout.split("\n")) - {""}


class Zsh(cases(ZshQuestions)):

    def test_a_fingerprint_with_its_colons(self):
        self.assertEqual(self.ask("relayctl remove " + fp(1)[:8]), {fp(1)})


class FishQuestions(ShellCase):

    def setUp(self):
        harness.need("fish")
        super().setUp()

    def ask(self, line):
        script = "source %s/relayctl.fish; complete -C %s" % (COMPLETIONS, "'%s'" % line)
        out = harness.run(["fish", "--no-config", "-c", script], cwd=self.work, env=self.env)
        self.assertEqual(out.returncode, 0, out.stderr)
        return {word.split("\t")[0] for word in out.stdout.splitlines()}


class Fish(cases(FishQuestions)):

    def test_a_fingerprint_with_its_colons(self):
        self.assertEqual(self.ask("relayctl remove " + fp(1)[:8]), {fp(1)})


HARMFUL = [
    "$(touch${IFS}PWNED)x", "`touch${IFS}PWNED`", ";touch PWNED", "&touch PWNED", "it's", '"',
    "a b", "back\\slash", "end\\", "*", "?x", "[a-z]", "~x", "!1", "!!x", "\u00fc\u4e2d", "{a,b}",
    "#c", "<x", ">x", "(x)", "^a^b", "$HOME", "$'x'", "a=b", "a:b c", "%x", "@x", ",", "|x"
]
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile",
              "-i"], ". %s; . %s/relayctl.bash" % (BASH_COMPLETION, COMPLETIONS)),
    "zsh": (["zsh", "-f",
             "-i"], "fpath=(%s $fpath); autoload -Uz compinit; compinit -u -D" % COMPLETIONS),
    "fish": (["fish", "--no-config"], "source %s/relayctl.fish" % COMPLETIONS)
}


class Terminal:
    """A shell at a terminal.

    The relayctl that it runs notes its words; only what the completions ask goes to the real one.
    """

    def __init__(self, case, shell):
        self.calls = os.path.join(case.directory, "calls-" + shell)
        self.case, self.count = case, 0
        stub = os.path.join(case.directory, "bin", "relayctl")
        if os.path.islink(stub):
            os.unlink(stub)
        case.write(
            '#!/bin/sh\nfor word; do [ "$word" != complete ] || exec %s "$@"; done\n'
            'for word; do printf "%%s\\0" "$word"; done >> "$CALLS"; printf "\\n\\0" >> "$CALLS"\n'
            % harness.RELAYCTL, stub)
        os.chmod(stub, 0o755)
        case.write("", self.calls)
        argv, start = SHELLS[shell]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(case.work)
            os.execvpe(argv[0], argv, dict(case.env, TERM="dumb", CALLS=self.calls))
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 500, 0, 0))
        self.seen = ""
        os.write(self.terminal, (start + "; relayctl ready\n").encode())
        self.words()

    def words(self):
        """Of the next call."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            calls = self.case.read(self.calls).decode().split("\0\n\0")
            if len(calls) > self.count + 1:
                self.count += 1
                return calls[self.count - 1].split("\0")
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        self.case.fail("no call; on the terminal: " + self.seen[-2000:])

    def enter(self, keys):
        os.write(self.terminal, keys.encode())
        return self.words()

    def close(self):
        os.close(self.terminal)  # the shell gets SIGHUP
        os.waitpid(self.pid, 0)


class Harmful(ShellCase):
    """Names that a shell would run or expand, in every place that a stranger can fill.

    They reach the command as they are.
    """

    def each_shell(self, ask):
        """ask: of a terminal, how each of the names comes through."""
        tried = 0
        for shell in SHELLS:
            if not shutil.which(shell) or (shell == "bash" and not os.path.exists(BASH_COMPLETION)):
                continue
            tried += 1
            terminal = Terminal(self, shell)
            self.addCleanup(terminal.close)
            for number, name in enumerate(HARMFUL):
                with self.subTest(shell=shell, name=name):
                    wanted, words = ask(terminal, number, "re" + name)
                    self.assertEqual(words, wanted)
                    self.assertNotIn("PWNED", os.listdir(self.work))
        self.assertGreater(tried, 0)

    def file(self, number, name):
        directory = os.path.join(self.work, "d%d" % number)
        os.makedirs(directory, exist_ok=True)
        self.write("", os.path.join(directory, name))
        return directory + "/" + name

    def test_table(self):

        def ask(terminal, number, name):
            path = self.file(number, name)
            return ["list", "-t", "hash:" + path
                    ], terminal.enter("relayctl list -t hash:%s/re\t\n" % os.path.dirname(path))

        self.each_shell(ask)

    def test_file(self):

        def ask(terminal, number, name):
            path = self.file(number, name)
            return ["check",
                    path], terminal.enter("relayctl check %s/re\t\n" % os.path.dirname(path))

        self.each_shell(ask)

    def test_host(self):

        def ask(terminal, number, name):
            table = "texthash:" + os.path.join(self.work, "t%d" % number)
            self.write("%s %s\n" % (fp(1), name), table.partition(":")[2])
            return ["-t", table, "remove",
                    name], terminal.enter("relayctl -t %s remove re\t\n" % table)

        self.each_shell(ask)

    def test_a_name_that_looks_like_an_option(self):
        self.write("%s --all\n" % fp(1))
        directory = os.path.join(self.work, "dash")
        os.mkdir(directory)
        self.write("", os.path.join(directory, "-rf"))
        for shell in SHELLS:
            if shutil.which(shell) and (shell != "bash" or os.path.exists(BASH_COMPLETION)):
                terminal = Terminal(self, shell)
                self.addCleanup(terminal.close)
                with self.subTest(shell=shell):
                    self.assertEqual(terminal.enter("relayctl remove \t\n"), ["remove"])
                    terminal.enter("cd dash; relayctl here\n")
                    self.assertIn(terminal.enter("relayctl check \t\n"),
                                  (["check"], ["check", "./-rf"]))


class Words(ShellCase):
    """relayctl complete, of which all three ask."""

    def test_no_more_than_a_person_chooses_among_and_no_more_read_than_needed(self):
        with open(self.path, "w") as table:
            for i in range(300000):
                table.write("%s host%d.example\n" %
                            (":".join("%02X" % byte for byte in i.to_bytes(32, "big")), i))
        words = self.run_it("complete", "listed", "host1").stdout.split()
        self.assertEqual((len(words), words[:3]),
                         (200, ["host1.example", "host10.example", "host11.example"]))
        harness.need("strace")
        trace = os.path.join(self.directory, "trace")
        harness.run([
            "strace", "-y", "-o", trace, "-e", "trace=read,pread64", harness.RELAYCTL, "-t",
            self.table, "complete", "listed", "host1"
        ])
        read = sum(
            int(size) for size in re.findall(r"<%s>.* = (\d+)$" % re.escape(self.path),
                                             self.read(trace).decode(), re.M))
        self.assertGreater(read, 0)
        self.assertLess(read, os.path.getsize(self.path) / 8)

    def test_a_name_that_a_terminal_would_obey_is_not_offered(self):
        self.write(("%s evil\033]0;x\007.example\n%s evil.example\n" % (fp(1), fp(2))).encode())
        self.assertEqual(self.run_it("complete", "listed", "evil").stdout, "evil.example\n")

    def test_what_does_not_work_here_is_not_offered(self):
        types = subprocess.run(["postconf", "-c", self.config, "-m"], capture_output=True,
                               text=True).stdout.split()
        self.assertEqual(
            self.run_it("complete", "types").stdout.split(), [
                name + ":"
                for name in types if name in ("hash", "btree", "lmdb", "cdb", "texthash", "pgsql")
            ])
        for name in self.run_it("complete", "digests").stdout.split():
            self.assertEqual(
                subprocess.run(["openssl", "dgst", "-" + name], input=b"",
                               capture_output=True).returncode, 0, name)

    def test_without_a_table_nothing(self):
        os.unlink(self.path)
        result = harness.relayctl("-c", self.config, "complete", "listed", "z")
        self.assertEqual((result.stdout, result.returncode), ("", 3))


if __name__ == "__main__":
    harness.main()
