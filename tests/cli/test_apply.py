#!/usr/bin/env python3
"""apply and diff: the table as a directory of certificates says it.

The classes of cases are for all kinds of tables; tests/fleet/test_commands.py runs them on rows."""

import json
import os
import shutil

from support import certs, harness
from support.table_case import TableCase, fp
from cli.test_lifecycle import on_terminal


class DirectoryCases:

    def setUp(self):
        super().setUp()
        self.dir = os.path.join(self.directory, "clients")
        os.mkdir(self.dir)

    def put_certificate(self, client, name):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(client.cert, path)
        return path

    def table_of(self, check=0):
        entries = json.loads(self.run_it("list", "--json", check=check).stdout)["entries"]
        return {entry["fingerprint"]: entry["host"] for entry in entries}

    def retirement(self, client):
        return next(e for e in self.json("list")["entries"]
                    if e["fingerprint"] == client.fingerprint())["retire_after"]

    def json(self, *args, check=0):
        return json.loads(self.run_it(*args, "--json", check=check).stdout)


class ApplyCases(DirectoryCases):

    def test_adds_renames_and_keeps(self):
        zen, anna, renamed = self.client(), self.client("anna"), self.client("renamed")
        self.put_certificate(zen, "zen.example.pem")
        self.put_certificate(anna, "anna.example/laptop.crt")
        self.put_certificate(renamed, "anna.example/desktop.PEM")
        self.put((renamed.fingerprint(), "old.example"), (fp(1), "hand.example"))
        change = self.json("apply", self.dir)
        self.assertEqual(sorted(e["host"] for e in change["added"]),
                         ["anna.example", "anna.example", "zen.example"])
        self.assertEqual([(e["fingerprint"], e["host"]) for e in change["removed"]],
                         [(renamed.fingerprint(), "old.example")])
        wanted = {
            zen.fingerprint(): "zen.example",
            anna.fingerprint(): "anna.example",
            renamed.fingerprint(): "anna.example",
            fp(1): "hand.example"
        }
        self.assertEqual(self.table_of(), wanted)
        self.assertEqual(self.has(), wanted)
        self.assertEqual({f: self.in_map(f) for f in wanted}, wanted)
        self.assert_others_stay()
        before = self.snapshot()
        self.assertFalse(self.json("apply", self.dir)["changed"])
        self.assertEqual(self.snapshot(), before)

    def test_der_and_names_that_are_left_out(self):
        zen = self.client()
        with open(os.path.join(self.dir, "zen.example.der"), "wb") as out:
            out.write(certs.openssl("x509", "-in", zen.cert, "-outform", "DER"))
        for name in ("README", ".hidden.pem", "zen.example.key"):
            self.write("no certificate", os.path.join(self.dir, name))
        os.mkdir(os.path.join(self.dir, ".git"))
        said = self.run_it("apply", self.dir).stderr
        self.assertEqual(self.table_of(), {zen.fingerprint(): "zen.example"})
        self.assertIn("README: is not looked at", said)
        self.assertIn("zen.example.key: is not looked at", said)
        self.assertNotIn("hidden", said)

    def test_prune_removes_what_has_no_certificate(self):
        zen = self.client()
        self.put_certificate(zen, "zen.example.pem")
        twin = self.hidden(fp(0xAB), "hand2.example") or [(fp(0xCD), "hand2.example")]
        self.put((fp(0xAB), "hand.example"), (zen.fingerprint(), "zen.example"), *twin)
        before = self.snapshot()
        result = self.run_it("apply", "--prune", self.dir, check=2)
        self.assertIn(fp(0xAB) + " hand.example", result.stderr)
        self.assertEqual(self.snapshot(), before)
        for answer, status in (("n\n", 1), ("y\n", 0)):
            said, got = on_terminal(
                [harness.RELAYCTL, "-c", self.config, "apply", "--prune", self.dir],
                dict(os.environ), answer)
            self.assertEqual(got, status, said)
            self.assertIn("remove 2 entries? [y/N]", said)
            self.assertEqual(len(self.json("list")["entries"]), 3 if status else 1)
        self.put((fp(1), "hand.example"), (zen.fingerprint(), "old.example"))
        said = self.run_it("apply", "--prune", self.dir, check=2).stderr
        self.assertIn("to be removed: %s hand.example" % fp(1), said)
        self.assertIn("to be renamed: %s old.example" % zen.fingerprint(), said)
        self.put((fp(1), "hand.example"))
        self.assertEqual(len(self.json("apply", "--prune", "--yes", self.dir)["removed"]), 1)
        self.assertEqual(self.table_of(), {zen.fingerprint(): "zen.example"})
        self.run_it("apply", "--prune", self.dir)  # nothing to ask about

    def test_an_empty_directory_does_not_empty_the_table(self):
        self.put((fp(1), "hand.example"))
        self.assertFalse(self.json("apply", self.dir)["changed"])
        self.run_it("apply", "--prune", "--yes", self.dir, check=1)
        self.assertEqual(self.table_of(), {fp(1): "hand.example"})
        self.run_it("apply", "--prune", "--yes", "--allow-empty", self.dir)
        self.assertEqual(self.table_of(), {})

    def test_anything_wrong_stops_everything(self):
        zen, anna = self.client(), self.client("anna")
        self.put_certificate(zen, "a.example.pem")
        self.put((fp(1), "hand.example"))
        before = self.snapshot()
        for name, content, said in (
                ("m.example.pem", b"garbage", "m.example.pem"),
                ("n..b.pem", certs.openssl("x509", "-in", anna.cert), "'n..b'"),
                ("h.example/deep/x.pem", b"", "a directory within"),
                ("z.example.pem", certs.openssl("x509", "-in", zen.cert), "the same as"),
                ("k.example.pem", certs.openssl("pkey", "-in", anna.key), "private key")):
            with self.subTest(name=name):
                path = os.path.join(self.dir, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                self.write(content, path)
                for command in ("apply", "diff"):
                    result = self.run_it(command, self.dir, check=3)
                    self.assertIn(said, result.stderr)
                self.assertEqual(self.snapshot(), before)
                os.unlink(path)
                if os.path.dirname(path) != self.dir:
                    shutil.rmtree(os.path.join(self.dir, name.split("/")[0]))
        os.symlink("/no/such", os.path.join(self.dir, "dangling.example.pem"))
        self.run_it("apply", self.dir, check=3)
        self.run_it("apply", self.directory + "/absent", check=3)
        self.assertEqual(self.snapshot(), before)

    def test_the_live_directory_of_certbot_as_it_is(self):
        """live/HOST/ has links to archive/, keys, chains and explanations."""
        zen, again = self.client(), self.client("again")
        authority = self.client("authority", extensions=["keyUsage=keyCertSign"])
        archive = os.path.join(self.directory, "archive")
        os.mkdir(archive)
        for lineage, client in (("zen.example", zen), ("zen.example-0001", again)):
            os.mkdir(os.path.join(self.dir, lineage))
            for name, files in (("cert", [client.cert]), ("chain", [authority.cert]),
                                ("fullchain", [client.cert, authority.cert]),
                                ("privkey", [client.key])):
                kept = os.path.join(archive, "%s.%s1.pem" % (lineage, name))
                self.write(b"".join(self.read(file) for file in files), kept)
                os.symlink(kept, os.path.join(self.dir, lineage, name + ".pem"))
            self.write("This directory contains your keys and certificates.\n",
                       os.path.join(self.dir, lineage, "README"))
        self.write("WARNING: DO NOT MOVE OR RENAME THESE FILES!\n",
                   os.path.join(self.dir, "README"))
        done = self.run_it("apply", self.dir)
        self.assertNotIn("is not looked at", done.stderr)
        self.assertEqual(self.table_of(), {zen.fingerprint(): "zen.example",
                                           again.fingerprint(): "zen.example"})
        before = self.snapshot()
        said = self.run_it("apply", os.path.join(self.dir, "zen.example"), check=3).stderr
        self.assertIn("has the certificate and the key of one host", said)
        self.assertIn("relayctl: hint: name the directory above it", said)
        self.assertEqual(self.snapshot(), before)

    def test_a_directory_that_issue_made(self):
        self.run_it("issue", "--no-add", "--out", self.dir, "zen.example")
        self.run_it("issue", "--no-add", "--rotate", "--out", self.dir, "zen.example")
        done = self.run_it("apply", self.dir)
        self.assertNotIn("is not looked at", done.stderr)
        self.assertEqual(sorted(self.table_of().values()), ["zen.example"] * 2)

    def test_a_second_ending_is_no_part_of_the_host(self):
        self.put_certificate(self.client(), "x.example.org.crt.pem")
        self.run_it("apply", self.dir)
        self.assertEqual(list(self.table_of().values()), ["x.example.org"])

    def test_labels(self):
        self.put_certificate(self.client(), "Anna's laptop.pem")
        self.run_it("apply", self.dir, check=3)
        self.run_it("apply", "--labels", self.dir)
        self.assertEqual(list(self.table_of().values()), ["Anna's laptop"])

    def test_keys_that_somebody_pinned_stay(self):
        zen = self.client()
        self.put_certificate(zen, "zen.example.pem")
        self.put((zen.key_fingerprint(), "zen.example"))
        self.run_it("apply", "--prune", "--yes", self.dir)
        self.assertEqual(self.table_of(),
                         {zen.key_fingerprint(): "zen.example",
                          zen.fingerprint(): "zen.example"})
        self.run_it("apply", "--prune", "--yes", "--key", self.dir)
        self.assertEqual(self.table_of(), {zen.key_fingerprint(): "zen.example"})

    def test_a_certificate_in_the_directory_is_not_to_be_retired(self):
        zen, new = self.client(), self.client("new", subject="/CN=zen.example")
        self.put_certificate(zen, "zen.example/1.pem")
        self.put_certificate(new, "zen.example/2.pem")
        self.run_it("apply", self.dir)
        self.run_it("rotate", "zen.example", new.cert)
        self.assertIsNotNone(self.retirement(zen))
        self.assertEqual([e["retire_after"] for e in self.json("apply", self.dir)["updated"]],
                         [None])
        self.assertIsNone(self.retirement(zen))
        self.assertNotIn("retire", self.noted(zen.fingerprint()))

    def test_another_digest(self):
        clients = [self.client("c%d" % n) for n in range(3)]
        for client in clients:
            self.put_certificate(client, client.name + ".example.pem")
        by_hand = [(clients[0].fingerprint("md5"), "c0.example"),
                   (clients[1].key_fingerprint("md5"), "c1.example"),
                   (fp(9, 16), "hand.example")]
        new = {
            **{c.fingerprint(): c.name + ".example"
               for c in clients}, clients[1].key_fingerprint(): "c1.example"
        }
        old = {
            clients[0].fingerprint("md5"): "c0.example",
            clients[1].key_fingerprint("md5"): "c1.example"
        }
        self.put(*by_hand)
        self.json("apply", "-d", "sha256", "--keep-other-digests", self.dir)
        self.assertEqual(self.table_of(), {**new, **old, fp(9, 16): "hand.example"})
        self.json("apply", "-d", "sha256", self.dir)
        self.assertEqual(self.table_of(), {**new, fp(9, 16): "hand.example"})
        self.put(*by_hand)
        change = self.json("apply", "-d", "sha256", self.dir)
        self.assertEqual((len(change["added"]), len(change["removed"])), (4, 2))
        self.assertEqual({f: self.in_map(f) for f in {**new, **old}}, {**new, **dict.fromkeys(old)})


class Apply(ApplyCases, TableCase):
    pass


class DiffCases(DirectoryCases):

    def test_shows_what_apply_would_do_and_writes_nothing(self):
        zen = self.client()
        self.put_certificate(zen, "zen.example.pem")
        self.put((fp(1), "hand.example"))
        before = self.snapshot()
        result = self.run_it("diff", self.dir, check=1)
        self.assertIn("+%s zen.example\n" % zen.fingerprint(), result.stdout)
        self.assertNotIn("-" + fp(1), result.stdout)
        self.assertIn("-%s hand.example\n" % fp(1),
                      self.run_it("diff", "--prune", self.dir, check=1).stdout)
        self.assertEqual(
            self.run_it("diff", "--plain", "--prune", self.dir, check=1).stdout,
            "removed\t%s\thand.example\nadded\t%s\tzen.example\n" % (fp(1), zen.fingerprint()))
        self.assertEqual([e["host"] for e in self.json("diff", self.dir, check=1)["added"]],
                         ["zen.example"])
        self.assertEqual(
            self.run_it("apply", "--dry-run", "--prune", self.dir).stdout.splitlines()[0],
            "--- " + self.name_in_diff())
        self.assertEqual(self.snapshot(), before)
        self.run_it("apply", self.dir)
        self.assertEqual(self.run_it("diff", self.dir).stdout, "")


class Diff(DiffCases, TableCase):
    pass


if __name__ == "__main__":
    harness.main()
