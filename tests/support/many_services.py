"""One private Postfix with many smtpd services, each a set-up of its own: what smtpd does, and what
check says it does."""

import json
import smtplib
import ssl
import subprocess

from support import certs, harness, postfix_server
from support.clients_and_tables import World

NO_ANSWER = 0  # the service does not greet
GREETING = 10  # seconds: who has not greeted then, on a busy machine as well, never does
NO_TLS = -1  # it offers STARTTLS, and the handshake fails


class Service:
    """One smtpd of master.cf. overrides: its -o options."""

    def __init__(self, name, overrides=None, wrapper=False, chroot="n"):
        self.name = name
        self.overrides = dict(overrides or {})
        self.wrapper = wrapper
        self.chroot = chroot
        self.port = None
        if wrapper:
            self.overrides["smtpd_tls_wrappermode"] = "yes"

    def line(self):
        options = "".join(" -o {%s=%s}" % (name, " " + value if value.startswith("{") else value)
                          for name, value in self.overrides.items())
        return "127.0.0.1:%d inet n - %s - 1 smtpd%s" % (self.port, self.chroot, options)

    @property
    def postfix_name(self):
        return "127.0.0.1:%d/inet" % self.port


class ManyServices(postfix_server.Server):
    """services: the set-ups. Extra lines of master.cf behind them."""

    def __init__(self, services, settings=(), extra=""):
        super().__init__(settings=dict(
            {
                "max_idle": "10s", "smtpd_peername_lookup": "no", "default_process_limit": "400",
                "anvil_rate_time_unit": "1h", "smtpd_client_connection_count_limit": "0",
                "smtpd_error_sleep_time": "0",
                # Who waits for a line of a proxy says nothing for longer than GREETING.
                "smtpd_upstream_proxy_timeout": "60s"
            }, **dict(settings)))
        self.add(services, extra)

    def add(self, services, extra=""):
        for service in services:
            service.port = postfix_server.free_port()
        self.ports = {service.port for service in services}
        lines = ["127.0.0.1:{port} inet n - n - 1 smtpd"]
        lines += [service.line().replace("{", "{{").replace("}", "}}") for service in services]
        self.services = "\n".join(lines) + "\n" + extra
        self.write_configuration()


class ServicesCase(harness.Case):
    """The rows of a table of cases, each with a service of its own in one private Postfix."""

    @classmethod
    def prepare(cls):
        cls.server = ManyServices([])
        cls.addClassCleanup(cls.server.stop)
        cls.world = World(cls.server.directory)
        cls.server.settings["relay_clientcerts"] = cls.world.main

    @classmethod
    def serve(cls, rows, extra=""):
        cls.rows = rows
        cls.server.add([row.service for row in rows], extra)
        cls.server.start()

    def assert_rows_agree(self, at_least):
        self.assertGreaterEqual(len(self.rows), at_least)
        for row in self.rows:
            with self.subTest(row.name):
                self.assertEqual([], list(self.disagreements(row)))


def _context(client):
    # As Postfix itself does: a server without a certificate is better than none.
    return postfix_server.client_context(client, "ALL:aNULL:@SECLEVEL=0")


def connect(port, helo="client.example", context=None):
    """(the session, None), or (None, the code of a refusal or NO_ANSWER). context: for TLS from
    the first byte."""
    options = {"local_hostname": helo, "timeout": GREETING}
    try:
        smtp = smtplib.SMTP_SSL("127.0.0.1", port, context=context, **options) if context \
            else smtplib.SMTP("127.0.0.1", port, **options)
        smtp.sock.settimeout(30)  # who has greeted answers
        return smtp, None
    except smtplib.SMTPConnectError as refused:
        return None, refused.smtp_code
    except (smtplib.SMTPServerDisconnected, OSError):
        return None, NO_ANSWER


def observe(port, client, wrapper=False, recipient=postfix_server.RECIPIENT):
    """The code with which smtpd answers this client: that of RCPT, or of whatever refuses it
    before. It tries STARTTLS and goes on without where that is not to be had."""
    smtp, code = connect(port, context=_context(client) if wrapper else None)
    if smtp is None:
        return code
    with_tls = wrapper
    try:
        code, _ = smtp.ehlo()
        if code != 250:
            return code
        if not with_tls and smtp.has_extn("starttls"):
            try:
                smtp.starttls(context=_context(client))
                code, _ = smtp.ehlo()
                if code != 250:
                    return code
            except smtplib.SMTPResponseException as refused:
                if refused.smtp_code != 454:
                    raise
            except (ssl.SSLError, ConnectionResetError):
                return NO_TLS
        code, _ = smtp.docmd("MAIL FROM:<sender@client.example>")
        if code == 250:
            code, _ = smtp.docmd("RCPT TO:" + recipient)
        return code
    except (smtplib.SMTPServerDisconnected, ConnectionError) as error:
        raise AssertionError("port %d: %r" % (port, error))
    finally:
        smtp.close()


def check(server, *arguments, address="127.0.0.1"):
    """The answer of relayctl check as JSON, and its status: what it says by the configuration."""
    command = [harness.RELAYCTL, "-c", server.config, "check", "--offline", "--json", *arguments]
    if address:
        command += ["--address", address]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if result.returncode not in (0, 1):
        raise AssertionError("%s: status %d\n%s" %
                             (" ".join(command), result.returncode, result.stderr))
    return json.loads(result.stdout), result.returncode


class OneClient(harness.Case):
    """A Postfix with services of its own for each test, and one client of it."""

    def setUp(self):
        postfix_server.require()
        self.server = ManyServices([])
        self.addCleanup(self.server.stop)
        self.client = certs.Client(self.server.directory, "zen.example")
