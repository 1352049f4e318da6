"""A table in a private PostgreSQL, for the cases of tests/cli and those of rows alone."""

import re
import shlex

from support import pg_cluster
from support.table_case import CommandCase

READER, WRITER = "postfix", "relayctl"
QUERY = "SELECT host FROM relay_clients WHERE fingerprint = '%s'"
FIELDS = {
    "expires": "not_after", "added": "added", "by": "added_by", "retire-after": "retire_after",
    "until": "until", "owner": "owner", "note": "note"
}
FINGERPRINT = re.compile("(?:[0-9a-f]{2}:)+[0-9a-f]{2}")


def columns_of(annotation):
    """The annotation of a text table as the columns of a row, which have no room for a time that is
    none."""
    columns = {}
    for word in shlex.split(annotation or ""):
        name, equals, value = word.partition("=")
        if word in ("cert", "key"):
            columns["kind"] = word
        elif name.isupper() and equals:
            columns["subject"] = word
        elif name in ("expires", "retire-after") and value in ("2027-02-30", "x"):
            continue
        elif name == "until" and len(value) == len("2027-05-31"):
            columns[name] = value + "T23:59:59Z"
        elif name in FIELDS:
            columns[FIELDS[name]] = value
        else:
            columns["extra"] = (columns.get("extra", "") + " " + word).strip()
    return columns


class ClusterCase(CommandCase):
    """One PostgreSQL for the class, with the roles of docs: one for Postfix, which reads, and one
    for relayctl. self.table is pgsql:DIR/relay_clients.cf; there is nothing in the database before
    each test."""

    TYPE = "pgsql"
    HBA, SETTINGS = (), {}

    @classmethod
    def setUpClass(cls):
        cls.cluster = pg_cluster.Cluster(cls.HBA, cls.SETTINGS)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        cls.cluster.create_database()
        cls.cluster.create_role(READER, "what Postfix knows")
        cls.cluster.create_role(WRITER, "what relayctl knows")

    def setUp(self):
        super().setUp()
        self.path += ".cf"
        self.table = "pgsql:" + self.path
        self.sql("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA "
                 'public TO :"writer"; GRANT USAGE ON SCHEMA public TO :"reader"', writer=WRITER,
                 reader=READER)
        self.write_cf(query=QUERY)
        self.write_admin()
        self.configure()

    def sql(self, text, **variables):
        return self.cluster.sql("SET client_min_messages = error; SET timezone = 'UTC';\n" + text,
                                **variables)

    def create(self, columns, table="relay_clients"):
        """A table by hand, with what the two roles need."""
        self.sql('CREATE TABLE {0} ({1}); GRANT SELECT ON {0} TO :"reader"; GRANT SELECT, '
                 'INSERT, UPDATE, DELETE ON {0} TO :"writer"'.format(table, columns), reader=READER,
                 writer=WRITER)

    def write_cf(self, path=None, **settings):
        return self.cluster.write_cf(path or self.path, **{"user": READER, **settings})

    def write_admin(self, path=None, **settings):
        """The file beside, with relayctl's own role."""
        return self.cluster.write_cf(
            (path or self.path) + ".admin",
            **{"mode": 0o600, "user": WRITER, "hosts": None, "dbname": None, **settings})


class RowsCase(ClusterCase):
    """The table that `relayctl init` makes."""

    UNCHANGED = "nothing was changed"

    def setUp(self):
        super().setUp()
        self.make()

    def make(self):
        self.run_it("init")

    def put(self, *entries):
        self.empty()
        for key, host, *annotation in entries:
            values = dict(columns_of(annotation[0] if annotation and self.KEEPS else ""),
                          fingerprint=key.lower(), host=host)
            names = sorted(values)
            self.sql(
                "INSERT INTO relay_clients (%s) VALUES (%s)" %
                (", ".join(names), ", ".join(":'v_%s'" % name for name in names)),
                **{"v_" + name: value
                   for name, value in values.items()})
        self.was_put = self.has()

    def has(self):
        """{key: host} by psql; fingerprints as people write them."""
        lines = self.sql(
            "SELECT fingerprint || E'\\t' || host FROM relay_clients ORDER BY fingerprint"
        ).splitlines()
        rows = [line.split("\t") for line in lines]
        for key, _ in rows:
            self.assertEqual(key, key.lower())
        return {self.shown(key): host for key, host in rows}

    def noted(self, fingerprint):
        return self.sql(
            "SELECT json_strip_nulls(row_to_json(t)) FROM relay_clients AS t WHERE fingerprint = "
            ":'f'",
            f=fingerprint.lower())

    def empty(self):
        self.sql("TRUNCATE relay_clients")

    def in_map(self, fingerprint, table=None):
        """As smtpd asks: in lower case, by Postfix's own role."""
        found = self.postmap("-q", fingerprint.lower(), table=table)
        self.assertEqual(found.stderr, "")
        return found.stdout.rstrip("\n") if found.returncode == 0 else None

    def snapshot(self):
        """The rows too, with what tells that one has been written anew; the sequences and tables
        that there are."""
        return {
            **super().snapshot(), "rows": self.sql(
                "SELECT ctid, xmin, * FROM relay_clients ORDER BY ctid"),
            "tables": self.sql("SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = "
                               "'public'::regnamespace ORDER BY oid")
        }

    def assert_sound(self):
        for key in self.has():
            self.assertRegex(key.lower(), FINGERPRINT)

    def assert_like_made(self, fingerprint, host):
        self.assertEqual(self.sql("SELECT fingerprint, host FROM relay_clients"),
                         "%s|%s" % (fingerprint.lower(), host))

    def assert_others_stay(self):
        """Only the rows of this table: there is nothing else."""

    def assert_as_put(self, *entries):

        def rows():
            return self.sql("SELECT to_json(t) FROM relay_clients AS t ORDER BY fingerprint")

        found = rows()
        self.put(*entries)
        self.assertEqual(found, rows())

    def line(self, number):
        return None

    def on_another_line(self, number):
        return "once more"

    def shown(self, key):
        return key.upper() if FINGERPRINT.fullmatch(key.lower()) else key

    def in_order(self, keys):
        return sorted(keys)

    def map_state(self, state):
        return "none"

    def name_in_diff(self):
        return self.table

    def hidden(self, fingerprint, host):
        """A primary key has none."""
        return []


class TwoColumnsCase(RowsCase):
    """A table that somebody made by hand, long before relayctl: a key, a host, and nothing that
    forbids the same key twice."""

    KEEPS = False

    def make(self):
        self.create("fingerprint varchar(128), host varchar(255)")

    def hidden(self, fingerprint, host):
        return [(fingerprint, host)]
