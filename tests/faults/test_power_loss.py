#!/usr/bin/env python3
"""The power goes at any moment of a change: in every state that the disk may show then, no client
is in the map whom the source does not have, verify names what differs, and the next change is
right. disk_model.py says what a disk may show."""

import json
import os
import shutil
import subprocess
import tempfile

from support import disk_model, harness, history
from support.change_under_test import (CHANGES, NEW_ENTRY, NEW_LINES, OLD_ENTRIES, SUFFIX, TYPES,
                                       Table, fingerprint, text_of)

BOOT_ID = "/proc/sys/kernel/random/boot_id"
OTHER_BOOT = "11111111-2222-4333-8444-555555555555"
THIRD = (fingerprint(7), "third.example")
EDITED = (fingerprint(8), "edited.example")


def boot_id():
    with open(BOOT_ID) as boot:
        return boot.read().strip()


def identity(path):
    """As relayctl notes it in the lock file."""
    status = os.stat(path)
    return "%d %d %d %d %d" % (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns,
                               status.st_ctime_ns)


class Scenario:
    """One change of one table, and what must be found of it.

    way: "rebuilt"; "updated": relayctl knows that the map is that of the source; "first": there is
    neither source nor map; "linked": the name that Postfix uses is a link, made just before, to a
    source in another directory; "edited": the source was edited by hand just before, and `rebuild`
    makes the map; "several": two entries are removed of a map that is known; "undone": the
    published map gives a wrong answer, so everything is put back.
    """

    def __init__(self, map_type, change, way):
        self.tools = tempfile.mkdtemp(prefix="relayctl-fault-") if way == "undone" else None
        known = way in ("updated", "several")
        self.table = table = Table(map_type, change, recorded=known, postmap=self.tools)
        self.way, self.status, self.afterwards = way, 0, "new"
        self.does = change
        self.source = table.path
        table.reset()
        self.command = table.command
        self.before = None
        self.old, self.new = text_of(table.old_entries), text_of(table.new_entries)
        self.old_entries, self.new_entries = table.old_entries, table.new_entries
        self.directories = [table.directory]
        if way == "first":
            for name in table.files():
                os.unlink(os.path.join(table.directory, name))
            self.old, self.old_entries = None, None
            self.new, self.new_entries = NEW_LINES, [NEW_ENTRY]
        if way == "linked":
            self.link()
        if way == "edited":
            self.edit()
        if way == "several":
            self.does = "remove"
            self.command = table.relayctl("remove", OLD_ENTRIES[0][1], OLD_ENTRIES[2][1])
            self.new_entries = [OLD_ENTRIES[1]]
            self.new = text_of(self.new_entries)
        if way == "undone":
            self.lie()
        self.map = table.path + SUFFIX[map_type] if SUFFIX[map_type] else None

    def close(self):
        self.table.close()
        if self.tools:
            shutil.rmtree(self.tools)

    def link(self):
        real = os.path.join(self.table.directory, "real")
        os.mkdir(real)
        self.source = os.path.join(real, "table")
        os.rename(self.table.path, self.source)
        self.directories.append(real)

        def make(recording):
            os.symlink("real/table", self.table.path)
            link = disk_model.File(target="real/table")
            recording.change_names(self.table.directory, {"table": link})

        self.before = make

    def edit(self):
        self.command = self.table.relayctl("rebuild")
        added = "%s %s\n" % EDITED
        self.new, self.new_entries = self.old + added, self.old_entries + [EDITED]

        def save(recording):
            """As an editor does it: a new file takes the name. Nothing is flushed."""
            with open(self.table.path + "~", "w") as out:
                out.write(self.new)
            os.rename(self.table.path + "~", self.table.path)
            edited = disk_model.File()
            recording.change_names(self.table.directory, {"table~": edited})
            recording.change_data(edited, 0, self.new.encode())
            recording.change_names(self.table.directory, {"table~": None, "table": edited})

        self.before = save

    def lie(self):
        """postmap answers for the published map once that nothing is in it."""
        path = os.path.join(self.tools, "postmap")
        with open(path, "w") as out:
            out.write('#!/bin/sh\ncase "$*" in *" -q "*relayctl-new) ;;\n'
                      '*" -q "*) if rm %s/lie 2> /dev/null; then exit 1; fi;; esac\n'
                      'exec /usr/sbin/postmap "$@"\n' % self.tools)
        os.chmod(path, 0o755)
        open(os.path.join(self.tools, "lie"), "w").close()
        self.status, self.afterwards = 4, "old"

    def published(self):
        paths = (self.table.path, self.source, self.map, history.path_of(self.source))
        return {os.path.split(path) for path in paths if path}

    def record(self):
        return disk_model.record(self.command, self.directories, self.before)

    def read_source(self):
        return harness.read_text(self.table.path)

    def answers(self):
        """The entries of the map; None where there is none, a text where Postfix cannot read it."""
        if not os.path.exists(self.map):
            return None
        keys = [fingerprint(n) for n in (1, 2, 3, 7, 8, 9)]
        command = ["postmap", "-c", self.table.config, "-q", "-", self.table.name()]
        asked = "\n".join(keys) + "\n"
        result = subprocess.run(command, input=asked, capture_output=True, text=True)
        found = sorted(tuple(line.split("\t")) for line in result.stdout.splitlines())
        return result.stderr or found

    def classify(self):
        """("old", "old"), or what else source and map are."""
        text = self.read_source()
        source = {self.old: "old", self.new: "new"}.get(text, text)
        if self.way == "linked" and text is None:
            source = "old"  # the link itself was not on the disk yet
        if self.way == "edited" and source != "new":
            source = "old"  # what an editor may lose without relayctl
        if not self.map:
            return source, source
        answers = self.answers()
        for name, entries in (("old", self.old_entries), ("new", self.new_entries)):
            if answers == (entries and sorted(entries)):
                return source, name
        return source, str(answers)

    def allowed(self, ended):
        if ended:
            return {(self.afterwards, self.afterwards)}
        return {("old", "old"), ("new", "new"), ("new", "old")}

    def wrong_modes(self, state):
        files = {place: state[place] for place in self.published() if place in state}
        return [place for place, f in files.items() if f.target is None
                and f.mode != (0o600 if place[1].endswith(".history") else 0o644)]


def entries_of(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return sorted(tuple(line.split(None, 1)) for line in lines)


class PowerLoss:
    """TYPE: of the table. WAYS: of the change."""

    def test_every_state_that_the_disk_may_show(self):
        for way in self.WAYS:
            for change in ("add",) if way in ("first", "edited", "several") else CHANGES:
                scenario = Scenario(self.TYPE, change, way)
                self.addCleanup(scenario.close)
                self.walk(scenario)

    def walk(self, scenario):
        result, recording = scenario.record()
        self.assertEqual(result.returncode, scenario.status, result.stderr)
        updated = scenario.way == "updated" or scenario.way == "several" and self.TYPE != "lmdb"
        self.assertEqual("map updated" in result.stderr, updated, result.stderr)
        note = self.note_of(scenario) if scenario.status == 0 else None
        published = scenario.published()
        states = disk_model.states(recording, published, {"table.lock"}, every=harness.LONG)
        kinds = set()
        for state, ended in states:
            shown = {
                os.path.join(*place): file.target or (len(file.content), oct(file.mode))
                for place, file in sorted(state.items())
            }
            change = scenario.table.change
            with self.subTest(change=change, way=scenario.way, ended=ended, at=shown):
                kinds.add(self.judge(scenario, state, ended))
                self.assert_next_change_is_right(scenario, state, note)
        self.assertLessEqual({("old", "old"), ("new", "new")}, kinds)
        print("%s %s %s: %d states" % (self.TYPE, scenario.table.change, scenario.way, len(states)))

    def note_of(self, scenario):
        """What relayctl has noted in the lock file, with the identities of the pair left open."""
        if not scenario.map:
            return None
        with open(scenario.source + ".lock") as lock:
            note = lock.read()
        for path, gap in ((scenario.source, "{source}"), (scenario.map, "{map}")):
            self.assertIn(identity(path), note)
            note = note.replace(identity(path), gap)
        return note

    def put(self, scenario, state, note):
        """The state, with a note of relayctl that fits it in everything but the boot."""
        disk_model.put(state, scenario.directories)
        if note and scenario.read_source() != scenario.new:
            note = note.partition("history ")[0]  # what is said of a record is written after it
        if note and os.path.exists(scenario.map) and os.path.exists(scenario.source):
            with open(scenario.source + ".lock", "w") as lock:
                pair = {"source": identity(scenario.source), "map": identity(scenario.map)}
                lock.write(note.replace(boot_id(), OTHER_BOOT).format(**pair))

    def judge(self, scenario, state, ended):
        """("old", "old"), or what else source and map are; fails where that may not be."""
        self.put(scenario, state, None)
        source, found = scenario.classify()
        self.assertIn((source, found), scenario.allowed(ended), "source and map")
        self.assertEqual(scenario.wrong_modes(state), [])
        text = scenario.read_source()
        if text is not None and scenario.map:
            verified = harness.run(scenario.table.relayctl("verify", "--json"))
            findings = json.loads(verified.stdout)["findings"]
            named = {f["id"] for f in findings} & {"map-differs", "map-missing"}
            if scenario.way != "edited" or source == found == "new":
                self.assertEqual(bool(named), source != found, findings)
        return source, found

    def assert_recorded(self, scenario, text, last):
        """The change has its record if and only if the disk shows it; the next one has its own."""
        was_made = scenario.way != "edited" and text == scenario.new
        found = history.records(scenario.source)
        self.assertEqual([record.get("command") for record in found],
                         [scenario.does] * was_made + [last])
        first = scenario.old if was_made else text
        texts = history.replayed((first or "").encode(), found)
        self.assertEqual(texts[-1], scenario.read_source().encode())

    def assert_next_change_is_right(self, scenario, state, note):
        self.put(scenario, state, note)
        text = scenario.read_source()
        if text is None and (scenario.way != "first"):
            return  # there is no table to change
        entries = entries_of(text or "")
        changes = [(["add", "--fingerprint", *THIRD], sorted(entries + [THIRD]))]
        if entries:
            changes.append((["remove", entries[0][1]], entries[1:]))
        for arguments, expected in changes:
            self.put(scenario, state, note)
            result = harness.run(scenario.table.relayctl(*arguments))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertNotIn("map updated", result.stderr)
            self.assertEqual(entries_of(scenario.read_source()), expected)
            self.assert_recorded(scenario, text, arguments[0])
            if scenario.map:
                self.assertEqual(scenario.answers(), expected)
            names = [name for directory in scenario.directories for name in os.listdir(directory)]
            self.assertEqual([n for n in names if "relayctl-new" in n or n.startswith("__db.")], [])


for _type in TYPES:
    _ways = ["rebuilt", "first", "linked"] + ["updated"] * (_type in ("hash", "btree", "lmdb"))
    _ways += ["edited"] * (_type != "texthash")
    _ways += ["several"] * (_type in ("hash", "lmdb")) + ["undone"] * (_type in ("hash", "cdb"))
    _name = "PowerLoss_" + _type
    globals()[_name] = type(_name, (PowerLoss, harness.Case), {"TYPE": _type, "WAYS": _ways})


class EveryFlushIsNeeded(harness.Case):
    """The test would see it if one were missing: each fsync of relayctl is taken out of what was
    recorded, and some state is wrong then. (Berkeley DB flushes with fdatasync what it has written;
    the fsync after that is for the mode of a copy.)"""

    def is_wrong(self, scenario, state, ended):
        disk_model.put(state, scenario.directories)
        source, text = scenario.classify()
        return ((source, text) not in scenario.allowed(ended)
                or scenario.wrong_modes(state) != []
                or source == "new" and not self.has_record(scenario))

    def has_record(self, scenario):
        try:
            return history.records(scenario.source) != [] or scenario.way == "edited"
        except ValueError:  # it is torn
            return False

    def test_each_is_missed(self):
        for map_type, way, count in (("cdb", "rebuilt", 4),
                                     ("cdb", "linked", 5),
                                     ("cdb", "edited", 4),
                                     ("cdb", "first", 4),
                                     ("hash", "updated", 4),
                                     ("lmdb", "updated", 2),
                                     ("texthash", "rebuilt", 2)):
            scenario = Scenario(map_type, "add", way)
            self.addCleanup(scenario.close)
            result, recording = scenario.record()
            self.assertEqual(result.returncode, 0, result.stderr)
            operations = recording.operations
            flushes = [
                i for i, operation in enumerate(operations)
                if operation[0] == "flush names" or operation[0] == "flush" and operation[2]
            ]
            self.assertGreaterEqual(len(flushes), count, (map_type, way))
            for i in flushes:
                with self.subTest(type=map_type, way=way, without=operations[i], number=i):
                    recording.operations = operations[:i] + operations[i + 1:]
                    states = disk_model.states(recording, scenario.published(), {"table.lock"})
                    self.assertTrue(any(self.is_wrong(scenario, *state) for state in states))


class Boots(harness.Case):
    """What relayctl notes of a pair counts until the kernel is started anew: whatever anybody had
    not flushed may be lost then."""

    def setUp(self):
        harness.need_root("only root can put another file in the place of " + BOOT_ID)
        self.table = Table.of(self, "hash", "add")
        self.table.reset()
        self.other = os.path.join(self.table.directory, "boot_id")
        with open(self.other, "w") as boot:
            boot.write(OTHER_BOOT + "\n")

    def map_after(self, number, mount=None):
        """What happens to the map; mount: a shell command in a mount namespace of its own."""
        arguments = ["add", "--json", "--fingerprint", fingerprint(number), "new.example"]
        command = self.table.relayctl(*arguments)
        if mount:
            command = ["unshare", "--mount", "sh", "-c", mount + ' && exec "$@"', "sh", *command]
        result = harness.run(command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["map"]

    def test_of_another_boot_is_not_trusted(self):
        elsewhere = "mount --bind %s %s" % (self.other, BOOT_ID)
        boots = [None, None, elsewhere, elsewhere, None]
        self.assertEqual([self.map_after(10 + number, boot) for number, boot in enumerate(boots)],
                         ["rebuilt", "updated", "rebuilt", "updated", "rebuilt"])

    def test_without_a_boot_id_nothing_is_trusted(self):
        hidden = "mount -t tmpfs none " + os.path.dirname(BOOT_ID)
        boots = [None, hidden, hidden, None]
        self.assertEqual([self.map_after(10 + number, boot) for number, boot in enumerate(boots)],
                         ["rebuilt"] * 4)


if __name__ == "__main__":
    harness.main()
