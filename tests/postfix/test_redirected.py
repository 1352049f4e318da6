#!/usr/bin/env python3
"""A machine whose Postfix opens another type for hash: and btree: (non_bdb_migration_level, Postfix
3.11): what was built before is still there, and whoever is removed is refused. An older Postfix
does not know the parameter, and opens what it is told to open."""

import os

from support import certs, harness, release
from support.every_map import INDEXED
from test_relay import REFUSED, RELAYED, ServerCase

LEVELS = ("enable-redirect", "enable-reindex") if release.since(3, 11) else ("enable-redirect",)


class Upgraded(ServerCase):

    def upgraded(self, map_type, level):
        """zen and old are listed in a map of Berkeley DB, and then the level is set."""
        server = self.server(map_type + ":{dir}/relay_clients", with_map=False,
                             settings={"non_bdb_migration_level": "disable"})
        clients = [certs.Client(server.directory, name) for name in ("zen.example", "old.example")]
        for client in clients:
            self.relayctl(server, "add", client.cert)
        server.reload()
        for client in clients:
            self.assertTrue(server.answer_becomes(client, RELAYED))
        if level == "enable-reindex":  # the service makes missing maps when they are asked
            server.services += "\nnbdb_reindex unix y n n - 1 nbdb_reindexd"
            server.settings["non_bdb_migration_allow_root_prefixes"] = server.directory
        server.write_configuration(non_bdb_migration_level=level)
        server.reload()
        self.assertTrue(os.path.exists(server.path + ".db"))
        return server, *clients

    def test_whoever_is_removed_is_refused(self):
        for map_type in ("hash", "btree"):
            for level in LEVELS:
                for made_before in (False, True):
                    with self.subTest(type=map_type, level=level, made_before=made_before):
                        self.walk(map_type, level, made_before)

    def walk(self, map_type, level, made_before):
        server, zen, old = self.upgraded(map_type, level)
        if made_before:  # as the administrator is told to do
            server.command("postmap", server.table)
        self.relayctl(server, "remove", "--reload", old.cert)
        self.assertTrue(server.answer_becomes(zen, RELAYED))
        self.assertTrue(server.answer_becomes(old, REFUSED))
        new = certs.Client(server.directory, "new.example")
        self.add(server, new)
        self.remove(server, new)
        self.remove(server, zen)
        server.stop()

    def test_plain_types_are_not_redirected(self):
        for map_type in set(INDEXED) - {"hash", "btree"}:
            with self.subTest(type=map_type):
                server = self.server(map_type + ":{dir}/relay_clients",
                                     settings={"non_bdb_migration_level": LEVELS[0]})
                zen = certs.Client(server.directory, "zen.example")
                self.add(server, zen)
                self.remove(server, zen)
                server.stop()


if __name__ == "__main__":
    harness.main()
