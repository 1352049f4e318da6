#!/usr/bin/env python3
"""Each finding of verify: its id, severity and place, and that postmap really does with the line
what the finding says."""

import json
import os
import random
import re
import shutil
import subprocess

from support import harness
from support.table_case import TableCase, fp

A, B, C = fp(0xA1), fp(0xB2), fp(0xC3)
ONE = A + " one.example\n"


class VerifyCase(TableCase):

    def build(self, content, table=None):
        self.write(content)
        self.postmap(table=table)

    def findings(self, *args):
        result = self.run_it("verify", "--json", *args, check=None)
        data = json.loads(result.stdout)
        problems = [f for f in data["findings"] if f["severity"] != "note"]
        self.assertEqual(data["ok"], not problems)
        self.assertEqual(result.returncode, 1 if problems else 0, result.stderr)
        for finding in data["findings"]:
            self.assertEqual(
                list(finding),
                ["severity", "id", "file", "line", "column", "message", "hint", "table"])
        # The private configuration has no smtpd; tests/postfix looks at what is said of those.
        self.assertEqual([f["id"] for f in data["findings"][-1:]], ["no-smtpd"])
        return data["findings"][:-1]

    def only(self, *args):
        found = self.findings(*args)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def expect(self, content, id, line, column, severity="error", says="."):
        """The finding is there, and alone but for notes about values."""
        self.build(content)
        found = [f for f in self.findings() if f["id"] not in ("value-not-host", "source-empty")]
        self.assertEqual([(f["id"], f["severity"], f["line"], f["column"]) for f in found],
                         [(id, severity, line, column)])
        self.assertEqual(found[0]["file"], self.path)
        self.assertRegex(found[0]["message"], says)
        self.assertTrue(found[0]["hint"])
        text = self.run_it("verify", check=1).stdout
        self.assertIn("%s:%d:%d: %s: " % (self.path, line, column, severity), text)
        self.assertIn("[%s]" % id, text)


class Source(VerifyCase):

    def test_a_good_table(self):
        self.build("# comment\n\n" + ONE + B.lower() + "\n  two.example\n" + C + "\t192.0.2.1\r\n")
        self.assertEqual(self.findings(), [])

    def test_the_line_of_the_guide(self):
        self.configure(smtpd_tls_fingerprint_digest="md5")
        self.expect("95:B4:G5:87:D7:34:CA:C4:27:B0:F3:8F:66:8A:77:8D zen.suse.co.uk\n",
                    "not-hexadecimal", 1, 7, says="'G'")

    def test_no_colons(self):
        self.expect(ONE + B.replace(":", "") + " two.example\n", "no-colons", 2, 1)
        self.assertIsNone(self.in_map(B))

    def test_wrong_length(self):
        for size, digest in ((16, "md5"),
                             (20, "sha1"),
                             (28, "sha224"),
                             (48, "sha384"),
                             (64, "sha512")):
            with self.subTest(digest=digest):
                self.expect(fp(0xB2, size) + " two.example\n", "wrong-length", 1, 1,
                            says="it fits " + digest)
        self.expect(fp(0xB2, 31) + " two.example\n", "wrong-length", 1, 1,
                    says="fits no usual digest")

    def test_bad_grouping(self):
        self.expect("A1B2:" + B + " two.example\n", "bad-grouping", 1, 3)

    def test_pasted_label(self):
        for label in ("sha256 Fingerprint=", "SHA256 Fingerprint=", "SHA2-256(stdin)= ", "SHA256="):
            with self.subTest(label=label):
                self.expect(ONE + label + B + " two.example\n", "pasted-label", 2, 1)
                self.assertIsNone(self.in_map(B))

    def test_missing_value(self):
        self.expect(ONE + B + "\n" + C + " three.example\n", "missing-value", 2, len(B) + 1)
        self.assertIsNone(self.in_map(B))
        self.assertEqual(self.in_map(C), "three.example")

    def test_duplicate_and_which_wins(self):
        self.expect(ONE + A.lower() + " later.example\n", "duplicate", 2, 1, severity="warning",
                    says="line 1, which wins.*one.example")
        self.assertEqual(self.in_map(A), "one.example")

    def test_duplicate_in_texthash_breaks_the_whole_table(
            self):  # a real smtpd shows it in tests/postfix
        self.write(ONE + A.lower() + " later.example\n" + B + " two.example\n")
        found = self.only("-t", "texthash:" + self.path)
        self.assertEqual((found["id"], found["severity"], found["line"]), ("duplicate", "error", 2))

    def test_swallowed_entry(self):
        self.expect(ONE + "  " + B + " two.example\n", "swallowed-entry", 2, 3, says="line 1")
        self.assertIsNone(self.in_map(B))

    def test_orphan_continuation(self):
        self.expect("# head\n  left.example\n" + ONE, "orphan-continuation", 2, 1)

    def test_orphan_that_is_an_entry(self):
        self.build("  " + B + " two.example\n" + ONE)
        self.assertIn("orphan-continuation", [f["id"] for f in self.findings()])
        self.assertIsNone(self.in_map(B))

    def test_continuation_left_behind(self):
        self.expect(ONE + "#" + B + "\n    two.example\n", "left-behind-continuation", 3, 5,
                    says="line 1")
        self.assertEqual(self.in_map(A), "one.example    two.example")

    def test_continuation_across_a_comment(self):
        self.expect(A + "\n# why\n   one.example\n", "left-behind-continuation", 3, 4,
                    severity="warning")

    def test_quoted_key(self):
        self.expect('"%s" two.example\n' % B, "quoted-key", 1, 1)
        self.assertIsNone(self.in_map(B))

    def test_unbalanced_quote(self):
        self.expect(ONE + '"%s two.example\n' % B, "unbalanced-quote", 2, 1)
        self.assertIsNone(self.in_map(B))

    def test_key_ending_in_a_colon(self):
        self.expect(B + ": two.example\n", "key-ends-with-colon", 1, len(B) + 1)
        self.assertIsNone(self.in_map(B))

    def test_byte_order_mark(self):
        self.expect(b"\xef\xbb\xbf" + ONE.encode() + B.encode() + b" two.example\n", "bom", 1, 1)
        self.assertIsNone(self.in_map(A))
        self.assertEqual(self.in_map(B), "two.example")

    def test_nul_byte(self):
        self.expect(ONE.encode() + B.encode() + b" two.ex\0ample\n", "nul-byte", 2, len(B) + 8)
        self.assertEqual(self.in_map(B), "two.ex")

    def test_what_stands_behind_a_nul_byte_is_no_utf8_to_complain_of(self):
        content = ONE.encode() + B.encode() + b" two.example\0caf\xe9\n"
        self.expect(content, "nul-byte", 2, len(B) + 13)
        self.assertEqual(self.in_map(B), "two.example")

    def test_not_utf8_in_front_of_a_nul_byte(self):
        self.build(ONE.encode() + B.encode() + b" caf\xe9.example\0x\n")
        found = {(f["id"], f["line"]) for f in self.findings()}
        self.assertLessEqual({("nul-byte", 2), ("not-utf8", 2)}, found)
        self.assertIsNone(self.in_map(B))

    def test_not_utf8(self):
        self.expect(ONE.encode() + B.encode() + b" caf\xe9.example\n", "not-utf8", 2, len(B) + 5)
        self.assertIsNone(self.in_map(B))

    def test_value_that_is_no_host_is_a_note(self):
        self.build(A + " Anna's laptop\n")
        found = self.only()
        self.assertEqual((found["id"], found["severity"], found["column"]),
                         ("value-not-host", "note", len(A) + 2))

    def test_empty_is_a_note(self):
        for content in ("", "# nobody yet\n\n"):
            with self.subTest(content=content):
                self.build(content)
                self.assertEqual((self.only()["id"], self.only()["severity"]),
                                 ("source-empty", "note"))

    def test_missing_source(self):
        found = self.only()
        self.assertEqual((found["id"], found["severity"]), ("source-missing", "error"))


class Map(VerifyCase):

    def test_missing(self):
        self.write(ONE)
        self.assertEqual((self.only()["id"], self.only()["severity"]), ("map-missing", "error"))

    def test_content_counts_not_times(self):
        for map_type in ("hash", "btree", "lmdb", "cdb"):
            table = "%s:%s" % (map_type, self.path)
            with self.subTest(type=map_type):
                for name in os.listdir(self.directory):
                    if name.startswith("relay_clients."):
                        os.unlink(os.path.join(self.directory, name))
                self.build(ONE + B + " two.example\n", table)
                times = os.stat(self.path)
                self.assertEqual(self.findings("-t", table), [])
                self.write(ONE + C + " three.example\n")
                os.utime(self.path, ns=(times.st_atime_ns, times.st_mtime_ns))
                found = self.findings("-t", table)
                self.assertEqual([f["id"] for f in found], ["map-differs"] * 2)
                self.assertIn(C, found[0]["message"])
                self.assertIn(B.lower(), found[1]["message"])
                self.write(A + " renamed.example\n" + B + " two.example\n")
                self.assertEqual({f["id"] for f in self.findings("-t", table)}, {"map-differs"})
                # touched, with the same content: no difference
                self.build(ONE, table)
                os.utime(self.path, (2e9, 2e9))
                self.assertEqual(self.findings("-t", table), [])

    def test_keys_that_smtpd_never_asks_for(self):
        self.write(ONE + B + " two.example\n")
        self.postmap("-f")
        self.assertEqual(self.postmap("-q", A).returncode, 1)  # as smtpd would find it: not at all
        found = self.only()
        self.assertEqual((found["id"], found["severity"]), ("map-unfolded", "error"))
        self.assertIn("2 keys are in capital letters", found["message"])
        self.run_it("rebuild")
        self.assertEqual(self.findings(), [])

    def test_lmdb_that_outgrows_its_size(self):
        """What postmap of Postfix 3.7 makes of it: a map in which no client is found, and status
        0."""
        table = "lmdb:" + self.path
        rng = random.Random(1)
        keys = [":".join("%02X" % b for b in rng.randbytes(32)) for _ in range(20000)]
        self.write("".join("%s host%d.example\n" % (key, i) for i, key in enumerate(keys)))
        self.configure(lmdb_map_size="1048576")
        self.assertEqual(self.postmap(table=table).returncode, 0)
        if self.postmap("-q", keys[0], table=table).returncode == 0:
            self.skipTest("this postmap does it right")
        self.assertEqual([f["id"] for f in self.findings("-t", table)], ["map-unfolded"])
        os.unlink(self.path + ".lmdb")
        refused = self.run_it("rebuild", "-t", table, check=4)
        self.assertIn("unchanged", refused.stderr)
        self.assertFalse(os.path.exists(self.path + ".lmdb"))
        advice = re.search(r"postconf (?:-c [^ ]+ )?-e lmdb_map_size=(\d+)", refused.stderr)
        self.configure(lmdb_map_size=advice.group(1))
        self.run_it("rebuild", "-t", table)
        self.assertEqual(self.findings("-t", table), [])
        self.assertEqual(self.postmap("-q", keys[0], table=table).stdout, "host0.example\n")

    def test_another_type(self):
        for made, asked in (("btree", "hash"), ("hash", "btree")):
            with self.subTest(made=made):
                self.build(ONE, "%s:%s" % (made, self.path))
                found = self.only("-t", "%s:%s" % (asked, self.path))
                self.assertEqual(found["id"], "map-other-type")
                self.assertIn(made, found["message"])
                refused = self.postmap("-q", A, table="%s:%s" % (asked, self.path))
                self.assertIn("fatal", refused.stderr)

    def test_garbage_and_emptiness(self):
        self.build(ONE)
        for content in (b"", b"no map at all" * 100):
            self.write(content, self.path + ".db")
            self.assertEqual(self.only()["id"], "map-other-type")

    def test_damaged(self):
        for map_type, file in (("hash", ".db"), ("lmdb", ".lmdb"), ("cdb", ".cdb")):
            with self.subTest(type=map_type):
                table = "%s:%s" % (map_type, self.path)
                self.build("".join("%s host%d.example\n" % (fp(n), n) for n in range(200)), table)
                content = self.read(self.path + file)
                self.write(content[:4096] + b"\xff" * (len(content) // 2 - 4096), self.path + file)
                found = self.findings("-t", table)
                self.assertTrue({f["id"]
                                 for f in found}
                                & {"map-unreadable", "map-differs", "map-other-type"}, found)

    def test_no_map_looks_at_the_source_alone(self):
        self.write(ONE)
        self.assertEqual(self.findings("--no-map"), [])

    def test_leftovers(self):
        self.build(ONE)
        self.write("half", self.path + ".relayctl-new")
        self.assertEqual(self.only()["id"], "leftover")
        self.run_it("rebuild")
        self.assertEqual(self.findings(), [])


class Ownership(VerifyCase):

    def test_writable_by_others(self):
        self.build(ONE)
        for path, id in ((self.path, "source-writable"), (self.path + ".db", "map-writable")):
            with self.subTest(id=id):
                os.chmod(path, 0o646)
                self.assertEqual(self.only()["id"], id)
                self.assertIn("0646", self.only()["message"])
                os.chmod(path, 0o644)

    def test_directory_writable_by_others(self):
        self.build(ONE)
        os.chmod(self.directory, 0o757)
        found = self.only()
        self.assertEqual((found["id"], found["severity"]), ("directory-writable", "warning"))

    def test_owners_that_differ(self):
        harness.need_root("only root may give files away")
        self.build(ONE)
        shutil.chown(self.path + ".db", "nobody")
        self.assertEqual([f["id"] for f in self.findings()], ["map-writable", "owner-differs"])

    def test_unreadable_map(self):
        harness.need_root("root is needed to become another user")
        self.build(ONE)
        os.chmod(self.directory, 0o755)
        os.chmod(self.path + ".db", 0o600)
        shutil.copy(harness.RELAYCTL, os.path.join(self.directory, "relayctl"))
        os.chmod(os.path.join(self.directory, "relayctl"), 0o755)
        result = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                                 os.path.join(self.directory, "relayctl"), "-c", self.config,
                                 "verify", "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual([f["id"] for f in json.loads(result.stdout)["findings"]],
                         ["map-unreadable", "no-smtpd"], result.stderr)


if __name__ == "__main__":
    harness.main()
