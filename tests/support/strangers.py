"""Set-ups of one private Postfix that a stranger meets: the clients and files that they name, and
what smtpd, check and verify say of him. He comes from his address by XCLIENT, which smtpd allows
the test alone."""

import json
import os
import subprocess

from support import certs, harness, many_services, postfix_server
from support.many_services import Service

HERE = "203.0.113.5"
RELAY = "smtpd_relay_restrictions"
GOOD = "permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination"
ABOUT_STRANGERS = {
    "open-relay", "mynetworks-wide", "access-open", "ccert-access-open", "destination-anywhere",
    "destination-unseen", "proxy-protocol", "xclient-wide", "permit-all-clientcerts", "qmqpd-open",
    "mynetworks-fails"
}
YES, NO, DEPENDS = True, False, None
RESOLVER = ("mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains")


class Row:
    """code: what smtpd answers the stranger. would: what check says. ids: what verify finds, with
    its severity. Options whose names are in RESOLVER go to a trivial-rewrite of its own."""

    def __init__(self,
                 name,
                 code,
                 would,
                 ids=None,
                 address=HERE,
                 client="unlisted",
                 chain=True,
                 speak=None,
                 **options):
        self.name, self.code, self.would, self.address = name, code, would, address
        self.ids = dict(ids or {})
        self.client, self.chain, self.speak = client, chain, speak or {}
        self.resolver = {key: options.pop(key) for key in RESOLVER if key in options}
        self.service = Service(name, options)

    def rewrite_line(self, number):
        if not self.resolver:
            return ""
        self.service.overrides["rewrite_service_name"] = "rewrite-%d" % number
        options = "".join(" -o {%s= %s}" % pair for pair in self.resolver.items())
        return "rewrite-%d unix - - n - - trivial-rewrite%s\n" % (number, options)


def make_files(world):
    """Tables and lists that the rows name."""
    texts = {
        "cidr_all": "0.0.0.0/0 OK\n", "cidr_halves": "0.0.0.0/1 OK\n128.0.0.0/1 OK\n",
        "cidr_some": "198.51.100.0/24 OK\n",
        "list_networks": "# all of them\n0.0.0.0/1\n  128.0.0.0/1, 192.0.2.1\n",
        "list_nested": world.path("list_networks") + "\n",
        "list_static": "10.0.0.0/8\nstatic:all\n", "list_narrow": "# 0.0.0.0/0\n192.0.2.0/24\n"
    }
    for name, text in texts.items():
        with open(world.path(name), "w") as out:
            out.write(text)
    tables = {"mine": [("mine.example", "x"), ("user@mine.example", "x")],
              "tops": [("com", "x"), ("net", "x")],
              "nobody": [("192.0.2.77", "x")],
              "groups": [(str(first), "OK") for first in range(1, 224)],
              "unknown": [("unknown", "OK")],
              "null_sender": [("<>", "OK")],
              "own_domain": [("server.example", "OK")],
              "partner": [("other.example", "REJECT"), ("partner.example", "OK")],
              "partner_helo": [("mx.partner.example", "all_of_them")],
              "partner_refused": [("partner.example", "REJECT"), ("other.example", "DUNNO")]}
    for name, entries in tables.items():
        world.table("hash", name, entries)


def make_clients(world):
    """A leaf below an intermediate CA, with it and without."""
    clients = os.path.join(world.directory, "clients")
    between = certs.issued(clients, "between", world.authority, is_authority=True)
    below = certs.issued(clients, "below", between, usage="clientAuth")
    below.leaf = os.path.join(clients, "leaf.pem")
    with open(below.cert) as leaf, open(between.cert) as upper:
        text, rest = leaf.read(), upper.read()
    with open(below.leaf, "w") as out:
        out.write(text)
    with open(below.cert, "w") as out:
        out.write(text + rest)
    world.clients["below"] = below


def observe(port,
            client,
            address,
            helo="client.example",
            sender="sender@client.example",
            recipient="<someone@elsewhere.example>",
            name="[UNAVAILABLE]"):
    """What smtpd answers to RCPT, or what it says before that and refuses by it; as the client from
    that address."""
    smtp, refusal = many_services.connect(port, helo)
    if smtp is None:
        return refusal
    try:
        smtp.ehlo()
        if address:
            code, text = smtp.docmd(
                "XCLIENT", "NAME=%s ADDR=%s%s" % (name, "IPV6:" if ":" in address else "", address))
            if code != 220:
                raise AssertionError("XCLIENT: %d %s" % (code, text))
            smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=postfix_server.client_context(client))
            smtp.ehlo()
        code, _ = smtp.docmd("MAIL FROM:<%s>" % sender)
        if code == 250:
            code, _ = smtp.docmd("RCPT TO:" + recipient)
        return code
    finally:
        smtp.close()


class StrangersCase(many_services.ServicesCase):

    @classmethod
    def start(cls, make_rows, extra=""):
        cls.prepare()
        make_files(cls.world)
        make_clients(cls.world)
        made = make_rows(cls.world)
        cls.server.settings.update(all_of_them="permit",
                                   any_certificate="check_ccert_access static:OK",
                                   too_wide="0.0.0.0/2, 64.0.0.0/2, 128.0.0.0/1",
                                   smtpd_authorized_xclient_hosts="127.0.0.1",
                                   smtpd_peername_lookup="no",
                                   unknown_local_recipient_reject_code="550")
        extra += ("".join(row.rewrite_line(i)
                          for i, row in enumerate(made)).replace("{", "{{").replace("}", "}}"))
        cls.serve(made, extra)

    @classmethod
    def verified(cls):
        """By service what verify finds about strangers: {id: severity}."""
        result = subprocess.run([harness.RELAYCTL, "-c", cls.server.config, "verify", "--json"],
                                capture_output=True, text=True, timeout=300)
        if result.returncode not in (0, 1):
            raise AssertionError(result.stderr)
        found = {}
        for finding in json.loads(result.stdout)["findings"]:
            if finding["id"] in ABOUT_STRANGERS:
                names, _, _ = finding["message"].partition(": ")
                for name in names.split(", "):
                    found.setdefault(name, {})[finding["id"]] = finding["severity"]
        return found

    def judged(self, row):
        client = self.world.clients[row.client]
        answer, _ = many_services.check(self.server, client.cert if row.chain else client.leaf,
                                        "--service", row.service.postfix_name, address=row.address)
        return answer["services"][0]
