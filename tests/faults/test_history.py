#!/usr/bin/env python3
"""The record of a change under every fault: no acknowledged change without a record, no record of a
change that was not made. Python reads the records, never relayctl."""

import json
import os
import shutil

from support import harness, history
from support.change_under_test import CHANGES, Table, calls_of, fingerprint, run_injected
from support.change_under_test import text_of

from test_injected import FAILURES, can_fail, chosen

OTHER = ["add", "--fingerprint", fingerprint(8), "other.example"]


class RecordCase(harness.Case):

    def table(self, map_type, change, recorded=True):
        """A table with a change before, so that a history is there already."""
        table = Table.of(self, map_type, change, recorded=recorded)
        if self.HAS_HISTORY:
            table.reset()
            made = harness.run(table.relayctl("add", "--fingerprint", fingerprint(7), "7.example"))
            self.assertEqual(made.returncode, 0, made.stderr)
            for command in (["undo"], ["rebuild"]):
                made = harness.run(table.relayctl(*command))
                self.assertEqual(made.returncode, 0, made.stderr)
            for file in table.files():
                if not file.endswith(".lock"):
                    shutil.copy2(os.path.join(table.directory, file), table.pristine)
        return table

    HAS_HISTORY = True

    def judge_next(self, table, was_made):
        """What the next run makes of it: the records lead from the first text to the present one,
        and the change has one if and only if it was made."""
        before = 2 if self.HAS_HISTORY else 0
        self.assertEqual(len(table.shown_changes()), before + was_made)
        done = harness.run(table.relayctl(*OTHER))
        self.assertEqual(done.returncode, 0, done.stderr)
        found = history.records(table.path)
        self.assertEqual([record["number"] for record in found], list(range(1, len(found) + 1)))
        self.assertEqual([record.get("command") for record in found[before:]],
                         [table.change] * was_made + ["add"])
        texts = history.replayed(text_of(table.old_entries).encode(), found)
        with open(table.path, "rb") as source:
            self.assertEqual(texts[-1], source.read())
        with open(table.path + ".history-text", "rb") as text:
            self.assertEqual(texts[-2], text.read())


class Killed:

    def test_at_every_call(self):
        tried = 0
        for change in CHANGES:
            table = self.table(self.TYPE, change)
            for call in chosen(calls_of(table), self.TYPE):
                with self.subTest(change=change, killed_at=str(call)):
                    result = run_injected(table, call, "signal=KILL")
                    table.settle()
                    was_made = table.source_state() == "new"
                    if result.returncode == 0:
                        self.assertTrue(was_made)
                    self.judge_next(table, was_made)
                    tried += 1
        self.assertGreater(tried, 30)

    def test_and_an_editor_saves_before_the_next_run(self):
        table = self.table(self.TYPE, "remove")
        for call in calls_of(table):
            if call.name.startswith(("rename", "unlink", "fsync", "write")):
                with self.subTest(killed_at=str(call)):
                    run_injected(table, call, "signal=KILL")
                    table.settle()
                    was_made = table.source_state() == "new"
                    with open(table.path) as source:
                        text = source.read()
                    with open(table.path + ".edited", "w") as out:
                        out.write(text + "# edited\n")
                    os.rename(table.path + ".edited", table.path)
                    done = harness.run(table.relayctl(*OTHER))
                    self.assertEqual(done.returncode, 0, done.stderr)
                    commands = [r.get("command") for r in history.records(table.path)]
                    before = 2 if self.HAS_HISTORY else 0
                    self.assertEqual(commands[before:before + was_made], ["remove"] * was_made)
                    self.assertEqual(commands.count("remove"), was_made)

    def test_and_the_lock_file_is_lost(self):
        table = self.table(self.TYPE, "add")
        for call in calls_of(table):
            if call.name.startswith(("rename", "unlink", "fsync", "write", "ftruncate", "pwrite")):
                with self.subTest(killed_at=str(call)):
                    run_injected(table, call, "signal=KILL")
                    table.settle()
                    os.unlink(table.path + ".lock")
                    self.judge_next(table, table.source_state() == "new")


class Failing:

    def test_every_call(self):
        for change in CHANGES:
            table = self.table(self.TYPE, change)
            for call in chosen(calls_of(table), self.TYPE):
                for failure in FAILURES.get(call.name, []) if can_fail(call) else []:
                    with self.subTest(change=change, failing=str(call), error=failure):
                        result = run_injected(table, call, "error=" + failure)
                        was_made = table.state()[0] == "new"
                        if result.returncode == 0 and "has no record" in result.stderr:
                            self.assertEqual(change, "remove")
                            continue
                        if result.returncode == 0:
                            self.assertTrue(was_made)
                        self.judge_next(table, was_made)


class FirstRecord(Killed, RecordCase):
    """There is no history yet."""

    TYPE = "hash"
    HAS_HISTORY = False


class Unusable(RecordCase):
    """A history that is something else, or somebody else's: only a removal goes on."""

    HAS_HISTORY = False

    def put(self, table, what):
        path, elsewhere = history.path_of(table.path), table.path + ".elsewhere"
        with open(elsewhere, "w") as out:
            out.write("precious\n")
        if what == "link":
            os.symlink(elsewhere, path)
        elif what == "hard link":
            os.link(elsewhere, path)
        elif what == "FIFO":
            os.mkfifo(path)
        elif what == "directory":
            os.mkdir(path)
        elif what == "of others":
            os.rename(elsewhere, path)
            shutil.chown(path, "nobody")
        elif what == "writable":
            os.rename(elsewhere, path)
            os.chmod(path, 0o666)
        return path, elsewhere

    def clear(self, table, path):
        for name in (path, table.path + ".elsewhere"):
            if os.path.isdir(name) and not os.path.islink(name):
                os.rmdir(name)
            elif os.path.lexists(name):
                os.unlink(name)

    def test_each(self):
        harness.need_root("nobody else's file can be made")
        for what in ("link", "hard link", "FIFO", "directory", "of others", "writable"):
            for change in CHANGES:
                with self.subTest(what=what, change=change):
                    table = Table.of(self, "hash", change)
                    table.reset()
                    path, elsewhere = self.put(table, what)
                    result = harness.run(table.command)
                    if change == "remove":
                        self.assertEqual(result.returncode, 0, result.stderr)
                        self.assertIn("has no record", result.stderr)
                        self.assertEqual(table.state(), ("new", "new"))
                    else:
                        self.assertIn(result.returncode, (5, 6), result.stderr)
                        self.assertIn("--no-history", result.stderr)
                        self.assertEqual(table.state(), ("old", "old"))
                        made = harness.run([*table.command, "--no-history"])
                        self.assertEqual(made.returncode, 0, made.stderr)
                    self.assertNotEqual(
                        harness.run(table.relayctl("history")).returncode, 0)
                    for kept in (path, elsewhere):
                        if os.path.isfile(kept):
                            self.assertEqual(harness.read_text(kept), "precious\n")
                    self.clear(table, path)

    def test_a_torn_last_line_is_cut_off(self):
        table = Table.of(self, "hash", "add")
        table.reset()
        self.assertEqual(harness.run(table.command).returncode, 0)
        with open(history.path_of(table.path), "rb") as file:
            line = file.read()
        for size in list(range(1, len(line) - 1, 7)):
            with self.subTest(size=size):
                with open(history.path_of(table.path), "wb") as file:
                    file.write(line + line[:size])
                os.unlink(table.path + ".lock")
                self.assertEqual(table.shown_changes(), [(1, "add")])
                self.assertEqual(harness.run(table.relayctl(*OTHER)).returncode, 0)
                self.assertEqual([r["number"] for r in history.records(table.path)], [1, 2])
                self.assertEqual(harness.run(table.relayctl("undo")).returncode, 0)
                with open(history.path_of(table.path), "wb") as file:
                    file.write(line)

    def test_a_full_disk_leaves_no_half_record(self):
        table = Table.of(self, "texthash", "add")
        for size in range(0, 4096, 512):
            table.reset()
            # The limit of the file size is one of the history as well, which is filled up to it.
            with open(history.path_of(table.path), "w") as file:
                os.chmod(file.name, 0o600)
                file.write((json.dumps({"folded_until": "2026-01-01T00:00:00Z", "number": 1},
                                       separators=(",", ":")) + "\n").ljust(size, "\n"))
            result = harness.run(["sh", "-c", "ulimit -f 8; exec \"$@\"", "sh", *table.command])
            with open(history.path_of(table.path)) as file:
                text = file.read()
            if result.returncode == 0:
                self.assertEqual(text.count('"changes"'), 1)
            else:
                self.assertNotIn("changes", text)


class Rivals(RecordCase):

    HAS_HISTORY = False

    def test_each_of_64_has_its_record(self):
        import subprocess
        table = Table.of(self, "hash", "add")
        table.reset()
        commands = [table.relayctl("add", "--lock-timeout", "120", "--fingerprint",
                                   fingerprint(16 + n), "r%d.example" % n) for n in range(64)]
        running = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                   for c in commands]
        for process in running:
            error = process.communicate()[1]
            self.assertEqual(process.returncode, 0, error)
        found = history.records(table.path)
        self.assertEqual([record["number"] for record in found], list(range(1, 65)))
        texts = history.replayed(text_of(table.old_entries).encode(), found)
        with open(table.path, "rb") as source:
            self.assertEqual(texts[-1], source.read())


for _type in ("hash", "lmdb", "texthash"):
    for _kind in (Killed, Failing):
        _name = "%s_%s" % (_kind.__name__, _type)
        globals()[_name] = type(_name, (_kind, RecordCase), {"TYPE": _type})

if __name__ == "__main__":
    harness.main()
