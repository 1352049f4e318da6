#!/usr/bin/env python3
"""What is no source of a table is never taken for one; what is one keeps its bytes, and is read
whole."""

import os
import random
import shutil
import subprocess
import sys

from support import harness
from support.table_case import TableCase, fp

SUFFIX = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb"}


class SourceCase(TableCase):

    def commands(self, table):
        """Every command that reads or writes the source of a table."""
        other = "texthash:%s/other" % self.directory
        self.write("%s other.example\n" % fp(5), self.directory + "/other")
        directory = os.path.join(self.directory, "clients")
        os.makedirs(directory, exist_ok=True)
        shutil.copy(self.cert, directory + "/anna.example.pem")
        return [["-t", table, "-d", "sha256", *words] for words in
                (["add", "--fingerprint", fp(7), "new.example"],
                 ["add", "--fingerprint", fp(7), "new.example", "-n"],
                 ["remove", "a.example"],
                 ["remove", "--if-exists", fp(1)],
                 ["list"],
                 ["list", "--json"],
                 ["list", "--sort", "host"],
                 ["verify"],
                 ["verify", "--no-map"],
                 ["rebuild"],
                 ["prune", "--yes"],
                 ["apply", directory],
                 ["diff", directory],
                 ["rotate", "--create", "a.example", self.cert],
                 ["annotate", self.cert])
                ] + [["-d", "sha256", "copy", table, other], ["-d", "sha256", "copy", other, table]]

    def refused(self, table, expected, meant=None):
        self.cert = self.client("anna").cert
        for words in self.commands(table):
            with self.subTest(table=table, command=words[4:] or words):
                before = self.snapshot()
                result = self.run_it(*words, check=None)
                self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
                self.assertRegex(result.stderr, expected)
                if meant:
                    self.assertIn("-t " + meant, result.stderr)
                self.assertEqual(self.snapshot(), before)


class Maps(SourceCase):

    def test_a_map_beside_its_source(self):
        for map_type, suffix in SUFFIX.items():
            table = "%s:%s/%s" % (map_type, self.directory, map_type)
            self.write("%s a.example\n" % fp(1), self.directory + "/" + map_type)
            self.assertEqual(self.postmap(table=table).stderr, "")
            self.refused(table + suffix, "is the name of a map beside its source", table)

    def test_the_name_alone_where_there_is_no_map_yet(self):
        self.write("%s a.example\n" % fp(1))
        for map_type, suffix in (("hash", ".db"), ("lmdb", ".lmdb"), ("cdb", ".cdb")):
            self.refused(self.table + suffix, "is the name of a map beside its source",
                         "%s:%s" % (map_type, self.path))
        self.assertEqual(
            sorted(n for n in os.listdir(self.directory) if n.startswith("relay_clients")),
            ["relay_clients"])

    def test_a_map_alone_and_under_another_name_and_behind_a_link(self):
        for map_type, suffix in SUFFIX.items():
            source = os.path.join(self.directory, "t" + map_type)
            self.write("%s a.example\n" % fp(1), source)
            self.postmap(table="%s:%s" % (map_type, source))
            os.unlink(source)
            self.refused("%s:%s" % (map_type, source + suffix), r"is a map \(%s\)" % map_type)
            if map_type != "cdb":  # which has no magic
                os.rename(source + suffix, source)
                self.refused("texthash:" + source, r"is a map \(%s\)" % map_type)
            else:
                os.rename(source + suffix, source)
                self.refused("texthash:" + source, "is no text, but binary")
            os.symlink(source, source + "-link")
            self.refused("hash:%s-link" % source, "is a map|is no text")

    def test_main_cf_that_names_a_map(self):
        self.write("%s a.example\n" % fp(1))
        self.postmap()
        self.configure(relay_clientcerts=self.table + ".db")
        before = self.snapshot()
        for words in (["add", "--fingerprint", fp(7), "new.example"],
                      ["list"],
                      ["remove", "a.example"],
                      ["rebuild"]):
            result = self.run_it(*words, check=None)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(self.table, result.stderr)
            self.assertEqual(self.snapshot(), before)


class Others(SourceCase):

    def test_what_is_no_text_or_no_table(self):
        line = "%s a.example\n" % fp(1)
        for content, expected in ((line.encode("utf-16"), "UTF-16"),
                                  (line.encode("utf-16-le"), "UTF-16"),
                                  (line.encode("utf-16-be"), "UTF-16"),
                                  (line.encode("utf-32"), "UTF-32"),
                                  (line.encode() + bytes(4096), "no text"),
                                  (bytes(100), "no text"),
                                  (random.Random(1).randbytes(5000), "no text"),
                                  (b"-----BEGIN CERTIFICATE-----\nMII\n", "PEM")):
            self.write(content, self.directory + "/odd")
            self.refused("hash:%s/odd" % self.directory, expected)

    def test_special_files(self):
        os.mkfifo(self.directory + "/fifo")
        self.refused("hash:%s/fifo" % self.directory, "is a FIFO")
        self.refused("hash:%s/conf" % self.directory, "is a directory")
        self.refused("hash:/dev/null", "is a device")

    def test_files_of_postfix_and_ours(self):
        self.refused("texthash:%s/main.cf" % self.config, "is a configuration file of Postfix")
        self.refused("hash:%s/master.cf" % self.config, "is a configuration file of Postfix")
        self.write("%s a.example\n" % fp(1))
        self.run_it("rebuild")
        self.refused(self.table + ".lock", "keeps beside a table", self.table)

    def test_a_stray_nul_does_not_keep_a_client_in(self):
        self.write("%s a.example\n%s b.example\0\n" % (fp(1), fp(2)))
        self.run_it("remove", "a.example")
        self.assertEqual(self.read(), b"%s b.example\0\n" % fp(2).encode())


class Tails(SourceCase):

    def test_an_odd_last_line_keeps_its_bytes(self):
        chance = random.Random(harness.seed())
        words = [
            b"\r", b"\n", b" ", b"\t", b"#", b"# remark", b"\0",
            fp(3).encode() + b" c.example", b"x", b"\f", b"\xc3\xa9", b"\\"
        ]
        for number in range(300 if harness.LONG else 60):
            tail = b"".join(chance.choice(words) for _ in range(chance.randrange(6)))
            start = b"".join(b"%s h%d.example%s" %
                             (fp(n).encode(), n, chance.choice([b"\n", b"\r\n"]))
                             for n in range(1, chance.randrange(2, 4)))
            text = start + tail
            with self.subTest(seed=harness.seed(), number=number, tail=tail):
                self.write(text)
                self.run_it("-t", "texthash:" + self.path, "-d", "sha256", "add", "--fingerprint",
                            fp(9), "new.example")
                self.assertTrue(self.read().startswith(text), self.read())
                self.assertEqual(self.read().count(fp(9).encode()), 1)
                self.run_it("-t", "texthash:" + self.path, "-d", "sha256", "remove", "new.example")
                self.assertEqual(self.read(), text)


class Shortened(SourceCase):

    def test_a_list_of_a_table_that_is_shortened_meanwhile_is_no_success(self):
        for words in (["list", "--plain"], ["list", "--json"]):
            with self.subTest(words=words):
                self.write("".join("%s host%d.example\n" %
                                   (":".join("%02X" % b for b in n.to_bytes(32, "big")), n)
                                   for n in range(60_000)))
                listing = subprocess.Popen([harness.RELAYCTL, "-t", "texthash:" + self.path, "-d",
                                            "sha256", *words], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE)
                self.assertTrue(listing.stdout.read(1000))  # it goes on when somebody takes more
                os.truncate(self.path, 3_000_000)
                _, said = listing.communicate(timeout=60)
                self.assertEqual(listing.returncode, 5, said)
                self.assertIn(b"another program is changing it", said)

    def test_one_that_never_rests_is_an_error(self):
        self.write("%s a.example\n" % fp(1))
        writer = subprocess.Popen([
            sys.executable, "-c",
            "import sys\nprint(1, flush=True)\nwhile True:\n"
            " with open(sys.argv[1], 'r+') as f: f.truncate(5)\n"
            " with open(sys.argv[1], 'w') as f: f.write('%s a.example\\n' * 50)" % fp(1), self.path
        ],
                                  stdout=subprocess.PIPE)
        try:
            writer.stdout.read(1)
            for _ in range(20):
                result = self.run_it("-t", "texthash:" + self.path, "-d", "sha256", "list",
                                     "--plain", check=None)
                self.assertIn(result.returncode, (0, 5))
                for line in result.stdout.splitlines():
                    self.assertEqual(line.split("\t")[:2], [fp(1), "a.example"])
        finally:
            writer.kill()
            writer.wait()
            writer.stdout.close()


if __name__ == "__main__":
    harness.main()
