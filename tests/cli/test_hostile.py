#!/usr/bin/env python3
"""Bytes that mean harm, in every place that a stranger can fill: the terminal never sees them raw,
JSON stays valid, no shell ever reads them, and the tools that run are the system's own."""

import json
import os

from support import certs, harness, terminal
from support.table_case import TableCase, fp

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\x08$(touch pwned)`touch pwned`;'\""


class Hostile(TableCase):

    def setUp(self):
        super().setUp()
        self.evil_directory = os.path.join(self.directory, EVIL.replace("/", ""))
        os.mkdir(self.evil_directory)

    def assert_command_harmless(self, *args):
        """What it shows on a terminal is harmless."""
        self.harmless(
            terminal.run(self.command(*args), cwd=self.directory, columns=1000, can_ask=True)[0])

    def harmless(self, text):
        """Colours are ours; anything else that is no printable character is not."""
        self.assertEqual(terminal.harmful(text), [], text)
        self.assertNotIn(
            "pwned",
            os.listdir(self.directory) + os.listdir(self.evil_directory) + os.listdir("."))

    def command(self, *args):
        return [harness.RELAYCTL, "-c", self.config, *args]

    def test_source(self):
        self.write("%s %s\n%s\n%s x\n" % (fp(1), EVIL, EVIL, fp(1)))
        for args in (["list"],
                     ["list", "--plain"],
                     ["verify"],
                     ["remove", fp(1)],
                     ["remove", "-n", "--all", fp(1)],
                     ["remove", "--all", fp(1)],
                     ["list"],
                     ["rebuild"]):
            with self.subTest(args=args):
                self.assert_command_harmless(*args)

    def test_source_as_json(self):
        self.write(("%s %s\n" % (fp(1), EVIL)).encode() + b"\xff\xfe %s\n" % bytes(range(1, 10)))
        self.postmap()
        for args in (["list", "--json"], ["verify", "--json"], ["remove", "--json", fp(1)]):
            with self.subTest(args=args):
                out = self.run_it(*args, check=None, text=False).stdout
                json.loads(out.decode("utf-8"))

    def test_plain_stays_one_line_for_each_entry(self):
        self.write("%s a\x0bb\x0cc\x1b\x7f\n" % fp(1))
        self.assertEqual(len(self.run_it("list", "--plain").stdout.splitlines()), 1)

    def test_certificates(self):
        subject = "/CN=" + EVIL.replace("/", "")
        client = certs.Client(self.directory, "evil", subject=subject,
                              extensions=("subjectAltName=DNS:x.example",))
        for args in (["fingerprint", client.cert],
                     ["fingerprint", "--json", client.cert],
                     ["add", client.cert],
                     ["add", client.cert, "x.example"],
                     ["add", client.cert, EVIL]):
            with self.subTest(args=args):
                self.assert_command_harmless(*args)
        json.loads(self.run_it("fingerprint", "--json", client.cert).stdout)

    def test_file_names(self):
        name = os.path.join(self.evil_directory, "c.pem")
        client = certs.Client(self.directory, "zen.example")
        self.write(self.read(client.cert), name)
        self.write("no certificate", name + "2")
        table = "hash:" + os.path.join(self.evil_directory, "table")
        for args in (["fingerprint", name],
                     ["fingerprint", name + "2"],
                     ["fingerprint", name + "3"],
                     ["-t", table, "add", name],
                     ["-t", table, "verify"],
                     ["-t", table, "list"],
                     ["-t", table, "remove", name],
                     ["-t", table + EVIL, "list"],
                     [EVIL],
                     ["list", "--" + EVIL],
                     ["-t", EVIL + ":x", "list"],
                     ["-d", EVIL, "fingerprint", name]):
            with self.subTest(args=args):
                self.assert_command_harmless(*args)
        self.assertTrue(os.path.exists(os.path.join(self.evil_directory, "table.db")))
        json.loads(self.run_it("fingerprint", "--json", name).stdout)

    def test_what_the_tools_say(self):
        evil = EVIL.replace("'", "'\\''")
        for script in ("printf '%%s' 'postmap: warning: %s' >&2; exec /usr/sbin/postmap \"$@\"" %
                       evil, "printf '%%s' 'postmap: fatal: %s' >&2; exit 1" % evil,
                       "head -c 3000000 /dev/urandom >&2; head -c 3000000 /dev/urandom; exit 0"):
            self.own_postmap(script + "\n")
            self.write("")
            with self.subTest(script=script):
                self.assert_command_harmless("add", "--fingerprint", fp(1), "x.example")

    def test_postconf_output(self):
        self.configure(relay_clientcerts="hash:" + self.path +
                       EVIL.replace("\n", "").replace("$", ""))
        self.assert_command_harmless("list")
        self.configure(smtpd_tls_fingerprint_digest=EVIL.replace("$", ""))
        self.assert_command_harmless("fingerprint", "x")


class Children(TableCase):
    """What a child is given, seen by a postmap of our own."""

    def spy(self, script):
        self.own_postmap(script + '\nexec /usr/sbin/postmap "$@"\n')
        self.write("")

    def seen(self):
        return self.read(os.path.join(self.directory, "seen")).decode()

    def test_descriptors(self):
        self.spy("for fd in /proc/$$/fd/*; do readlink $fd; done >> %s/seen" % self.directory)
        leak = os.open(self.config, os.O_RDONLY)
        os.set_inheritable(leak, True)
        self.run_it("add", "--fingerprint", fp(1), "x.example", close_fds=False)
        os.close(leak)
        lines = self.seen().splitlines()
        self.assertIn("/dev/null", lines)  # standard input
        allowed = ("/dev/null", "pipe:", self.path + ".lock",
                   os.path.join(self.directory, "tools",
                                "postmap"), os.path.join(self.directory, "seen"))
        self.assertEqual([line for line in lines if not line.startswith(allowed)], [])

    def test_signals_and_environment(self):
        # By the shell itself: while it waits for a child it has just started, a shell may block
        # signals.
        self.spy(
            '{ while read -r line; do case $line in SigBlk*|SigIgn*) echo "$line";; esac; done < '
            '/proc/$$/status; tr "\\0" "\\n" < /proc/$$/environ; } >> %s/seen' % self.directory)
        blocked = [
            "python3", "-c",
            "import signal,os,sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, "
            "signal.SIGUSR1]); "
            "signal.signal(signal.SIGPIPE, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
        ]
        done = harness.run([
            *blocked, harness.RELAYCTL, "-c", self.config, "add", "--fingerprint",
            fp(1), "x.example"
        ],
                           env={
                               "LD_PRELOAD_X": "1", "IFS": "x", "ENV": "/tmp/x",
                               "PATH": "/nowhere:" + os.environ["PATH"]
                           })
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = self.seen()
        self.assertRegex(seen, r"SigBlk:\s0000000000000000\n")
        ignored = [
            int(line.split()[1], 16) for line in seen.splitlines() if line.startswith("SigIgn")
        ]
        self.assertTrue(all(mask & (1 << 12) == 0 for mask in ignored), seen)  # SIGPIPE is 13
        names = {line.partition("=")[0] for line in seen.splitlines() if "=" in line}
        self.assertLessEqual(names, {"PATH", "LC_ALL", "PWD", "_", "OLDPWD", "SHLVL"})
        self.assertNotIn("/nowhere", seen)

    def test_root_never_runs_a_tool_from_path(self):
        harness.need_root("needs root")
        trap = os.path.join(self.directory, "trap")
        os.mkdir(trap)
        for tool in ("postmap", "postconf", "postfix", "sh"):
            self.write("#!/bin/sh\ntouch %s/sprung\n" % self.directory, os.path.join(trap, tool))
            os.chmod(os.path.join(trap, tool), 0o755)
        self.run_it("add", "--fingerprint", fp(1), "x.example",
                    env={"PATH": trap + ":" + os.environ["PATH"]})
        self.run_it("verify", env={"PATH": trap})
        self.assertFalse(os.path.exists(os.path.join(self.directory, "sprung")))

    def test_closed_standard_streams(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed=closed):
                self.write("")
                done = harness.run([
                    "sh", "-c", 'exec "$@" ' + closed, "sh", harness.RELAYCTL, "-c", self.config,
                    "add", "--fingerprint",
                    fp(1), "x.example"
                ])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.entries(), fp(1) + " x.example\n")
                self.assertEqual(self.in_map(fp(1)), "x.example")

    def test_data_that_cannot_be_written_is_no_success(self):
        self.write(fp(1) + " x.example\n")
        for closed in (">&-", ">/dev/full"):
            for command in (["list"], ["list", "--json"], ["verify", "--json"]):
                with self.subTest(closed=closed, command=command):
                    done = harness.run(["sh", "-c", 'exec "$@" ' + closed, "sh", harness.RELAYCTL,
                                        "-c", self.config, *command])
                    self.assertEqual(done.returncode, 6, done.stderr)
                    self.assertIn("standard output: cannot write: ", done.stderr)


if __name__ == "__main__":
    harness.main()
