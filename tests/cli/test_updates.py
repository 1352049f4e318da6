#!/usr/bin/env python3
"""Maps that are updated instead of built: the same as built ones, after any change; and what a
change costs, counted, not timed."""

import json
import os
import random
import re
import shutil

from support import harness, release
from support.table_case import TableCase, fp

FOREIGN = [
    "# a comment", "", "junk", "folded\n  over\n# within\n lines", "Key value", "key second",
    '"quoted key" x'
]


class Equality:
    """After each of random changes, postmap's dump of the map is the dump of a map that postmap
    makes of the source."""

    def dump(self, table):
        return sorted(self.postmap("-s", table=table).stdout.splitlines())

    def built_anew(self):
        beside = os.path.join(self.directory, "beside", "t")
        os.makedirs(os.path.dirname(beside), exist_ok=True)
        self.write(self.read(), beside)
        self.postmap(table="%s:%s" % (self.TYPE, beside))
        return self.dump("%s:%s" % (self.TYPE, beside))

    def entry(self):
        number = self.random.randrange(24)
        key = fp(number)
        return (key.lower()
                if self.random.random() < 0.2 else key), "h%d.example" % self.random.randrange(4)

    def change(self):
        """Makes a change; gives what it said of the map, None for an editor's."""
        what = self.random.choice(
            ["add", "add", "add", "remove", "remove", "rename", "import", "editor"])
        key, host = self.entry()
        if what == "editor":
            with open(self.path, "a") as out:
                out.write("%s %s\n" % (key, host))
            return None
        command = {"add": ["add", "--fingerprint", key, host, "--replace"],
                   "remove": ["remove", "--if-exists", key],
                   "rename": ["remove", "--if-exists", "--all", host],
                   "import": ["add", "--from", self.listed()]}[what]
        result = self.run_it("-q", *command, "--json", check=None)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return json.loads(result.stdout)["map"] if result.stdout else "refused"

    def listed(self):
        path = os.path.join(self.directory, "list")
        self.write(
            "".join("%s i%d.example\n" % (c.cert, self.random.randrange(2)) for c in self.clients),
            path)
        return path

    def test_an_updated_map_is_the_one_that_would_be_built(self):
        seed = harness.seed()
        self.random = random.Random(seed)
        self.clients = [self.client("i%d" % n, days=365) for n in range(3)]
        said = []
        for walk in range(40 if harness.LONG else 5):
            self.write("".join(
                self.random.choice([line + "\n" for line in FOREIGN] +
                                   ["%s %s\n" % self.entry() for _ in FOREIGN]) for _ in range(12)))
            self.run_it("-q", "rebuild")
            edited = False
            for _ in range(20):
                state = self.change()
                if state is None:
                    edited = True
                elif state != "refused":
                    with self.subTest(seed=seed, walk=walk, source=self.read()):
                        self.assertFalse(edited and state == "updated",
                                         "the map was not that of the source any more")
                        self.assertEqual(self.dump(self.table), self.built_anew())
                    edited = False
                said.append(state)
        self.assertGreater(said.count("updated"), 20)


for _type in ("hash", "btree", "lmdb"):
    globals()["Equality_" + _type] = type("Equality_" + _type, (Equality, TableCase),
                                          {"TYPE": _type})


class Knowledge(TableCase):
    """A map is updated only where it is known to be that of the source."""

    def setUp(self):
        super().setUp()
        self.write("%s a\n%s b\n" % (fp(1), fp(2)))
        self.run_it("-q", "rebuild")

    def map_after(self, number):
        return json.loads(
            self.run_it("add", "--fingerprint", fp(number), "new.example", "--json").stdout)["map"]

    def test_after_a_change_of_relayctl(self):
        self.assertEqual([self.map_after(n) for n in (3, 4)], ["updated", "updated"])

    def test_not_after_anybody_else(self):

        def edited():
            with open(self.path, "a") as out:
                out.write("%s c\n" % fp(9))

        def replaced():
            shutil.copy(self.path, self.path + ".copy")
            os.rename(self.path + ".copy", self.path)

        def touched():
            os.utime(self.path)

        def restored():  # a backup of both
            for suffix in ("", release.suffix()):
                shutil.copy(self.path + suffix, self.path + suffix + ".backup")
                os.rename(self.path + suffix + ".backup", self.path + suffix)

        for number, somebody in enumerate(
            (self.postmap, edited, replaced, touched, restored,
             lambda: os.unlink(self.path + ".lock"),
             lambda: os.unlink(self.path + release.suffix()),
             lambda: self.postmap("-d", fp(1)), lambda: self.write("x", self.path + ".lock"))):
            with self.subTest(number):
                somebody()
                self.assertEqual(self.map_after(10 + number), "rebuilt")
                self.assertEqual(self.in_map(fp(10 + number)), "new.example")
                self.assertEqual(self.in_map(fp(1)), "a")

    def test_much_at_once_is_built(self):
        clients = [self.client("n%d" % n, days=365) for n in range(20)]
        listed = os.path.join(self.directory, "list")
        self.write("".join("%s n.example\n" % c.cert for c in clients), listed)
        self.assertEqual(
            json.loads(self.run_it("add", "--from", listed, "--json").stdout)["map"], "rebuilt")
        self.assertEqual([self.in_map(c.fingerprint()) for c in clients], ["n.example"] * 20)


class Cost(TableCase):
    """Processes and bytes of each command: what it takes must not grow unseen."""

    ENTRIES = 5000
    MAP = "relay_clients.relayctl-new" + release.suffix()
    QUERIES = ["postmap -q -"] * 2

    def most_for_map(self, built):
        return built + 100000  # the copy, and the few pages that differ

    def setUp(self):
        super().setUp()
        if not shutil.which("strace"):
            self.skipTest("no strace")
        rng = random.Random(1)
        self.write("".join("%s host%d.example\n" % (rng.randbytes(32).hex(":").upper(), n)
                           for n in range(self.ENTRIES)))

    def cost(self, *args, check=0):
        """(what was started besides relayctl, bytes written by file name)"""
        log = os.path.join(self.directory, "strace.log")
        result = harness.run([
            "strace", "-f", "-y", "-s", "64", "-e",
            "trace=execve,write,pwrite64,pwritev,writev,copy_file_range,sendfile,ftruncate", "-o",
            log, harness.RELAYCTL, "-c", self.config, *args
        ])
        self.assertEqual(result.returncode, check, result.stderr)
        started, written = [], {}
        with open(log, errors="replace") as lines:
            for line in lines:
                execve = re.match(
                    r'\d+ +execve\("([^"]*)", \[(.*)\], .*(?: = 0| <unfinished \.\.\.>)$', line)
                if execve:
                    arguments = [
                        a for a in re.findall(r'"([^"]*)"', execve.group(2))[1:]
                        if a.startswith("-")
                    ]
                    started.append(" ".join([os.path.basename(execve.group(1))] +
                                            [a for a in arguments if a != "-c"]))
                call = re.match(r"\d+ +(?:write|pwrite64|pwritev|writev)\(\d+<([^>]*)>.* = (\d+)$",
                                line) or re.match(
                                    r"\d+ +copy_file_range\(.*, \d+<([^>]*)>, .* = (\d+)$", line)
                if call and call.group(1).startswith(self.directory):
                    name = os.path.basename(call.group(1))
                    written[name] = written.get(name, 0) + int(call.group(2))
        return started[1:], written

    def sizes(self):
        return tuple(
            os.path.getsize(self.path + suffix)
            for suffix in ("", release.suffix(self.TYPE)))

    def test_reading_starts_nothing(self):
        for command in (["list", "-t", self.table],
                        ["list", "-t", self.table, "--json"],
                        ["verify", "--no-map", "-t", self.table, "-d", "sha256"],
                        ["fingerprint", "-d", "sha256", self.client().cert]):
            with self.subTest(command):
                self.assertEqual(self.cost(*command), ([], {}))

    def test_a_change_of_a_known_map(self):
        self.run_it("-q", "rebuild")
        for command, update in ((["add", "--fingerprint", fp(1), "new.example"], "-ir"),
                                (["remove", "new.example"], "-d -")):
            with self.subTest(command):
                source, built = self.sizes()
                started, written = self.cost("-t", self.table, "-d", "sha256", *command)
                self.assertEqual(started, ["postmap " + update, *self.QUERIES])
                # Each file once.
                self.assertLess(written.pop("relay_clients.relayctl-new"), source + 1000)
                self.assertLess(written.pop(self.MAP), self.most_for_map(built))
                self.assertLess(written.pop("relay_clients.lock"), 1000)
                self.assertLess(written.pop("relay_clients.history"), 1000)
                self.assertEqual(written, {})

    def test_add_with_the_configuration(self):
        self.run_it("-q", "rebuild")
        started, _ = self.cost("add", self.client().cert, "new.example")
        self.assertEqual(sorted(started),
                         ["postconf -M", "postconf -x", "postmap -ir", *self.QUERIES])

    def test_nothing_to_do(self):
        self.run_it("-q", "add", "--fingerprint", fp(1), "new.example")
        started, written = self.cost("-t", self.table, "-d", "sha256", "add", "--fingerprint",
                                     fp(1), "new.example")
        self.assertEqual(started, [])
        self.assertEqual([name for name in written if not name.endswith(".lock")], [])


class CostLmdb(Cost):
    TYPE = "lmdb"
    MAP, QUERIES = "relay_clients.lmdb", ["postmap -q -"
                                          ]  # changed in place, so there is nothing to ask before

    def most_for_map(self, built):
        return 100000


if __name__ == "__main__":
    harness.main()
