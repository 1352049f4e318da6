"""One change of a small table, run under strace, and an independent reader of what it leaves.

The reader is postmap and a few lines of Python, never relayctl. A state is read as (source, map):
each is "old", "new", or what else it is.
"""

import fcntl
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time

from support import harness
from support.harness import RELAYCTL

os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")  # LeakSanitizer cannot work under strace

# Who and when, so that the annotation of the new entry is known.
NOW = 1_790_000_000
os.environ.update(RELAYCTL_TEST_CLOCK=str(NOW), SUDO_USER="tester")
USER = "tester" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

TYPES = ("hash", "btree", "lmdb", "cdb", "texthash")
SUFFIX = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb", "texthash": None}


def fingerprint(number):
    return ":".join(["%02X" % number] * 32)


OLD_ENTRIES = [(fingerprint(n), "host%d.example" % n) for n in (1, 2, 3)]
HEAD = "# kept by hand\n"

NEW_ENTRY = (fingerprint(9), "new.example")
NEW_LINES = "# relayctl: added=%s by=%s for=09:09:09:09\n%s %s\n" % (time.strftime(
    "%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW)), USER, *NEW_ENTRY)


def text_of(entries):
    return HEAD + "".join(NEW_LINES if entry == NEW_ENTRY else "%s %s\n" % entry
                          for entry in entries)


CHANGES = {
    "add": (["add", "--fingerprint", fingerprint(9), "new.example"], OLD_ENTRIES + [NEW_ENTRY]),
    "remove": (["remove", "host2.example"], [OLD_ENTRIES[0], OLD_ENTRIES[2]])
}


class OwnPostmapCase(harness.Case):
    """A postmap of our own, a script in self.directory, that does something on the way."""

    def setUp(self):
        self.directory = self.temporary_directory("relayctl-fault-")

    def write_postmap(self, script, last='exec /usr/sbin/postmap "$@"'):
        path = os.path.join(self.directory, "postmap")
        with open(path, "w") as out:
            out.write("#!/bin/sh\n%s\n%s\n" % (script, last))
        os.chmod(path, 0o755)

    def table_of(self, map_type, script, **options):
        """A table whose postmap this script is."""
        self.write_postmap(script, **options)
        table = Table(map_type, "add", postmap=self.directory)
        self.addCleanup(table.close)
        table.reset()
        return table


class Table:
    """A table of its own in a directory of its own, with a main.cf that postmap accepts."""

    def __init__(self, map_type, change, postmap=None, parent=None, filling=(), recorded=False):
        """recorded: relayctl knows that the map is that of the source, so it updates the map
        instead of building it anew."""
        self.type, self.change, self.recorded = map_type, change, recorded
        self.directory = tempfile.mkdtemp(prefix="relayctl-fault-", dir=parent)
        self.path = os.path.join(self.directory, "table")
        self.config = os.path.join(self.directory, "conf")
        os.mkdir(self.config)
        main = os.path.join(self.config, "main.cf")
        with open(main, "w") as out:
            out.write("compatibility_level = 3.6\nsmtpd_tls_fingerprint_digest = sha256\n"
                      "relay_clientcerts = %s\n" % self.name())
            if postmap:
                out.write("command_directory = %s\n" % postmap)
        os.utime(main, (1, 1))
        arguments, new_entries = CHANGES[change]
        self.old_entries, self.new_entries = (list(filling) + OLD_ENTRIES,
                                              list(filling) + new_entries)
        self.by_configuration = postmap is not None
        self.command = self.relayctl(*arguments)
        self.pristine = os.path.join(self.directory, "pristine")
        os.mkdir(self.pristine)
        self.put(text_of(self.old_entries))
        if map_type != "texthash":
            subprocess.run(["postmap", "-c", self.config, self.name()], check=True,
                           capture_output=True)
        for file in self.files():
            shutil.copy2(os.path.join(self.directory, file), self.pristine)

    @classmethod
    def of(cls, test, *arguments, **options):
        """A table that goes with the test."""
        table = cls(*arguments, **options)
        test.addCleanup(table.close)
        return table

    def name(self):
        return "%s:%s" % (self.type, self.path)

    def relayctl(self, *arguments):
        # Only where postconf is asked are the tools those of command_directory: a test can put its
        # own there.
        table = [] if self.by_configuration else ["-t", self.name(), "-d", "sha256"]
        return [RELAYCTL, "-c", self.config, *table, *arguments]

    def put(self, text):
        with open(self.path, "w") as out:
            out.write(text)

    def files(self):
        return sorted(f for f in os.listdir(self.directory) if f.startswith(("table", "__db.")))

    def leftovers(self):
        suffix = SUFFIX[self.type]
        expected = {"table", "table.lock", "table.history", "table.history-text"}
        expected |= {"table" + suffix} if suffix else set()
        return [f for f in self.files() if f not in expected]

    def reset(self):
        for file in self.files():
            os.unlink(os.path.join(self.directory, file))
        for file in os.listdir(self.pristine):
            source = os.path.join(self.pristine, file)
            copy = shutil.copy2(source, self.directory)
            if os.geteuid() == 0:
                shutil.chown(copy, os.stat(source).st_uid, os.stat(source).st_gid)
        if self.recorded:
            subprocess.run(self.relayctl("rebuild"), check=True, capture_output=True, timeout=60)

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    # -- the independent reader ------------------------------------------------------------------

    def settle(self):
        """Waits until nobody works on the table any more: a postmap that outlives its relayctl
        holds the lock."""
        with open(self.path + ".lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

    def source_state(self):
        with open(self.path) as source:
            text = source.read()
        return {text_of(self.old_entries): "old",
                text_of(self.new_entries): "new"}.get(text, repr(text))

    def map_state(self):
        if SUFFIX[self.type] is None:
            return None
        keys = [key for key, _ in self.old_entries + self.new_entries]
        result = subprocess.run(["postmap", "-c", self.config, "-q", "-", self.name()],
                                input="\n".join(keys) + "\n", capture_output=True, text=True)
        if "fatal" in result.stderr:
            return result.stderr
        found = sorted(set(tuple(line.split("\t")) for line in result.stdout.splitlines()))
        return {tuple(sorted(self.old_entries)): "old",
                tuple(sorted(self.new_entries)): "new"}.get(tuple(found), repr(found))

    def shown_changes(self):
        """What history shows: the numbers of the changes, and the command of each."""
        shown = subprocess.run(self.relayctl("history", "--json"), capture_output=True, check=True)
        return [(change["number"], change["command"])
                for change in json.loads(shown.stdout)["changes"]]

    def state_without_lock(self):
        return self.source_state(), self.map_state()

    def state(self):
        self.settle()
        return self.state_without_lock()

    def rebuild(self):
        return subprocess.run(self.relayctl("rebuild"), capture_output=True, text=True, timeout=60)


class Call:
    """The number-th call of one system call in a run, and what it was about."""

    def __init__(self, name, number, text):
        self.name, self.number, self.text = name, number, text

    def __str__(self):
        return "%s number %d: %s" % (self.name, self.number, self.text[:90])


def calls_of(table, command=None, begins=lambda name, line: "table.lock" in line):
    """The system calls of the change, or of the command, from the lock on, or from the call that
    begins: before that there is nothing to lose."""
    table.reset()
    log = os.path.join(table.directory, "strace.log")
    subprocess.run(["strace", "-y", "-o", log, *(command or table.command)], check=True,
                   capture_output=True, timeout=60)
    counts, calls, begun = {}, [], False
    with open(log, errors="replace") as lines:
        for line in lines:
            match = re.match(r"(\w+)\(", line)
            if not match:
                continue
            name = match.group(1)
            counts[name] = counts.get(name, 0) + 1
            begun = begun or begins(name, line)
            if begun and name != "exit_group":
                calls.append(Call(name, counts[name], line.strip()))
    return calls


def run_injected(table, call, what, onwards=False):
    """Runs the change with `what` ("signal=KILL", "error=EIO") injected at one call, or at that and
    all later ones of its name."""
    table.reset()
    log = os.path.join(table.directory, "strace.log")
    return subprocess.run(["strace", "-o", log, "-e",
                           "inject=%s:%s:when=%d%s" % (call.name, what, call.number, "+" * onwards),
                           *table.command], capture_output=True, text=True, timeout=60)
