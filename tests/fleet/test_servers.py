#!/usr/bin/env python3
"""Three Postfix servers on one database: what one of them is told, all of them do at the next
lookup."""

import json
import os
import random
import threading

from support.fleet_case import FleetCase, harness
from support import certs, running
from support.postfix_server import Server

RELAYED, REFUSED, TRY_AGAIN = 250, 554, 451


class ServersCase(FleetCase):
    """self.servers: by pgsql:, by pgsql: over TCP, by proxy:pgsql:; each has a file of its own. No
    relayctl is told which table."""

    TABLES = ("pgsql", "pgsql", "proxy:pgsql")

    def setUp(self):
        super().setUp()
        self.started = []
        self.addCleanup(self.stop)
        self.servers = [
            self.server(map_type,
                        self.cluster.hosts_inet if number == 1 else self.cluster.hosts_socket)
            for number, map_type in enumerate(self.TABLES)
        ]

    def init(self):
        """With no more rights than the documentation gives: the SQL that init prints, by whoever
        may create tables."""
        self.sql(harness.relayctl("-t", self.table, "init", "--print", check=0).stdout)

    def server(self, map_type, hosts, before="", after="", **settings):
        """before, after: other tables of relay_clientcerts."""
        settings["in_flow_delay"] = "0"  # there is no qmgr here that gives smtpd leave to go on
        server = Server("%s:{dir}/relay_clients.cf" % map_type, processes=4, settings=settings)
        self.started.append(server)
        server.file = os.path.join(server.directory, "relay_clients.cf")
        self.write_cf(server.file, hosts=hosts)
        tables = " ".join(
            part.format(dir=server.directory) for part in (before, server.table, after) if part)
        server.write_configuration(relay_clientcerts=tables, proxy_read_maps=tables)
        for table in tables.split():
            if table.startswith("hash:"):
                open(table.partition(":")[2], "w").close()
                server.command("postmap", table)
        return server.start()

    def stop(self):
        """All at once: each takes a second."""
        for server in self.started:
            if server.master:
                server.master.terminate()
        for server in self.started:
            server.stop()

    def relayctl(self, server, *args, check=0):
        return harness.relayctl("-c", server.config, *args, check=check)

    def answers(self, client):
        return [server.answer(client) for server in self.servers]

    def verdicts(self, client):
        """What check says of each server."""
        said = [
            self.relayctl(server, "check", "--json", client.cert, check=None)
            for server in self.servers
        ]
        return [
            RELAYED if json.loads(one.stdout)["services"][0]["would_relay"] else REFUSED
            for one in said
        ]

    def all_say(self, client, answer):
        self.assertEqual(self.answers(client), [answer] * 3)
        self.assertEqual(self.verdicts(client), [answer] * 3)


class Everywhere(ServersCase):

    def test_added_through_any_and_accepted_by_all_then_removed_through_any_and_refused_by_all(
            self):
        zen, other = self.client(), self.client("other.example")
        for number, server in enumerate(self.servers):
            with self.subTest(by=server.table):
                self.all_say(zen, REFUSED)
                added = json.loads(self.relayctl(server, "add", zen.cert, "--json").stdout)
                self.assertEqual((added["table"], added["changed"], added["reload_needed"]),
                                 (server.table, True, False))
                self.all_say(zen, RELAYED)
                self.all_say(other, REFUSED)
                for one in self.servers:
                    self.assertEqual(
                        self.relayctl(one, "list").stdout, "%s\tzen.example\n" % zen.fingerprint())
                self.relayctl(self.servers[number - 1], "remove", "zen.example")
                self.all_say(zen, REFUSED)

    def test_by_the_key(self):
        zen = self.client()
        renewed = certs.Client(self.directory, "renewed.example", key=zen.key)
        self.relayctl(self.servers[0], "add", "--key", zen.cert)
        self.all_say(renewed, RELAYED)
        self.relayctl(self.servers[2], "remove", renewed.cert)
        self.all_say(renewed, REFUSED)

    def test_a_renewed_certificate_and_the_former_until_it_is_pruned(self):
        zen, renewed = self.client(), self.client("renewed.example")
        self.relayctl(self.servers[0], "add", zen.cert)
        self.relayctl(self.servers[1], "rotate", "zen.example", renewed.cert, "--grace", "0s")
        self.all_say(zen, RELAYED)
        self.all_say(renewed, RELAYED)
        self.relayctl(self.servers[2], "prune", "--yes")
        self.all_say(zen, REFUSED)
        self.all_say(renewed, RELAYED)

    def test_verify_is_content_with_each(self):
        self.relayctl(self.servers[0], "add", self.client().cert)
        for server in self.servers:
            said = self.relayctl(server, "verify", "--json")
            self.assertTrue(json.loads(said.stdout)["ok"], said.stdout)


class OpenSessions(ServersCase):

    def test_sessions_that_are_open_follow_too(self):
        zen = self.client()
        sessions = [server.session(zen) for server in self.servers for _ in range(2)]
        for session in sessions:
            self.addCleanup(session.close)
        for turn in range(5):
            for change, answer in ((["add", zen.cert], RELAYED),
                                   (["remove", "zen.example"], REFUSED)):
                said = self.relayctl(self.servers[turn % 3], *change).stderr
                self.assertEqual([session.ask()[0] for session in sessions], [answer] * 6,
                                 (turn, change))
                self.assertNotIn("sessions already open", said)


class DatabaseDown(ServersCase):

    def test_everybody_is_told_to_try_again_and_check_knows(self):
        zen = self.client()
        self.relayctl(self.servers[0], "add", zen.cert)
        self.cluster.stop(keep=True)
        self.addCleanup(self.cluster.start)
        self.assertEqual(self.answers(zen), [TRY_AGAIN] * 3)
        for server in self.servers:
            said = self.relayctl(server, "check", "--json", zen.cert, check=None)
            self.assertIsNot(json.loads(said.stdout)["services"][0]["would_relay"], True)
            self.assertEqual(self.relayctl(server, "verify", check=None).returncode, 1)
            for change in (["add", zen.cert], ["remove", "zen.example"]):
                self.assertIn("nothing was changed", self.relayctl(server, *change, check=4).stderr)


class RandomChanges(ServersCase):
    """Four rivals on three servers: each has clients of its own, whose answers it knows at every
    moment, and all have a few in common."""

    CHANGES = 1000 if harness.LONG else 200
    RIVALS, OWN, SHARED = 4, 2, 2

    def test_every_answer_is_that_of_the_model(self):
        self.seed = harness.seed()
        chance = random.Random(self.seed)
        self.shared = [self.client("shared%d.example" % number) for number in range(self.SHARED)]
        self.trouble, self.asked, self.last = [], [], {client.name: [] for client in self.shared}
        self.lock = threading.Lock()
        rivals = [
            Walk(self, number, random.Random(chance.random())) for number in range(self.RIVALS)
        ]
        running.to_the_end(rivals)
        self.assertEqual(self.trouble, [], "seed %d" % self.seed)
        table = {"%s %s" % item for item in self.rows().items()}
        owned = {"%s %s" % item for rival in rivals for item in rival.model.items()}
        shared = {client.fingerprint() for client in self.shared}
        self.assertEqual({row for row in table if row.split()[0] not in shared}, owned,
                         "seed %d" % self.seed)
        for client in self.shared:
            listed = client.fingerprint() in self.rows()
            self.assertIn(listed, self.possible_ends(self.last[client.name]),
                          "seed %d, %s" % (self.seed, client.name))
            self.all_say(client, RELAYED if listed else REFUSED)
        for rival in rivals:
            for client in rival.clients:
                self.all_say(client, RELAYED if client.fingerprint() in rival.model else REFUSED)
        self.assertGreater(self.asked.count(RELAYED), self.CHANGES / 8)
        self.assertGreater(self.asked.count(REFUSED), self.CHANGES / 8)

    @staticmethod
    def possible_ends(changes):
        """What a client may be after (began, ended, whether it was listed then): no later change
        began after the last one ended."""
        latest = max((began for began, _, _ in changes), default=0)
        return {listed for _, ended, listed in changes if ended >= latest} or {False}


class Walk(threading.Thread):

    def __init__(self, case, number, chance):
        super().__init__()
        self.case, self.number, self.chance = case, number, chance
        self.clients = [
            case.client("rival%d-%d.example" % (number, which)) for which in range(case.OWN)
        ]
        self.host = "rival%d.example" % number
        self.model = {}  # {fingerprint: host} of its own clients

    def run(self):
        try:
            for _ in range(self.case.CHANGES // self.case.RIVALS):
                if self.chance.random() < 0.2:
                    self.change_shared()
                else:
                    self.change_own()
        except Exception as trouble:  # noqa: BLE001: a thread's exception would be lost
            self.case.trouble.append(repr(trouble))

    def relayctl(self, *args, check=0):
        return self.case.relayctl(self.chance.choice(self.case.servers), *args, "--lock-timeout",
                                  "60", check=check)

    def remove(self, client):
        said = self.relayctl("remove", "--if-exists", client.cert, check=None)
        if said.returncode:  # a rival has listed it again before the services were asked
            self.case.assertEqual(said.returncode, 1, said.stderr)
            self.case.assertIn("[still-listed]", said.stderr)

    def change_shared(self):
        client, way = self.chance.choice(self.case.shared), self.chance.choice(
            ["add", "replace", "remove"])
        began = self.tick()
        if way == "remove":
            self.remove(client)
        else:
            self.relayctl("add", "--replace", client.cert,
                          "of-" + self.host if way == "replace" else "shared.example")
        self.case.last[client.name].append((began, self.tick(), way != "remove"))

    def tick(self):
        """A moment, in an order that all rivals agree on."""
        with self.case.lock:
            self.case.now = getattr(self.case, "now", 0) + 1
            return self.case.now

    def change_own(self):
        client = self.chance.choice(self.clients)
        key, listed = client.fingerprint(), sorted(self.model.items())
        way = self.chance.choice(
            ["add", "fingerprint", "rename", "rotate", "remove", "by host", "by fingerprint"])
        if way == "add":
            self.relayctl("add", client.cert, self.model.get(key, self.host))
            self.model.setdefault(key, self.host)
        elif way == "fingerprint":
            other = self.model.get(key) not in (None, self.host)
            self.relayctl("add", "--fingerprint", key.lower(), self.host, check=1 if other else 0)
            self.model.setdefault(key, self.host)
        elif way == "rename":
            self.model[key] = "renamed%d.example" % self.number
            self.relayctl("add", "--replace", client.cert, self.model[key])
        elif way == "rotate":
            fits = (self.model.get(key, self.host) == self.host
                    and self.host in dict(listed).values())
            self.relayctl("rotate", self.host, client.cert, check=0 if fits else 1)
            self.model.update({key: self.host} if fits else {})
        elif way == "remove":
            self.remove(client)
            self.model.pop(key, None)
        elif way == "by host":
            self.relayctl("remove", "--all", "--if-exists", self.host)
            self.model = {one: host for one, host in listed if host != self.host}
        else:
            self.relayctl("remove", key, check=0 if key in self.model else 1)
            self.model.pop(key, None)
        self.ask(client)

    def ask(self, client):
        expected = RELAYED if client.fingerprint() in self.model else REFUSED
        server = self.chance.choice(self.case.servers)
        answer = server.answer(client)
        self.case.asked.append(answer)
        if answer != expected:
            raise AssertionError("%s: %s answers %d, expected %d" %
                                 (client.name, server.table, answer, expected))


class SeveralTables(ServersCase):
    """relay_clientcerts lists several tables: who is removed is removed from all that relayctl can
    change, and the others are named."""

    TABLES = ()

    def with_tables(self, before="", after=""):
        self.sql("DELETE FROM relay_clients")
        return self.server("pgsql", self.cluster.hosts_inet, before, after)

    def removed(self, server, who, check, *options):
        """(what it says as JSON, its tables by type, its standard error)."""
        said = self.relayctl(server, "remove", who, "--json", *options, check=check)
        answer = json.loads(said.stdout)
        return (answer, {table["table"].partition(":")[0]: table
                         for table in answer["tables"]}, said.stderr)

    def test_all_of_them_change(self):
        for order in ("before", "after"):
            with self.subTest(order):
                server = self.with_tables(**{order: "hash:{dir}/more"})
                zen = self.client()
                self.relayctl(server, "add", zen.cert, "-t", server.table)
                self.relayctl(server, "add", zen.cert, "-t", "hash:%s/more" % server.directory)
                self.assertEqual(server.answer(zen), RELAYED)
                answer, tables, _ = self.removed(server, "zen.example", 0)
                self.assertTrue(answer["changed"])
                found = {name: (table["changed"], table["error"]) for name, table in tables.items()}
                self.assertEqual(found, {"hash": (True, None), "pgsql": (True, None)})
                self.assertEqual(server.answer(zen), REFUSED)
                self.assertEqual(self.rows(), {})

    def test_a_client_that_only_one_of_them_lists(self):
        server = self.with_tables(after="hash:{dir}/more")
        zen = self.client()
        for table in (server.table, "hash:%s/more" % server.directory):
            self.relayctl(server, "add", zen.cert, "-t", table)
            _, tables, _ = self.removed(server, "zen.example", 0)
            self.assertEqual([one["table"] for one in tables.values() if one["changed"]], [table])
            self.assertEqual(server.answer(zen), REFUSED)
        self.assertIn("not listed", self.relayctl(server, "remove", "zen.example", check=1).stderr)

    def test_what_others_still_list(self):
        for other, lists in (("static:everybody", True),
                             ("regexp:{dir}/patterns", True),
                             ("regexp:{dir}/nobody", False)):
            with self.subTest(other):
                server = self.with_tables(after=other)
                for name, pattern in (("patterns", "/^[0-9A-F:]+$/"), ("nobody", "/^nothing$/")):
                    with open(os.path.join(server.directory, name), "w") as out:
                        out.write(pattern + " anybody\n")
                zen = self.client()
                self.relayctl(server, "add", zen.cert)
                answer, tables, said = self.removed(server, "zen.example", 1 if lists else 0)
                self.assertTrue(answer["changed"])
                self.assertTrue(tables["pgsql"]["changed"])
                self.assertEqual(self.rows(), {})
                self.assertEqual(tables[other.partition(":")[0]]["error"] is not None, lists)
                self.assertEqual("still lists" in said, lists, said)
                self.assertEqual(server.answer(zen), RELAYED if lists else REFUSED)

    def test_a_standby_that_does_not_have_it_yet(self):
        """There is none to be waited for, and the primary has the change: this is what is said, and
        every other table is changed."""
        server = self.with_tables(after="hash:{dir}/more")
        zen = self.client()
        for lists in ([server.table], [server.table, "hash:%s/more" % server.directory]):
            with self.subTest(lists=lists):
                for table in lists:
                    self.relayctl(server, "add", zen.cert, "-t", table)
                answer, tables, said = self.removed(server, "zen.example", 4, "--wait-replicas")
                self.assertEqual(server.answer(zen), REFUSED)
                self.assertIn("no standby", tables["pgsql"]["error"])
                self.assertNotIn("nothing was changed", said)
                self.assertEqual(
                    [answer["changed"], tables["pgsql"]["changed"], tables["hash"]["changed"]],
                    [True, True, len(lists) > 1])

    def test_a_database_that_is_down(self):
        server = self.with_tables(before="hash:{dir}/more")
        zen = self.client()
        for table in (server.table, "hash:%s/more" % server.directory):
            self.relayctl(server, "add", zen.cert, "-t", table)
        self.cluster.stop(keep=True)
        self.addCleanup(self.cluster.start)
        answer, tables, said = self.removed(server, "zen.example", 4)
        self.assertEqual((answer["changed"], tables["hash"]["changed"], tables["hash"]["error"]),
                         (True, True, None))
        self.assertFalse(tables["pgsql"]["changed"])
        self.assertIn("no database server answers", tables["pgsql"]["error"])
        self.assertRegex(said, "not removed from every table.*: pgsql:.*, changed: hash:")
        self.assertEqual(server.answer(zen), TRY_AGAIN)
        again, _, said = self.removed(server, "zen.example", 4)
        self.assertFalse(again["changed"])
        self.assertIn("nothing was changed", said)
        self.cluster.start()
        server.reload()  # a process that has seen it fail asks again after a minute only
        self.assertTrue(server.answer_becomes(zen, RELAYED))
        self.removed(server, "zen.example", 0)
        self.assertEqual(server.answer(zen), REFUSED)


if __name__ == "__main__":
    harness.main()
