#!/usr/bin/env python3
"""Commands without -t mean every table that any smtpd service asks, however main.cf and master.cf
name it."""

import json
import os
import re

from support import certs, harness
from support.several_tables import Asking, SeveralTables

RELAYED, REFUSED, TRY_AGAIN = 250, 554, 451
A, B, C = "hash:{dir}/a", "lmdb:{dir}/b", "cdb:{dir}/c"


class TablesCase(harness.Case):

    def server(self, main_cf=(A,), services=(), tables=(A, B, C), settings=()):
        server = SeveralTables(
            main_cf, services or [Asking("submission", [B]),
                                  Asking("smtps", [C], "braces")], settings)
        self.addCleanup(server.stop)
        server.make(*tables)
        server.start()
        self.zen = certs.Client(server.directory, "zen.example")
        self.old = certs.expired(server.directory, "old.example")
        return server

    def add_everywhere(self, server, client, tables=(A, B, C)):
        for table in tables:
            server.relayctl("-t", server.filled(table), "-d", "sha256", "add", client.cert)

    def entries(self, server, *arguments):
        found = json.loads(server.relayctl("list", "--json", *arguments).stdout)
        return [(entry["host"], entry["table"].replace(server.directory, "{dir}"))
                for entry in found["entries"]]


class Reading(TablesCase):

    def test_list_shows_all_tables(self):
        server = self.server()
        self.add_everywhere(server, self.zen)
        self.assertEqual(self.entries(server), [
            ("zen.example", A),
            ("zen.example", B),
            ("zen.example", C)])
        found = json.loads(server.relayctl("list", "--json").stdout)
        self.assertEqual(found["table"], server.filled(A))
        self.assertEqual([(t["table"], t["services"], t["error"]) for t in found["tables"]],
                         [(server.filled(A), ["127.0.0.1:%d/inet" % server.port], None),
                          (server.filled(B), [server.asking["submission"].postfix_name], None),
                          (server.filled(C), [server.asking["smtps"].postfix_name], None)])
        plain = server.relayctl("list", "--plain").stdout.splitlines()
        self.assertEqual([line.split("\t")[1:] for line in plain],
                         [["zen.example", server.filled(table)] for table in (A, B, C)])
        self.assertEqual(
            {
                len(line.split("\t"))
                for line in server.relayctl("list", "--plain", "--long").stdout.splitlines()
            }, {12})
        one = server.relayctl("list", "--plain", "-t", server.filled(B)).stdout.splitlines()
        self.assertEqual([len(line.split("\t")) for line in one], [2])
        hashes = server.relayctl("list", "--state-id").stdout.splitlines()
        self.assertEqual([line.split("\t")[1] for line in hashes],
                         [server.filled(table) for table in (A, B, C)])
        self.assertEqual(len({line.split("\t")[0] for line in hashes}), 1)

    def test_list_sorts_and_filters_over_all_tables(self):
        server = self.server()
        for table, hosts in ((A, "mike zulu"), (B, "alpha zulu"), (C, "november bravo")):
            for host in hosts.split():
                client = certs.Client(server.directory, host + ".example",
                                      days=30 if host < "n" else 90)
                server.relayctl("-t", server.filled(table), "-d", "sha256", "add", client.cert)
        by_host = self.entries(server, "--sort", "host")
        self.assertEqual([host.split(".")[0] for host, _ in by_host],
                         ["alpha", "bravo", "mike", "november", "zulu", "zulu"])
        self.assertEqual([table for host, table in by_host if host.startswith("zulu")], [A, B])
        soon = self.entries(server, "--sort", "expiry", "--expiring", "60d")
        self.assertEqual(sorted(host.split(".")[0] for host, _ in soon), ["alpha", "bravo", "mike"])
        self.assertEqual(self.entries(server, "zulu*"), [("zulu.example", A), ("zulu.example", B)])
        server.relayctl("list", "nobody.example", check=1)

    def test_a_table_that_cannot_be_read_keeps_no_other_from_being_listed(self):
        server = self.server()
        self.add_everywhere(server, self.zen)
        os.remove(server.directory + "/b")
        os.mkdir(server.directory + "/b")
        result = server.relayctl("list", "--json", check=3)
        self.assertIn(server.filled(B), result.stderr)
        found = json.loads(result.stdout)
        self.assertEqual([entry["table"] for entry in found["entries"]],
                         [server.filled(A), server.filled(C)])
        self.assertEqual([t["error"] is None for t in found["tables"]], [True, False, True])

    def test_every_form_of_override(self):
        d, e, f, g = "hash:{dir}/footloose-oo-o", "hash:{dir}/e", "hash:{dir}/f", "hash:relative"
        services = [
            Asking("plain", [B]),
            Asking("braces", [C, "hash:{dir}/braced"], "braces"),
            Asking("joined", [d], "joined",
                   " -osmtpd_relay_restrictions=permit_tls_clientcerts,reject"),
            Asking("macro", [e], "macro"),
            Asking("proxy", ["proxy:" + f]),
            Asking("debug", ["debug:" + A]),
            Asking("relative", [g]),
            Asking("nothing", [])
        ]
        server = self.server(services=services,
                             tables=(A, B, C, d, e, f, "hash:{dir}/braced",
                                     "hash:{dir}/queue/relative"),
                             settings={"proxy_read_maps": "$relay_clientcerts, proxy:hash:{dir}/f"})
        server.write_configuration(proxy_read_maps="proxy:hash:%s/f" % server.directory)
        server.reload()
        expected = [A, B, C, "hash:{dir}/braced", d, e, f, "hash:{dir}/queue/relative"]
        found = [
            t["table"].replace(server.directory, "{dir}")
            for t in json.loads(server.relayctl("list", "--json").stdout)["tables"]
        ]
        self.assertEqual(found, expected)
        self.add_everywhere(server, self.zen, expected)
        answers = server.answers(self.zen)
        # debug: is there from Postfix 3.11 on; an older one cannot open such a table.
        debug = RELAYED if "debug" in server.command("postconf", "-m").stdout.split() else TRY_AGAIN
        self.assertEqual(
            answers,
            {name: {"nothing": REFUSED, "debug": debug}.get(name, RELAYED)
             for name in answers})
        verdicts = json.loads(server.relayctl("check", "--json", self.zen.cert).stdout)["services"]
        self.assertEqual({verdict["service"]: verdict["would_relay"]
                          for verdict in verdicts},
                         dict(
                             {
                                 server.asking[name].postfix_name: answers[name] == RELAYED
                                 for name in server.asking
                             }, **{"127.0.0.1:%d/inet" % server.port: True}))

    def test_no_more_processes_than_different_overrides(self):
        same = " -o smtpd_client_restrictions=permit"
        services = [
            Asking("one", [B]),
            Asking("two", [B]),
            Asking("three", [], "inherits", same),
            Asking("four", [], "inherits", same),
            Asking("five", [], "inherits")
        ]
        server = self.server(services=services)
        # two different sets of overrides, but for none; "one" and "two" have the same
        self.assertEqual(self.spawned(server, "list"),
                         ["postconf -M", "postconf -x", "postconf -x", "postconf -x"])
        self.assertEqual(self.spawned(server, "list", "-t", server.filled(A)), [])

    def spawned(self, server, *arguments):
        spawned, _ = harness.executed(harness.RELAYCTL, "-c", server.config, *arguments)
        return sorted(os.path.basename(words[0]) + " " + words[3] for words in spawned)


class Judging(TablesCase):

    def test_the_second_table_is_judged(self):
        server = self.server()
        server.relayctl("verify")
        server.relayctl("-t", server.filled(B), "-d", "sha256", "add", self.old.cert)
        with open(server.directory + "/c", "w") as out:  # by hand, without postmap
            out.write("%s zen.example\n" % self.zen.fingerprint())
        found = json.loads(server.relayctl("verify", "--json", check=1).stdout)
        by_table = {}
        for finding in (f for f in found["findings"] if f["severity"] != "note"):
            by_table.setdefault(finding["table"], set()).add(finding["id"])
        self.assertIn("entry-expired", by_table[server.filled(B)])
        self.assertIn("map-differs", by_table[server.filled(C)])
        self.assertNotIn(server.filled(A), by_table)
        self.assertEqual([(t["table"], t["ok"]) for t in found["tables"]],
                         [(server.filled(A), True),
                          (server.filled(B), False),
                          (server.filled(C), False)])
        plain = server.relayctl("verify", "--plain", check=1).stdout.splitlines()
        self.assertIn(["entry-expired", server.filled(B)],
                      [[line.split("\t")[1], line.split("\t")[7]] for line in plain])

    def test_the_second_map_is_missing(self):
        server = self.server()
        os.remove(server.directory + "/b.lmdb")
        self.assertEqual(server.answers(self.zen),
                         {"main": REFUSED, "submission": TRY_AGAIN, "smtps": REFUSED})
        found = json.loads(server.relayctl("verify", "--json", check=1).stdout)
        self.assertEqual([(f["id"], f["table"])
                          for f in found["findings"] if f["severity"] == "error"],
                         [("map-missing", server.filled(B))])
        hint = [f["hint"] for f in found["findings"] if f["id"] == "map-missing"][0]
        self.assertIn(server.filled(B), hint)
        server.relayctl("rebuild", "--reload")
        server.relayctl("verify")
        self.assertEqual(server.answers(self.zen),
                         {"main": REFUSED, "submission": REFUSED, "smtps": REFUSED})

    def test_a_table_that_cannot_be_judged_is_a_finding(self):
        server = self.server()
        os.remove(server.directory + "/b")
        os.mkdir(server.directory + "/b")
        server.relayctl("-t", server.filled(C), "-d", "sha256", "add", self.old.cert)
        result = server.relayctl("verify", "--json", check=3)
        found = {(f["id"], f["table"]) for f in json.loads(result.stdout)["findings"]}
        self.assertLessEqual(
            {("table-unreadable", server.filled(B)), ("entry-expired", server.filled(C))}, found)
        self.assertIn("CRITICAL", server.relayctl("verify", "--format", "nagios", check=2).stdout)

    def test_monitoring_has_each_table(self):
        server = self.server()
        self.add_everywhere(server, self.zen, (A, B))
        server.relayctl("-t", server.filled(B), "-d", "sha256", "add", self.old.cert)
        gauges = server.relayctl("verify", "--format", "prometheus", check=1).stdout
        for table, entries, sound in ((A, 1, 1), (B, 2, 0), (C, 0, 1)):
            self.assertIn('relayctl_entries{table="%s"} %d\n' % (server.filled(table), entries),
                          gauges)
            self.assertIn('relayctl_sound{table="%s"} %d\n' % (server.filled(table), sound), gauges)
        self.assertEqual(gauges.count("# TYPE relayctl_entries gauge"), 1)
        line = server.relayctl("verify", "--format", "nagios", check=1).stdout
        self.assertIn("3 entries", line)
        self.assertIn("entries=3;", line)
        self.assertIn(server.filled(B), line)


class Changing(TablesCase):

    def added_with_a_note(self, server, options, submission):
        """The one line of add that says who asks another table. submission: what that service
        answers afterwards."""
        result = server.relayctl("add", self.zen.cert, *options)
        self.assertEqual(server.answers(self.zen),
                         {"main": RELAYED, "submission": submission, "smtps": REFUSED})
        notes = [line for line in result.stderr.splitlines() if "not listed" in line]
        self.assertEqual(len(notes), 1, result.stderr)
        return notes[0]

    def test_add_goes_to_main_cf_and_says_who_asks_another_table(self):
        server = self.server()
        note = self.added_with_a_note(server, (), submission=REFUSED)
        for word in (server.asking["submission"].postfix_name, server.filled(B),
                     server.asking["smtps"].postfix_name, server.filled(C)):
            self.assertIn(word, note)
        service = server.asking["submission"].postfix_name
        note = self.added_with_a_note(server, ("--service", service), submission=RELAYED)
        self.assertNotIn(server.filled(A), note)
        self.assertIn(server.filled(C), note)
        result = server.relayctl("add", self.zen.cert, "--service",
                                 "127.0.0.1:%d" % server.asking["smtps"].port)
        self.assertNotIn("not listed", result.stderr)
        self.assertEqual(set(server.answers(self.zen).values()), {RELAYED})

    def test_a_service_that_master_cf_does_not_have(self):
        server = self.server()
        result = server.relayctl("add", self.zen.cert, "--service", "submision", check=2)
        self.assertIn("127.0.0.1:%d/inet" % server.port, result.stderr)
        server.relayctl("list", "--service", "smtp", "-t", server.filled(A), check=2)

    def test_service_gives_the_digest_of_the_service(self):
        server = self.server(
            services=[Asking("submission", [B], more=" -o smtpd_tls_fingerprint_digest=sha512")],
            tables=(A, B))
        server.relayctl("add", self.zen.cert, "--service", server.asking["submission"].postfix_name)
        self.assertEqual(server.answers(self.zen), {"main": REFUSED, "submission": RELAYED})
        with open(server.directory + "/b") as text:
            self.assertIn(self.zen.fingerprint("sha512"), text.read())
        server.relayctl("verify")

    def digests(self, main_cf=(A,), submission="sha1"):
        """main.cf computes sha256, submission another digest for a table of its own."""
        more = " -o smtpd_tls_fingerprint_digest=" + submission
        server = self.server(main_cf, [Asking("submission", [B], more=more)], (A, B))
        for table, digest in ((A, "sha256"), (B, submission)):
            if table in main_cf or table == B:
                server.relayctl("-t", server.filled(table), "-d", digest, "add", self.old.cert)
        return server

    def test_rotate_by_the_digest_of_each_table(self):
        server = self.digests()
        renewed = certs.Client(server.directory, "renewed", subject="/CN=old.example")
        for _ in range(2):  # a second time it changes nothing
            server.relayctl("rotate", "--grace", "0d", "old.example", renewed.cert)
            self.assertEqual(server.answers(renewed), {"main": RELAYED, "submission": RELAYED})
            self.assertEqual(len(self.entries(server)), 4)
        server.relayctl("verify", check=1)  # old.example has expired
        server.relayctl("prune", "--yes")
        self.assertEqual(server.answers(renewed), {"main": RELAYED, "submission": RELAYED})
        self.assertEqual(server.answers(self.old), {"main": REFUSED, "submission": REFUSED})
        server.relayctl("verify")

    def test_rotate_by_key_and_create_by_the_digest_of_the_table(self):
        server = self.digests(main_cf=())
        server.relayctl("rotate", "--create", "new.example", self.zen.cert)
        self.assertEqual(server.answers(self.zen), {"main": REFUSED, "submission": RELAYED})
        renewed = certs.Client(server.directory, "renewed", subject="/CN=old.example")
        server.relayctl("rotate", "--key", "old.example", renewed.cert)
        self.assertEqual(server.answers(renewed), {"main": REFUSED, "submission": RELAYED})

    def test_add_by_the_digest_of_the_table(self):
        for way in ("chosen", "-t", "--from", "--key", "apply"):
            with self.subTest(way=way):
                server = self.digests(main_cf=(A,) if way == "-t" else ())
                arguments = {"-t": ["-t", server.filled(B)], "--key": ["--key"]}.get(way, [])
                if way == "apply":
                    directory = os.path.join(server.directory, "clients")
                    os.mkdir(directory)
                    os.symlink(self.zen.cert, directory + "/zen.example.pem")
                    server.relayctl("apply", directory)
                    self.assertIn("as the directory says",
                                  server.relayctl("apply", directory).stderr)
                elif way == "--from":
                    server.relayctl("add", "--from", "-", input=self.zen.cert + " zen.example\n")
                else:
                    server.relayctl("add", *arguments, self.zen.cert, "zen.example")
                self.assertEqual(server.answers(self.zen), {"main": REFUSED, "submission": RELAYED})
                found = json.loads(
                    server.relayctl("verify", "-t", server.filled(B), "--json", check=1).stdout)
                self.assertEqual([f["id"] for f in found["findings"] if f["severity"] == "error"],
                                 [])

    def test_rotate_warns_of_the_services_of_each_table_that_was_changed(self):
        refuses = " -o smtpd_tls_ask_ccert=no"
        server = self.server((), [Asking("submission", [B]),
                                  Asking("smtps", [C], more=refuses)], (B, C))
        self.add_everywhere(server, self.zen, (B, C))
        renewed = certs.Client(server.directory, "renewed", subject="/CN=zen.example")
        result = server.relayctl("rotate", "zen.example", renewed.cert)
        self.assertEqual(server.answers(renewed),
                         {"main": REFUSED, "submission": RELAYED, "smtps": REFUSED})
        self.assertNotIn("could not be seen", result.stderr)
        warnings = [line for line in result.stderr.splitlines() if "authorised, but" in line]
        self.assertEqual(len(warnings), 1, result.stderr)
        self.assertIn(server.asking["smtps"].postfix_name, warnings[0])

    def test_add_sees_what_others_ask_through_proxymap_while_postfix_is_stopped(self):
        server = self.server(services=[Asking("submission", ["proxy:static:all"])], tables=(A,))
        server.master.terminate()
        server.master.wait(timeout=30)
        result = server.relayctl("add", self.zen.cert)
        self.assertNotIn("cannot be asked", result.stderr)
        self.assertNotIn("not listed", result.stderr)

    def test_service_where_it_says_nothing_is_refused_and_hints_keep_it(self):
        server = self.server()
        result = server.relayctl("copy", "--service", "nosuch", server.filled(A),
                                 server.filled("hash:{dir}/new"), check=2)
        self.assertIn("--service", result.stderr)
        self.assertFalse(os.path.exists(server.directory + "/new"))
        nameless = certs.Client(server.directory, "nameless", subject="/CN=Anna Smith")
        service = server.asking["submission"].postfix_name
        result = server.relayctl("add", "--service", service, nameless.cert, check=2)
        self.assertRegex(result.stderr,
                         "relayctl .*add .* HOST .*--service '?" + re.escape(service))

    def test_remove_takes_the_client_from_every_table(self):
        server = self.server()
        self.add_everywhere(server, self.zen)
        self.assertEqual(set(server.answers(self.zen).values()), {RELAYED})
        result = json.loads(server.relayctl("remove", "zen.example", "--json").stdout)
        self.assertEqual([t["table"] for t in result["tables"] if t["changed"]],
                         [server.filled(table) for table in (A, B, C)])
        self.assertEqual(set(server.answers(self.zen).values()), {REFUSED})

    def test_rotate_where_the_host_stands(self):
        server = self.server()
        self.add_everywhere(server, self.zen, (B, C))
        renewed = certs.Client(server.directory, "renewed", subject="/CN=zen.example")
        result = json.loads(server.relayctl("rotate", "zen.example", renewed.cert, "--json").stdout)
        self.assertEqual([t["table"] for t in result["tables"] if t["changed"]],
                         [server.filled(B), server.filled(C)])
        self.assertEqual({entry["table"]
                          for entry in result["added"]},
                         {server.filled(B), server.filled(C)})
        self.assertEqual(server.answers(renewed),
                         {"main": REFUSED, "submission": RELAYED, "smtps": RELAYED})
        server.relayctl("rotate", "nobody.example", renewed.cert, check=1)
        server.relayctl("rotate", "--create", "new.example",
                        certs.Client(server.directory, "new.example").cert)
        self.assertEqual(self.entries(server, "new.example"), [("new.example", A)])

    def test_prune_in_every_table(self):
        server = self.server()
        self.add_everywhere(server, self.zen)
        self.add_everywhere(server, self.old, (B, C))
        self.assertEqual(server.answers(self.old),
                         {"main": REFUSED, "submission": RELAYED, "smtps": RELAYED})
        result = json.loads(server.relayctl("prune", "--yes", "--json").stdout)
        self.assertEqual([entry["table"] for entry in result["removed"]],
                         [server.filled(B), server.filled(C)])
        self.assertEqual(set(server.answers(self.old).values()), {REFUSED})
        self.assertEqual(set(server.answers(self.zen).values()), {RELAYED})
        self.assertEqual(server.relayctl("prune", "--yes").stderr.count("nothing is expired"), 1)

    def test_annotate_where_the_certificate_stands(self):
        server = self.server()
        for table in (B, C):
            server.relayctl("-t", server.filled(table), "-d", "sha256", "add", "--fingerprint",
                            self.zen.fingerprint(), "zen.example")
        other = certs.Client(server.directory, "other.example")
        self.assertIn("not listed",
                      server.relayctl("annotate", self.zen.cert, other.cert, check=1).stderr)
        server.relayctl("annotate", "--if-exists", self.zen.cert, other.cert)
        found = json.loads(server.relayctl("list", "--json").stdout)["entries"]
        self.assertEqual([(entry["table"], entry["kind"]) for entry in found],
                         [(server.filled(B), "cert"), (server.filled(C), "cert")])

    def test_a_table_that_fails_keeps_no_other_from_being_changed(self):
        server = self.server()
        self.add_everywhere(server, self.old)
        self.add_everywhere(server, self.zen)
        os.remove(server.directory + "/b")
        os.mkdir(server.directory + "/b")
        result = server.relayctl("prune", "--yes", "--json", check=3)
        self.assertIn(server.filled(B), result.stderr)
        self.assertEqual([entry["table"] for entry in json.loads(result.stdout)["removed"]],
                         [server.filled(A), server.filled(C)])
        self.assertEqual(server.answers(self.old),
                         {"main": REFUSED, "submission": RELAYED, "smtps": REFUSED})
        renewed = certs.Client(server.directory, "renewed", subject="/CN=zen.example")
        server.relayctl("rotate", "zen.example", renewed.cert, check=3)
        self.assertEqual(server.answers(renewed),
                         {"main": RELAYED, "submission": REFUSED, "smtps": RELAYED})
        server.relayctl("annotate", "--note", "leaves", self.zen.cert, check=3)
        server.relayctl("rebuild", check=3)

    def test_two_maps_of_one_source(self):
        server = self.server(services=[Asking("submission", ["lmdb:{dir}/a"])],
                             tables=(A, "lmdb:{dir}/a"))
        server.relayctl("add", self.zen.cert)
        self.assertEqual(server.answers(self.zen), {"main": RELAYED, "submission": RELAYED})
        server.relayctl("verify")
        self.assertEqual(self.entries(server), [("zen.example", A)])
        self.assertEqual(len(server.relayctl("list", "--plain").stdout.splitlines()), 1)
        self.assertEqual(len(server.relayctl("list", "--state-id").stdout.splitlines()), 1)
        server.relayctl("remove", "zen.example")
        self.assertEqual(server.answers(self.zen), {"main": REFUSED, "submission": REFUSED})
        server.relayctl("verify")

    def test_main_cf_is_overridden_everywhere(self):
        server = self.server(services=[Asking("submission", [B])], tables=(A, B))
        server.set_first("-o relay_clientcerts=" + server.filled(B))
        server.reload()
        result = server.relayctl("add", self.zen.cert)
        self.assertNotIn("not listed", result.stderr)
        self.assertEqual(server.answers(self.zen), {"main": RELAYED, "submission": RELAYED})
        self.assertEqual(self.entries(server), [("zen.example", B)])
        server.relayctl("remove", self.zen.cert)
        self.assertEqual(server.answers(self.zen), {"main": REFUSED, "submission": REFUSED})

    def test_services_that_ask_different_tables_and_main_cf_none(self):
        server = self.server(services=[Asking("submission", [B]), Asking("smtps", [C])])
        server.write_configuration(relay_clientcerts="")
        server.reload()
        result = server.relayctl("add", self.zen.cert, check=2)
        self.assertIn("--service", result.stderr)
        self.add_everywhere(server, self.zen, (B, C))
        self.assertEqual(self.entries(server), [("zen.example", B), ("zen.example", C)])
        server.relayctl("remove", "zen.example")
        self.assertEqual(server.answers(self.zen),
                         {"main": REFUSED, "submission": REFUSED, "smtps": REFUSED})


if __name__ == "__main__":
    harness.main()
