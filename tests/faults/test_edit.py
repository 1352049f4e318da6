#!/usr/bin/env python3
"""edit where something fails: every system call is the last one, or fails, also those around the
editor; the disk is full; two edit at once. What is acknowledged is on record, and a copy of the
table is left only by who was killed."""

import os
import re
import shutil
import signal
import subprocess

from faults.test_injected import AFTER_A_CRASH, FAILURES, can_fail
from support import harness, history, running
from support.change_under_test import Table, calls_of, run_injected

# The calls that make the private copy and give it back, beside those of every change.
OF_THE_COPY = {"mkdir": ["EACCES", "ENOSPC"], "open": ["EMFILE"], "fork": ["EAGAIN"],
               "clone": ["EAGAIN"], "getdents64": ["EIO"], "unlinkat": ["EIO"], "rmdir": ["EIO"],
               "pidfd_open": ["ENOSYS"]}


class EditedTable(Table):
    """A table from which an editor takes host2.example."""

    def __init__(self, map_type, script="sed -i /host2.example/d $1"):
        super().__init__(map_type, "remove", recorded=map_type != "texthash")
        self.editor = os.path.join(self.directory, "editor")
        self.write_editor(script)
        self.command = ["env", "VISUAL=", "SUDO_USER=", "EDITOR=" + self.editor,
                        *self.relayctl("edit", "--no-syslog")]

    def write_editor(self, script):
        with open(self.editor, "w") as out:
            out.write('#!/bin/sh\nset -e\necho "${1%%/*}" > %s.copy\n%s\n' % (self.editor, script))
        os.chmod(self.editor, 0o755)

    def copy(self):
        """The directory that the last editor got; None if none ran."""
        text = harness.read_text(self.editor + ".copy")
        return text and text.rstrip("\n")

    def remove_copy(self):
        """Also one that no editor has seen."""
        log = harness.read_text(os.path.join(self.directory, "strace.log")) or ""
        for copy in {*re.findall(r"/var/tmp/relayctl-edit-\w{6}", log), self.copy()} - {None}:
            shutil.rmtree(copy, ignore_errors=True)
        if self.copy():
            os.unlink(self.editor + ".copy")


class Walk:

    def setUp(self):
        self.table = EditedTable(self.TYPE)
        self.addCleanup(self.table.close)
        self.addCleanup(self.table.remove_copy)

    def assert_on_record(self, state):
        """The history leads from the old text to what the source says now."""
        with open(os.path.join(self.table.pristine, "table"), "rb") as text:
            texts = history.replayed(text.read(), history.records(self.table.path))
        with open(self.table.path, "rb") as text:
            self.assertEqual(texts[-1], text.read())
        self.assertEqual(len(texts), 2 if state == "new" else 1)

    def calls(self):
        return calls_of(self.table)

    def removes_the_copy(self, call):
        """Such a call is followed by no other that does."""
        return (call.name in ("unlinkat", "rmdir", "getdents64", "fcntl") or
                call.name == "openat" and "/relayctl-edit-" in call.text)

    def test_killed(self):
        tried = 0
        for call in self.calls():
            with self.subTest(killed_at=str(call)):
                result = run_injected(self.table, call, "signal=KILL")
                state = self.table.state()
                self.assertIn(state, AFTER_A_CRASH)
                if result.returncode == 0:
                    self.assertEqual(state[0], "new", "acknowledged and lost")
                again = harness.run(self.table.relayctl("rebuild"))
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.table.source_state(), state[0])
                self.assert_on_record(state[0])
                self.assertEqual(self.table.leftovers(), [])
                self.table.remove_copy()
                tried += 1
        self.assertGreater(tried, 60)

    def test_failing(self):
        tried = 0
        for call in self.calls():
            for failure in {**FAILURES, **OF_THE_COPY}.get(call.name,
                                                          []) if can_fail(call) else []:
                with self.subTest(failing=str(call), error=failure):
                    result = run_injected(self.table, call, "error=" + failure)
                    source, _ = self.table.state()
                    self.assertEqual(source, "new" if result.returncode == 0 else "old",
                                     result.stderr)
                    if result.returncode != 0:
                        self.assertIn(result.returncode, (3, 4, 5, 6), result.stderr)
                        self.assertRegex(result.stderr, r"unchanged|nothing was changed")
                        self.assertEqual(self.table.leftovers(), [], result.stderr)
                    self.assert_on_record(source)
                    if not self.removes_the_copy(call):
                        self.assertFalse(self.table.copy() and os.path.exists(self.table.copy()))
                    self.table.remove_copy()
                    tried += 1
        self.assertGreater(tried, 30)


class Hash(Walk, harness.Case):
    TYPE = "hash"


class Texthash(Walk, harness.Case):
    TYPE = "texthash"


class WhileTheEditorRuns(harness.Case):

    def table(self, script):
        table = EditedTable("hash", script)
        self.addCleanup(table.close)
        self.addCleanup(table.remove_copy)
        table.reset()
        return table

    def begun(self, table):
        """The edit, whose editor runs: it has made the copy its own."""
        process = subprocess.Popen(table.command, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        running.until(table.copy, "the editor does not run")
        return process

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(signal=number):
                table = self.table("sed -i /host2.example/d $1; exec sleep 60")
                process = self.begun(table)
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=30), -number)
                self.assertEqual(table.state(), ("old", "old"))
                self.assertEqual(os.path.exists(table.copy()), number == signal.SIGKILL)
                if number == signal.SIGKILL:  # the copy of one that was killed is as private
                    self.assertEqual(os.stat(table.copy()).st_mode & 0o7777, 0o700)
                    table.write_editor("sed -i /host2.example/d $1")
                    table.remove_copy()
                    done = harness.run(table.command, timeout=30)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(table.state(), ("new", "new"))

    def test_the_keys_of_the_terminal_are_the_editors(self):
        table = self.table("kill -INT $PPID; kill -QUIT $PPID; sed -i /host2.example/d $1")
        done = harness.run(table.command)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(table.state(), ("new", "new"))

    def test_two_at_once(self):
        go = os.path.join(self.temporary_directory(), "go")
        os.mkfifo(go)
        table = self.table("sed -i /host2.example/d $1; read line < %s" % go)
        first = self.begun(table)
        second = harness.run([*table.command, "--lock-timeout", "0"])
        self.assertEqual(second.returncode, 5)
        self.assertIn("locked by process", second.stderr)
        with open(go, "w") as out:
            out.write("\n")
        self.assertEqual(first.wait(timeout=30), 0)
        self.assertEqual(table.state(), ("new", "new"))

    def test_an_editor_that_goes_on_in_the_background_holds_no_lock(self):
        table = self.table("sleep 60 > /dev/null 2>&1 &\necho $! > $0.pid")
        done = harness.run(table.command, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(os.kill, int(harness.read_text(table.editor + ".pid")), signal.SIGKILL)
        done = harness.run(table.relayctl("remove", "host2.example", "--lock-timeout", "0"))
        self.assertEqual(done.returncode, 0, done.stderr)


class FullDisk(harness.Case):
    """The private copy lies on a file system without room."""

    def test_the_copy_does_not_fit(self):
        harness.need_root("mounts a file system")
        table = EditedTable("hash")
        self.addCleanup(table.close)
        table.reset()
        for room, editor in (("1", "exit 0"), ("5", "head -c 100000 /dev/zero >> $1")):
            with self.subTest(blocks=room):
                table.write_editor(editor)
                enter = ("mount -t tmpfs -o size=%sk,nr_inodes=%s tmpfs /var/tmp && exec \"$@\"" %
                         ("4", room))
                done = harness.run(["unshare", "--mount", "sh", "-c", enter, "sh", *table.command])
                harness.skip("no mount namespace" if "unshare:" in done.stderr else None)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, r"unchanged|nothing was changed")
                self.assertEqual(table.state(), ("old", "old"))
                self.assertEqual(history.records(table.path), [])


if __name__ == "__main__":
    harness.main()
