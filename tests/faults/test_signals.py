#!/usr/bin/env python3
"""SIGINT, SIGTERM and SIGHUP before the source is exchanged undo the change, after that they wait;
SIGPIPE is quiet."""

import os
import signal
import subprocess

from support import harness
from support.change_under_test import OwnPostmapCase, Table, calls_of, run_injected

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(OwnPostmapCase):
    """postmap is a script that sends the signal to relayctl, its parent, at a known place."""

    def table(self, when, number, map_type):
        return self.table_of(map_type, 'case "$*" in %s) kill -%d $PPID;; esac' % (when, number))

    def test_before_the_exchange(self):
        for number in SIGNALS:
            for when in ('*" hash:"*relayctl-new', '*" -q "*relayctl-new'):
                with self.subTest(signal=number.name, when=when):
                    table = self.table(when, number, "hash")
                    result = harness.run(table.command)
                    self.assertEqual(result.returncode,
                                     -number)  # ended by the signal, as the shell expects
                    self.assertIn("unchanged", result.stderr)
                    self.assertEqual(table.state(), ("old", "old"))
                    self.assertEqual(table.leftovers(), [])

    def test_after_the_exchange(self):
        for number in SIGNALS:
            for map_type, when in (("hash", '*" -q "*/table'), ("lmdb", '*" lmdb:"*/table')):
                with self.subTest(signal=number.name, type=map_type):
                    table = self.table(when, number, map_type)
                    result = harness.run(table.command)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertEqual(table.state(), ("new", "new"))
                    self.assertEqual(table.leftovers(), [])

    def test_at_every_call(self):
        """Wherever it arrives: all of the old, or all of the new and status 0."""
        seen = set()
        for map_type in ("hash", "lmdb"):
            table = Table.of(self, map_type, "add")
            for call in calls_of(table)[::1 if harness.LONG else 3]:
                result = run_injected(table, call, "signal=TERM")
                with self.subTest(type=map_type, at=str(call)):
                    state = table.state()
                    # A signal behind the last of the work ends the process as usual: the change is
                    # there.
                    self.assertIn(
                        (state, result.returncode),
                        ((("old", "old"), -15),
                         (("old", "old"), 143),
                         (("new", "new"), 0),
                         (("new", "new"), -15),
                         (("new", "new"), 143)))
                    self.assertEqual(table.leftovers(), [])
                    seen.add(state)
        self.assertEqual(len(seen), 2)

    def test_an_ignored_signal_stays_ignored(self):
        table = self.table('*" hash:"*relayctl-new', signal.SIGHUP, "hash")
        result = harness.run(["nohup", *table.command])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(table.state(), ("new", "new"))

    def test_ctrl_c_does_not_reach_postmap(self):
        """The children are in a group of their own, so the terminal's SIGINT is relayctl's alone to
        act on."""
        table = self.table('*" -q "*/table', 0, "hash")
        self.write_postmap("ps -o pgid= $$ >> {0}/groups; ps -o pgid= $PPID >> {0}/groups".format(
            self.directory))
        self.assertEqual(harness.run(table.command).returncode, 0)
        with open(os.path.join(self.directory, "groups")) as groups:
            numbers = groups.read().split()
        self.assertGreaterEqual(len(numbers), 6)
        for child, parent in zip(numbers[::2], numbers[1::2]):
            self.assertNotEqual(child, parent)


class BrokenPipe(harness.Case):

    def test_list_into_head_is_quiet(self):
        filling = [("%02X:%02X:" % (n // 256, n % 256) + ":".join(["AB"] * 30),
                    "h%d.example" % n) for n in range(5000)]
        table = Table.of(self, "texthash", "add", filling=filling)
        table.reset()
        for options in ("", "--plain", "--json"):
            done = subprocess.run(["bash", "-c", '"$@" | head -n 1; echo "${PIPESTATUS[0]}"',
                                   "bash", *table.relayctl("list"), *options.split()],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stderr, "")
            self.assertEqual(done.stdout.splitlines()[-1], "141")

    def test_a_full_standard_output_is_an_error(self):
        table = Table.of(self, "hash", "add")
        table.reset()
        for command, state in ((table.relayctl("list"), "old"),
                               ([*table.command, "--json"], "new")):
            with open("/dev/full", "w") as full:
                done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual(done.returncode, 6)
            self.assertIn("standard output: cannot write", done.stderr)
            self.assertEqual(table.state(), (state, state))
        self.assertIn("is changed", done.stderr)


if __name__ == "__main__":
    harness.main()
