#!/usr/bin/env python3
"""Random set-ups of main.cf and of overrides in master.cf over several tables; random changes
without -t. After each, what every service finds in its tables is what a model says; some of the
set-ups run, and there smtpd itself is asked.

RELAYCTL_SEED repeats a run. The seed, the set-up and the changes are printed where something
differs."""

import concurrent.futures
import random
import tempfile

from support import certs, harness, postfix_server
from support.several_tables import Asking, SeveralTables

SETUPS = 1000 if harness.LONG else 100
RUNNING = 10  # each so-manieth set-up runs
CHANGES = 5
TYPES = ("hash", "btree", "lmdb", "cdb", "texthash")
HOSTS = ("alpha.example", "bravo.example", "charlie.example", "delta.example")


class Clients:
    """Of each host three certificates; one of them has expired long ago."""

    def __init__(self, directory):
        self.of = {}
        for host in HOSTS:
            renewed = [
                certs.Client(directory, "%s-%d" % (host, i), subject="/CN=" + host)
                for i in range(2)
            ]
            self.of[host] = renewed + [certs.expired(directory, host)]
        self.all = [client for clients in self.of.values() for client in clients]
        self.host = {client: host for host, clients in self.of.items() for client in clients}
        self.print = {client: client.fingerprint() for client in self.all}
        self.expired = {self.print[clients[2]] for clients in self.of.values()}


class Model:
    """What the sources say: by path, fingerprint and host, and which are to be retired. tables: of
    each service, as (type, path)."""

    def __init__(self, main_cf, services, clients):
        self.main_cf, self.services, self.clients = main_cf, services, clients
        self.sources = {}
        self.retired = {}  # (path, fingerprint): whether it is over at once

    def tables(self):
        asked = [table for tables in self.services.values() for table in tables]
        return asked or self.main_cf

    def paths(self):
        return {path for _, path in self.tables()}

    def target(self, service):
        """The path of the table that add writes to; None where it has to be said."""
        if service:
            return self.services[service][0][1] if self.services[service] else None
        for table in self.main_cf:
            if table in self.tables():
                return table[1]
        firsts = {tables[0] for tables in self.services.values() if tables}
        return firsts.pop()[1] if len(firsts) == 1 else None

    def entries(self, path):
        return self.sources.setdefault(path, {})

    def finds(self, service):
        """The fingerprints that this service finds."""
        return {
            fingerprint
            for _, path in self.services[service] for fingerprint in self.entries(path)
        }

    def add(self, client, service):
        path = self.target(service)
        if path is None:
            return 2
        fingerprint = self.clients.print[client]
        self.entries(path)[fingerprint] = self.clients.host[client]
        self.retired.pop((path, fingerprint), None)
        return 0

    def erase(self, path, fingerprints):
        for fingerprint in fingerprints:
            del self.entries(path)[fingerprint]
            self.retired.pop((path, fingerprint), None)
        return len(fingerprints)

    def remove(self, host=None, client=None):

        def goes(entry):
            return entry[1] == host if host else entry[0] == self.clients.print[client]

        gone = [
            self.erase(path, [e[0] for e in self.entries(path).items() if goes(e)])
            for path in self.paths()
        ]
        return 0 if any(gone) else 1

    def rotate(self, host, client, at_once):
        concerned = [path for path in self.paths() if host in self.entries(path).values()]
        for path in concerned:
            self.entries(path)[self.clients.print[client]] = host
            for fingerprint, other in self.entries(path).items():
                if other == host and fingerprint != self.clients.print[client]:
                    self.retired[path, fingerprint] = at_once or self.retired.get(
                        (path, fingerprint), False)
            self.retired.pop((path, self.clients.print[client]), None)
        return 0 if concerned else 1

    def prune(self):
        for path in self.paths():
            self.erase(path, [
                f for f in self.entries(path)
                if f in self.clients.expired or self.retired.get((path, f))
            ])
        return 0


class SetUp:
    """One of them: how the services ask which tables."""

    def __init__(self, rng, clients, runs):
        self.rng, self.clients, self.runs = rng, clients, runs
        self.said = []
        names = ["t%d" % i for i in range(rng.choice([2, 3, 3, 4]))]
        self.pool = [(rng.choice(TYPES), name) for name in names]
        if rng.random() < 0.15:  # two maps of one source
            self.pool.append(("lmdb" if self.pool[0][0] != "lmdb" else "hash", self.pool[0][1]))
        self.main_cf = rng.sample(self.pool, rng.choice([0, 1, 1, 1, 2]))
        self.asked = {
            name: rng.sample(self.pool, rng.choice([0, 1, 1, 1, 2]))
            for name in ("one", "two", "three")[:rng.choice([1, 2, 2, 3])]
        }
        self.forms = {
            name: rng.choice(["plain", "braces", "joined", "macro", "inherits"])
            for name in self.asked
        }
        for name, form in self.forms.items():
            if form == "inherits":
                self.asked[name] = self.main_cf
        self.first = None if rng.random() < 0.7 else rng.sample(self.pool, rng.choice([0, 1, 1]))

    def written(self, table):
        """A name of the table as an administrator may write it."""
        kind, name = table
        place = self.rng.choice(["{dir}/", "{dir}/",
                                 "../"])  # relative names begin in queue_directory
        # Before 3.11 smtpd knows no debug:, so that is for the set-ups that do not run.
        wrapper = self.rng.choice(["", "", "", "proxy:", "" if self.runs else "debug:"])
        return "%s%s:%s%s" % (wrapper, kind, place, name)

    def server(self):
        services = [
            Asking(name, [self.written(table) for table in self.asked[name]], self.forms[name])
            for name in self.asked
        ]
        for service in services:
            if service.form == "inherits":
                service.tables = []
        server = SeveralTables([self.written(table) for table in self.main_cf], services)
        proxied = {
            word
            for service in services for word in service.tables if word.startswith("proxy:")
        }
        proxied |= {word for word in server.main_cf if word.startswith("proxy:")}
        if self.first is not None:
            words = [server.filled(self.written(table)) for table in self.first]
            proxied |= {word for word in words if word.startswith("proxy:")}
            server.set_first("-o relay_clientcerts=" + ",".join(words))
        server.write_configuration(proxy_read_maps=" ".join(sorted(proxied)))
        server.make(*["%s:{dir}/%s" % table for table in self.pool])
        return server

    def run(self):
        server = self.server()
        try:
            if self.runs:
                server.start()
            services = dict(self.asked, main=self.main_cf if self.first is None else self.first)
            self.model = Model(self.main_cf, services, self.clients)
            for _ in range(CHANGES):
                problem = self.change(server) or self.difference(server)
                if problem:
                    return "%s\n%s\n%s\n%s" % (problem, "\n".join(
                        self.said), server.services, server.settings["relay_clientcerts"])
            return None
        finally:
            server.stop()

    def service_option(self, server):
        name = self.rng.choice([None, None, *self.asked])
        return (name, ["--service", server.asking[name].postfix_name]) if name else (None, [])

    def change(self, server):
        rng, clients, model = self.rng, self.clients, self.model
        kind = rng.choice(["add", "add", "add", "remove", "prune", "rotate"])
        host, client = rng.choice(HOSTS), rng.choice(clients.all)
        if kind == "add":
            service, option = self.service_option(server)
            if not model.tables() or (service and not model.services[service]):
                return None
            words, status = ["add", client.cert, clients.host[client],
                             *option], model.add(client, service)
        elif not model.tables():
            return None
        elif kind == "remove" and rng.random() < 0.5:
            words, status = ["remove", "--all", host], model.remove(host=host)
        elif kind == "remove":
            words, status = ["remove", client.cert], model.remove(client=client)
        elif kind == "prune":
            words, status = ["prune", "--yes", "--allow-empty"], model.prune()
        else:
            at_once = rng.random() < 0.5
            client = rng.choice(clients.of[host])
            words = ["rotate", *(["--grace", "0s"] if at_once else []), host, client.cert]
            status = model.rotate(host, client, at_once)
        result = server.relayctl(*words, *(["--reload"] if self.runs else []), check=None)
        self.said.append("%s: %d %s" % (" ".join(words), result.returncode, result.stderr.strip()))
        return (None if result.returncode == status else "status %d, expected %d" %
                (result.returncode, status))

    def difference(self, server):
        keys = sorted(self.clients.print.values())
        answers = {}
        for table in self.model.tables():
            if table not in answers:
                out = server.command("postmap", "-q", "-",
                                     "%s:%s/%s" % (table[0], server.directory, table[1]),
                                     check=False, input="\n".join(keys) + "\n").stdout
                answers[table] = {line.split("\t")[0] for line in out.splitlines()}
        for name, tables in self.model.services.items():
            found = set().union(*[answers[table] for table in tables]) if tables else set()
            if found != self.model.finds(name):
                return "service %s finds %s, expected %s" % (
                    name, sorted(found), sorted(self.model.finds(name)))
        return self.difference_of_smtpd(server) if self.runs else None

    def difference_of_smtpd(self, server):
        client = self.rng.choice(self.clients.all)
        for name in self.model.services:
            code = 250 if self.clients.print[client] in self.model.finds(name) else 554
            for _ in range(40):  # a reload only asks the processes to go when they are idle
                answer = server.answer_of(name, client)
                if answer == code:
                    break
            if answer != code:
                return "smtpd %s answers %d to %s, expected %d" % (
                    name, answer, self.clients.print[client], code)
        return None


class RandomTables(harness.Case):

    def test_every_service_finds_what_the_model_says(self):
        postfix_server.require()
        seed = harness.seed()
        rng = random.Random(seed)
        with tempfile.TemporaryDirectory(prefix="relayctl-random-") as directory:
            clients = Clients(directory)
            setups = [
                SetUp(random.Random(rng.random()), clients, i % RUNNING == 0) for i in range(SETUPS)
            ]
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                problems = [problem for problem in pool.map(SetUp.run, setups) if problem]
        changes = [said for setup in setups for said in setup.said]
        print("%d set-ups, %d changes, %d of them made" %
              (len(setups), len(changes), sum(": 0 " in said for said in changes)))
        self.assertGreater(sum(": 0 " in said for said in changes), SETUPS, "too few changes")
        self.assertEqual([], problems, "seed %d: %d problems; the first:\n%s" %
                         (seed, len(problems), problems[0] if problems else ""))


if __name__ == "__main__":
    harness.main()
