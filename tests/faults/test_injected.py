#!/usr/bin/env python3
"""Every system call of a change is the last one (SIGKILL), or fails: source and map stay readable,
old or new."""

import json
import os
import shutil

from support import harness

from support.change_under_test import CHANGES, TYPES, Table, calls_of, run_injected

# What a crash may leave. The source goes first: a map that is ahead of its source cannot be.
AFTER_A_CRASH = {("old", "old"), ("new", "old"), ("new", "new"), ("old", None), ("new", None)}

# Calls whose failure is worth trying, and how each can fail. munmap, brk and their like fail
# nowhere but in theory.
FAILURES = {"openat": ["EMFILE", "ENOSPC", "EACCES"],
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
            "openat2": ["EMFILE", "ENOSPC", "EACCES"],
            "flistxattr": ["EIO"],
            "fremovexattr": ["EIO"]}


def chosen(calls, map_type):
    """Every call for the two ways of publishing (exchanged, lmdb in place); of the other types,
    unless the long form is asked for, those that move names and every fourth of the rest."""
    full = harness.LONG or map_type in ("hash", "lmdb")
    return [
        c for i, c in enumerate(calls)
        if full or i % 4 == 0 or c.name.startswith(("rename", "unlink", "fsync"))
    ]


def can_fail(call):
    """Closing a pipe cannot fail, and Linux closes in any case, while strace leaves a close that it
    lets fail undone."""
    return call.name != "close" or "pipe:" not in call.text


def calls_of_every_change(case):
    """(change, table, call) of each call that the case tries."""
    for change in CHANGES:
        table = Table.of(case, case.TYPE, change, recorded=case.RECORDED)
        for call in chosen(calls_of(table), case.TYPE):
            yield change, table, call


class Killed:

    def test_which_way_is_tried(self):
        table = Table.of(self, self.TYPE, "add", recorded=self.RECORDED)
        table.reset()
        said = json.loads(harness.run([*table.command, "--json"]).stdout)
        self.assertEqual(
            said["map"],
            "updated" if self.RECORDED else "none" if self.TYPE == "texthash" else "rebuilt")

    def test_source_and_map_are_whole_and_are_brought_together_again(self):
        tried = 0
        for change, table, call in calls_of_every_change(self):
            with self.subTest(change=change, killed_at=str(call)):
                result = run_injected(table, call, "signal=KILL")
                state = table.state()
                self.assertIn(state, AFTER_A_CRASH)
                if result.returncode == 0:
                    self.assertNotEqual(state[0], "old", "acknowledged and lost")
                self.mend(table, state, again=tried % 2 == 0)
                tried += 1
        self.assertGreater(tried, 30)

    def mend(self, table, state, again):
        """The next change, or rebuild, brings source and map together and clears what was left."""
        mended = harness.run(table.command if again else table.relayctl("rebuild"))
        if again and state[0] == "new" and table.change == "remove":
            self.assertEqual(mended.returncode, 1, mended.stderr)  # not listed any more
            mended = harness.run(table.relayctl("rebuild"))
        self.assertEqual(mended.returncode, 0, mended.stderr)
        source, map_state = table.state()
        self.assertEqual(source, "new" if again else state[0])
        self.assertIn(map_state, (source, None))
        self.assertEqual(table.leftovers(), [])


class Failing:

    def test_the_old_pair_stays_and_the_status_says_so(self):
        tried = 0
        for change, table, call in calls_of_every_change(self):
            for failure in FAILURES.get(call.name, []) if can_fail(call) else []:
                with self.subTest(change=change, failing=str(call), error=failure):
                    result = run_injected(table, call, "error=" + failure)
                    self.judge(table, result)
                    if call.name == "flock":  # tried once without waiting and then waiting
                        result = run_injected(table, call, "error=" + failure, onwards=True)
                        self.assertNotEqual(result.returncode, 0)
                        self.judge(table, result)
                    tried += 1
        self.assertGreater(tried, 30)

    def judge(self, table, result):
        state = table.state()
        if (result.returncode == 0
            ):  # a failure that does not matter: then all of the change is there
            self.assertEqual(state[0], "new")
            self.assertIn(state[1], ("new", None))
            return
        self.assertIn(result.returncode, (4, 5, 6), result.stderr)
        self.assertIn("relayctl: error: ", result.stderr)
        self.assertRegex(result.stderr, r"unchanged|nothing was changed")
        self.assertEqual(state[0], "old")
        self.assertIn(state[1], ("old", None))
        self.assertEqual(table.leftovers(), [], result.stderr)


class ForeignOwner(Failing, harness.Case):
    """The source belongs to another user, so the new one must be given away."""

    def test_the_old_pair_stays_and_the_status_says_so(self):
        harness.need_root("only root may give files away")
        for change in CHANGES:
            table = Table.of(self, "texthash", change)
            shutil.chown(os.path.join(table.pristine, "table"), "daemon", "daemon")
            tried = 0
            for call in calls_of(table):
                if call.name in ("fchown", "fchmod"):
                    for failure in ("EPERM", "EIO", "EROFS"):
                        with self.subTest(change=change, failing=str(call), error=failure):
                            result = run_injected(table, call, "error=" + failure)
                            self.assertNotEqual(result.returncode, 0)
                            self.judge(table, result)
                            self.assertEqual(
                                os.stat(table.path).st_uid,
                                os.stat(os.path.join(table.pristine, "table")).st_uid)
                            tried += 1
            self.assertEqual(tried, 6)


# A test class for each, so that they run side by side. Of maps that are known to be those of their
# sources (RECORDED), a change updates a copy (hash, btree) or the map in place (lmdb) instead of
# having it built.
for _type, _recorded in [(t, False) for t in TYPES] + [("hash", True), ("lmdb", True)]:
    for _kind in (Killed, Failing):
        _name = "_".join([_kind.__name__, _type] + ["updated"] * _recorded)
        globals()[_name] = type(_name, (_kind, harness.Case),
                                {"TYPE": _type, "RECORDED": _recorded})

if __name__ == "__main__":
    harness.main()
