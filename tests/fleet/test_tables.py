#!/usr/bin/env python3
"""A table in PostgreSQL beside others: commands without -t mean all of them, and a dead database
keeps no other from anything."""

import json
import os

from support import certs, harness, pg_cluster, postfix_server
from support.several_tables import Asking, SeveralTables

RELAYED, REFUSED, TRY_AGAIN = 250, 554, 451
A = "hash:{dir}/a"
READER, WRITER = "postfix_reads", "relayctl_writes"


class DatabaseAmongTables(harness.Case):

    @classmethod
    def setUpClass(cls):
        postfix_server.require()
        cls.cluster = pg_cluster.Cluster().started()
        cls.addClassCleanup(cls.cluster.stop)
        for role in (READER, WRITER):
            cls.cluster.create_role(role, "the password of " + role)
        cls.databases = 0

    def server(self, prefix, dead=False):
        type(self).databases += 1
        database = "tables%d" % self.databases
        self.cluster.create_database(database, owner=WRITER)
        table = prefix + "pgsql:{dir}/rows.cf"
        server = SeveralTables([A], [Asking("submission", [table], "braces")],
                               settings={"proxy_read_maps": ""})
        self.addCleanup(server.stop)
        path = server.directory + "/rows.cf"
        self.cluster.write_cf(path, dbname=database, user=READER,
                              query="SELECT host FROM relay_clients WHERE fingerprint = '%s'")
        with open(path + ".admin", "w") as admin:
            os.chmod(admin.name, 0o600)
            admin.write("user = %s\npassword = %s\n" % (WRITER, self.cluster.passwords[WRITER]))
        os.chmod(path, 0o640)
        server.write_configuration(proxy_read_maps=server.filled(table))
        server.make(A)
        server.relayctl("init")
        if dead:
            with open(path) as text:
                lines = [line for line in text if not line.startswith("hosts")]
            with open(path, "w") as text:
                text.write("".join(lines) +
                           "hosts = inet:127.0.0.1:%d\n" % postfix_server.free_port())
            with open(path + ".admin") as text:
                self.assertNotIn("hosts", text.read())
        server.start()
        self.table = server.filled(table)
        self.zen = certs.Client(server.directory, "zen.example")
        return server

    def walk(self, prefix):
        server = self.server(prefix)
        result = server.relayctl("add", self.zen.cert)
        self.assertIn(self.table, result.stderr)
        self.assertEqual(server.answers(self.zen), {"main": RELAYED, "submission": REFUSED})
        server.relayctl("add", self.zen.cert, "--service", server.asking["submission"].postfix_name)
        self.assertEqual(server.answers(self.zen), {"main": RELAYED, "submission": RELAYED})
        listed = json.loads(server.relayctl("list", "--json", "--sort", "host").stdout)
        self.assertEqual([entry["table"] for entry in listed["entries"]],
                         [server.filled(A), self.table])
        server.relayctl("verify")
        renewed = certs.Client(server.directory, "renewed", subject="/CN=zen.example")
        server.relayctl("rotate", "zen.example", renewed.cert)
        self.assertEqual(server.answers(renewed), {"main": RELAYED, "submission": RELAYED})
        server.relayctl("annotate", "--note", "leaves in May", renewed.cert)
        notes = json.loads(server.relayctl("list", "--json").stdout)["entries"]
        self.assertEqual(sum(entry["note"] == "leaves in May" for entry in notes), 2)
        server.relayctl("remove", "--all", "zen.example")
        self.assertEqual(server.answers(renewed), {"main": REFUSED, "submission": REFUSED})
        self.assertEqual(server.answers(self.zen), {"main": REFUSED, "submission": REFUSED})

    def test_pgsql(self):
        self.walk("")

    def test_proxy_pgsql(self):
        self.walk("proxy:")

    def test_a_dead_database(self):
        server = self.server("", dead=True)
        old = certs.expired(server.directory, "old.example")
        for client in (self.zen, old):
            server.relayctl("-t", server.filled(A), "-d", "sha256", "add", client.cert)
        listed = server.relayctl("list", "--json", check=4)
        self.assertIn(self.table, listed.stderr)
        self.assertEqual({entry["host"]
                          for entry in json.loads(listed.stdout)["entries"]},
                         {"zen.example", "old.example"})
        server.relayctl("prune", "--yes", check=4)
        self.assertEqual(server.answers(old)["main"], REFUSED)
        self.assertEqual(server.answers(self.zen), {"main": RELAYED, "submission": TRY_AGAIN})
        found = json.loads(server.relayctl("verify", "--json", check=1).stdout)["findings"]
        self.assertIn(("database-unreachable", self.table), {(f["id"], f["table"]) for f in found})
        renewed = certs.Client(server.directory, "renewed", subject="/CN=zen.example")
        server.relayctl("rotate", "zen.example", renewed.cert, check=4)
        self.assertEqual(server.answers(renewed)["main"], RELAYED)


if __name__ == "__main__":
    harness.main()
