#!/usr/bin/env python3
"""Set-ups of every kind, made of all values that matter for it: what check says of several clients
in one call, through all services, before Postfix runs and after, is what smtpd then does."""

import concurrent.futures
import itertools
import json
import os
import subprocess

from support import harness, many_services, release
from support.many_services import NO_ANSWER, Service
from test_agreement import SETTINGS

RELAY = "smtpd_relay_restrictions"
TABLES = "relay_clientcerts"
DIGEST = "smtpd_tls_fingerprint_digest"
REFUSE = "reject_unauth_destination"
PERMIT = "permit_tls_clientcerts, " + REFUSE
CLIENTS = ("listed", "pinned", "issued", "unlisted")
LISTS = ["smtpd_%s_restrictions" % stage for stage in ("client", "helo", "sender", "recipient")]


class Row:
    """depends: why check cannot say yes or no here."""

    def __init__(self, name, depends=None, wrapper=False, **overrides):
        self.name, self.depends = name, depends
        self.service = Service(name, overrides, wrapper)


def digests(world):
    """The digest is the service's own; the entries of a table fit one of them."""
    names = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "SHA2-256",
             "sha3-256", "ripemd160", "sha-256", "sha257", "")
    for name in names:
        yield Row("digest %s" % name, **{DIGEST: name})
        yield Row("digest %s, entries of each" % name,
                  **{DIGEST: name, TABLES: "hash:" + world.path("of_each")})
    for first, second in itertools.permutations(("md5", "of_each", "issued"), 2):
        for name in ("md5", "sha1"):
            yield Row("digest %s in %s, %s" % (name, first, second), **{
                DIGEST: name,
                TABLES: "hash:%s hash:%s" % (world.path(first), world.path(second))
            })


def names_of_tables(world):
    """Relative names begin in queue_directory; wrappers stand before what is opened."""
    for name in ("../relay_hash", "./../relay_hash", "../queue/../relay_hash", "relay_hash",
                 "../nowhere"):
        for before in ("hash:", "debug:hash:", "proxy:hash:"):
            yield Row(before + name, **{TABLES: before + name})
    for wrapped in ("debug:%s", "debug:debug:%s", "debug:proxy:%s", "proxy:debug:%s",
                    "unionmap:{%s}", "unionmap:{debug:%s,static:x}", "pipemap:{%s}",
                    "pipemap:{%s,fail:x}", "unionmap:{%s,fail:x}", "randmap:{%s}", "maybe:%s",
                    "debug:", "proxy:", "%s,", ", %s", "{%s}", "{ %s }"):
        table = wrapped % world.main if "%s" in wrapped else wrapped
        yield Row(wrapped, **{TABLES: table})


def closed_directories(world):
    """proxymap is not root: each directory on the way has to let it through."""
    for kind in ("hash", "lmdb", "texthash"):
        for way in world.ways:
            table = "%s:%s/%s" % (kind, way, kind)
            name = "%s in %s" % (kind, os.path.relpath(way, world.directory))
            yield Row(name, **{TABLES: table})
            yield Row(name + ", proxied", **{TABLES: "proxy:" + table})


ACTIONS = ("OK", "ok", "12345", "DUNNO", "REJECT", "REJECT stolen laptop", "DEFER", "DEFER busy",
           "DEFER_IF_REJECT", "DEFER_IF_PERMIT", "421 go", "450 later", "450 4.7.1 later", "521 no",
           "550 5.7.1 no", "HOLD", "WARN look", "INFO look", "BCC a@b.example", "PREPEND X-A: b",
           "FILTER smtp:", "REDIRECT a@b.example", "permit", "reject", "permit_tls_clientcerts",
           "reject, permit", "no_such_word", "listed.example", "OK because", "600 x", "399", "4x0")


def actions(world):
    """As values of relay_clientcerts, where they mean nothing, and of check_ccert_access."""
    for number, action in enumerate(ACTIONS):
        table = "hash:" + world.path("action_%d" % number)
        yield Row("value " + action, **{TABLES: table})
        yield Row("access " + action, **{RELAY: "check_ccert_access %s, %s" % (table, PERMIT)})
        yield Row("access %s only warns" % action, **{
            RELAY: "warn_if_reject check_ccert_access %s, %s" % (table, PERMIT)
        })
        yield Row("access %s before" % action, smtpd_client_restrictions="check_ccert_access " +
                  table)


def moments():
    """smtpd_delay_reject = no asks some lists before TLS."""
    for name, value, wrapper in itertools.product(
            LISTS, ("reject", "permit_tls_clientcerts, reject", "permit_tls_clientcerts", REFUSE,
                    "permit_mynetworks, reject", "warn_if_reject reject", "defer_if_permit",
                    "defer_if_reject", "no_such_word", "warn_if_reject defer_if_permit",
                    "warn_if_reject defer_if_reject, reject"), (False, True)):
        yield Row("at once%s: %s = %s" % (", wrapper" if wrapper else "", name, value),
                  wrapper=wrapper, smtpd_delay_reject="no", **{name: value})


def without_relay_restrictions(world):
    """Then the recipient restrictions alone decide, if Postfix starts at all."""
    access = "check_ccert_access hash:" + world.path("access_ok")
    for value in ("", PERMIT, REFUSE, "permit_tls_clientcerts", "permit_tls_clientcerts, reject",
                  "reject", "defer", "permit", "permit_mynetworks, " + REFUSE, access + ", reject",
                  access + ", " + REFUSE, "permit_auth_destination, reject",
                  "reject_non_fqdn_recipient", REFUSE + ", permit_tls_clientcerts",
                  "defer_unauth_destination", "warn_if_reject " + REFUSE):
        for before in ("yes", "no"):
            yield Row("only recipients (%s): %s" % (before, value),
                      smtpd_relay_before_recipient_restrictions=before,
                      **{RELAY: "", "smtpd_recipient_restrictions": value})


OLD_WORDS = ("permit_naked_ip_address", "reject_maps_rbl", "check_relay_domains",
             "reject_unknown_address", "reject_invalid_hostname", "reject_non_fqdn_hostname",
             "permit_mx_backup", "reject_unauth_pipelining", "check_recipient_maps",
             "reject_unlisted_recipient", "reject_sender_login_mismatch",
             "reject_multi_recipient_bounce", "reject_known_sender_login_mismatch",
             "reject_authenticated_sender_login_mismatch", "permit_auth_destination", "sleep 0",
             "reject_plaintext_session", "permit_inet_interfaces", "PERMIT_TLS_CLIENTCERTS",
             "permit-tls-clientcerts", "permit_tls_clientcerts:", "{permit_tls_clientcerts}")


def words():
    asks_dns = {"permit_mx_backup", "reject_maps_rbl", "reject_unknown_address"}
    for word in OLD_WORDS:
        depends = "the DNS" if word in asks_dns else None
        yield Row("word %s in front" % word, depends, **{RELAY: word + ", " + PERMIT})
        yield Row("word %s instead" % word, depends, **{RELAY: word + ", " + REFUSE})
        yield Row("word %s as a sender" % word, depends, smtpd_sender_restrictions=word)


def xclient():
    for hosts in ("127.0.0.1", "127.0.0.0/8", "static:all", "!127.0.0.1, 0.0.0.0/0", "192.0.2.1",
                  "cidr:{{127.0.0.1 x}}", "inline:{127.0.0.1=x}"):
        for value in (PERMIT, "permit_mynetworks, " + PERMIT, "permit_tls_clientcerts, reject"):
            yield Row("XCLIENT for %s, %s" % (hosts, value), "who the client says that it is",
                      smtpd_authorized_xclient_hosts=hosts, **{RELAY: value})


STEPS = (("smtpd_tls_security_level", ""), ("smtpd_tls_ask_ccert", "no"), (TABLES, ""),
         (RELAY, "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"),
         ("smtpd_tls_cert_file", ""), (DIGEST, "md5"))


def half_configured():
    """Each step of the way that is not done yet."""
    for chosen in itertools.product((False, True), repeat=len(STEPS)):
        undone = [step for step, is_undone in zip(STEPS, chosen) if is_undone]
        yield Row("without " + " ".join(name for name, _ in undone), **dict(undone))


def matrix(world):
    rows = [*digests(world), *names_of_tables(world), *closed_directories(world), *actions(world),
            *moments(), *without_relay_restrictions(world), *words(), *xclient(),
            *half_configured()]
    for number, row in enumerate(rows):
        row.number = number
    return rows


def prepare_tables(world, server):
    clients = world.clients
    world.table("hash", "of_each", [(clients["listed"].fingerprint(digest), "listed.example")
                                    for digest in ("md5", "sha1", "sha256", "sha384", "sha512")])
    for number, action in enumerate(ACTIONS):
        world.table("hash", "action_%d" % number, [(clients["listed"].fingerprint(), action),
                                                   (clients["pinned"].key_fingerprint(), action)])
    world.ways = []
    for name, modes in (("open", (0o755, 0o755)), ("closed", (0o700, 0o755)),
                        ("inner", (0o755, 0o700)), ("passable", (0o711, 0o711)),
                        ("grouped", (0o710, 0o750)), ("unlisted", (0o755, 0o744))):
        way = world.path(name)
        os.makedirs(os.path.join(way, "in"))
        for kind in ("hash", "lmdb", "texthash"):
            path = "%s/in/%s" % (name, kind)
            entries = [(clients["listed"].fingerprint().lower(), "listed.example")]
            world.write(path, entries) if kind == "texthash" else world.table(kind, path, entries)
        os.chmod(os.path.join(way, "in"), modes[1])
        os.chmod(way, modes[0])
        world.ways.append(os.path.join(way, "in"))
    os.symlink(world.path("closed/in"), world.path("link"))
    world.ways.append(world.path("link"))


class Kinds(many_services.ServicesCase):

    @classmethod
    def setUpClass(cls):
        cls.prepare()
        prepare_tables(cls.world, cls.server)
        cls.server.settings.update(SETTINGS)
        rows = matrix(cls.world)
        proxied = {row.service.overrides.get(TABLES, "") for row in rows}
        cls.server.settings["proxy_read_maps"] = " ".join(
            sorted(table[table.index("proxy:"):] for table in proxied
                   if "proxy:" in table and " " not in table and "nowhere" not in table))
        cls.rows = rows
        cls.server.add([row.service for row in rows])
        cls.server.command("postfix", "check")
        cls.files = [cls.world.clients[name].cert for name in CLIENTS]
        cls.stopped = cls.judged()
        cls.server.start()
        cls.running = cls.judged("--offline")
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            cls.codes = dict(zip([row.name for row in rows], pool.map(cls.observed, rows)))

    @classmethod
    def observed(cls, row):
        """By client. A service that does not greet greets nobody."""
        codes = {}
        for name in CLIENTS:
            codes[name] = NO_ANSWER if NO_ANSWER in codes.values() else many_services.observe(
                row.service.port, cls.world.clients[name], row.service.wrapper)
        return codes

    @classmethod
    def judged(cls, *options):
        """By client, then by service."""
        done = subprocess.run([harness.RELAYCTL, "-c", cls.server.config, "check", "--json",
                               "--address", "127.0.0.1", *options, *cls.files],
                              capture_output=True, text=True, timeout=600)
        if done.returncode not in (0, 1):
            raise AssertionError(done.stderr)
        return {
            name: {service["service"]: service for service in client["services"]}
            for name, client in zip(CLIENTS, json.loads(done.stdout)["clients"])
        }

    def disagreements(self, row):
        for name in CLIENTS:
            code = self.codes[row.name][name]
            for state, verdicts in (("stopped", self.stopped), ("running", self.running)):
                service = verdicts[name][row.service.postfix_name]
                if service["would_relay"] is None and row.depends:
                    continue
                if service["would_relay"] != (code == 250):
                    yield "%s, %s: check %s, smtpd %d, %s" % (
                        name, state, service["would_relay"], code,
                        [(r["id"], r["message"]) for r in service["reasons"]])

    def test_every_kind(self):
        self.assert_rows_agree(at_least=400)


# What decides whether TLS comes up and a certificate is asked for.
TRANSPORTS = {
    "usual": {}, "not asked": {"smtpd_tls_ask_ccert": "no"},
    "TLS off": {"smtpd_tls_security_level": "none"},
    "TLS required": {"smtpd_tls_security_level": "encrypt"},
    "no certificate": {"smtpd_tls_cert_file": "none"},
    "no such certificate": {"smtpd_tls_cert_file": "/nowhere"},
    "hidden": {"smtpd_discard_ehlo_keywords": "starttls"},
    "no such digest": {DIGEST: "sha257"}, "wrapper": {"smtpd_tls_wrappermode": "yes"},
    "no such protocol": {"smtpd_tls_protocols": "TLS1.2"}
}


# The running smtpd computes fingerprints by a digest that the configuration does not have any more.
NOBODY_KNOWS = {
    "%s, then no such digest" % name
    for name in ("usual", "TLS required", "wrapper")
}


class NotReloaded(many_services.ServicesCase):
    """master.cf was changed since Postfix began: the running services go on as they were."""

    @classmethod
    def setUpClass(cls):
        cls.prepare()
        cls.rows = []
        for (old, before), (new, after) in itertools.permutations(TRANSPORTS.items(), 2):
            row = Row("%s, then %s" % (old, new), wrapper=old == "wrapper", **before)
            row.after = after
            cls.rows.append(row)
        cls.serve(cls.rows)
        for row in cls.rows:
            row.service.overrides = row.after
        lines = ["127.0.0.1:{port} inet n - n - 1 smtpd"]
        lines += [
            row.service.line().replace("{", "{{").replace("}", "}}") for row in cls.rows
        ]
        cls.server.services = "\n".join(lines) + "\n"
        cls.server.write_configuration()

    def disagreements(self, row):
        client = self.world.clients["listed"]
        done = subprocess.run([harness.RELAYCTL, "-c", self.server.config, "check", "--json",
                               "--service", row.service.postfix_name, client.cert],
                              capture_output=True, text=True, timeout=60)
        service = json.loads(done.stdout)["services"][0]
        code = many_services.observe(row.service.port, client, row.service.wrapper)
        if service["would_relay"] != (None if row.name in NOBODY_KNOWS else code == 250):
            yield "check: %s, smtpd: %d, %s, %s" % (
                service["would_relay"], code, service["live"],
                [(r["id"], r["message"]) for r in service["reasons"]])

    def test_every_change(self):
        self.assert_rows_agree(at_least=90)


if __name__ == "__main__":
    harness.main()
