"""A private Postfix whose services ask different tables, as overrides in master.cf make them do."""

from support import harness, many_services


class Asking:
    """One smtpd that asks these tables. form: how master.cf says so, with {tables} for them; "" is
    an smtpd without overrides."""

    FORMS = {
        "inherits": "", "plain": " -o relay_clientcerts={tables}",
        "braces": " -o { relay_clientcerts = {tables} }", "joined": " -orelay_clientcerts={tables}",
        "macro": " -o tables_of_{name}={tables} -o relay_clientcerts=$tables_of_{name}"
    }

    def __init__(self, name, tables, form="plain", more=""):
        self.name = name
        self.tables = tables
        self.form = form
        self.more = more
        self.port = None

    def line(self):
        blank = ", " if self.form == "braces" else ","
        options = (self.FORMS[self.form].replace("{tables}", blank.join(self.tables)).replace(
            "{name}", self.name))
        return "127.0.0.1:%d inet n - n - 1 smtpd%s%s" % (self.port, options, self.more)

    @property
    def postfix_name(self):
        return "127.0.0.1:%d/inet" % self.port


class SeveralTables(many_services.ManyServices):
    """main_cf: the tables of main.cf; {dir} in names of tables is the directory of the server. The
    service of Server.port has no overrides."""

    def __init__(self, main_cf, services, settings=()):
        super().__init__([], settings=settings)
        self.main_cf = [self.filled(table) for table in main_cf]
        self.asking = {}
        for service in services:
            service.tables = [self.filled(table) for table in service.tables]
            self.asking[service.name] = service
        self.settings["relay_clientcerts"] = ", ".join(self.main_cf)
        self.add(services)

    def set_first(self, options):
        """-o options for the service of Server.port, in place of what it had."""
        lines = self.services.split("\n")
        self.services = "\n".join(["127.0.0.1:{port} inet n - n - 1 smtpd " + options, *lines[1:]])
        self.write_configuration()

    def filled(self, table):
        return table.replace("{dir}", self.directory)

    def make(self, *tables):
        """Empty tables of text with their maps, as an administrator makes them."""
        for table in tables:
            table = self.filled(table)
            open(table.partition(":")[2], "a").close()
            if not table.startswith("texthash:"):
                self.command("postmap", table)

    def answer_of(self, name, client):
        """The code that the service of this name gives to RCPT; "main" is the one without
        overrides."""
        return many_services.observe(self.port if name == "main" else self.asking[name].port,
                                     client)

    def answers(self, client):
        return {name: self.answer_of(name, client) for name in ["main", *self.asking]}

    def relayctl(self, *arguments, check=0, **options):
        return harness.relayctl("-c", self.config, *arguments, check=check, **options)
