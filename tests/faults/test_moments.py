#!/usr/bin/env python3
"""What somebody else does at one exact moment of a change, and what a killed run has left beside a
link's name."""

import os
import signal
import subprocess

from support import disk_model, harness, running
from support.change_under_test import (NEW_LINES, OLD_ENTRIES, SUFFIX, Table, calls_of, fingerprint,
                                       text_of)

SAVED = text_of(OLD_ENTRIES) + "%s edited.example\n" % fingerprint(5)


class BetweenCheckAndExchange(harness.Case):
    """relayctl has had its last look at the source, and is about to exchange it."""

    def stopped(self, table):
        """The change, stopped right behind its last look: (strace, relayctl's process id)."""
        calls = calls_of(table)
        exchange = next(i for i, call in enumerate(calls) if call.name == "renameat2")
        look = [call for call in calls[exchange - 2:exchange] if '/table"' in call.text][-1]
        self.assertIn("stat", look.name)
        table.reset()
        log = os.path.join(table.directory, "strace.log")
        stop = "inject=%s:signal=STOP:when=%d" % (look.name, look.number)
        tracer = subprocess.Popen(["strace", "-o", log, "-e", "trace=" + look.name, "-e", stop,
                                   *table.command], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(tracer.kill)
        running.until(lambda: "--- stopped by SIGSTOP" in self.read(log),
                      "it never came to the exchange",
                      fails=lambda: tracer.poll() is not None and self.read(log)[-2000:])
        children = self.read("/proc/%d/task/%d/children" % (tracer.pid, tracer.pid))
        return tracer, int(children.split()[0])

    def read(self, path):
        try:
            with open(path, errors="replace") as text:
                return text.read()
        except FileNotFoundError:
            return ""

    def walk(self, save, status, expected):
        for map_type in ("hash", "lmdb", "cdb", "texthash"):
            with self.subTest(type=map_type):
                table = Table.of(self, map_type, "add")
                tracer, process = self.stopped(table)
                kept = save(table.path)
                os.kill(process, signal.SIGCONT)
                _, said = tracer.communicate(timeout=30)
                self.assertEqual(tracer.returncode, status, said)
                if kept:
                    kept.close()
                self.assertEqual(self.read(table.path), expected)
                self.assertEqual(table.leftovers(), [])
                if map_type != "texthash" and status == 0:
                    self.assertEqual(harness.run(table.relayctl("verify")).returncode, 0)

    def test_an_editor_that_saves_by_rename_loses_nothing(self):

        def save(path):
            with open(path + ".edit", "w") as out:
                out.write(SAVED)
            os.rename(path + ".edit", path)

        self.walk(save, 0, SAVED + NEW_LINES)

    def test_an_editor_that_saves_in_place_loses_nothing(self):

        def save(path):
            with open(path, "w") as out:
                out.write(SAVED)

        self.walk(save, 0, SAVED + NEW_LINES)

    def test_an_editor_that_has_only_opened_it_is_not_overtaken(self):
        self.walk(lambda path: open(path, "r+"), 5, text_of(OLD_ENTRIES))


class LeftBesideALink(harness.Case):
    """The map of a linked source lies beside the link; so does what a killed run leaves of it.
    Berkeley DB waits for ever for a file of its own that was left there."""

    def test_what_was_left_there_goes_and_is_named(self):
        for map_type in ("hash", "lmdb", "cdb"):
            with self.subTest(type=map_type):
                table = Table.of(self, map_type, "add")
                table.reset()
                real = os.path.join(table.directory, "real")
                os.mkdir(real)
                os.rename(table.path, os.path.join(real, "table"))
                os.symlink("real/table", table.path)
                ends = ("", ".old", SUFFIX[map_type], SUFFIX[map_type] + ".old")
                names = ["table.relayctl-new" + end for end in ends]
                names += ["__db.table.relayctl-new.db", "table.relayctl-new.cdb.tmp"]
                for name in names + ["real/" + names[0]]:
                    with open(os.path.join(table.directory, name), "w") as out:
                        out.write("junk\n")
                verified = harness.run(table.relayctl("verify"))
                for name in names[:1] + ["real/" + names[0]]:
                    self.assertIn(os.path.join(table.directory, name), verified.stdout)
                result = harness.run(table.command, timeout=30)
                self.assertEqual(result.returncode, 0, result.stderr)
                for name in names:
                    self.assertFalse(os.path.lexists(os.path.join(table.directory, name)), name)
                self.assertEqual(sorted(os.listdir(real)),
                                 ["table", "table.history", "table.history-text", "table.lock"])
                self.assertEqual(table.map_state(), "new")


class OneTransaction(harness.Case):
    """Whoever looks at an lmdb map while it is changed in place sees all of the change or nothing:
    it is one transaction, which ends with one write of the meta page (through O_DSYNC)."""

    def commits(self, table, arguments):
        table.reset()
        command = table.relayctl(*arguments)
        result, recording = disk_model.record(command, [table.directory])
        self.assertEqual(result.returncode, 0, result.stderr)
        live = recording.names[table.directory, "table.lmdb"]
        return sum(operation[:2] == ("durable", live) for operation in recording.operations)

    def test_several_keys_at_once(self):
        table = Table.of(self, "lmdb", "add", recorded=True)
        listed = os.path.join(table.directory, "list")
        with open(listed, "w") as out:
            out.writelines("%s several%d.example\n" % (fingerprint(n), n) for n in (4, 5, 6))
        hosts = [host for _, host in OLD_ENTRIES]
        for arguments in (["add", "--fingerprint", fingerprint(9), "new.example"],
                          ["add", "--from", listed],
                          ["remove", hosts[1]],
                          ["remove", *hosts[:2]],
                          ["remove", *hosts],
                          ["add", "--replace", "--fingerprint", fingerprint(9), hosts[0]]):
            with self.subTest(arguments):
                self.assertEqual(self.commits(table, arguments), 1)


if __name__ == "__main__":
    harness.main()
