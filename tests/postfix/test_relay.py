#!/usr/bin/env python3
"""What relayctl says is what a real smtpd does: refused, authorised, revoked, for every type of
table."""

import json
import os
import re
import subprocess

from support import certs, harness, release
from support.every_map import INDEXED, EveryMap
from support.postfix_server import Server

RELAYED, REFUSED, TRY_AGAIN = 250, 554, 451


class ServerCase(harness.Case):

    def server(self, *args, with_map=True, **options):
        server = Server(*args, **options)
        self.addCleanup(server.stop)
        if with_map:  # as the administrator has it: an empty table that smtpd knows already
            with open(server.path, "w"):
                pass
            server.command("postmap", server.table)
        return server.start()

    def relayctl(self, server, *args, check=0):
        return harness.relayctl("-c", server.config, *args, check=check)

    def add(self, server, client, *options):
        """Lists the client. The smtpd that runs relays for it at once."""
        self.relayctl(server, "add", *options, client.cert)
        self.assertEqual(server.answer(client), RELAYED)

    def remove(self, server, client):
        """Removes the client. The smtpd that runs refuses it at once."""
        self.relayctl(server, "remove", client.cert)
        self.assertEqual(server.answer(client), REFUSED)


class EveryType(EveryMap, ServerCase):

    def walk(self, map_type):
        server = self.server(map_type + ":{dir}/relay_clients")
        zen = certs.Client(server.directory, "zen.suse.co.uk")
        other = certs.Client(server.directory, "other.example")
        self.assertEqual(server.answer(zen), REFUSED)
        added = self.relayctl(server, "add", zen.cert, "--json")
        self.assertEqual(json.loads(added.stdout)["added"][0]["host"], "zen.suse.co.uk")
        self.assertEqual(server.answer(zen), RELAYED)
        self.assertEqual(server.answer(other), REFUSED)
        self.assertEqual(server.answer(), REFUSED)
        self.relayctl(server, "remove", "zen.suse.co.uk")
        self.assertEqual(server.answer(zen), REFUSED)


class ByKey(ServerCase):

    def test_a_renewed_certificate_with_the_same_key_relays(self):
        server = self.server()
        zen = certs.Client(server.directory, "zen.example")
        renewed = certs.Client(server.directory, "renewed.example", key=zen.key)
        self.relayctl(server, "add", "--key", zen.cert)
        self.assertEqual(server.answer(zen), RELAYED)
        self.assertEqual(server.answer(renewed), RELAYED)
        self.relayctl(server, "remove", renewed.cert)  # takes what is listed for this key
        self.assertEqual(server.answer(zen), REFUSED)

    def test_request_and_public_key_pin_the_same(self):
        server = self.server()
        zen = certs.Client(server.directory, "zen.example")
        for file in (zen.request(), zen.public_key(), zen.key):
            self.relayctl(server, "add", "--key", file, "zen.example")
            self.assertEqual(server.answer(zen), RELAYED, file)
            self.relayctl(server, "remove", "zen.example")
            self.assertEqual(server.answer(zen), REFUSED, file)

    def test_removing_a_certificate_removes_both_entries(self):
        server = self.server()
        zen = certs.Client(server.directory, "zen.example")
        self.relayctl(server, "add", "--key", zen.cert)
        self.relayctl(server, "add", zen.cert)
        self.remove(server, zen)


class SameSecond(ServerCase):

    def test_changes_that_follow_each_other_at_once_are_all_seen(self):
        for map_type in INDEXED:
            server = self.server(map_type + ":{dir}/relay_clients")
            zen = certs.Client(server.directory, "zen.example")
            for turn in range(3):
                with self.subTest(type=map_type, turn=turn):
                    self.add(server, zen)
                    self.remove(server, zen)
            server.stop()


class HardLinkedMap(ServerCase):

    def test_a_backup_by_ln_does_not_hide_the_change(self):
        """The old map keeps a name, so a smtpd that has it open would not see it go: it looks at
        the time instead."""
        for map_type in ("hash", "btree", "cdb"):
            suffix = release.suffix(map_type)
            with self.subTest(type=map_type):
                server = self.server(map_type + ":{dir}/relay_clients")
                zen = certs.Client(server.directory, "zen.example")
                self.add(server, zen)
                os.link(server.path + suffix, server.path + suffix + ".bak")
                self.remove(server, zen)
                server.stop()


class Reload(ServerCase):

    def add_with_a_reload(self, server, client, before):
        """What add says, which takes effect only with a reload; before: what smtpd answers until
        then."""
        self.assertEqual(server.answer(client), before)
        added = self.relayctl(server, "add", client.cert, "--json")
        self.assertTrue(json.loads(added.stdout)["reload_needed"])
        self.assertEqual(server.answer(client), before)
        server.reload()
        self.assertTrue(server.answer_becomes(client, RELAYED))
        return added.stderr

    def test_texthash_takes_effect_with_a_reload(self):
        server = self.server("texthash:{dir}/relay_clients", with_map=False)
        with open(server.path, "w"):
            pass
        server.reload()
        zen = certs.Client(server.directory, "zen.example")
        said = self.add_with_a_reload(server, zen, REFUSED)
        self.assertIn("postfix reload", said)
        removed = self.relayctl(server, "remove", "zen.example", "--reload", "--json")
        self.assertFalse(json.loads(removed.stdout)["reload_needed"])
        self.assertTrue(server.answer_becomes(zen, REFUSED))

    def test_a_map_that_smtpd_met_as_missing(self):
        for map_type in INDEXED:
            with self.subTest(type=map_type):
                server = self.server(map_type + ":{dir}/relay_clients", with_map=False)
                zen = certs.Client(server.directory, "zen.example")
                self.assertIn("reload", self.add_with_a_reload(server, zen, TRY_AGAIN))
                server.stop()

    def test_add_with_reload_makes_a_missing_map_good(self):
        server = self.server(with_map=False)
        zen = certs.Client(server.directory, "zen.example")
        self.assertEqual(server.answer(zen), TRY_AGAIN)
        added = self.relayctl(server, "add", zen.cert, "--reload", "--json")
        self.assertFalse(json.loads(added.stdout)["reload_needed"])
        self.assertTrue(server.answer_becomes(zen, RELAYED))
        # A later change needs no reload, and --reload makes none.
        before = server.log().count("reload")
        self.relayctl(server, "remove", "zen.example", "--reload")
        self.assertEqual(server.answer(zen), REFUSED)
        self.assertEqual(server.log().count("reload"), before)


class Duplicates(ServerCase):

    def test_a_duplicate_breaks_a_whole_texthash_table(self):
        server = self.server("texthash:{dir}/relay_clients", with_map=False)
        zen = certs.Client(server.directory, "zen.example")
        line = "%s zen.example\n" % zen.fingerprint()
        for text, answer in ((line, RELAYED), (line + line.replace("zen.e", "other.e"), TRY_AGAIN)):
            with open(server.path, "w") as out:
                out.write(text)
            server.reload()
            self.assertTrue(server.answer_becomes(zen, answer))
        self.assertIn("[duplicate]", self.relayctl(server, "verify", check=1).stdout)


class OpenSessions(ServerCase):
    """What remove says about sessions that are open at that moment is what they may do."""

    def removed_under(self, map_type):
        server = self.server(map_type + ":{dir}/relay_clients")
        zen = certs.Client(server.directory, "zen.example")
        self.relayctl(server, "add", zen.cert)
        with server.session(zen) as session:
            self.assertEqual(session.ask()[0], RELAYED)
            said = self.relayctl(server, "remove", zen.cert).stderr
            after = session.ask()[0]
        self.assertEqual(server.answer(zen), REFUSED)
        server.stop()
        return after, said

    def test_lmdb_is_cut_off_at_once(self):
        after, said = self.removed_under("lmdb")
        self.assertEqual(after, REFUSED)
        self.assertNotIn("sessions already open", said)

    def test_the_others_go_on_until_the_session_ends(self):
        for map_type in ("hash", "btree", "cdb"):
            if release.opened(map_type) == "lmdb":
                continue
            with self.subTest(type=map_type):
                after, said = self.removed_under(map_type)
                self.assertEqual(after, RELAYED)
                self.assertIn("sessions already open may relay until they end", said)


class Clients(ServerCase):

    def test_an_expired_certificate_relays_and_add_warns_of_it(self):
        server = self.server()
        old = certs.expired(server.directory, "old.example")
        added = self.relayctl(server, "add", old.cert)
        self.assertRegex(added.stderr, "warning: .*expired")
        self.assertEqual(server.answer(old), RELAYED)

    def test_every_kind_of_key(self):
        server = self.server()
        for kind in ("rsa", "rsa-pss", "ec", "ed25519"):
            with self.subTest(kind=kind):
                client = certs.Client(server.directory, kind + ".example", kind)
                self.add(server, client)

    def test_every_digest(self):
        server = self.server()
        zen = certs.Client(server.directory, "zen.example")
        for digest in ("md5", "sha1", "sha256", "sha512", "sha3-256"):
            with self.subTest(digest=digest):
                server.write_configuration(smtpd_tls_fingerprint_digest=digest)
                server.reload()
                self.relayctl(server, "add", zen.cert)
                self.assertTrue(server.answer_becomes(zen, RELAYED))

    def test_swaks_up_to_rcpt(self):
        server = self.server()
        zen = certs.Client(server.directory, "zen.example")
        swaks = [
            "swaks", "--server", "127.0.0.1", "--port",
            str(server.port), "--helo", "client.example", "--tls", "--tls-cert", zen.cert,
            "--tls-key", zen.key, "--from", "sender@client.example", "--to",
            "someone@elsewhere.example", "--quit-after", "RCPT"
        ]
        refused = subprocess.run(swaks, capture_output=True, text=True, timeout=60)
        self.assertRegex(refused.stdout, r"554 5\.7\.1 .*Relay access denied")
        self.relayctl(server, "add", zen.cert)
        accepted = subprocess.run(swaks, capture_output=True, text=True, timeout=60)
        self.assertEqual(accepted.returncode, 0, accepted.stdout)
        self.assertTrue(re.search(r"^<~ +250 2\.1\.5 Ok", accepted.stdout, re.M), accepted.stdout)


if __name__ == "__main__":
    harness.main()
