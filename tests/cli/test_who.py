#!/usr/bin/env python3
"""check WHO: a file, a listed host, a fingerprint or its beginning; several at once."""

import json
import os
import shutil

from support import certs, harness
from support.table_case import TableCase, fp

SERVICES = ("one.example:25 inet n - n - - smtpd\n"
            "two.example:25 inet n - n - - smtpd -o smtpd_tls_ask_ccert=no\n"
            "proxymap unix - - n - - proxymap\n")


class Who(TableCase):

    def setUp(self):
        super().setUp()
        server = certs.Client(self.directory, "server.example")
        self.configure(smtpd_tls_security_level="may", smtpd_tls_cert_file=server.cert,
                       smtpd_tls_key_file=server.key)
        self.write(SERVICES, os.path.join(self.config, "master.cf"))
        self.zen = self.client()
        self.table_of((self.zen.fingerprint(), "zen.example"), (fp(0xAB), "mx1.example"),
                      (fp(0xAC), "mx2.example"), (fp(0xAD), "two.example"),
                      (fp(0xAE), "two.example"), ("95:B4:G5", "typo.example"))
        self.here = self.temporary_directory()

    def table_of(self, *entries):
        self.put(*entries)
        self.postmap()

    def asked(self, *words, check=0):
        return self.run_it("check", "--offline", *words, check=check, cwd=self.here)

    def hosts(self, *words, check=0):
        """Of each client that was judged: the host by which the first service lists it."""
        data = json.loads(self.asked("--json", *words, check=check).stdout)
        return [(client["services"][0]["matched"] or {}).get("host")
                for client in data.get("clients", [data])]

    def test_each_kind_of_word(self):
        shutil.copy(self.zen.cert, os.path.join(self.here, "laptop"))
        shutil.copy(self.zen.cert, os.path.join(self.here, "mx1.example"))
        for word, host in ((self.zen.cert, "zen.example"), ("laptop", "zen.example"),
                           ("./mx1.example", "zen.example"), ("mx1.example", "mx1.example"),
                           ("ZEN.Example", "zen.example"), (fp(0xAB), "mx1.example"),
                           (fp(0xAB).replace(":", "").lower(), "mx1.example"),
                           ("sha256 Fingerprint=" + fp(0xAB), "mx1.example"),
                           ("ab:ab:ab", "mx1.example"), ("ACACAC", "mx2.example"),
                           ("acacaca", "mx2.example"), ("ab:AB:ab:a", "mx1.example")):
            with self.subTest(word):
                self.assertEqual(self.hosts(word), [host])
        self.assertIn("./mx1.example", self.asked("mx1.example").stderr)

    def reason(self, *words):
        """The first reason why the first service does not relay."""
        return json.loads(self.asked("--json", *words, check=1).stdout)["services"][0]["reasons"][0]

    def test_a_client_that_was_removed_is_no_stranger(self):
        self.assertIn(" add ", self.reason(fp(0xAF))["hint"])
        self.run_it("remove", "mx1.example")
        self.run_it("remove", "zen.example")
        for word, fingerprint, number in ((fp(0xAB), fp(0xAB), 1),
                                          (self.zen.cert, self.zen.fingerprint(), 2)):
            found = self.reason(word)
            self.assertEqual(found["id"], "not-listed")
            self.assertRegex(found["message"],
                             r"; it was removed at 20\S+Z by \S+ \(change %d\)$" % number)
            command = found["hint"].partition(": ")[2]
            self.assertEqual(command, "relayctl -c %s history %s -t %s" %
                             (self.config, fingerprint, self.table))
            self.run_it("history", fingerprint, "-t", self.table)
        self.assertIn(" add ", self.reason(fp(0xAF))["hint"])
        self.run_it("undo", "2")
        self.run_it("check", "--offline", self.zen.cert)

    def test_a_removed_host_has_a_history(self):
        self.run_it("remove", "mx1.example")
        for word, named in (("MX1.example", "MX1.example"), ("ABABAB", fp(0xAB))):
            said = self.asked(word, check=1).stderr
            self.assertRegex(said, r"hint: it was removed at 20\S+Z by \S+ \(change 1\): "
                             "relayctl -c %s history %s -t %s\n" %
                             (self.config, named, self.table))
        self.assertNotIn("removed", self.asked("mx3.example", check=1).stderr)

    def test_a_history_that_cannot_be_read_tells_nothing(self):
        self.run_it("remove", "mx1.example")
        os.chmod(self.path + ".history", 0o666)
        self.assertNotIn("removed", self.asked("mx1.example", check=1).stderr)
        self.assertIn(" add ", self.reason(fp(0xAB))["hint"])

    def test_a_host_of_another_digest_needs_its_certificate(self):
        sha1 = ":".join(["5A"] * 20)
        self.table_of((self.zen.fingerprint(), "zen.example"), (sha1, "old.example"))
        found = self.reason("old.example")
        self.assertEqual((found["id"], found["hint"]),
                         ("other-digest", "the certificate of the client is needed: relayctl -c "
                          "%s add CERT old.example -t %s" % (self.config, self.table)))

    def test_rotate_of_a_certificate_of_another_host_has_no_half_command(self):
        said = self.run_it("rotate", "mx1.example", self.zen.cert, check=1).stderr
        self.assertIn("hint: to rename that entry, add the certificate for the new host with "
                      "--replace\n", said)
        self.run_it("add", "--replace", self.zen.cert, "mx1.example")

    def test_a_host_has_a_client_for_each_fingerprint(self):
        self.assertEqual(self.hosts("two.example"), ["two.example"] * 2)
        self.assertEqual(sorted(self.hosts("mx?.example")), ["mx1.example", "mx2.example"])
        said = self.asked("two.example").stdout
        for beginning in ("AD:AD:AD:AD", "AE:AE:AE:AE"):
            self.assertIn("two.example (%s...): would relay" % beginning, said)

    def test_what_is_none_of_it(self):
        for words, message, hint in (
            (("dept", ), "'dept': no host", None), (("zenn.example", ), "zenn", "zen.example"),
            (("mx", ), "'mx'", None), (("mx1", ), "'mx1'", "mx1.example"),
            (("zen.pem", ), "zen.pem", "zen.example"), (("abab", ), "'abab'", None),
            (("dept", "mx1x.example"), "'mx1x.example'", "mx1.example")):
            with self.subTest(words):
                done = self.asked(*words, check=1)
                self.assertEqual(done.stdout, "")
                self.assertIn(message, done.stderr)
                self.assertEqual("similar hosts" in done.stderr, hint is not None, done.stderr)
                self.assertIn(hint or "", done.stderr)
        both = self.asked("dept", "zenn.example", check=1).stderr
        self.assertTrue("'dept'" in both and "'zenn.example'" in both, both)

    def test_what_has_no_single_meaning(self):
        self.table_of((fp(0xAB), "one.example"), ("AB:AB:AB" + fp(0xCD)[8:], "other.example"))
        said = self.asked("ababab", check=1).stderr
        self.assertIn("2 listed fingerprints", said)
        self.assertIn("other.example", said)
        self.assertEqual(self.hosts("ababab:ab"), ["one.example"])

    def test_a_host_without_a_fingerprint(self):
        said = self.asked("typo.example", check=3).stderr
        self.assertIn("relay_clients:7", said)
        self.assertIn("verify", said)

    def test_a_file_with_a_slash_is_no_host(self):
        self.asked("./zen.example", check=3)
        self.asked(os.path.join(self.directory, "nothing.pem"), check=3)

    def test_several_have_one_status(self):
        other = self.client("other.example")
        for words, status in (((self.zen.cert, "mx1.example"), 0),
                              ((self.zen.cert, other.cert), 1),
                              ((other.cert, "mx1.example", "mx2.example"), 1)):
            with self.subTest(words):
                data = json.loads(self.asked("--json", *words, check=status).stdout)
                self.assertIs(data["would_relay"], status == 0)
                self.assertEqual(len(data["clients"]), len(words))
                self.assertEqual(data["services"], data["clients"][0]["services"])
                for word, client in zip(words, data["clients"]):
                    alone = json.loads(self.asked("--json", word, check=None).stdout)
                    self.assertEqual({"client": client["client"], **alone},
                                     {"schema": 1, **client})
        plain = self.asked("--plain", self.zen.cert, "mx1.example").stdout.splitlines()
        self.assertEqual([line.split("\t")[4] for line in plain],
                         [self.zen.cert] * 2 + ["mx1.example"] * 2)

    def test_the_first_line_is_a_sentence(self):
        other = self.client("other.example")
        first = lambda *words, check=0: self.asked(*words, check=check).stdout.splitlines()[0]
        one, two = "one.example:25/inet", "two.example:25/inet"
        self.assertEqual(first("zen.example"),
                         "zen.example: would relay through %s, listed; not through %s" % (one, two))
        self.assertEqual(first("zen.example", "--service", one), "zen.example: would relay, listed")
        self.assertEqual(
            first(self.zen.cert, "--service", two, check=1),
            self.zen.cert + ": would not relay, although listed as zen.example: "
            "smtpd_tls_ask_ccert = no: the client is never asked for its certificate")
        self.assertEqual(
            first(other.cert, "--service", one, check=1), other.cert +
            ": would not relay: is not listed in " + self.table)
        self.assertRegex(first("--fingerprint", fp(1), "--service", one, check=1),
                         r"^01:.*: it depends: is not listed in ")

    def test_quiet_says_what_is_wrong_in_a_line(self):
        other = self.client("other.example")
        one = ("--service", "one.example:25/inet")
        quiet = lambda *words, check=1: self.asked("-q", *words, *one, check=check)
        done = quiet("zen.example", check=0)
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        done = quiet(other.cert, "zen.example", "mx1.example")
        self.assertEqual(
            (done.stdout, done.stderr),
            ("", "relayctl: error: %s: would not relay: is not listed in %s\n" %
             (other.cert, self.table)))
        self.assertRegex(quiet("--fingerprint", fp(1)).stderr,
                         r"\Arelayctl: warning: 01:.*: it depends: is not listed in [^\n]*\n\Z")
        self.assertEqual(quiet("--json", other.cert).stderr, "")

    def test_the_map_lacks_the_host(self):
        self.put((fp(0xAF), "late.example"))
        self.assertEqual(self.hosts("late.example", check=1), [None])
        said = self.asked("late.example", "--service", "one.example:25", check=1).stdout
        self.assertIn("late.example: would not relay: the source lists", said)
        self.assertIn("[not-rebuilt]", said)

    def test_hosts_of_every_table(self):
        other = os.path.join(self.directory, "other")
        self.write("%s far.example\n" % fp(0x11), other)
        self.postmap(table="hash:" + other)
        self.asked("far.example", check=1)
        self.write(SERVICES.replace("ask_ccert=no", "ask_ccert=yes -o relay_clientcerts=hash:" +
                                    other), os.path.join(self.config, "master.cf"))
        data = json.loads(self.asked("--json", "far.example").stdout)
        self.assertEqual([s["would_relay"] for s in data["services"]], [False, True])
        assumed = os.path.join(self.directory, "assumed")
        self.write("%s new.example\n" % fp(0x12), assumed)
        self.assertEqual(self.hosts("-t", "texthash:" + assumed, "new.example"), ["new.example"])

    def test_what_all_have_in_common_is_asked_once(self):
        spawned = {}
        for words in (["zen.example"], ["zen.example", "mx1.example", "mx2.example"]):
            found, _ = harness.executed(harness.RELAYCTL, "-c", self.config, "check", "--offline",
                                        *words)
            names = [os.path.basename(one[0]) for one in found]
            spawned[len(words)] = {name: names.count(name) for name in ("postconf", "postmap")}
            # One for each of the two services; strace may lose one of two at the same moment.
            self.assertLessEqual(names.count("smtpd"), 2)
        self.assertEqual(spawned[3], dict(spawned[1], postmap=spawned[1]["postmap"] + 2))

    def test_what_is_not_known_is_said_once(self):
        done = self.asked("mx1.example", "mx2.example", self.zen.cert)
        self.assertEqual(done.stderr.count("only the listed fingerprint is known"), 1)
        self.assertNotIn("only the listed", self.asked(self.zen.cert).stderr)


if __name__ == "__main__":
    harness.main()
