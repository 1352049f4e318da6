#!/usr/bin/env python3
"""A disk that fills up after every number of pages, and writes that take only a few bytes at a
time."""

import os
import subprocess
import tempfile
import unittest

from support import harness
from support.change_under_test import CHANGES, TYPES, Table

PAGE = 4096
PAGES = 512
FILLING = [("%02X:%02X:" % (n // 256, n % 256) + ":".join(["AB"] * 30), "filling%d.example" % n)
           for n in range(100)]


class FullDisk:
    """On a small tmpfs with 0, 1, 2, ... pages left: the change is there as a whole, or the old
    pair is and the status says so."""

    @classmethod
    def setUpClass(cls):
        cls.disk = tempfile.mkdtemp(prefix="relayctl-disk-")
        cls.addClassCleanup(os.rmdir, cls.disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % (PAGES * PAGE), "tmpfs",
                                  cls.disk], capture_output=True, text=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest("no mounting here: " + mounted.stderr.strip())
        cls.addClassCleanup(subprocess.run, ["umount", cls.disk], check=True)

    def fill_up(self, leave):
        status = os.statvfs(self.disk)
        size = (status.f_bavail - leave) * status.f_bsize
        with open(os.path.join(self.disk, "ballast"), "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(size, 1))

    def test_the_change_is_whole_or_not_at_all(self):
        map_type = self.TYPE
        for change in CHANGES:
            table = Table.of(self, map_type, change, parent=self.disk, filling=FILLING)
            good = bad = 0
            for leave in range(0, 120):
                table.reset()
                self.fill_up(leave)
                result = harness.run(table.command)
                os.unlink(os.path.join(self.disk, "ballast"))
                state = table.state()
                with self.subTest(type=map_type, change=change, pages=leave):
                    if result.returncode == 0:
                        good += 1
                        self.assertEqual(state, ("new", None if map_type == "texthash" else "new"))
                    else:
                        bad += 1
                        self.assertIn(result.returncode, (4, 6), result.stderr)
                        self.assertIn("unchanged", result.stderr)
                        self.assertEqual(state, ("old", None if map_type == "texthash" else "old"))
                    self.assertEqual(table.leftovers(), [])
                if good == 5 and not harness.LONG:
                    break
            self.assertGreaterEqual(good, 5)
            self.assertGreaterEqual(bad, 3)
            table.close()


class ShortWrites(harness.Case):
    """write() and its like take at most 7 bytes at once, now and then none (EINTR): nothing is lost
    by it."""

    def test_every_type(self):
        shim = os.environ.get(
            "RELAYCTL_SHORT_WRITES",
            os.path.join(os.path.dirname(harness.RELAYCTL), "librelayctl_short_writes.so"))
        if not os.path.exists(shim):
            raise unittest.SkipTest(
                "the shim is not built (it cannot be combined with the sanitizers)")
        for map_type in TYPES:
            for change in CHANGES:
                table = Table.of(self, map_type, change)
                table.reset()
                with self.subTest(type=map_type, change=change):
                    result = harness.run(table.command, env={"LD_PRELOAD": shim})
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertEqual(table.state(),
                                     ("new", None if map_type == "texthash" else "new"))
        listed = harness.run(table.relayctl("list", "--json"), env={"LD_PRELOAD": shim}).stdout
        self.assertEqual(listed, harness.run(table.relayctl("list", "--json")).stdout)


class FileTooLarge(harness.Case):

    def test_a_limit_on_the_size_of_files(self):
        """RLIMIT_FSIZE: a part of the text is written before it fails."""
        table = Table.of(self, "texthash", "add", filling=FILLING)
        for blocks in (1, 10, 20):
            table.reset()
            result = harness.run(
                ["sh", "-c", 'ulimit -f %d; exec "$@"' % blocks, "sh", *table.command])
            self.assertEqual(result.returncode, 6, result.stderr)
            self.assertIn("unchanged", result.stderr)
            self.assertEqual(table.state(), ("old", None))
            self.assertEqual(table.leftovers(), [])


for _type in TYPES:  # a test class for each, so that they run side by side
    globals()["FullDisk_" + _type] = type("FullDisk_" + _type, (FullDisk, harness.Case),
                                          {"TYPE": _type})

if __name__ == "__main__":
    harness.main()
