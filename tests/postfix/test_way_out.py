#!/usr/bin/env python3
"""Away from Berkeley DB on a machine whose Postfix was upgraded (3.11): what verify says, what the
commands that it prints do, and what smtpd answers then. An older Postfix has nothing to leave."""

import json
import os
import subprocess

from support import certs, harness, release
from test_relay import REFUSED, RELAYED, ServerCase

LEVELS = ("disable", "enable-redirect", "enable-reindex")


class LeavingCase(ServerCase):

    def setUp(self):
        if not release.since(3, 11):
            self.skipTest("this Postfix has Berkeley DB for good")

    def listed(self, table="hash:{dir}/relay_clients", level="disable", **options):
        """zen and old are listed in a map of Berkeley DB; then Postfix gets this level."""
        server = self.server(table, with_map=False, **options)
        server.write_configuration(non_bdb_migration_level="disable")
        clients = [certs.Client(server.directory, name) for name in ("zen.example", "old.example")]
        for client in clients:
            self.relayctl(server, "add", client.cert, "-t", "hash:%s/relay_clients" %
                          server.directory)
        if level == "enable-reindex":
            server.services += "\nnbdb_reindex unix y n n - 1 nbdb_reindexd"
        server.write_configuration(non_bdb_migration_level=level)
        server.reload()
        return server, *clients

    def findings(self, server):
        said = self.relayctl(server, "verify", "--json", check=None)
        return {finding["id"]: finding for finding in json.loads(said.stdout)["findings"]}

    def paste(self, hint):
        path = os.path.dirname(os.path.abspath(harness.RELAYCTL)) + ":" + os.environ["PATH"]
        done = subprocess.run(["sh", "-ec", hint], capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, PATH=path))
        self.assertEqual(done.returncode, 0, (hint, done.stderr))

    def tables(self, server):
        return server.command("postconf", "-xh", "relay_clientcerts").stdout.strip()


class WayOut(LeavingCase):

    def walk(self, server, zen, old, is_redirected=False):
        found = self.findings(server)
        self.assertEqual(found["berkeley-db-goes"]["severity"],
                         "note" if is_redirected else "warning")
        self.paste(found["berkeley-db-goes"]["hint"])
        self.assertTrue(server.answer_becomes(zen, RELAYED))
        self.assertTrue(server.answer_becomes(old, RELAYED))
        self.relayctl(server, "remove", "old.example")
        self.assertTrue(server.answer_becomes(old, REFUSED))
        found = self.findings(server)
        self.assertNotIn("berkeley-db-goes", found)
        database = server.directory + "/relay_clients.db"
        self.assertEqual(found["old-map"]["file"], database)
        self.paste(found["old-map"]["hint"])
        self.assertFalse(os.path.exists(database))
        self.assertNotIn("old-map", self.findings(server))
        self.assertTrue(server.answer_becomes(zen, RELAYED))
        self.assertEqual(server.answer(old), REFUSED)

    def test_the_way_that_verify_prints(self):
        for level in LEVELS:
            with self.subTest(level=level):
                server, zen, old = self.listed(level=level)
                self.walk(server, zen, old, level != "disable")
                self.assertEqual(self.tables(server), "lmdb:" + server.path)
                server.stop()

    def test_where_an_override_names_the_table(self):
        service = "127.0.0.1:{port} inet n - n - 1 smtpd\n" \
            " -o relay_clientcerts=hash:%s/relay_clients"
        server, zen, old = self.listed("hash:{dir}/relay_clients")
        server.services = service % server.directory
        server.write_configuration(relay_clientcerts="")
        server.reload()
        self.walk(server, zen, old)
        self.assertEqual(self.tables(server), "")
        with open(server.config + "/master.cf") as master:
            self.assertIn("relay_clientcerts=lmdb:" + server.path, master.read())

    def test_where_it_is_logged(self):
        server, zen, old = self.listed("debug:hash:{dir}/relay_clients")
        listed = json.loads(self.relayctl(server, "list", "--json").stdout)
        self.assertEqual(len(listed["entries"]), 2)
        self.assertTrue(server.answer_becomes(zen, RELAYED))
        self.relayctl(server, "check", zen.cert)
        self.walk(server, zen, old)
        self.assertEqual(self.tables(server), "debug:lmdb:%s/relay_clients" % server.directory)

    def test_a_map_that_something_opens_is_no_old_one(self):
        server, zen, old = self.listed()
        self.paste(self.findings(server)["berkeley-db-goes"]["hint"])
        server.write_configuration(relay_clientcerts="lmdb:" + server.path,
                                   smtpd_sender_login_maps="hash:" + server.path)
        self.assertNotIn("old-map", self.findings(server))


# What a postmap that was built without Berkeley DB says (nbdb_surrogate.c). Debian has none such.
WITHOUT = """#!/bin/sh
for word; do
    case "$word" in
    hash:* | btree:*)
        echo "postmap: fatal: Berkeley DB support for '$word' is not available for this OS \\
distribution; see https://www.postfix.org/NON_BERKELEYDB_README.html for alternatives" >&2
        exit 1 ;;
    esac
done
exec /usr/sbin/postmap "$@"
"""


class Without(LeavingCase):

    def test_the_way_out_where_berkeley_db_is_gone(self):
        server, zen, _ = self.listed()
        sbin = server.directory + "/sbin"
        os.mkdir(sbin)
        for name in ("postconf", "postfix"):
            os.symlink("/usr/sbin/" + name, os.path.join(sbin, name))
        with open(sbin + "/postmap", "w") as out:
            out.write(WITHOUT)
        os.chmod(sbin + "/postmap", 0o755)
        for has_map in (True, False):
            with self.subTest(has_map=has_map):
                if not has_map:
                    os.unlink(server.path + ".db")
                said = self.relayctl(server, "--postfix", sbin, "verify", "--offline", "--json",
                                     check=1)
                found = {finding["id"]: finding for finding in json.loads(said.stdout)["findings"]}
                self.assertNotIn("berkeley-db-goes", found)
                self.assertNotIn("rebuild", found["berkeley-db-gone"]["hint"])
                said = self.relayctl(server, "--postfix", sbin, "rebuild", check=4).stderr
                self.assertIn("relayctl --postfix %s -c %s copy hash:%s lmdb:%s" %
                              (sbin, server.config, server.path, server.path), said)
        self.paste(found["berkeley-db-gone"]["hint"])
        self.assertEqual(self.tables(server), "lmdb:" + server.path)
        self.assertTrue(server.answer_becomes(zen, RELAYED))


class Redirected(LeavingCase):

    def test_what_depends_on_the_type_follows_the_opened_one(self):
        """default_database_type, default_cache_db_type and non_bdb_custom_mapping decide."""
        for settings, map_type, opened in (
            ({"default_database_type": "lmdb"}, "hash", "lmdb"),
            ({"default_database_type": "cdb"}, "hash", "cdb"),
            ({"default_cache_db_type": "cdb"}, "btree", "cdb"),
            ({"default_cache_db_type": "lmdb"}, "btree", "lmdb"),
            ({"non_bdb_custom_mapping": "inline:{hash=lmdb}"}, "hash", "lmdb"),
            ({"non_bdb_custom_mapping": "inline:{{hash:%s=lmdb},{hash=cdb}}"}, "hash", "lmdb")):
            with self.subTest(settings=settings, type=map_type):
                server = self.server(map_type + ":{dir}/relay_clients", with_map=False)
                settings = {name: value.replace("%s", server.path)
                            for name, value in settings.items()}
                server.write_configuration(non_bdb_migration_level="enable-redirect", **settings)
                server.reload()
                zen, old = [certs.Client(server.directory, name + ".example")
                            for name in ("zen", "old")]
                with open(server.path + ".db", "w"):
                    pass  # what lies beside decides nothing
                for client in (zen, old):
                    self.relayctl(server, "add", "--reload", client.cert)
                self.assertTrue(server.answer_becomes(zen, RELAYED))
                self.assertTrue(os.path.exists(server.path + "." + opened))
                session = server.session(old)
                self.addCleanup(session.close)
                self.assertEqual(session.ask()[0], RELAYED)
                said = self.relayctl(server, "remove", "old.example").stderr
                is_live = opened == "lmdb"
                self.assertEqual(session.ask()[0], REFUSED if is_live else RELAYED)
                self.assertEqual("sessions already open" in said, not is_live, said)
                self.assertIn("map updated" if is_live else "map rebuilt", said)
                session.close()
                self.assertEqual(server.answer(old), REFUSED)
                server.stop()


if __name__ == "__main__":
    harness.main()
