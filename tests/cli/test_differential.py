#!/usr/bin/env python3
"""Hundreds of random tables through the installed postmap and through the scanner: the same
entries, byte for byte."""

import random
import subprocess

from support import harness
from support.table_case import TableCase

TABLES = 5000 if harness.LONG else 400
KEYS = [
    "AA:01", "aa:01", "BB:02", "CC:03", "Dd:04", "key", '"quoted key"', '"tab\tkey"', 'half"quote',
    "back\\ slash", '\\"', 'a"b c"d', "colon:", ":", "\u00e9:01", "\\", '""', "x" * 300
]
VALUES = [
    "host.example", "two  words", "tail # no comment", 'odd"quote', "\\", "\u20ac", "a:b",
    "v" * 500, "0"
]
BLANKS = [" ", "\t", "  ", " \t ", "\v", "\f", "\r", " \r "]
ODD = [
    b"", b"   ", b"\t\r", b"# comment", b"   # indented comment", b"#", b"lonely", b"lonely   ",
    b'"open value', b"  continued", b"\tcontinued\r", b"bad \xff byte", b"\xc3\xa9 ok", b"\xc3 cut",
    b"nul\x00 key", b"key nul\x00 value", b"key\x00", b"\x00", b"\xed\xa0\x80 surrogate",
    b"\xf4\x90\x80\x80 beyond", b"\xc0\x80 overlong", b"esc \x1b[31m", b"\x01\x02 control",
    b"\xef\xbb\xbfbom value"
]
ENDS = [b"\n"] * 12 + [b"\r\n"] * 3 + [b"\n\n", b"\n \n", b" \n"]


def random_table(random):
    out = b"\xef\xbb\xbf" if random.random() < 0.03 else b""
    for _ in range(random.choice([0, 1, 2, 5, 5, 20, 60])):
        if random.random() < 0.35:
            line = random.choice(ODD)
        elif random.random() < 0.02:
            line = bytes(random.randrange(256)
                         for _ in range(random.randrange(40))).replace(b"\n", b"")
        else:
            line = (random.choice(["", "", "", " ", "\t"]) + random.choice(KEYS) +
                    random.choice(BLANKS) + random.choice(VALUES) +
                    random.choice(["", "", " ", "\t\r"])).encode()
        out += line + random.choice(ENDS)
    if out and random.random() < 0.3:
        out = out.rstrip(b"\n")
    return out


class AgainstPostmap(TableCase):

    def compare(self, map_type):
        source = random.Random(20261123)
        compared = 0
        for number in range(TABLES):
            content = random_table(source)
            self.write(content)
            table = "%s:%s" % (map_type, self.path)
            built = subprocess.run(["postmap", "-c", self.config, table], capture_output=True)
            if built.returncode != 0:  # lmdb has no keys longer than 511 bytes
                self.assertIn(b"MDB_BAD_VALSIZE", built.stderr)
                continue
            compared += 1
            stored = subprocess.run(["postmap", "-c", self.config, "-s", table],
                                    capture_output=True).stdout
            ours = subprocess.run([harness.DUMP_TABLE, self.path], capture_output=True).stdout
            if sorted(stored.split(b"\n")) != sorted(ours.split(b"\n")):
                self.fail("table %d, %r:\npostmap  %r\nrelayctl %r" %
                          (number, content, sorted(stored.split(b"\n")), sorted(ours.split(b"\n"))))
        self.assertGreater(compared, TABLES * 0.9)

    def test_hash(self):
        self.compare("hash")

    def test_lmdb(self):
        self.compare("lmdb")


class VerifyAgrees(TableCase):
    """Whatever the source looks like: right after a rebuild verify finds no difference between
    source and map."""

    def test_no_map_differs_after_postmap(self):
        source = random.Random(7)
        refused = 0
        for map_type in ("hash", "lmdb", "cdb"):
            table = "%s:%s" % (map_type, self.path)
            for _ in range(TABLES // 10):
                content = random_table(source)
                self.write(content)
                if (subprocess.run(["postmap", "-c", self.config, table],
                                   capture_output=True).returncode != 0):
                    continue  # a key too long for lmdb
                found = self.run_it("-t", table, "verify", check=None)
                if "not the source of a table" in found.stderr:
                    refused += 1
                    continue
                self.assertIn(found.returncode, (0, 1), found.stderr)
                self.assertEqual([line for line in found.stdout.splitlines() if "[map-" in line],
                                 [], repr(content))
        self.assertLess(refused, 3 * (TABLES // 10) // 2)  # of so few bytes some look like a binary


if __name__ == "__main__":
    harness.main()
