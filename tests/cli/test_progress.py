#!/usr/bin/env python3
"""Who sits at a terminal sees that long work goes on; nobody else does. What makes the work long is
a lock that the test holds."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import time

from support import harness
from support.table_case import TableCase, fp


class AtTerminal:
    """A command whose standard error is a terminal."""

    def __init__(self, argv):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=slave, env=dict(os.environ, LC_ALL="C"))
        os.close(slave)
        self.seen = ""

    def read_until(self, pattern, seconds=60):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError("%s is not in %r" % (pattern, self.seen))
            self.seen += os.read(self.master, 65536).decode()

    def close(self):
        """All that was said, and the status."""
        self.process.stdout.read()
        self.process.wait(timeout=60)
        while True:
            try:
                part = os.read(self.master, 65536)
            except OSError:  # EIO: the other side is closed
                break
            self.seen += part.decode()
        os.close(self.master)
        self.process.stdout.close()
        return self.seen, self.process.returncode


class Progress(TableCase):

    def setUp(self):
        super().setUp()
        self.write("%s one.example\n" % fp(1))
        self.run_it("rebuild")
        self.lock = open(self.path + ".lock", "a")
        self.addCleanup(self.lock.close)
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def command(self, *args):
        return [harness.RELAYCTL, "-c", self.config, "add", "--lock-timeout", "120", *args]

    def test_at_a_terminal_and_nowhere_else(self):
        shown = AtTerminal(self.command("--fingerprint", fp(2), "two.example"))
        quiet = AtTerminal(self.command("-q", "--fingerprint", fp(3), "three.example"))
        piped = subprocess.Popen(self.command("--fingerprint", fp(4), "four.example"),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        shown.read_until(r"changing \S+relay_clients: 3 s")
        self.lock.close()
        said, status = shown.close()
        self.assertEqual(status, 0, said)
        self.assertTrue(said.startswith("\rrelayctl: changing "), said)
        lines = said.replace("\r\n", "\n").split("\r")
        self.assertTrue(all(len(line) == 79 for line in lines[1:-1]),
                        lines)  # each covers the one before
        self.assertEqual(lines[-2].strip(), "")
        self.assertTrue(lines[-1].startswith("relayctl: added"), lines[-1])
        said, status = quiet.close()
        self.assertEqual((said, status), ("", 0))
        _, said = piped.communicate(timeout=60)
        self.assertEqual(piped.returncode, 0, said)
        self.assertNotIn("\r", said)
        self.assertNotIn("changing", said)
        self.assertEqual(self.entries().count("\n"), 4)

    def test_interrupted(self):
        shown = AtTerminal(self.command("--fingerprint", fp(2), "two.example"))
        shown.read_until(r"changing \S+relay_clients: \d+ s")
        shown.process.send_signal(signal.SIGINT)
        said, status = shown.close()
        self.assertEqual(status, -signal.SIGINT, said)
        self.assertEqual(self.entries(), "%s one.example\n" % fp(1))

    def test_short_work_says_nothing(self):
        self.lock.close()
        said, status = AtTerminal(self.command("--fingerprint", fp(2), "two.example")).close()
        self.assertEqual(status, 0)
        self.assertNotIn("changing", said)


if __name__ == "__main__":
    harness.main()
