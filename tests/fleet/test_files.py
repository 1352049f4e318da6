#!/usr/bin/env python3
"""pgsql_table(5) files as Postfix reads them: whatever form the file has, what relayctl adds is
found by postmap -q, and what it removes is not; what relayctl cannot understand it says, with
status 2."""

import json
import os
import unittest

from support import harness
from support.rows_case import QUERY, READER, ClusterCase, WRITER
from support.table_case import fp

KEY = fp(0xAB)
PARTS = {
    "query": None, "table": "relay_clients", "select_field": "host", "where_field": "fingerprint"
}


class FileCase(ClusterCase):

    def raw(self, text, path=None, mode=0o640):
        path = path or self.path
        self.write(text, path)
        os.chmod(path, mode)
        os.utime(path, (1, 1))

    def found(self, key=KEY, table=None):
        """As smtpd asks: in lower case. Postfix warns of what it overrides and of NULL, and goes
        on."""
        answer = self.postmap("-q", key.lower(), table=table)
        self.assertEqual([
            line for line in answer.stderr.splitlines()
            if "empty lookup result" not in line and "overriding earlier entry" not in line
        ], [])
        return answer.stdout.rstrip("\n") if answer.returncode == 0 else None

    def there_and_gone(self, key=KEY):
        """add, list, add again, rename and remove, each as Postfix sees it; another row stays."""
        self.assertIsNone(self.found(key))
        self.run_it("add", "--fingerprint", fp(1), "stays.example")
        said = self.run_it("add", "--fingerprint", key, "zen.example").stderr
        self.assertEqual(self.found(key), "zen.example", said)
        self.assertFalse(
            json.loads(self.run_it("add", "--fingerprint", key, "zen.example",
                                   "--json").stdout)["changed"])
        self.assertEqual(
            {(e["fingerprint"], e["host"])
             for e in json.loads(self.run_it("list", "--json").stdout)["entries"]},
            {(fp(1), "stays.example"), (key, "zen.example")})
        self.run_it("add", "--replace", "--fingerprint", key, "new.example")
        self.assertEqual(self.found(key), "new.example")
        self.run_it("remove", "new.example")
        self.assertIsNone(self.found(key))
        self.assertEqual(self.found(fp(1)), "stays.example")
        self.run_it("remove", fp(1))
        self.assertIsNone(self.found(fp(1)))

    def refused(self, *said, status=2, command=("add", "--fingerprint", KEY, "zen.example")):
        result = self.run_it(*command, check=status)
        for text in said:
            self.assertIn(text, result.stderr)
        self.assertNotIn("password", result.stderr)
        return result


class Hosts(FileCase):

    def setUp(self):
        super().setUp()
        self.run_it("init")
        self.socket, self.port = self.cluster.socket_directory, self.cluster.port

    def test_every_form(self):
        """A port behind a directory is a part of its name; without a type a slash is a socket
        (dict_pgsql.c)."""
        uri = "postgresql://%s:%s@127.0.0.1:%d/relay" % ("{user}", "{password}", self.port)
        for hosts in ("unix:" + self.socket, self.socket, "inet:127.0.0.1:%d" % self.port,
                      "127.0.0.1:%d" % self.port, "localhost:%d" % self.port,
                      "inet:localhost:%d" % self.port, "127.0.0.1:1 unix:%s" % self.socket,
                      "unix:/no/such, 127.0.0.1:%d" % self.port,
                      "127.0.0.1:1\t,\t127.0.0.1:2 ,, %s" % self.socket, uri,
                      uri + "?connect_timeout=5", "127.0.0.1:1 " + uri):
            with self.subTest(hosts=hosts):
                for write, user in ((self.write_cf, READER), (self.write_admin, WRITER)):
                    password = self.cluster.passwords[user]
                    write(hosts=hosts.format(user=user, password=password.replace(" ", "%20")),
                          user=user, query=QUERY)
                self.look_through_dead_hosts() if hosts.startswith(
                    ("127.0.0.1:1", "unix:/no")) else self.there_and_gone()

    def look_through_dead_hosts(self):
        """Postfix asks hosts at random and warns of dead ones."""
        self.run_it("add", "--fingerprint", KEY, "zen.example")
        self.assertEqual(self.postmap("-q", KEY.lower()).stdout, "zen.example\n")
        self.run_it("remove", "zen.example")
        self.assertEqual(self.postmap("-q", KEY.lower()).stdout, "")

    def test_nobody_there(self):
        self.write_cf(hosts="127.0.0.1:1 unix:/no/such", query=QUERY)
        self.refused("127.0.0.1:1", "unix:/no/such", status=4)

    def test_a_scheme_that_postfix_does_not_know(self):
        """postgres:// is an URI to libpq and a host named postgres to Postfix 3.7: neither may
        relayctl find it."""
        self.write_cf(hosts="postgres://127.0.0.1:%d/relay" % self.port, query=QUERY)
        self.refused(status=4)

    def test_the_file_beside_may_have_hosts_of_its_own(self):
        self.write_admin(hosts="127.0.0.1:%d" % self.port, dbname="relay")
        self.there_and_gone()
        self.write_admin(hosts="127.0.0.1:1")
        self.refused(status=4)

    def test_another_database(self):
        self.cluster.create_database("elsewhere", owner=WRITER)
        self.addCleanup(self.cluster.sql, "DROP DATABASE elsewhere", "postgres")
        self.write_cf(dbname="elsewhere", query=QUERY)
        self.assertIn(" init -t ", self.refused(status=3).stderr)
        self.run_it("init")
        self.cluster.sql("GRANT CONNECT ON DATABASE elsewhere TO PUBLIC", "postgres")
        self.there_and_gone()
        self.assertEqual(self.sql("SELECT count(*) FROM relay_clients"), "0")


class Passwords(FileCase):
    HBA = ["local relay trusted trust"]

    def setUp(self):
        super().setUp()
        self.run_it("init")

    def test_the_file_beside_has_the_password(self):
        """Without it, Postfix's role may not write; with another user there, Postfix's password is
        not sent."""
        self.there_and_gone()
        os.unlink(self.path + ".admin")
        result = self.refused("permission denied", status=5)
        self.assertNotIn("what Postfix knows", result.stderr)
        self.assertIsNone(self.found())

    def test_no_password_anywhere(self):
        if not self.sql("SELECT 1 FROM pg_roles WHERE rolname = 'trusted'"):
            self.cluster.create_role("trusted")
        self.sql("GRANT USAGE ON SCHEMA public TO trusted; GRANT SELECT, INSERT, UPDATE, DELETE ON "
                 "relay_clients TO trusted; "
                 "GRANT SELECT, INSERT ON relay_clients_history TO trusted")
        self.write_cf(user="trusted", query=QUERY)
        os.unlink(self.path + ".admin")
        self.there_and_gone()
        self.write_cf(user=READER, query=QUERY)
        self.write_admin(user="trusted")
        self.there_and_gone()
        self.write_admin(user=WRITER, password=None)
        self.assertIn("no password",
                      self.run_it("add", "--fingerprint", KEY, "zen.example", check=4).stderr)

    def test_a_wrong_one(self):
        self.write_admin(password="xyzzy-secret")
        result = self.run_it("add", "--fingerprint", KEY, "zen.example", check=4)
        self.assertNotIn("xyzzy", result.stdout + result.stderr)
        self.assertIn("authentication failed", result.stderr)

    def test_passwords_with_every_character(self):
        for password in ("it's", 'a "b"', "back\\slash", "a=b # c", "$x ${y}", "%s%%",
                         "  inner  blanks", "\u00fc\u6771", "{}", "a,b"):
            with self.subTest(password=password):
                self.sql("ALTER ROLE :\"w\" PASSWORD :'p'", w=WRITER, p=password.strip())
                self.addCleanup(self.sql, "ALTER ROLE :\"w\" PASSWORD :'p'", w=WRITER,
                                p=self.cluster.passwords[WRITER])
                self.write_admin(password=password)
                self.run_it("add", "--fingerprint", KEY, "zen.example")
                self.run_it("remove", KEY)


class Syntax(FileCase):

    def setUp(self):
        super().setUp()
        self.run_it("init")
        self.head = "hosts = %s\nuser = %s\npassword = %s\n" % (
            self.cluster.hosts_socket, READER, self.cluster.passwords[READER])

    def test_comments_continuations_and_spaces(self):
        for text in ("# a comment\n\n  # an indented one\n" + self.head +
                     ("dbname = relay\nquery = SELECT host\n  FROM relay_clients\n"
                      "\tWHERE fingerprint = '%s'\n"), self.head + "dbname=relay\nquery=" + QUERY,
                     self.head + "  \ndbname   =   relay   \nquery\t=\t" + QUERY + "  \t\n",
                     self.head + "dbname = wrong\ndbname = relay\nquery = nonsense\nquery = " +
                     QUERY + "\n", self.head + "dbname = relay\nquery =\n  " + QUERY + "\n",
                     self.head +
                     ("dbname = relay\nquery = SELECT host FROM relay_clients\n# in between\n"
                      "  WHERE fingerprint = '%s'\n"), self.head + "dbname = relay\nquery = " +
                     QUERY + "\nunknown = x\ndebuglevel = 3\n",
                     (self.head + "dbname = relay\nquery = " + QUERY + "\n").replace("\n", "\r\n")):
            with self.subTest(text=text):
                self.raw(text)
                self.there_and_gone()

    def test_a_line_that_ends_postfix(self):
        self.raw(self.head + "dbname = relay\nno equals sign\nquery = " + QUERY + "\n")
        self.assertNotEqual(self.postmap("-q", KEY.lower()).returncode, 0)
        self.assertIn("fatal", self.postmap("-q", KEY.lower()).stderr)
        self.assertRegex(
            self.run_it("verify", check=4).stderr, "line 5: (no equals sign|missing '=')")
        found = json.loads(
            harness.relayctl("-t", self.table, "-d", "sha256", "verify", "--json",
                             check=1).stdout)["findings"]
        self.assertIn("error", [f["severity"] for f in found])

    def test_names_that_are_no_file(self):
        for name, status in (("pgsql:relay", 2),
                             ("pgsql:", 2),
                             ("pgsql:/no/such.cf", 3),
                             ("pgsql:" + self.directory, 3)):
            with self.subTest(name=name):
                for command in (["list"],
                                ["add", "--fingerprint", KEY, "zen.example"],
                                ["init"],
                                ["verify"]):
                    self.run_it("-t", name, *command, check=status)

    def test_relative_to_where_we_are(self):
        result = self.run_it("-t", "pgsql:./relay_clients.cf", "add", "--fingerprint", KEY,
                             "zen.example", cwd=self.directory)
        self.assertEqual(self.found(), "zen.example", result.stderr)

    def test_a_file_that_nobody_may_read(self):
        harness.need_root("needs root")
        os.chmod(self.path, 0o600)
        os.chmod(self.directory, 0o755)
        done = harness.run([
            "setpriv", "--reuid=65534", "--clear-groups", harness.RELAYCTL, "-t", self.table, "-d",
            "sha256", "list"
        ])
        if "No such file" in done.stderr or "exec" in done.stderr:
            self.skipTest("the program cannot be run by others")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("ermission denied", done.stderr)


class Queries(FileCase):
    """self.make(): relay_clients as the test wants it."""

    def setUp(self):
        super().setUp()
        self.tables = []

    def make_function(self):
        """who(): what a query finds in relay_clients."""
        self.sql("CREATE FUNCTION who(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT host FROM "
                 "relay_clients WHERE fingerprint = $1'")

    def make(self, columns="fingerprint text, host text", table="relay_clients"):
        self.create(columns, table)
        self.tables.append(table)

    def each(self, *queries, **settings):
        for query in queries:
            with self.subTest(query=query):
                for table in self.tables:
                    self.sql("TRUNCATE " + table)
                self.write_cf(query=query, **settings)
                self.there_and_gone()

    def test_as_it_is(self):
        self.make()
        self.each(
            QUERY, QUERY + ";", QUERY + " LIMIT 1",
            "select host from relay_clients where fingerprint='%s' limit 1;",
            "SELECT host FROM relay_clients WHERE fingerprint = '%u'",
            "SELECT host FROM relay_clients WHERE fingerprint = '%S'",
            "/* ours */ SELECT host /* theirs */ FROM relay_clients "
            "WHERE fingerprint = '%s' -- the end",
            "SELECT host FROM relay_clients WHERE fingerprint = lower('%s')")

    def test_whatever_case(self):
        self.make()
        self.each("SELECT host FROM relay_clients WHERE lower(fingerprint) = '%s'",
                  "SELECT host FROM relay_clients WHERE lower(fingerprint) = lower('%s')",
                  "SELECT host FROM relay_clients WHERE LOWER( fingerprint ) = '%s' LIMIT 1")
        self.write_cf(query="SELECT host FROM relay_clients WHERE lower(fingerprint) = '%s'")
        self.sql("INSERT INTO relay_clients VALUES (:'k', 'by-hand.example')", k=KEY)
        self.assertEqual(self.found(), "by-hand.example")
        self.assertFalse(
            json.loads(
                self.run_it("add", "--fingerprint", KEY, "by-hand.example",
                            "--json").stdout)["changed"])
        self.run_it("remove", KEY)
        self.assertEqual((self.found(), self.sql("SELECT count(*) FROM relay_clients")),
                         (None, "0"))

    def test_other_queries_need_names_beside_them(self):
        """What goes beyond SELECT column FROM table WHERE column = '%s' is not taken apart: table,
        select_field and where_field beside the query say what it is about."""
        self.make()
        names = {name: value for name, value in PARTS.items() if name != "query"}
        queries = (
            "SELECT relay_clients.host FROM relay_clients WHERE relay_clients.fingerprint = '%s'",
            "SELECT host FROM relay_clients WHERE '%s' = fingerprint",
            "SELECT c.host FROM relay_clients AS c WHERE c.fingerprint = '%s'",
            "SELECT c.host FROM relay_clients c WHERE c.fingerprint = '%s'",
            "SELECT host::text FROM relay_clients WHERE fingerprint::text = '%s'",
            "SELECT host AS who FROM ONLY relay_clients WHERE fingerprint = '%u'",
            "SELECT host FROM relay_clients WHERE fingerprint LIKE '%s'",
            "SELECT host FROM relay_clients WHERE fingerprint ILIKE '%s'")
        self.each(*queries, **names)
        for query in queries:
            with self.subTest(query=query):
                self.write_cf(query=query)
                self.refused("name them beside the query", "select_field", status=2)

    def test_a_query_that_asks_in_capitals(self):
        """Entries are stored in lower case, which this query does not find: nothing is added."""
        self.make()
        query = "SELECT host FROM relay_clients WHERE fingerprint = upper('%s')"
        self.write_cf(query=query)
        self.refused("name them beside the query", status=2)
        self.write_cf(**{**PARTS, "query": query})
        self.refused("Postfix's query would not answer", status=3)
        self.assertEqual(self.sql("SELECT count(*) FROM relay_clients"), "0")

    def test_schemas_and_quotes(self):
        self.addCleanup(self.sql, 'DROP SCHEMA IF EXISTS mail, "Mail of ""us""" CASCADE')
        self.sql(
            'CREATE SCHEMA mail; CREATE SCHEMA "Mail of ""us"""; GRANT ALL ON SCHEMA mail, "Mail '
            'of ""us""" TO :"r", :"w"',
            r=READER,
            w=WRITER)
        self.make(table="mail.relay_clients")
        self.make('"Finger Print" text, "Host, by name" text', '"Mail of ""us"""."Relay Clients"')
        self.each(
            "SELECT host FROM mail.relay_clients WHERE fingerprint = '%s'",
            'SELECT "Host, by name" FROM "Mail of ""us"""."Relay Clients" WHERE "Finger Print" = '
            "'%s'",
            'SELECT "Host, by name" FROM "Mail of ""us"""."Relay Clients" WHERE lower("Finger '
            "Print\") = '%s' LIMIT 1")
        self.write_cf(query='SELECT "Who" FROM "mail"."New Table" WHERE "Key" = \'%s\'')
        self.run_it("init")
        self.there_and_gone()
        self.assertEqual(self.sql('SELECT count("Key") FROM mail."New Table"'), "0")

    def test_columns_of_other_names_and_types(self):
        self.make("note varchar(200), fingerprint varchar(255)")  # `note` has the host here
        self.each("SELECT note FROM relay_clients WHERE fingerprint = '%s'")
        self.sql("DROP TABLE relay_clients")
        self.tables.clear()
        self.make(
            "id serial, active boolean NOT NULL DEFAULT true, fp varchar(95), who name, changed "
            "timestamptz DEFAULT now()")
        self.sql('GRANT USAGE ON SEQUENCE relay_clients_id_seq TO :"w"', w=WRITER)
        self.each("SELECT who FROM relay_clients WHERE fp = '%s'",
                  "SELECT who FROM relay_clients WHERE fp = '%s' AND active",
                  "SELECT who FROM relay_clients WHERE active AND fp = '%s'",
                  "SELECT who FROM relay_clients WHERE fp = '%s' AND active = true LIMIT 1",
                  "SELECT who FROM relay_clients WHERE (active) AND lower(fp) = '%s' AND changed > "
                  "'2000-01-01'")

    def test_rows_that_the_conditions_leave_out(self):
        """They are none of Postfix's, and none of ours."""
        self.make("fingerprint text, host text, active boolean NOT NULL DEFAULT true")
        self.write_cf(query=QUERY + " AND active")
        self.sql("INSERT INTO relay_clients VALUES (:'k', 'sleeping.example', false)",
                 k=fp(2).lower())
        self.assertIsNone(self.found(fp(2)))
        self.assertEqual(self.run_it("list", "--plain").stdout, "")
        self.there_and_gone()
        self.run_it("remove", "sleeping.example", check=1)
        self.run_it("remove", "--all", "--yes", "--allow-empty", "*", "--if-exists")
        self.assertEqual(self.sql("SELECT host FROM relay_clients"), "sleeping.example")

    def test_rows_that_the_conditions_would_leave_out(self):
        """What Postfix would not find is not said to be added."""
        self.make("fingerprint text, host text, active boolean NOT NULL DEFAULT false")
        self.write_cf(query=QUERY + " AND active")
        result = self.run_it("add", "--fingerprint", KEY, "zen.example", check=3)
        self.assertIn("Postfix's query would not answer", result.stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM relay_clients"), "0")

    def test_the_parts_instead(self):
        self.make("fingerprint text, host text, active boolean NOT NULL DEFAULT true")
        for more in ({},
                     {"additional_conditions": "AND active"},
                     {"additional_conditions": "LIMIT 1"},
                     {"additional_conditions": "and active limit 1"},
                     {"table": "public.relay_clients"}):
            with self.subTest(more=more):
                self.write_cf(**{**PARTS, **more})
                self.there_and_gone()
        self.write_cf(**{**PARTS, "table": "no_such", "query": QUERY})  # the query counts
        self.there_and_gone()

    def test_functions_with_hints(self):
        """Of a function nobody can tell which table it asks: table, select_field and where_field
        beside it say so."""
        self.make()
        self.make_function()
        hints = {name: value for name, value in PARTS.items() if name != "query"}
        for query in (
                "SELECT who('%s')",
                "SELECT host FROM relay_clients WHERE fingerprint = '%s' OR host = 'x' || '%s'",
                "SELECT host FROM (SELECT * FROM relay_clients) AS t WHERE fingerprint = '%s'"):
            with self.subTest(query=query):
                self.sql("TRUNCATE relay_clients")
                self.write_cf(query=query, **hints)
                self.there_and_gone()

    def test_select_function_with_hints(self):
        self.make()
        self.make_function()
        hints = {name: value for name, value in PARTS.items() if name != "query"}
        self.write_cf(select_function="who", **hints)
        self.there_and_gone()

    def test_a_hint_that_is_wrong(self):
        """Postfix's own query has the last word: nothing is added that it does not find, nothing
        said to be removed that it still finds."""
        self.make()
        self.make(table="wrong")
        self.write_cf(query="SELECT host FROM relay_clients WHERE fingerprint = '%s' OR false",
                      table="wrong", select_field="host", where_field="fingerprint")
        self.refused("Postfix's query would not answer", status=3)
        self.sql(
            "INSERT INTO relay_clients VALUES (:'k', 'zen.example'); INSERT INTO wrong VALUES "
            "(:'k', 'zen.example')",
            k=KEY.lower())
        self.refused("Postfix's query would not answer", status=3,
                     command=("remove", "zen.example"))
        self.assertEqual(self.found(), "zen.example")
        self.assertEqual(self.sql("SELECT count(*) FROM wrong"), "1")

    def test_a_function_that_looks_elsewhere(self):
        """It answers NULL, as a row, for whom it does not know: Postfix finds nothing, so nothing
        was added."""
        self.make()
        self.make(table="wrong")
        self.make_function()
        self.write_cf(query="SELECT who('%s')", table="wrong", select_field="host",
                      where_field="fingerprint")
        self.refused("Postfix's query would not answer", status=3)
        self.assertEqual(self.sql("SELECT count(*) FROM wrong"), "0")

    def test_what_cannot_be_understood(self):
        self.make()
        self.make_function()
        queries = (
            "SELECT who('%s')",
            "SELECT host FROM relay_clients WHERE fingerprint = '%s' OR host = '%s'",
            "SELECT host FROM a, b WHERE a.fingerprint = '%s'",
            "SELECT host FROM a JOIN b USING (x) WHERE a.fingerprint = '%s'",
            "SELECT 'OK'",
            "SELECT lower(host) FROM relay_clients WHERE fingerprint = '%s'",
            "SELECT host FROM relay_clients WHERE fingerprint = '%s' UNION SELECT 'x'",
            "SELECT host FROM relay_clients WHERE fingerprint IN ('%s')",
            "SELECT host FROM relay_clients WHERE md5(fingerprint) = '%s'",
            "SELECT host FROM relay_clients WHERE fingerprint = '%s' AND host <> '%u'",
            "SELECT host FROM relay_clients WHERE NOT (fingerprint = '%s')",
            "SELECT host FROM relay_clients WHERE fingerprint = 'x%s'",
            "SELECT host FROM relay_clients; DROP TABLE x; WHERE fingerprint = '%s'",
            "UPDATE relay_clients SET host = 'x' WHERE fingerprint = '%s' RETURNING host",
            "nonsense '%s'",
            "",
            None)
        for settings in (*({"query": query} for query in queries),
                         {"select_function": "who"},
                         {"query": None, "table": "relay_clients"}):
            # What Postfix cannot use either is a bad file.
            of_no_use = (not settings.get("query", QUERY) and "select_function" not in settings
                         or "%" not in (settings.get("query") or "%"))
            with self.subTest(settings=settings):
                self.write_cf(**settings)
                for command in (["add", "--fingerprint", KEY, "zen.example"],
                                ["list"],
                                ["remove", "zen.example"],
                                ["init"],
                                ["copy", "texthash:/dev/null", self.table]):
                    result = self.run_it(*command, check=3 if of_no_use else 2)
                    self.assertIn("relay_clients.cf", result.stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM relay_clients"), "0")

    def test_several_answers(self):
        """A key twice by hand: Postfix joins the values; remove takes both, or says so."""
        self.make()
        self.write_cf(query=QUERY)
        self.sql("INSERT INTO relay_clients VALUES (:'k', 'a.example'), (:'k', 'b.example')",
                 k=KEY.lower())
        self.assertEqual(self.found(), "a.example,b.example")
        self.run_it("remove", KEY, "--all")
        self.assertIsNone(self.found())


class WithoutPostgreSQL(harness.Case):
    """A relayctl that was built with RELAYCTL_PGSQL=OFF says so, and does the rest as ever."""

    def test_it_says_so(self):
        program = os.environ.get("RELAYCTL_WITHOUT_PGSQL")
        if not program:
            raise unittest.SkipTest("it is not built here")
        directory = self.temporary_directory()
        path = os.path.join(directory, "t.cf")
        with open(path, "w") as cf:
            cf.write("hosts = 127.0.0.1:1\nuser = u\ndbname = d\n"
                     "query = SELECT h FROM t WHERE f = '%s'\n")
        for command in (["list"],
                        ["add", "--fingerprint", "AA:" * 31 + "AA", "a.example"],
                        ["remove", "a.example"],
                        ["init"],
                        ["init", "--print"],
                        ["prune", "--yes"],
                        ["copy", "pgsql:" + path, "texthash:" + directory + "/x"]):
            said = harness.run([
                program, *command, *([] if command[0] == "copy" else ["-t", "pgsql:" + path]), "-d",
                "sha256"
            ])
            self.assertEqual(said.returncode, 2, said.stderr)
            self.assertIn("built without PostgreSQL (RELAYCTL_PGSQL=OFF)", said.stderr)
        for command in (["add", "--fingerprint", "AA:" * 31 + "AA", "a.example"], ["list"]):
            said = harness.run(
                [program, *command, "-t", "texthash:" + directory + "/x", "-d", "sha256"])
            self.assertEqual(said.returncode, 0, said.stderr)


if __name__ == "__main__":
    harness.main()
