"""Revoked means revoked: after remove, smtpd refuses the client everywhere, or remove names the
service that does not.

One submission service with -o overrides beside the ordinary one; what remove says is held against
what both answer.
"""

import json
import os
import shutil
import time

from support import certs, harness, postfix_server

RELAYED, REFUSED = 250, 554
LIST = "permit_tls_clientcerts,reject_unauth_destination"


class TwoServices(postfix_server.Server):
    """overrides: -o options of the second service, {dir} is the server's directory."""

    def __init__(self, overrides=(), table="hash:{dir}/relay_clients", **options):
        self.second = postfix_server.free_port()
        super().__init__(table=table, **options)
        self.override(dict(overrides))

    def override(self, overrides):
        words = [
            "-o {{%s=%s}}" % (name, value.replace("{dir}", self.directory))
            for name, value in overrides.items()
        ]
        self.services = (
            "127.0.0.1:{port} inet n - n - 1 smtpd\n127.0.0.1:%d inet n - n - 1 smtpd %s" %
            (self.second, " ".join(words)))
        self.write_configuration()

    def answers(self, client):
        """Of both services."""
        found = []
        for port in (self.port, self.second):
            with postfix_server.Session(port, client) as session:
                found.append(session.ask()[0])
        return found

    def answers_within(self, seconds, client, expected):
        """The last answers: the expected ones, if they came in that time (a reload is not waited
        for by postfix)."""
        end = time.monotonic() + seconds
        while (found := self.answers(client)) != expected and time.monotonic() < end:
            pass
        return found

    def relayctl(self, *args, check=0):
        return harness.relayctl("-c", self.config, *args, check=check)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as out:
            out.write(text)
        return path


class RevokedCase(harness.Case):

    def setUp(self):
        postfix_server.require()
        self.directory = self.temporary_directory("relayctl-revoked-")
        self.zen = certs.Client(self.directory, "zen.example")
        self.other = certs.Client(self.directory, "other.example")

    def server(self, overrides=(), **options):
        server = TwoServices(overrides, **options)
        self.addCleanup(server.stop)
        server.write("relay_clients", "")
        for client in (self.zen, self.other):
            server.relayctl("add", client.cert, "-t", server.table)
        return server

    def removed(self, server, who, check, *options):
        """(the services named by JSON as still relaying, all of the JSON, standard error)."""
        said = server.relayctl("remove", who, "--json", *options, check=check)
        answer = json.loads(said.stdout)
        named = [(one["service"], one["id"]) for one in answer.get("still_relaying", ())]
        return named, answer, said.stderr


class Tables(RevokedCase):
    """Every table that a service asks, of each type."""

    def test_all_tables_change(self):
        for kind in ("hash", "btree", "lmdb", "cdb"):
            with self.subTest(kind):
                server = self.server({"relay_clientcerts": kind + ":{dir}/more"},
                                     table=kind + ":{dir}/relay_clients")
                server.relayctl("add", self.zen.cert, "-t", "%s:%s/more" % (kind, server.directory))
                with server:
                    self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
                    named, answer, said = self.removed(server, "zen.example", 0)
                    self.assertEqual(server.answers(self.zen), [REFUSED, REFUSED])
                    self.assertEqual(server.answers(self.other), [RELAYED, REFUSED])
                self.assertEqual(named, [])
                self.assertEqual([len(table["removed"]) for table in answer["tables"]], [1, 1],
                                 said)

    def test_one_table_alone(self):
        """With -t only that one changes; the service that goes on is named, and that is no
        failure."""
        server = self.server({"relay_clientcerts": "hash:{dir}/more"})
        server.relayctl("add", self.zen.cert, "-t", "hash:%s/more" % server.directory)
        with server:
            named, answer, said = self.removed(server, "zen.example", 0, "-t", server.table)
            self.assertEqual(server.answers(self.zen), [REFUSED, RELAYED])
            self.assertEqual(named, [("127.0.0.1:%d/inet" % server.second, "still-listed")])
            self.assertIn(
                "still relays for zen.example: hash:%s/more lists %s" %
                (server.directory, self.zen.fingerprint()), said)
            hint = next(line for line in said.splitlines()
                        if line.startswith("relayctl: hint: relayctl "))
            server.relayctl(*hint.split()[5:])  # behind "relayctl: hint: relayctl -c DIR"
            self.assertEqual(server.answers(self.zen), [REFUSED, REFUSED])


class OtherWays(RevokedCase):
    """The second service lets the client in whatever the tables of relayctl say."""

    WAYS = {
        # name: (overrides, ids; the second is for a removal by host, None: the service is only said
        # to be unseen)
        "static": ({"relay_clientcerts": "static:all"}, "static-table", "static-table"),
        "regexp": ({"relay_clientcerts": "regexp:{dir}/patterns"}, "still-listed", "still-listed"),
        "inline": ({"relay_clientcerts": "inline:{{ {cert}=zen }}"}, "still-listed",
                   "still-listed"),
        "other kind": ({"relay_clientcerts": "inline:{{ {key}=zen }}"}, "still-listed", None),
        "other digest": (
            {"relay_clientcerts": "inline:{{ {sha1}=zen }}",
             "smtpd_tls_fingerprint_digest": "sha1"}, "still-listed", None),
        "ccert access": (
            {"smtpd_relay_restrictions":
                "check_ccert_access hash:{dir}/access,reject_unauth_destination"},
            "ccert-access-permits", "ccert-access-permits"),
        "all certificates": (
            {"smtpd_relay_restrictions": "permit_tls_all_clientcerts,reject_unauth_destination",
             "smtpd_tls_CAfile": "{dir}/ca.pem"}, "permit-all-clientcerts", None),
        "everybody's network": (
            {"smtpd_relay_restrictions": "permit_mynetworks,reject_unauth_destination",
             "mynetworks": "0.0.0.0/0"}, "mynetworks-wide", "mynetworks-wide")
    }

    def values(self, server):
        return {
            "cert": self.zen.fingerprint(), "key": self.zen.key_fingerprint(),
            "sha1": self.zen.fingerprint("sha1"), "dir": server.directory
        }

    def prepared(self, overrides):
        server = self.server()
        values = self.values(server)
        fill = {}
        for name, value in overrides.items():
            for word, text in values.items():
                value = value.replace("{%s}" % word, text)
            fill[name] = value
        server.override(fill)
        server.write("patterns", "/^%s$/ zen\n" % self.zen.fingerprint())
        access = server.write("access", "%s OK\n" % self.zen.fingerprint())
        server.command("postmap", "hash:" + access)
        shutil.copy(self.zen.cert, os.path.join(server.directory, "ca.pem"))
        return server

    def test_each_is_named(self):
        for name, (overrides, by_file, by_host) in self.WAYS.items():
            for who, expected in ((self.zen.cert, by_file), ("zen.example", by_host)):
                with self.subTest(name, who=who):
                    server = self.prepared(overrides)
                    with server:
                        self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
                        named, answer, said = self.removed(server, who, 1 if expected else 0)
                        self.assertEqual(server.answers(self.zen), [REFUSED, RELAYED])
                        service = "127.0.0.1:%d/inet" % server.second
                        self.assertEqual(named, [(service, expected)] if expected else [], said)
                        self.assertTrue(answer["changed"])
                        if expected:
                            self.assertIn(
                                "service %s of %s still relays for" % (service, server.config),
                                said)
                        else:
                            unseen = [one["service"] for one in answer["relaying_unknown"]]
                            self.assertTrue(
                                service in unseen
                                or "other fingerprints of the client are not known" in said, said)

    def test_nothing_is_said_where_all_refuse(self):
        server = self.server({"relay_clientcerts": "", "mynetworks": "127.0.0.0/8"})
        with server:
            named, answer, said = self.removed(server, self.zen.cert, 0)
            self.assertEqual(server.answers(self.zen), [REFUSED, REFUSED])
        self.assertEqual((named, answer["relaying_unknown"]), ([], []))
        self.assertNotIn("warning", said)

    def test_what_prune_and_apply_remove_is_asked_after(self):
        server = self.prepared(self.WAYS["inline"][0])
        wanted = os.path.join(server.directory, "wanted")
        os.mkdir(wanted)
        shutil.copy(self.other.cert, wanted)
        with server:
            said = server.relayctl("apply", "--prune", "--yes", "--json", wanted, check=1)
            self.assertEqual([one["clients"] for one in json.loads(said.stdout)["still_relaying"]],
                             [["zen.example"]])
            self.assertEqual(server.answers(self.zen), [REFUSED, RELAYED])
            server.relayctl("add", self.zen.cert)
            server.relayctl("annotate", self.zen.cert)
            server.write(
                "relay_clients",
                "# relayctl: cert expires=2020-01-01\n%s zen.example\n" % self.zen.fingerprint() +
                "%s other.example\n" % self.other.fingerprint())
            server.relayctl("rebuild")
            self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
            said = server.relayctl("prune", "--yes", "--json", check=1)
            self.assertEqual([one["id"] for one in json.loads(said.stdout)["still_relaying"]],
                             ["still-listed"])
            self.assertEqual(server.answers(self.zen), [REFUSED, RELAYED])


class UntilReload(RevokedCase):
    """smtpd and proxymap that go on with what they have read before: remove says so, with status
    1."""

    def test_each_is_named_until_a_reload(self):
        for table, proxied in (("texthash", ""),
                               ("hash", "proxy:"),
                               ("btree", "proxy:"),
                               ("cdb", "proxy:")):
            with self.subTest(table=proxied + table):
                server = self.server(table=table + ":{dir}/relay_clients")
                asked = proxied + server.table
                server.write_configuration(relay_clientcerts=asked, proxy_read_maps=asked)
                server.start()
                self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
                named, _, said = self.removed(server, "zen.example", 1)
                self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
                self.assertEqual({one for _, one in named}, {"reload-needed"})
                self.assertEqual(len(named), 2)
                self.assertIn("hint: postfix -c %s reload" % server.config, said)
                # The other one goes with the reload that makes both effective.
                self.assertEqual(self.removed(server, "other.example", 0, "--reload")[0], [])
                self.assertEqual(server.answers_within(20, self.zen, [REFUSED, REFUSED]),
                                 [REFUSED, REFUSED])
                server.stop()

    def test_text_that_another_service_has_read(self):
        """texthash:F beside hash:F: the map is new, and the text that the other smtpd has read is
        old."""
        server = self.server({"relay_clientcerts": "texthash:{dir}/relay_clients"})
        with server:
            self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
            named, _, _ = self.removed(server, "zen.example", 1)
            self.assertEqual(server.answers(self.zen), [REFUSED, RELAYED])
            self.assertEqual(named, [("127.0.0.1:%d/inet" % server.second, "reload-needed")])

    def test_one_table_alone_behind_proxymap(self):
        server = self.server()
        asked = "proxy:" + server.table
        server.write_configuration(relay_clientcerts=asked, proxy_read_maps=asked)
        with server:
            self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
            named, _, _ = self.removed(server, "zen.example", 0, "-t", server.table)
            self.assertEqual(server.answers(self.zen), [RELAYED, RELAYED])
            self.assertEqual({one for _, one in named}, {"reload-needed"})

    def test_a_server_that_is_stopped_has_read_nothing(self):
        server = self.server(table="texthash:{dir}/relay_clients")
        self.assertEqual(self.removed(server, "zen.example", 0)[0], [])


class OtherInstances(RevokedCase):

    def test_an_instance_that_lists_the_client_is_named(self):
        first, second = self.server(), self.server()
        for server in (first, second):
            server.write_configuration(multi_instance_directories="%s, %s" %
                                       (first.config, second.config))
        with first, second:
            named, answer, said = self.removed(first, "zen.example", 1)
            self.assertEqual(
                [first.answers(self.zen), second.answers(self.zen)],
                [[REFUSED, REFUSED], [RELAYED, RELAYED]])
            self.assertEqual(
                sorted(named),
                sorted(("127.0.0.1:%d/inet" % port, "still-listed")
                       for port in (second.port, second.second)))
            self.assertEqual({one["instance"] for one in answer["still_relaying"]}, {second.config})
            hint = next(line for line in said.splitlines()
                        if line.startswith("relayctl: hint: relayctl "))
            harness.relayctl(*hint.split()[3:], check=0)
            self.assertEqual(second.answers(self.zen), [REFUSED, REFUSED])
            self.removed(first, self.zen.cert, 0, "--if-exists")

    def test_an_instance_that_cannot_be_asked_is_named(self):
        server = self.server()
        server.write_configuration(multi_instance_directories=server.directory + "/nowhere")
        instance = server.directory + "/nowhere"
        named, answer, said = self.removed(server, "zen.example", 0, "--quiet")
        self.assertEqual(named, [])
        self.assertIn(
            "warning: whether the Postfix instance %s would relay for the client is not known" %
            instance, said)
        self.assertEqual([(one["instance"], one["id"]) for one in answer["relaying_unknown"]],
                         [(instance, "unseen")])


if __name__ == "__main__":
    harness.main()
