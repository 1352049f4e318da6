#!/usr/bin/env python3
"""Others at the same table: 64 processes at once with readers that look all the time, editors that
take no lock, lock holders."""

import contextlib
import fcntl
import json
import os
import re
import subprocess
import threading

from support import harness, running
from support.change_under_test import (NEW_LINES, OLD_ENTRIES, SUFFIX, OwnPostmapCase, Table,
                                       fingerprint, text_of)

PROCESSES = 64
WHOLE_ANNOTATION = re.compile(r"# relayctl: added=\S+ by=\w+ for=(?:[0-9A-F]{2}:){3}[0-9A-F]{2}")


def own(number):
    return ":".join(["%02X" % number] + ["FE"] * 31)


class Crowd(harness.Case):

    def walk(self, map_type):
        table = Table.of(self, map_type, "add")
        watcher = Watcher(table)
        watcher.start()
        workers = [
            threading.Thread(target=self.work, args=(table, number)) for number in range(PROCESSES)
        ]
        self.failures = []
        running.to_the_end(workers)
        watcher.stop()
        self.assertEqual(self.failures, [])
        self.assertEqual(watcher.complaints, [])
        self.assertGreater(watcher.looks, 10)
        with open(table.path) as source:
            lines = source.read().splitlines()
        expected = ["# kept by hand"] + ["%s %s" % e for e in OLD_ENTRIES]
        self.assertEqual(lines[:4], expected)
        # Each with its own annotation directly above it.
        pairs = [(above.rpartition(" ")[2], below)
                 for above, below in zip(lines[4::2], lines[5::2])]
        self.assertEqual(len(lines), 4 + 2 * PROCESSES)
        self.assertEqual(
            sorted(pairs),
            sorted(("for=" + own(n)[:11], "%s worker%d.example" % (own(n), n))
                   for n in range(PROCESSES)))
        self.assertEqual(harness.run(table.relayctl("verify")).returncode, 0)
        self.assertEqual(table.leftovers(), [])

    def work(self, table, number):
        """Adds, removes and adds again what nobody else touches."""
        add = ["add", "--fingerprint", own(number), "worker%d.example" % number]
        for command in (add, ["remove", own(number)], add):
            result = harness.run([*table.relayctl(*command), "--lock-timeout", "300"], timeout=400)
            if result.returncode != 0:
                self.failures.append(result.stderr)

    def test_hash(self):
        self.walk("hash")

    def test_lmdb(self):
        self.walk("lmdb")

    def test_texthash(self):
        self.walk("texthash")


class Watcher(threading.Thread):
    """Reads source and map all the time: whole lines, the old entries always there, the map always
    readable."""

    def __init__(self, table):
        super().__init__()
        self.table, self.looks, self.complaints, self.go_on = table, 0, [], True

    def run(self):
        while self.go_on:
            with open(self.table.path) as source:
                text = source.read()
            if (not text.startswith(text_of(OLD_ENTRIES)) or not text.endswith("\n") or any(
                    len(line) < 96 and not WHOLE_ANNOTATION.fullmatch(line)
                    for line in text.splitlines()[1:])):
                self.complaints.append(text)
            if SUFFIX[self.table.type]:
                asked = subprocess.run(["postmap", "-c", self.table.config, "-q", OLD_ENTRIES[0][0],
                                        self.table.name()], capture_output=True, text=True)
                if asked.stdout.strip() != OLD_ENTRIES[0][1]:
                    self.complaints.append(asked.stdout + asked.stderr)
            self.looks += 1

    def stop(self):
        self.go_on = False
        self.join()


class WithPostmap(OwnPostmapCase):

    def table(self, script, map_type="hash"):
        return self.table_of(map_type, script)


class Editors(WithPostmap):
    """An editor saves the source while the trial map is built: what it saved and the change are
    both there afterwards."""

    SAVED = "%s edited.example\n" % fingerprint(5)

    def once(self, what, table_name="table"):
        """A shell line that does `what` at the first build only; $f is the source."""
        return (
            "for t; do :; done; f=${t#*:}; f=${f%%.relayctl-new}\n"
            'case "$*" in *" -q "*) ;; *) if [ ! -e %s/done ]; then : > %s/done; %s; fi;; esac' %
            (self.directory, self.directory, what))

    def expect_both(self, table, status=0):
        result = harness.run(table.command)
        self.assertEqual(result.returncode, status, result.stderr)
        with open(table.path) as source:
            text = source.read()
        self.assertEqual(text, text_of(OLD_ENTRIES) + self.SAVED + NEW_LINES)
        self.assertEqual(harness.run(table.relayctl("verify")).returncode, 0)
        self.assertEqual(table.leftovers(), [])

    def test_by_rename(self):
        for map_type in ("hash", "lmdb", "cdb"):
            with self.subTest(type=map_type):
                table = self.table(
                    self.once("cp $f $f.edit; printf '%s' >> $f.edit; mv $f.edit $f" %
                              self.SAVED.replace("\n", "\\n")), map_type)
                self.expect_both(table)
                os.unlink(os.path.join(self.directory, "done"))

    def test_in_place(self):
        table = self.table(self.once("printf '%s' >> $f" % self.SAVED.replace("\n", "\\n")))
        self.expect_both(table)

    def test_in_place_with_the_same_size_and_times(self):
        table = self.table(
            self.once(
                "touch -r $f $f.times; sed 's/host2/HOST2/' $f > $f.edit; cat $f.edit > $f; touch "
                "-r $f.times $f; rm $f.edit $f.times"))
        result = harness.run(table.command)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(table.path) as source:
            self.assertIn("HOST2", source.read())

    def test_still_writing(self):
        """It has truncated the file and written half of it when the change wants to go through; the
        rest comes later."""
        half = text_of(OLD_ENTRIES)[:100]
        rest = text_of(OLD_ENTRIES)[100:] + self.SAVED
        for name, text in (("half", half), ("rest", rest)):
            with open(os.path.join(self.directory, name), "w") as out:
                out.write(text)
        os.mkfifo(os.path.join(self.directory, "opened"))
        # The editor takes 0.2 s for the rest: relayctl waits for it, and runs nothing meanwhile
        # that could tell the editor to go on.
        table = self.table(
            self.once("( exec > $f < /dev/null 2>&1; cat {0}/half; echo > {0}/opened; sleep 0.2; "
                      "cat {0}/rest ) & read line < {0}/opened".format(self.directory)))
        self.expect_both(table)

    def test_one_that_pauses_half_way_is_not_overtaken(self):
        """Nothing but its open descriptor shows that it has not finished."""
        table = self.table("")
        with open(table.path, "r+") as editor:
            editor.truncate(100)
            result = harness.run(table.command)
            self.assertEqual(result.returncode, 5, result.stderr)
            self.assertIn("another program is changing it", result.stderr)
            editor.write(text_of(OLD_ENTRIES) + self.SAVED)
        self.expect_both(table)

    def test_one_that_opens_it_meanwhile_and_writes_later_loses_nothing(self):
        opened, go = os.path.join(self.directory, "opened"), os.path.join(self.directory, "go")
        os.mkfifo(opened)
        os.mkfifo(go)
        table = self.table(
            self.once(
                "( exec 3>> $f > /dev/null 2>&1 < /dev/null; echo > %s; read line < %s; printf "
                "'%s' >&3 ) & read line < %s" %
                (opened, go, self.SAVED.replace("\n", "\\n"), opened)))
        result = harness.run(table.command)
        with open(go, "w") as out:
            out.write("go\n")
        self.assertEqual(result.returncode, 5, result.stderr)
        self.wait_for_text(table)
        self.expect_both(table)

    def test_in_place_in_a_large_table(self):
        """What the editor writes must not go into the file that was replaced."""
        table = self.table(
            self.once("{ ( printf '%s' >> $f ) < /dev/null > /dev/null 2>&1 & }" %
                      self.SAVED.replace("\n", "\\n")))
        filler = "".join("%s filler%d.example.org\n" %
                         (":".join(re.findall("..", "%064X" % number)), number)
                         for number in range(80_000))
        with open(table.path, "w") as source:
            source.write(filler)
        self.assertGreater(len(filler), 8 << 20)
        for _ in range(3):
            self.assertEqual(
                harness.run(table.relayctl("remove", "--if-exists", "new.example")).returncode, 0)
            with open(table.path) as source:
                before = source.read()
            if os.path.exists(os.path.join(self.directory, "done")):
                os.unlink(os.path.join(self.directory, "done"))
            result = harness.run(table.command)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.wait_for_text(table)
            with open(table.path) as source:
                self.assertIn(source.read()[len(before):],
                              (self.SAVED + NEW_LINES, NEW_LINES + self.SAVED))

    def wait_for_text(self, table):
        """Until the editor has closed the file: it could not be leased before."""
        with open(table.path) as source:
            running.until(lambda: self.can_lease(source), "the editor does not end")

    @staticmethod
    def can_lease(source):
        with contextlib.suppress(OSError):
            fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            return True
        return False

    def test_one_that_never_stops_is_refused_and_not_overwritten(self):
        table = self.table("for t; do :; done; f=${t#*:}; f=${f%.relayctl-new}\n"
                           'case "$*" in *" -q "*) ;; *) echo "# busy" >> $f;; esac')
        result = harness.run(table.command)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("another program is changing it", result.stderr)
        self.assertIn("unchanged", result.stderr)
        with open(table.path) as source:
            text = source.read()
        self.assertTrue(text.startswith(text_of(OLD_ENTRIES) + "# busy\n"), text)
        self.assertNotIn("new.example", text)
        self.assertEqual(table.leftovers(), [])

    def test_one_that_removes_the_source(self):
        table = self.table(self.once("rm $f"))
        result = harness.run(table.command)
        self.assertEqual(result.returncode, 0, result.stderr)  # done anew on what is there: nothing
        with open(table.path) as source:
            self.assertEqual(source.read(), NEW_LINES)


class Locks(harness.Case):

    @contextlib.contextmanager
    def locked(self):
        """A table whose lock is ours."""
        table = Table.of(self, "hash", "add")
        with open(table.path + ".lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield table

    def test_a_busy_lock_names_its_holder(self):
        with self.locked() as table:
            for timeout in ("0", "0.3"):
                result = harness.run([*table.command, "--lock-timeout", timeout])
                self.assertEqual(result.returncode, 5)
                self.assertIn("locked by process %d" % os.getpid(), result.stderr)
                self.assertIn("unchanged", result.stderr)
            self.assertEqual(table.state_without_lock(), ("old", "old"))
            waiting = subprocess.Popen([*table.command, "--lock-timeout", "60"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            with self.assertRaises(subprocess.TimeoutExpired):
                waiting.wait(timeout=0.3)
        waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0)
        self.assertEqual(table.state(), ("new", "new"))

    def test_a_lock_file_that_is_a_link_or_no_file_is_not_touched(self):
        table = Table.of(self, "hash", "add")
        victim = os.path.join(table.directory, "victim")
        for make in (lambda path: os.symlink(victim, path), os.mkfifo, os.mkdir):
            make(table.path + ".lock")
            result = harness.run(table.command)
            self.assertIn(result.returncode, (5, 6), result.stderr)
            self.assertFalse(os.path.exists(victim))
            (os.rmdir if os.path.isdir(table.path + ".lock") else os.unlink)(table.path + ".lock")

    def test_readers_need_no_lock(self):
        with self.locked() as table:
            for command in (["list"],
                            ["verify"],
                            ["add", "-n", "--fingerprint", fingerprint(8), "dry.example"]):
                self.assertEqual(harness.run(table.relayctl(*command), timeout=5).returncode, 0)


class ProvesItself(WithPostmap):

    def test_remove_fails_loudly_where_the_map_still_answers(self):
        for map_type in ("hash", "lmdb"):
            with self.subTest(type=map_type):
                gone = fingerprint(2)
                table = self.table(
                    'case "$*" in *" -q "*relayctl-new) ;; *" -q "*) cat > /dev/null; printf '
                    '"%%s\\thost2.example\\n" %s; exit 0;; esac' % gone, map_type)
                result = harness.run(table.relayctl("remove", "host2.example"))
                self.assertEqual(result.returncode, 4)
                self.assertIn("still answers for " + gone, result.stderr)
                self.assertIn("unchanged", result.stderr)
                self.assertEqual(table.state(), ("old", "old"))
                self.assertEqual(table.leftovers(), [])

    def test_what_it_says_of_open_sessions(self):
        for map_type, said in (("hash", True), ("lmdb", False)):
            table = Table.of(self, map_type, "remove")
            table.reset()
            result = harness.run(table.command)
            self.assertEqual("sessions already open may relay until they end" in result.stderr,
                             said)
            table.reset()
            data = json.loads(harness.run([*table.command, "--json"]).stdout)
            self.assertEqual(data["removed"][0]["host"], "host2.example")


if __name__ == "__main__":
    harness.main()
