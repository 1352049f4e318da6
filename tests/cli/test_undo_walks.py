#!/usr/bin/env python3
"""Whatever is changed and taken back in whatever order, by relayctl and past it, on any table by
hand: every text is the one that a model has, and the first bytes are there again at the end."""

import collections
import os
import random

from support import harness, history
from support.table_case import TableCase, fp

START = 1_800_000_000
HOSTS = ["a.example", "b.example", "c.example"]
FOREIGN = [
    "# a comment", "", "  ", "  # indented", "junk", "key\tvalue # trailing",
    "folded\n  over\n# within\n lines", "# relayctl: cert CN=orphan for=99:99:99:99",
    "%s twice.example" % fp(50), "%s twice.example" % fp(50).lower(),
    "%s\n folded.example" % fp(51), "# relayctl: note=x\n%s noted.example" % fp(52)
]


class Walks:

    def setUp(self):
        super().setUp()
        self.seed = harness.seed()
        self.random = random.Random(self.seed)
        self.clients = [self.client("n%d" % number, days=3650) for number in range(3)]

    def hand_made(self):
        newline = self.random.choice(["\n", "\n", "\r\n"])
        lines = [
            self.random.choice(FOREIGN).replace("\n", newline)
            for _ in range(self.random.randrange(8))
        ]
        text = newline.join(lines)
        if lines and (not lines[-1].strip() or self.random.random() < 0.7):
            text += newline
        return text.lstrip(" \t").encode()

    def run_at(self, *args, **options):
        self.now += 40000
        return self.run_it("-d", "sha256", "-t", self.table, *args,
                           env={"RELAYCTL_TEST_CLOCK": str(self.now), "SUDO_USER": "",
                                "EDITOR": "sed -i '1{s/^#/##/;t;d}'"}, **options)

    def change(self):
        """One change of any kind; what it is called."""
        client, host = self.random.choice(self.clients), self.random.choice(HOSTS)
        number = self.random.randrange(60, 64)
        words = self.random.choice([["add", "--fingerprint", fp(number), host],
                                    ["add", "--note", "a remark", client.cert, host],
                                    ["add", "--replace", client.cert, host],
                                    ["add", "--owner", "Anna", "--until", "2999-05-31",
                                     "--fingerprint", fp(number), host],
                                    ["issue", "--out", self.out + str(self.now), host],
                                    ["issue", "--rotate", "--out", self.out + str(self.now), host],
                                    ["edit"],
                                    ["remove", "--all", host[0] + "*", "--yes", "--allow-empty"],
                                    ["annotate", "--if-exists", host, "--until", "never"],
                                    ["remove", "--if-exists", client.fingerprint()],
                                    ["remove", "--if-exists", host],
                                    ["remove", "--if-exists", fp(self.random.choice([50, 51, 52]))],
                                    ["rotate", "--create", host, client.cert, "--grace", "1h"],
                                    ["annotate", "--if-exists", client.cert, "--note", host],
                                    ["prune", "--yes", "--allow-empty"],
                                    ["rebuild"], ["apply", "--yes", self.wanted],
                                    ["apply", "--yes", "--prune", self.wanted], ["outside"]])
        if words == ["outside"]:
            return self.edit_outside()
        if words[0] == "apply":
            for old in os.listdir(self.wanted):
                os.unlink(os.path.join(self.wanted, old))
            os.link(client.cert, os.path.join(self.wanted, host + ".pem"))
        self.run_at(*words, check=None)
        return " ".join(words[:2])

    def edit_outside(self):
        lines = self.read().splitlines(True)
        if lines and self.random.random() < 0.5:
            del lines[self.random.randrange(len(lines))]
        else:
            number = self.random.randrange(70, 74)
            line = self.random.choice(["# by hand", "%s hand.example" % fp(number)])
            at = self.random.randrange(len(lines) + 1)
            if at == len(lines) and lines and not lines[-1].endswith(b"\n"):
                lines[-1] += b"\n"
            lines.insert(at, line.encode() + b"\n")
        self.write(b"".join(lines))
        return "outside"

    def check_records(self, first):
        """The records lead from the first text to what is there; every text on the way."""
        found = history.records(self.path)
        self.assertEqual([r["number"] for r in found], list(range(1, len(found) + 1)))
        return history.replayed(first, found)

    def take_back(self, first, number):
        """One change, whichever: what is there afterwards is what the records say, and where it
        was the last one, what there was before it."""
        texts = self.check_records(first)
        before = self.read()
        result = self.run_at("undo", str(number), check=None)
        if result.returncode != 0:
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn("cannot be taken back", result.stderr)
            self.assertEqual(self.read(), before)
            self.assertNotEqual(number, len(texts) - 1, result.stderr)
            return False
        now = self.check_records(first)
        self.assertEqual(now[-1], self.read())
        self.assertEqual(entries(self.read()) - entries(before),
                         entries(texts[number - 1]) - entries(texts[number]))
        self.assertEqual(entries(before) - entries(self.read()),
                         entries(texts[number]) - entries(texts[number - 1]))
        if number == len(texts) - 1 and before == texts[-1]:
            self.assertEqual(self.read(), texts[-2])
        return True

    def check_map(self):
        """The map answers what the text says."""
        if self.TYPE == "texthash":
            return
        self.run_at("verify", "--json", check=None)
        asked = [fp(n) for n in (50, 51, 52, *range(60, 64))]
        asked += [client.fingerprint() for client in self.clients]
        found = {}
        for key, value in answers(self.read()):
            found.setdefault(key.lower(), value)
        for key in asked:
            self.assertEqual(self.in_map(key), found.get(key.lower()), key)

    def test_random_walks(self):
        self.now, taken = START, 0
        self.wanted = os.path.join(self.directory, "wanted")
        os.mkdir(self.wanted)
        self.out = os.path.join(self.directory, "out")
        for walk in range(30 if harness.LONG else 3):
            first, done = self.hand_made(), []
            history.remove_all(self.path)
            self.write(first)
            self.run_at("rebuild", check=None)
            with self.subTest(seed=self.seed, walk=walk, first=first, done=done):
                for _ in range(14):
                    number = len(history.records(self.path))
                    if number and self.random.random() < 0.35:
                        number = self.random.randint(1, number)
                        done.append("undo %d" % number)
                        taken += self.take_back(first, number)
                    else:
                        done.append(self.change())
                    if not history.records(self.path):
                        first = self.read()  # what is outside before the first record is unseen
                # What is outside gets its record.
                self.run_at("add", "--fingerprint", fp(99), "end.example")
                texts = self.check_records(first)
                self.assertEqual(texts[-1], self.read())
                self.check_map()
                for number in range(len(texts) - 1, 0, -1):
                    self.run_at("undo", str(number), check=0)
                    self.assertEqual(self.read(), texts[number - 1], number)
                self.assertEqual(self.read(), first)
                self.check_map()
        self.assertGreater(taken, 0)


def logical_lines(text):
    """As readllines() in util/readlline.c has them."""
    lines = []
    for line in text.splitlines(True):
        if not line.strip() or line.lstrip(b" \t").startswith(b"#"):
            continue
        if line[:1] in b" \t" and lines:
            lines[-1] += b" " + line.strip()
        else:
            lines.append(line.rstrip(b"\r\n"))
    return lines


def answers(text):
    """(key, value) of each entry."""
    for line in logical_lines(text):
        words = line.split(None, 1)
        if len(words) == 2:
            yield words[0].decode(), words[1].strip().decode()


def entries(text):
    return collections.Counter(answers(text))


for _type in ("hash", "btree", "lmdb", "cdb", "texthash"):
    _name = "Walks_" + _type
    globals()[_name] = type(_name, (Walks, TableCase), {"TYPE": _type})

if __name__ == "__main__":
    harness.main()
