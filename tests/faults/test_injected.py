#!/usr/bin/env python3
"""Every system call of a change is the last one (SIGKILL), or fails: source and map stay readable, old or new."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

from change_under_test import CHANGES, TYPES, Table, calls_of, run_injected  # noqa: E402

# What a crash may leave. The source goes first: a map that is ahead of its source cannot be.
AFTER_A_CRASH = {("old", "old"), ("new", "old"), ("new", "new"), ("old", None), ("new", None)}

# Calls whose failure is worth trying, and how each can fail. munmap, brk and their like fail nowhere but in theory.
FAILURES = {
    "openat": ["EMFILE", "ENOSPC", "EACCES"],
    "write": ["ENOSPC", "EIO"],
    "fsync": ["EIO"],
    "fchmod": ["EPERM"],
    "fchown": ["EPERM"],
    "close": ["EIO", "EINTR"],
    "renameat2": ["EIO", "EROFS", "EINVAL"],
    "rename": ["EIO"],
    "link": ["EIO"],
    "unlink": ["EIO"],
    "flock": ["EIO", "ENOLCK"],
    "pipe2": ["EMFILE"],
    "clone3": ["EAGAIN"],
    "vfork": ["EAGAIN"],
    "read": ["EIO"],
    "pwrite64": ["ENOSPC"],
    "ftruncate": ["EIO"],
    "fcntl": ["EAGAIN"],
    "listxattr": ["EIO"],
}


def sampled(calls, full):
    """All of them, or every third and all that move names: those are where the states change."""
    return [c for i, c in enumerate(calls) if full or i % 3 == 0 or c.name.startswith(("rename", "unlink", "fsync"))]


class Injected(harness.Case):
    def each_table(self):
        for map_type in TYPES:
            for change in CHANGES:
                table = Table(map_type, change)
                self.addCleanup(table.close)
                yield table, change, harness.LONG or map_type in ("hash", "lmdb")


class KilledAnywhere(Injected):
    def test_source_and_map_are_whole_and_are_brought_together_again(self):
        tried = 0
        for table, change, full in self.each_table():
            for call in sampled(calls_of(table), full):
                with self.subTest(type=table.type, change=change, killed_at=str(call)):
                    result = run_injected(table, call, "signal=KILL")
                    state = table.state()
                    self.assertIn(state, AFTER_A_CRASH)
                    if result.returncode == 0:
                        self.assertNotEqual(state[0], "old", "acknowledged and lost")
                    mended = table.rebuild()
                    self.assertEqual(mended.returncode, 0, mended.stderr)
                    source, map_state = table.state()
                    self.assertEqual(source, state[0])
                    self.assertIn(map_state, (source, None))
                    self.assertEqual(table.leftovers(), [])
                    tried += 1
        self.assertGreater(tried, 400)

    def test_the_next_change_mends_as_well(self):
        table = Table("hash", "add")
        self.addCleanup(table.close)
        for call in [c for c in calls_of(table) if c.name in ("renameat2", "unlink", "fsync")]:
            with self.subTest(killed_at=str(call)):
                run_injected(table, call, "signal=KILL")
                again = harness.run(table.command)
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(table.state(), ("new", "new"))
                self.assertEqual(table.leftovers(), [])


class FailingCalls(Injected):
    def test_the_old_pair_stays_and_the_status_says_so(self):
        tried = 0
        for table, change, full in self.each_table():
            for call in calls_of(table):
                failures = FAILURES.get(call.name, [])
                for failure in failures if full else failures[:1]:
                    with self.subTest(type=table.type, change=change, failing=str(call), error=failure):
                        result = run_injected(table, call, "error=" + failure)
                        self.judge(table, result)
                        tried += 1
        self.assertGreater(tried, 250)

    def judge(self, table, result):
        state = table.state()
        if result.returncode == 0:  # a failure that does not matter: then all of the change is there
            self.assertEqual(state[0], "new")
            self.assertIn(state[1], ("new", None))
            return
        self.assertIn(result.returncode, (4, 5, 6), result.stderr)
        self.assertIn("relayctl: error: ", result.stderr)
        self.assertRegex(result.stderr, r"unchanged|nothing was changed")
        self.assertEqual(state[0], "old")
        self.assertIn(state[1], ("old", None))
        self.assertEqual(table.leftovers(), [], result.stderr)


if __name__ == "__main__":
    harness.main()
