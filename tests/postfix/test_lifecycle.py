#!/usr/bin/env python3
"""Certificates come and go before a real smtpd: rotation with an overlap, another digest, a
directory of many."""

import os
import shutil
import time

from support import certs, harness, release
from test_relay import REFUSED, RELAYED, ServerCase

INDEXED = ("hash", "btree", "lmdb", "cdb")


class Rotation(ServerCase):

    def at(self, server, later, *args, check=0):
        return harness.relayctl("-c", server.config, *args, check=check,
                                env={"RELAYCTL_TEST_CLOCK": str(int(time.time()) + later)})

    def test_both_relay_until_the_grace_is_over(self):
        for map_type in INDEXED:
            with self.subTest(type=map_type):
                server = self.server(map_type + ":{dir}/relay_clients")
                old, new, other = (certs.Client(server.directory, name)
                                   for name in ("old.example", "new.example", "other.example"))
                self.at(server, 0, "add", old.cert, "zen.example")
                self.at(server, 0, "add", other.cert, "other.example")
                self.at(server, 0, "rotate", "zen.example", new.cert, "--grace", "14d")
                self.assertEqual([server.answer(c) for c in (old, new, other)], [RELAYED] * 3)
                self.assertIn("[entry-retires]", self.relayctl(server, "check", old.cert).stdout)
                self.assertNotIn("[entry-retires]", self.relayctl(server, "check", new.cert).stdout)
                self.at(server, 13 * 86400, "prune", "--yes")
                self.assertEqual([server.answer(c) for c in (old, new, other)], [RELAYED] * 3)
                self.at(server, 14 * 86400 + 60, "prune", "--yes", "--retired")
                self.assertEqual([server.answer(c) for c in (old, new, other)],
                                 [REFUSED, RELAYED, RELAYED])
                server.stop()

    def test_one_with_an_end_relays_until_it_is_pruned(self):
        server = self.server()
        client, other = (certs.Client(server.directory, name)
                         for name in ("contractor.example", "other.example"))
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 86400))
        self.at(server, 0, "add", client.cert, "--until", day)
        self.at(server, 0, "add", other.cert)
        self.assertIn("[entry-ends]", self.relayctl(server, "check", client.cert).stdout)
        self.assertNotIn("[entry-ends]", self.relayctl(server, "check", other.cert).stdout)
        self.at(server, 0, "prune", "--yes")
        self.assertEqual([server.answer(c) for c in (client, other)], [RELAYED] * 2)
        later = 4 * 86400
        self.assertIn("[entry-ended]", self.at(server, later, "verify", check=1).stdout)
        self.at(server, later, "prune", "--yes", "--retired")
        self.assertEqual([server.answer(c) for c in (client, other)], [REFUSED, RELAYED])

    def test_an_expired_certificate_relays_until_it_is_pruned(self):
        server = self.server()
        old, good = certs.expired(server.directory,
                                  "old.example"), certs.Client(server.directory, "good.example")
        self.relayctl(server, "add", old.cert)
        self.relayctl(server, "add", good.cert)
        self.assertEqual(server.answer(old), RELAYED)
        self.assertIn("[entry-expired]", self.relayctl(server, "verify", check=1).stdout)
        self.relayctl(server, "prune", "--yes")
        self.assertEqual([server.answer(c) for c in (old, good)], [REFUSED, RELAYED])
        self.relayctl(server, "verify")


class AnotherDigest(ServerCase):

    def test_from_md5_to_sha256_without_a_moment_of_refusal(self):
        """The path of the manual: new entries beside the old, then Postfix, then the old ones
        go."""
        server = self.server(settings={"smtpd_tls_fingerprint_digest": "md5"})
        clients = [certs.Client(server.directory, "c%d.example" % n) for n in range(3)]
        with open(server.path, "w") as table:
            table.writelines("%s %s\n" % (c.fingerprint("md5"), c.name) for c in clients)
        server.command("postmap", server.table)
        directory = os.path.join(server.directory, "clients")
        os.mkdir(directory)
        for client in clients:
            shutil.copy(client.cert, directory)
        self.assertEqual([server.answer(c) for c in clients], [RELAYED] * 3)
        self.relayctl(server, "apply", "-d", "sha256", "--keep-other-digests", directory)
        self.assertEqual([server.answer(c) for c in clients], [RELAYED] * 3)
        server.write_configuration(smtpd_tls_fingerprint_digest="sha256")
        server.reload()
        self.assertEqual([server.answer(c) for c in clients], [RELAYED] * 3)
        self.relayctl(server, "apply", directory)
        self.assertEqual([server.answer(c) for c in clients], [RELAYED] * 3)
        self.assertEqual(
            server.command("postmap", "-q", clients[0].fingerprint("md5"), server.table,
                           check=False).returncode, 1)

    def test_at_once(self):
        server = self.server(settings={"smtpd_tls_fingerprint_digest": "md5"})
        zen = certs.Client(server.directory, "zen.example")
        directory = os.path.join(server.directory, "clients")
        os.mkdir(directory)
        shutil.copy(zen.cert, directory)
        self.relayctl(server, "apply", directory)
        self.assertEqual(server.answer(zen), RELAYED)
        server.write_configuration(smtpd_tls_fingerprint_digest="sha256")
        server.reload()
        self.assertTrue(server.answer_becomes(zen, REFUSED))
        self.relayctl(server, "apply", directory)
        self.assertEqual(server.answer(zen), RELAYED)


class Directory(ServerCase):

    def test_five_hundred_certificates(self):
        server = self.server()
        directory = os.path.join(server.directory, "clients")
        os.mkdir(directory)
        first = certs.Client(directory, "c000.example")
        shutil.move(first.key, server.directory + "/key.pem")
        first.key = server.directory + "/key.pem"
        clients = [first] + [
            certs.Client(directory, "c%03d.example" % n, key=first.key) for n in range(1, 500)
        ]
        some = [clients[n] for n in (0, 1, 250, 499)]
        self.assertEqual({server.answer(c) for c in some}, {REFUSED})
        # A file in the middle that cannot be read leaves everything as it was.
        bad = os.path.join(directory, "c250a.example.pem")
        with open(bad, "w") as out:
            out.write("-----BEGIN CERTIFICATE-----\nMIIB\n")
        before = os.stat(server.path), os.stat(server.path + release.suffix())
        self.assertIn("c250a.example.pem",
                      self.relayctl(server, "apply", directory, check=3).stderr)
        self.assertEqual((os.stat(server.path), os.stat(server.path + release.suffix())), before)
        self.assertEqual({server.answer(c) for c in some}, {REFUSED})
        os.unlink(bad)
        self.relayctl(server, "apply", directory)
        self.assertEqual({server.answer(c) for c in some}, {RELAYED})
        gone = shutil.move(clients[250].cert, server.directory + "/gone.pem")
        clients[250].cert = gone
        self.relayctl(server, "apply", "--prune", "--yes", directory)
        self.assertEqual([server.answer(c) for c in some], [RELAYED, RELAYED, REFUSED, RELAYED])
        self.assertEqual(self.relayctl(server, "list", "--plain").stdout.count("\n"), 499)


class Lists(ServerCase):

    def test_many_from_a_list(self):
        server = self.server()
        clients = [certs.Client(server.directory, "c%d.example" % n) for n in range(3)]
        listed = os.path.join(server.directory, "list")
        with open(listed, "w") as out:
            out.writelines("%s\n" % c.cert for c in clients)
        self.relayctl(server, "add", "--from", listed)
        self.assertEqual({server.answer(c) for c in clients}, {RELAYED})


if __name__ == "__main__":
    harness.main()
