#!/usr/bin/env python3
"""verify and check of tables in PostgreSQL against a real smtpd: each set-up is a service of one
private Postfix."""

import json
import os
import shutil
import subprocess

from support import certs, harness, many_services, pg_cluster, postfix_server
from support.many_services import NO_ANSWER, Service

QUERY = "SELECT host FROM %s WHERE fingerprint = '%%s'"


class SetUp:
    """code: what smtpd answers to the listed client. ids: what verify finds, errors and warnings
    and those of `notes`. cf: of the file."""

    def __init__(self,
                 name,
                 code,
                 ids=(),
                 notes=(),
                 source="relay_clients",
                 prefix="",
                 mode=0o640,
                 service=None,
                 **cf):
        self.name, self.code, self.mode = name, code, mode
        self.ids, self.notes = set(ids), set(notes)
        self.cf = dict({"user": "postfix", "query": QUERY % source}, **cf)
        self.prefix, self.overrides = prefix, service or {}


def set_ups(cluster):
    nobody = "inet:127.0.0.1:%d" % postfix_server.free_port()
    return [
        SetUp("sound", 250),
        SetUp("sound-socket", 250, hosts=cluster.hosts_socket),
        SetUp("sound-uri", 250,
              hosts="postgresql://postfix:secret@127.0.0.1:%d/relay" % cluster.port, user=None,
              password=None),
        SetUp("by-parts", 250, query=None, table="relay_clients", select_field="host",
              where_field="fingerprint"),
        SetUp("any-case", 250, query="SELECT host FROM upper_case WHERE lower(fingerprint) = '%s'"),
        SetUp("user-part", 250, query="SELECT host FROM relay_clients WHERE fingerprint = '%u'"),
        SetUp("peer", 250, hosts=cluster.hosts_socket, user="postfix_by_peer", password=None),
        SetUp("unreachable", 451, ["database-unreachable"], hosts=nobody),
        SetUp("wrong-password", 451, ["database-unreachable"], password="wrong"),
        SetUp("one-host-down", 250, ["database-host-down"],
              hosts="%s %s" % (nobody, cluster.hosts_inet)),
        SetUp("no-select", 451, ["select-denied"], user="stranger"),
        SetUp("no-table", 451, ["query-fails"], query=QUERY % "absent"),
        SetUp("upper-case", 554, ["key-never-asked"], source="upper_case"),
        SetUp("empty-value", 554, ["missing-value"], source="empty_value"),
        SetUp("null-value", 554, ["missing-value"], source="null_value"),
        SetUp("md5", 554, ["wrong-length"], source="md5_entries"),
        SetUp("no-colons", 554, ["no-colons"], source="without_colons"),
        SetUp("twice", 250, ["duplicate"], source="twice"),
        SetUp("not-latin1", 451, ["value-not-latin1"], ["value-not-host"], source="not_latin1"),
        SetUp("expired", 250, ["entry-expired"], source="expired"),
        SetUp("retired", 250, ["entry-retired"], source="retired"),
        SetUp("two-columns", 250, [], ["columns-missing"], source="two_columns"),
        SetUp("label", 250, [], ["value-not-host", "columns-missing"], source="label"),
        SetUp("domain", 554, ["lookups-suppressed"], domain="example.org"),
        SetUp("domain-part", 554, ["lookups-suppressed"],
              query="SELECT host FROM relay_clients WHERE fingerprint = '%d'"),
        SetUp("label-part", 554, ["lookups-suppressed"],
              query="SELECT host FROM relay_clients WHERE fingerprint = '%1'"),
        SetUp("unquoted", 451, ["query-unquoted"],
              query="SELECT host FROM relay_clients WHERE fingerprint = %s"),
        SetUp("without-key", 250, ["query-without-key"], query="SELECT 'everybody'"),
        SetUp("odd-percent", NO_ANSWER, ["query-malformed"],
              query="SELECT host FROM relay_clients WHERE fingerprint = '%x'"),
        SetUp("no-query", NO_ANSWER, ["query-missing"], query=None),
        SetUp("no-dbname", NO_ANSWER, ["dbname-missing"], dbname=None),
        SetUp("function", 250, ["query-unclear"], query="SELECT host_of('%s')"),
        SetUp("password-for-all", 250, ["password-readable"], mode=0o644),
        SetUp("writable", 250, ["config-writable"], mode=0o660),
        SetUp("in-ps", 250, ["password-in-ps"], service={"pgrelay_password": "secret"}),
        SetUp("proxied", 250, prefix="proxy:"),
        SetUp("proxy-forbidden", NO_ANSWER, [], prefix="proxy:"),
        SetUp("proxy-unreadable", 451, ["proxy-unreadable"], prefix="proxy:", mode=0o600)
    ]


class World:
    """The database and the Postfix that all set-ups share."""

    def __init__(self):
        self.cluster = pg_cluster.Cluster(hba=["local relay postfix_by_peer peer map=smtpd"])
        self.cluster.start()
        c = self.cluster
        with open(os.path.join(c.data, "pg_ident.conf"), "w") as ident:
            ident.write("smtpd postfix postfix_by_peer\n")
        c.restart()
        c.create_database()
        for role, password in (("postfix", "secret"),
                               ("stranger", "secret"),
                               ("relayctl", "secret"),
                               ("postfix_by_peer", None)):
            c.create_role(role, password)
        c.sql("GRANT CREATE ON SCHEMA public TO relayctl")

    def open(self, rows):
        services = [Service(row.name) for row in rows]
        self.server = many_services.ManyServices([], {"relay_clientcerts": ""})
        directory = self.server.directory
        self.listed, self.unlisted = certs.Client(directory, "listed.example"), certs.Client(
            directory, "unlisted.example")
        allowed = []
        for row, service in zip(rows, services):
            row.path = os.path.join(directory, row.name + ".cf")
            self.cluster.write_cf(row.path, row.mode,
                                  **dict({"hosts": self.cluster.hosts_inet}, **row.cf))
            if row.mode == 0o600:
                os.chown(row.path, 0, 0)
            row.table = "%spgsql:%s" % (row.prefix, row.path)
            service.overrides.update(row.overrides, relay_clientcerts=row.table)
            row.service = service
            row.config = os.path.join(directory, "conf-" + row.name)
            if row.prefix and row.name != "proxy-forbidden":
                allowed.append(row.table)
            with open(row.path + ".admin", "w") as admin:
                admin.write("user = relayctl\npassword = secret\n")
            os.chmod(row.path + ".admin", 0o600)
        self.server.settings["proxy_read_maps"] = ", ".join(allowed)
        self.server.add(services)
        for row in rows:  # with its service alone
            os.mkdir(row.config)
            shutil.copy2(os.path.join(self.server.config, "main.cf"), row.config)
            with open(os.path.join(row.config, "master.cf"), "w") as master:
                master.write(row.service.line() + "\n")
        self.fill(next(row for row in rows if row.name == "sound"))
        self.server.start()

    def fill(self, sound):
        harness.relayctl("-c", sound.config, "-t", sound.table, "init", check=0)
        harness.relayctl("-c", sound.config, "-t", sound.table, "add", self.listed.cert, check=0)
        fp, key = self.listed.fingerprint(), self.listed.key_fingerprint("md5")
        low = fp.lower()
        tables = {"upper_case": [(fp, "a.example")],
                  "empty_value": [(low, "")],
                  "null_value": [(low, None)],
                  "md5_entries": [(key.lower(), "a.example")],
                  "without_colons": [(low.replace(":", ""), "a.example")],
                  "twice": [(low, "a.example"), (low, "b.example")],
                  "not_latin1": [(low, "z\u0142oty")],
                  "two_columns": [(low, "a.example")],
                  "label": [(low, "Anna's laptop")]}
        full = (
            "fingerprint text, host text, kind text, subject text, not_after timestamptz, added "
            "timestamptz, added_by text, retire_after timestamptz, until timestamptz, "
            "owner text, note text, extra text")
        for name, entries in tables.items():
            narrow = name in ("two_columns", "label")
            self.cluster.sql("CREATE TABLE %s (%s)" %
                             (name, "fingerprint text, host text" if narrow else full))
            for fingerprint, host in entries:
                value = "NULL" if host is None else "'%s'" % host.replace("'", "''")
                self.cluster.sql("INSERT INTO %s (fingerprint, host) VALUES ('%s', %s)" %
                                 (name, fingerprint, value))
        for name, column in (("expired", "not_after"), ("retired", "retire_after")):
            self.cluster.sql("CREATE TABLE %s (%s)" % (name, full))
            self.cluster.sql("INSERT INTO %s (fingerprint, host, %s) VALUES ('%s', 'a.example', "
                             "'2020-01-01T00:00:00Z')" % (name, column, low))
        self.cluster.sql(
            "CREATE FUNCTION host_of(text) RETURNS text LANGUAGE sql AS 'SELECT host FROM "
            "relay_clients WHERE fingerprint = $1' SECURITY DEFINER")
        self.cluster.sql(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO postfix, postfix_by_peer, relayctl; "
            "REVOKE ALL ON relay_clients FROM postfix, postfix_by_peer")
        self.cluster.sql(
            "GRANT SELECT (fingerprint, host) ON relay_clients TO postfix, postfix_by_peer")

    def close(self):
        if hasattr(self, "server"):
            self.server.stop()
        self.cluster.stop()


class Against_smtpd(harness.Case):

    @classmethod
    def setUpClass(cls):
        pg_cluster.require()
        postfix_server.require()
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.rows = set_ups(cls.world.cluster)
        cls.world.open(cls.rows)

    def verify(self, row):
        result = harness.relayctl("-c", row.config, "-t", row.table, "verify", "--json")
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return json.loads(result.stdout)

    def test_verify_finds_what_is_set_up(self):
        for row in self.rows:
            with self.subTest(row.name):
                found = [f for f in self.verify(row)["findings"] if f["file"].startswith(row.path)]
                self.assertEqual({f["id"] for f in found if f["severity"] != "note"}, row.ids)
                self.assertEqual({f["id"] for f in found if f["severity"] == "note"}, row.notes)

    def test_verify_finds_how_postfix_uses_it(self):
        for name, wanted in (("proxied", None),
                             ("proxy-forbidden", "proxy-not-allowed"),
                             ("proxy-unreadable", "proxy-unreadable")):
            with self.subTest(name):
                found = self.verify(next(row for row in self.rows if row.name == name))
                self.assertEqual([f["id"] for f in found["findings"] if f["severity"] == "error"
                                  and f["id"] != "service-not-running"],
                                 [wanted] if wanted else [])
                self.assertEqual(found["ok"], wanted is None)

    def test_check_says_what_smtpd_does(self):
        for row in self.rows:
            clients = [(self.world.listed, row.code),
                       (self.world.unlisted, {250: 250 if row.name == "without-key" else 554
                                              }.get(row.code, row.code))]
            for client, code in clients[:1 if row.code == NO_ANSWER else 2]:
                with self.subTest(row.name, client=client.name):
                    self.assertEqual(many_services.observe(row.service.port, client), code,
                                     self.world.server.log()[-2000:])
                    answer, _ = many_services.check(self.world.server, client.cert, "--service",
                                                    row.service.postfix_name)
                    self.assertEqual(answer["would_relay"], code == 250,
                                     answer["services"][0]["reasons"])

    def test_what_check_says_of_a_client_that_is_near(self):
        renewed = certs.Client(self.world.server.directory, "renewed", subject="/CN=listed.example")
        first = {row.name: row for row in self.rows}
        for name, client, wanted in (("sound", renewed, "other-certificate"),
                                     ("md5", self.world.listed, "other-digest"),
                                     ("upper-case", self.world.listed, "badly-written"),
                                     ("proxy-forbidden", self.world.listed, "proxy-not-allowed"),
                                     ("proxy-unreadable", self.world.listed, "proxy-unreadable"),
                                     ("unreachable", self.world.listed, "table-fails")):
            with self.subTest(name):
                answer, _ = many_services.check(self.world.server, client.cert, "--service",
                                                first[name].service.postfix_name)
                self.assertIn(wanted, [reason["id"] for reason in answer["services"][0]["reasons"]])

    def test_a_file_that_postconf_cannot_read_either(self):
        path = self.world.cluster.write_cf(os.path.join(self.world.server.directory, "nonsense"),
                                           user="postfix", query=QUERY % "relay_clients")
        with open(path, "a") as cf:
            cf.write("this line is nonsense\n")
        result = harness.relayctl("-t", "pgsql:" + path, "-d", "sha256", "verify", "--json",
                                  check=1)
        self.assertEqual([
            f["id"] for f in json.loads(result.stdout)["findings"] if f["severity"] == "error"
        ][:1], ["settings-malformed"])
        said = self.world.server.command("postmap", "-q", "x", "pgsql:" + path, check=False)
        self.assertIn("missing '='", said.stderr)

    def monitored(self, name, form):
        row = next(row for row in self.rows if row.name == name)
        where = ["-c", self.world.server.config, "-t", row.table, "-d", "sha256"]
        return harness.relayctl(*where, "verify", "--format", form)

    def test_formats_for_monitoring(self):
        for name, status in (("sound", 0), ("expired", 1), ("unreachable", 2)):
            result = self.monitored(name, "nagios")
            self.assertEqual(result.returncode, status, result.stdout)
        text = self.monitored("expired", "prometheus").stdout
        self.assertRegex(text, r"(?m)^relayctl_expired_entries\{.*\} 1$")
        self.assertRegex(text, r"(?m)^relayctl_entries\{.*\} 1$")

    def test_the_password_of_the_file_is_no_argument_of_ours(self):
        """While relayctl waits for a lock, ps shows its arguments."""
        row = next(row for row in self.rows if row.name == "sound")
        holder = self.world.cluster._as_postgres(subprocess.Popen, "psql", "-XAtq", "-h",
                                                 self.world.cluster.socket_directory, "-p",
                                                 str(self.world.cluster.port), "-d", "relay",
                                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                 text=True)
        holder.stdin.write("BEGIN; LOCK TABLE relay_clients; SELECT 'held';\n")
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline(), "held\n")
        waiting = subprocess.Popen([harness.RELAYCTL, "-t", row.table, "-d", "sha256", "remove",
                                    "--if-exists", "nobody.example", "--lock-timeout", "2"],
                                   stderr=subprocess.PIPE, text=True)
        shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        _, said = waiting.communicate(timeout=60)
        holder.communicate("COMMIT;\n", timeout=60)
        self.assertEqual(waiting.returncode, 5, said)
        self.assertIn("lock", said)
        self.assertNotIn(
            "secret", "\n".join(line for line in shown.splitlines()
                                if "relayctl" in line and "-o" not in line))


if __name__ == "__main__":
    harness.main()
