#!/usr/bin/env python3
"""The states that a crash can leave, beyond a single change of an existing table: the very first
change, postmap itself killed, and what verify says of each."""

import json
import os
import stat
import subprocess

from support import harness
from support.change_under_test import NEW_LINES, Table, calls_of, run_injected


class FirstChange(harness.Case):
    """No source and no map before: afterwards there is none, or the whole of it, and the next run
    makes it good."""

    def table(self, map_type):
        table = Table.of(self, map_type, "add")
        for name in os.listdir(table.pristine):
            os.unlink(os.path.join(table.pristine, name))
        return table

    def source(self, table):
        return harness.read_text(table.path)

    def test_killed_anywhere(self):
        for map_type in ("hash", "lmdb", "texthash"):
            table = self.table(map_type)
            calls = calls_of(table)
            for call in calls if harness.LONG else calls[::2]:
                with self.subTest(type=map_type, killed_at=str(call)):
                    result = run_injected(table, call, "signal=KILL")
                    source = self.source(table)
                    self.assertIn(source, (None, NEW_LINES))
                    if result.returncode == 0:
                        self.assertEqual(source, NEW_LINES)
                    again = harness.run(table.command)
                    self.assertEqual(again.returncode, 0, again.stderr)
                    self.assertEqual(self.source(table), NEW_LINES)
                    self.assertEqual(table.leftovers(), [])
                    verified = harness.run(table.relayctl("verify"))
                    self.assertEqual(verified.returncode, 0, verified.stdout)

    def test_failing_calls_leave_nothing(self):
        for map_type in ("hash", "lmdb", "texthash"):
            table = self.table(map_type)
            for call in calls_of(table):
                if call.name in ("openat", "openat2", "fsync", "renameat2", "fchmod", "clone3",
                                 "pipe2") or (call.name == "write" and "new.example" in call.text):
                    with self.subTest(type=map_type, failing=str(call)):
                        result = run_injected(table, call, "error=EIO")
                        if result.returncode == 0:
                            self.assertEqual(self.source(table), NEW_LINES)
                        else:
                            self.assertIn(result.returncode, (4, 5, 6))
                            self.assertIsNone(self.source(table), result.stderr)
                            self.assertEqual(
                                [f for f in table.files() if not f.endswith((".lock", ".history"))],
                                [], result.stderr)


class VerifyNamesTheState(harness.Case):

    def findings(self, table):
        result = harness.run(table.relayctl("verify", "--json"))
        return {f["id"] for f in json.loads(result.stdout)["findings"]}, result.returncode

    def test_new_source_with_the_old_map(self):
        for map_type in ("hash", "btree", "lmdb", "cdb"):
            table = Table.of(self, map_type, "remove")
            seen = set()
            for call in calls_of(table):
                run_injected(table, call, "signal=KILL")
                state = table.state()
                seen.add(state)
                ids, status = self.findings(table)
                with self.subTest(type=map_type, killed_at=str(call), state=state):
                    self.assertEqual("map-differs" in ids, state == ("new", "old"), ids)
                    self.assertEqual("leftover" in ids, bool(table.leftovers()), table.leftovers())
                    self.assertEqual(status, 1 if ids else 0)
            self.assertEqual(seen, {("old", "old"), ("new", "old"), ("new", "new")})


class PostmapDies(harness.Case):
    """postmap is killed at each of its own system calls: while it builds the trial, and (lmdb)
    while it writes in place."""

    def wrapped(self, map_type, which, recorded):
        tools = os.path.join(self.directory, "tools")
        os.makedirs(tools, exist_ok=True)
        path = os.path.join(tools, "postmap")
        with open(path, "w") as out:
            # Once: what relayctl does to put things right must not die as well.
            out.write('#!/bin/sh\ncase "$*" in *%s) if read n < %s/when; then rm %s/when; '
                      'exec strace -f -o /dev/null -e "inject=!exit_group:signal=KILL:when=$n" '
                      '/usr/sbin/postmap "$@"; fi;; esac\n'
                      'exec /usr/sbin/postmap "$@"\n' % (which, self.directory, self.directory))
        os.chmod(path, stat.S_IRWXU)
        return Table.of(self, map_type, "add", postmap=tools, recorded=recorded)

    def setUp(self):
        self.directory = self.temporary_directory("relayctl-fault-")

    def walk(self, map_type, which, recorded=False):
        table = self.wrapped(map_type, which, recorded)
        tried = failed = 0
        for number in range(1, 2000, 1 if harness.LONG else 3):
            table.reset()
            with open(os.path.join(self.directory, "when"), "w") as out:
                out.write("%d\n" % number)
            result = harness.run(table.command)
            with self.subTest(type=map_type, which=which, number=number):
                if result.returncode == 0:
                    self.assertEqual(table.state(), ("new", "new"))
                else:
                    failed += 1
                    self.assertEqual(result.returncode, 4, result.stderr)
                    self.assertIn("unchanged", result.stderr)
                    self.assertEqual(table.state(), ("old", "old"))
                    self.assertEqual(table.leftovers(), [])
            tried += 1
            if result.returncode == 0:
                break  # past its last call
        self.assertGreater(failed, 20)

    def test_hash_trial(self):
        self.walk("hash", "relayctl-new")

    def test_lmdb_trial(self):
        self.walk("lmdb", "relayctl-new")

    def test_lmdb_in_place(self):
        self.walk("lmdb", "/table")

    def test_hash_update(self):
        self.walk("hash", "relayctl-new", recorded=True)

    def test_lmdb_update_in_place(self):
        self.walk("lmdb", "/table", recorded=True)


class PostmapOutlivesRelayctl(harness.Case):

    def test_the_next_change_waits_for_it(self):
        directory = self.temporary_directory("relayctl-fault-")
        gate, path = os.path.join(directory, "gate"), os.path.join(directory, "postmap")
        os.mkfifo(gate)
        with open(path, "w") as out:  # in place only: says that it is there, waits to be let on
            out.write(
                '#!/bin/sh\ncase "$*" in *relayctl-new | *" -q "*) ;; *) echo here > %s; read go < '
                "%s;; esac\n"
                'exec /usr/sbin/postmap "$@"\n' % (gate, gate))
        os.chmod(path, stat.S_IRWXU)
        table = Table.of(self, "lmdb", "add", postmap=directory)
        table.reset()
        first = subprocess.Popen(table.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        with open(gate) as said:
            self.assertEqual(said.read(), "here\n")
        first.kill()
        first.wait()
        second = harness.run([*table.relayctl("rebuild"), "--lock-timeout", "0.3"])
        self.assertEqual(second.returncode, 5, second.stderr)
        self.assertIn("locked by process %d (gone" % first.pid, second.stderr)
        with open(gate, "w") as go:
            go.write("go\n")
        self.assertEqual(table.state(), ("new", "new"))


if __name__ == "__main__":
    harness.main()
