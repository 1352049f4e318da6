"""A table in a private PostgreSQL with two roles, as relayctl init makes it: Postfix's reads,
relayctl's writes."""

import os
import subprocess

from support import harness, pg_cluster, running
from support.table_case import TableCase
from support.wire import Wire

READER, WRITER = "postfix_reads", "relayctl_writes"
QUERY = "SELECT host FROM relay_clients WHERE fingerprint = '%s'"


def own(*numbers):
    """A fingerprint of SHA-256's length that begins with these bytes."""
    return ":".join("%02X" % number for number in (*numbers, *[0xFE] * (32 - len(numbers))))


class Rival:
    """A psql with a session that stays open: what others do in a database by hand."""

    def __init__(self, cluster, database):
        self.psql = cluster.interactive(database)

    def __call__(self, sql, waits=True):
        """What it prints. waits: until it has been carried out."""
        self.psql.stdin.write(sql + ";\n\\echo done\n")
        self.psql.stdin.flush()
        return self.wait() if waits else None

    def wait(self):
        lines = []
        for line in self.psql.stdout:
            if line == "done\n":
                return "".join(lines).strip()
            lines.append(line)
        raise AssertionError("psql ended: " + "".join(lines))

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(timeout=60)
        self.psql.stdout.close()


class FleetCase(TableCase):
    """One cluster for the class, or one for each test; a database of its own for each test.
    self.table is pgsql:DIR/relay_clients.cf, main.cf names it."""

    CLUSTER_FOR_EACH = False
    SETTINGS = {}

    @classmethod
    def new_cluster(cls):
        cluster = pg_cluster.Cluster(settings=cls.SETTINGS).started()
        for role in (READER, WRITER):
            cluster.create_role(role, "the password of " + role)
        return cluster

    @classmethod
    def setUpClass(cls):
        cls.databases = 0
        if not cls.CLUSTER_FOR_EACH:
            cls.cluster = cls.new_cluster()
            cls.addClassCleanup(cls.cluster.stop)

    def setUp(self):
        if self.CLUSTER_FOR_EACH:
            self.cluster = self.new_cluster()
            self.addCleanup(self.cluster.stop)
        super().setUp()
        type(self).databases += 1
        self.database = "relay%d" % self.databases
        self.cluster.create_database(self.database, owner=WRITER)
        self.table = "pgsql:" + self.write_cf(self.path + ".cf")
        self.configure()
        self.init()

    def write_cf(self, path, cluster=None, **settings):
        """The two files of a table: Postfix's, and relayctl's own beside it."""
        cluster = cluster or self.cluster
        cluster.write_cf(
            path, **dict({"dbname": self.database, "user": READER, "query": QUERY}, **settings))
        with open(path + ".admin", "w") as admin:
            os.chmod(admin.name, 0o600)
            admin.write("user = %s\npassword = %s\n" % (WRITER, cluster.passwords[WRITER]))
        return path

    def init(self):
        self.run_it("init")

    def sql(self, text, **options):
        return self.cluster.sql(text, database=self.database, **options)

    def rival(self):
        rival = Rival(self.cluster, self.database)
        self.addCleanup(rival.close)
        return rival

    def behind_a_wire(self):
        """What the table's connections go through from here on."""
        wire = Wire(self.cluster.port)
        self.addCleanup(wire.close)
        self.write_cf(self.path + ".cf", hosts=wire.hosts)
        return wire

    def start(self, *args):
        """relayctl at work: a process with pipes."""
        process = subprocess.Popen([harness.RELAYCTL, "-c", self.config, *args],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True,
                                   env=dict(os.environ, LC_ALL="C.UTF-8"))
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        process.kill()
        process.communicate()

    def waits_for_a_lock(self):
        """Waits until somebody in the database waits for a lock."""
        waiting = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                   "wait_event_type = 'Lock'")
        running.until(lambda: self.sql(waiting) != "0", "nobody waits for a lock")

    def all(self):
        """Every column of every row, as psql prints them."""
        return self.sql("SELECT * FROM relay_clients ORDER BY 1")

    def rows(self):
        """{fingerprint as relayctl writes it: host}."""
        lines = self.sql("SELECT upper(fingerprint), host FROM relay_clients").splitlines()
        return dict(line.split("|") for line in lines)
