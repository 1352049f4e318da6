#!/usr/bin/env python3
"""What smtpd makes of a value: each is set for a service of its own, or in main.cf. check says
before the start whether a client would relay, and again when Postfix runs; then a client with the
certificate connects as far as RCPT."""

import concurrent.futures
import json
import os
import smtplib
import ssl
import subprocess

from support import certs, harness, many_services, postfix_server
from support.clients_and_tables import World
from support.many_services import NO_ANSWER, Service

MAY, ENCRYPT = {"smtpd_tls_security_level": "may"}, {"smtpd_tls_security_level": "encrypt"}


class Row:
    """One service. ends: smtpd never greets. words: instead of overrides, what stands behind smtpd
    in master.cf. first: the id that check must say first if the client does not relay."""

    def __init__(self, name, relays, first=None, words=None, **overrides):
        self.name, self.relays, self.first = name, relays, first
        self.service = Service(name, overrides)
        if words is not None:
            self.service.line = lambda: "127.0.0.1:%d inet n - n - 1 smtpd %s" % (
                self.service.port, words)


def values(parameter, relays, first, *texts, **more):
    return [Row("%s=%s%s" % (parameter, text, "+" if more else ""), relays, first,
                **dict({parameter: text}, **more)) for text in texts]


def rows(world):
    ends, no_tls = "smtpd-refuses", "tls-disabled"
    ask, timeout = "smtpd_tls_ask_ccert", "smtpd_timeout"
    protocols, ciphers = "smtpd_tls_protocols", "smtpd_tls_ciphers"
    return [
        # booleans
        *values(ask, False, ends, "yes # x", "on", "1", "true", "y", "yes,", "", "yes yes",
                "yes smtpd_tls_req_ccert = no"),
        *values(ask, True, None, "Yes", "YES", " yes "),
        *values(ask, False, "ask-ccert-off", "No"),
        *values("smtpd_tls_req_ccert", False, ends, "no # x", "none"),
        *values("smtpd_delay_reject", False, ends, "maybe"),
        *values("smtpd_tls_wrappermode", False, ends, "off"),
        *values("smtpd_sasl_auth_enable", False, ends, "nope"),
        *values("tls_append_default_CA", False, ends, "on"),
        # times
        *values(timeout, False, ends, "5 minutes", "5M", "-5s", "1.5h", "9999999999s", "", "0",
                "soon", "300 s # five minutes"),
        *values(timeout, True, None, "5minutes", "300", "5m # x", "1w", "+5m"),
        *values("smtpd_starttls_timeout", False, ends, "5,"),
        # numbers
        *values("smtpd_recipient_limit", False, ends, "10k", "0", "1e3", "", "ten", "99999999999"),
        *values("smtpd_recipient_limit", True, None, "+5", "0005"),
        *values("smtpd_tls_ccert_verifydepth", False, ends, "five"),
        *values("smtpd_client_connection_rate_limit", False, ends, "many"),
        *values("smtpd_client_connection_rate_limit", True, None, "-1", "1000"),
        *values("smtpd_hard_error_limit", True, None, "${stress?{1}:{20}}"),
        *values("maps_rbl_reject_code", False, ends, "5xx"),
        *values("queue_minfree", False, ends, "10M"),
        # protocols
        *values(protocols, False, no_tls, "TLS1.2", "!TLSv7", ">=TLSv1.4", "TLSv1.2 # x", "all",
                "TLSv1.2; TLSv1.3"),
        *values(protocols, True, None, ">=TLSv1.2", "TLSv1.2 TLSv1.3", "!SSLv2, !SSLv3",
                ">=tlsv1.2", "TLSv1.2:TLSv1.3", "", ">=0303"),
        *values("smtpd_tls_mandatory_protocols", False, no_tls, "TLS1.2", **ENCRYPT),
        *values("smtpd_tls_mandatory_protocols", True, None, "TLS1.2", **MAY),
        # ciphers
        *values(ciphers, False, no_tls, "bogus", "high,medium", "high # x"),
        *values(ciphers, False, ends, ""),
        *values(ciphers, True, None, "HIGH", "low", "medium"),
        *values(ciphers, True, None, "bogus", **ENCRYPT),
        *values("smtpd_tls_mandatory_ciphers", False, no_tls, "bogus", **ENCRYPT),
        *values("smtpd_tls_mandatory_ciphers", True, None, "bogus", **MAY),
        *values("smtpd_tls_exclude_ciphers", False, no_tls, "ALL", "HIGH, MEDIUM, LOW"),
        *values("smtpd_tls_exclude_ciphers", True, None, "aNULL, MD5", "bogus"),
        *values("smtpd_tls_mandatory_exclude_ciphers", False, no_tls, "ALL", **ENCRYPT),
        *values("smtpd_tls_mandatory_exclude_ciphers", True, None, "ALL", **MAY),
        *values("tls_medium_cipherlist", False, no_tls, "bogus", smtpd_tls_ciphers="medium"),
        # digests, levels, curves
        *values("smtpd_tls_fingerprint_digest", False, "digest-unknown", "sha257", "sha256 # x"),
        *values("smtpd_tls_fingerprint_digest", True, None, "SHA256"),
        *values("smtpd_tls_security_level", False, "service-cannot-start", "maybe", "may # x",
                "dane", "yes"),
        *values("smtpd_tls_security_level", True, None, "May", "ENCRYPT", "Secure"),
        *values("smtpd_tls_eecdh_grade", True, None, "strong", "bogus"),
        *values("tls_eecdh_auto_curves", True, None, "bogus"),
        # files
        *values("smtpd_tls_cert_file", False, "tls-certificate-broken", world.path("nowhere"),
                world.path("text"), world.directory),
        *values("smtpd_tls_CAfile", False, "tls-authorities-broken", world.path("nowhere"),
                world.path("text")),
        *values("smtpd_tls_CApath", True, None, world.path("nowhere")),
        *values("smtpd_tls_dh1024_param_file", True, None, world.path("nowhere")),
        *values("tls_config_file", False, no_tls, world.path("nowhere")),
        *values("tls_config_file", True, None, "default", "none"),
        *values("tls_config_name", True, None, "nowhere"),
        # other words
        *values("notify_classes", False, ends, "everything"),
        *values("smtpd_tls_loglevel", True, None, "1,peercert", "loud"),
        *values("header_from_format", False, ends, "bogus"),
        *values("receive_override_options", False, ends, "bogus"),
        *values("smtpd_upstream_proxy_protocol", False, ends, "bogus"),
        *values("smtpd_discard_ehlo_keywords", True, None, "bogus"),
        *values("smtpd_discard_ehlo_keywords", False, "tls-off", "STARTTLS"),
        *values("smtpd_milters", False, "milter-unreachable", "unix:/nowhere"),
        *values("smtpd_milters", True, None, "unix:/nowhere", milter_default_action="accept"),
        Row("SASL without its server", False, ends, smtpd_sasl_auth_enable="yes",
            smtpd_sasl_type="dovecot", smtpd_sasl_path="private/nowhere"),
        Row("SASL without its server, behind TLS", False, ends, smtpd_sasl_auth_enable="yes",
            smtpd_sasl_type="dovecot", smtpd_sasl_path="private/nowhere",
            smtpd_tls_auth_only="yes"),
        # lines of master.cf
        Row("stray word", False, "service-cannot-start",
            words="-o smtpd_tls_exclude_ciphers=aNULL, eNULL"),
        Row("blanks around =", False, None, words="-o smtpd_tls_ask_ccert = yes"),
        Row("no =", False, ends, words="-o smtpd_tls_ask_ccert"),
        Row("braces, no", False, "ask-ccert-off", words="-o { smtpd_tls_ask_ccert = no }"),
        Row("braces, yes", True, words="-o {smtpd_tls_ask_ccert = yes}"),
        Row("one word", True, words="-osmtpd_tls_ask_ccert=yes"),
        Row("one word, bad", False, ends, words="-osmtpd_tls_ask_ccert=yess"),
        Row("two options in a word", False, "ask-ccert-off", words="-vo smtpd_tls_ask_ccert=no"),
        Row("unknown option", False, ends, words="-x"),
        Row("option without its value", False, ends, words="-o"),
        Row("end of options", True, words="--"),
        Row("a word behind the end", False, "service-cannot-start", words="-- x"),
        Row("a dash", False, "service-cannot-start", words="-"),
        Row("twice", True, words="-o smtpd_tls_ask_ccert=nope -o smtpd_tls_ask_ccert=yes"),
        Row("a bad number of uses", False, ends, words="-m x"),
    ]


def answer(port, client):
    """The code with which smtpd answers RCPT; 0 if it ends before, or TLS does not begin."""
    try:
        return many_services.observe(port, client)
    except (ssl.SSLError, AssertionError, smtplib.SMTPException, OSError):
        return NO_ANSWER


def said(server, client):
    answer, _ = many_services.check(server, client.cert)
    return {service["service"]: service for service in answer["services"]}


def disagreements(when, row, verdict, relays):
    ids = [reason["id"] for reason in verdict["reasons"]]
    if verdict["would_relay"] != relays:
        yield "%s: check says %s, smtpd %s: %s" % (when, verdict["would_relay"], relays, ids)
    elif not relays and row.first and ids[:1] != [row.first]:
        yield "%s: says %s first" % (when, ids)


class Overrides(harness.Case):

    def test_every_value(self):
        server = many_services.ManyServices([])
        self.addCleanup(server.stop)
        world = World(server.directory)
        client = world.clients["listed"]
        every = rows(world)
        self.assertGreaterEqual(len(every), 60)
        server.settings["relay_clientcerts"] = world.main
        server.add([row.service for row in every])
        server.command(postfix_server.POSTFIX, "check")  # makes the directories of the queue
        before = said(server, client)
        log = server.log()
        server.start()
        running = said(server, client)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            codes = list(pool.map(lambda row: answer(row.service.port, client), every))
        for row, code in zip(every, codes):
            name = row.service.postfix_name
            with self.subTest(row.name):
                self.assertEqual(code == 250, row.relays, code)
                self.assertEqual([], [*disagreements("stopped", row, before[name], code == 250),
                                      *disagreements("running", row, running[name],
                                                     code == 250)])
        self.assertEqual(log, "")


IN_MAIN_CF = [
    ("smtpd_tls_ask_ccert", "yes # x"), ("smtpd_tls_ask_ccert", "YES"),
    ("smtpd_timeout", "5 minutes"), ("smtpd_tls_protocols", "TLS1.2"),
    ("smtpd_tls_ciphers", "bogus"), ("smtpd_tls_exclude_ciphers", "ALL"),
    ("tls_config_file", "/nowhere"), ("smtpd_tls_CAfile", "/nowhere"),
    ("message_size_limit", "10M"), ("smtpd_tls_auth_only", "yes  # x"),
    ("smtpd_tls_ask_ccert", "yes smtpd_tls_req_ccert = no"), ("master_service_disable", "inet"),
    ("master_service_disable", "!inet, inet"), ("master_service_disable", "submission.inet")
]


class MainCf(harness.Case):
    """Set for all services; the line of main.cf is named."""

    def check(self, server, client, **options):
        result = subprocess.run([harness.RELAYCTL, "-c", server.config, "check", client.cert],
                                capture_output=True, text=True, timeout=60, **options)
        return result.returncode == 0, result.stdout + result.stderr

    def answer(self, server, client):
        try:
            server.start()
        except (subprocess.CalledProcessError, AssertionError):  # Postfix itself does not start
            return NO_ANSWER
        return answer(server.port, client)

    def client_of(self, server):
        """The client that a server lists, which has a queue now and does not run yet."""
        self.addCleanup(server.stop)
        client = certs.Client(server.directory, "client.example")
        server.list_only(client, "client.example")
        server.command(postfix_server.POSTFIX, "check")
        return client

    def one(self, name, value):
        server = postfix_server.Server()
        client = self.client_of(server)
        server.write_configuration(**{name: value})
        line = list(server.settings).index(name) + 1
        relays, text = self.check(server, client)
        self.assertEqual(relays, self.answer(server, client) == 250, text)
        if not relays and name == "master_service_disable":
            self.assertIn("[service-disabled]", text)
        elif not relays and name != "smtpd_tls_CAfile":
            self.assertIn("main.cf, line %d" % line, text)

    def test_every_value(self):
        for name, value in IN_MAIN_CF:
            with self.subTest("%s = %s" % (name, value)):
                self.one(name, value)

    def test_the_environment_changes_nothing(self):
        server = postfix_server.Server(settings={
            "smtpd_tls_security_level": "encrypt", "smtpd_tls_req_ccert": "yes",
            "tls_append_default_CA": "yes"
        })
        client = self.client_of(server)
        names = {"OPENSSL_CONF": "/nowhere", "SSL_CERT_FILE": client.cert,
                 "SSL_CERT_DIR": server.directory}
        plain = self.check(server, client)
        self.assertEqual(plain, self.check(server, client, env=dict(os.environ, **names)))
        self.assertEqual(plain[0], self.answer(server, client) == 250)


class OwnRules(harness.Case):
    """Without root smtpd is not asked, which verify says once; the rules of relayctl stand in."""

    VALUES = [
        ("smtpd_tls_ask_ccert", "yes # x", "smtpd-refuses"), ("smtpd_timeout", "5 minutes",
                                                              "smtpd-refuses"),
        ("smtpd_recipient_limit", "10k", "smtpd-refuses"),
        ("smtpd_tls_protocols", "TLS1.2", "tls-disabled"),
        ("smtpd_tls_ciphers", "bogus", "tls-disabled"), ("smtpd_timeout", "5m # x", None),
        ("smtpd_tls_protocols", ">=TLSv1.2", None), ("smtpd_tls_ask_ccert", "Yes", None)
    ]

    def test_each_value(self):
        server = postfix_server.Server()
        self.addCleanup(server.stop)
        client = certs.Client(server.directory, "client.example")
        os.chmod(server.server.key, 0o644)
        server.list_only(client, "client.example")
        for name, value, first in self.VALUES:
            with self.subTest("%s = %s" % (name, value)):
                before = server.settings.get(name)
                server.write_configuration(**{name: value})
                result = subprocess.run(
                    [harness.RELAYCTL, "-c", server.config, "check", "--json", client.cert],
                    capture_output=True, text=True, timeout=60, user="nobody", group="nogroup",
                    extra_groups=[])
                verdict = json.loads(result.stdout)["services"][0]
                ids = [reason["id"] for reason in verdict["reasons"]]
                self.assertEqual(ids[:1] if first else verdict["would_relay"],
                                 [first] if first else True, result.stdout)
                server.write_configuration(**{name: before})


class Findings(harness.Case):

    def test_that_smtpd_is_not_asked_is_said_once(self):
        server = self.server("client.example")
        server.services += "\n127.0.0.1:%d inet n - n - 1 smtpd" % postfix_server.free_port()
        server.write_configuration()
        server.list_only(self.client, "client.example")
        self.assertNotIn("smtpd-unasked", [f["id"] for f in self.verify(server)])
        unasked = self.verify(server, user="nobody", group="nogroup", extra_groups=[])
        self.assertEqual([f["id"] for f in unasked].count("smtpd-unasked"), 1)

    def verify(self, server, **options):
        result = subprocess.run([harness.RELAYCTL, "-c", server.config, "verify", "--json"],
                                capture_output=True, text=True, timeout=60, **options)
        return json.loads(result.stdout)["findings"]

    def server(self, client, **settings):
        server = postfix_server.Server(settings=settings)
        self.addCleanup(server.stop)
        self.client = certs.Client(server.directory, client)
        server.command(postfix_server.POSTFIX, "check")
        return server

    def test_a_mistyped_parameter(self):
        server = self.server("client.example", smtpd_tls_ask_cert="yes", my_own_macro="x",
                             mtpd_tls_cert_file="/x.pem")
        server.list_only(self.client, "client.example")
        found = [f for f in self.verify(server) if f["id"] == "parameter-unknown"]
        self.assertEqual(len(found), 2)
        for typed, meant in (("smtpd_tls_ask_cert", "smtpd_tls_ask_ccert"),
                             ("mtpd_tls_cert_file", "smtpd_tls_cert_file")):
            lines = [f["line"] for f in found if "did you mean %s?" % meant in f["message"]]
            self.assertEqual(lines, [list(server.settings).index(typed) + 1])

    def test_a_warning_of_smtpd(self):
        server = self.server("client.example", smtpd_tls_loglevel="loud")
        open(server.path, "w").close()
        server.command("postmap", server.table)
        self.assertIn("loud", [f for f in self.verify(server) if f["id"] == "smtpd-warns"][0]
                      ["message"])

    def test_a_digest_that_fits_one_service_only(self):
        server = self.server("client.example")
        other = postfix_server.free_port()
        server.services += "\n127.0.0.1:%d inet n - n - 1 smtpd" % other
        server.services += " -o smtpd_tls_fingerprint_digest=sha1"
        server.write_configuration()
        server.list_only(self.client, "client.example")
        found = [f for f in self.verify(server) if f["id"] == "table-digest"]
        self.assertEqual(len(found), 1)
        self.assertIn(str(other), found[0]["message"])
        self.assertNotIn(str(server.port), found[0]["message"])
        server.start()
        self.assertEqual([250, 554], [answer(server.port, self.client), answer(other, self.client)])

    def test_a_value_that_looks_like_a_refusal(self):
        for value in ("REJECT stolen laptop", "REJECT", "554 no", "defer", "Discard"):
            with self.subTest(value):
                server = self.server("client.example")
                server.list_only(self.client, value)
                self.assertIn("value-means-refusal", [f["id"] for f in self.verify(server)])
                answered, status = many_services.check(server, self.client.cert)
                reasons = [r["id"] for r in answered["services"][0]["reasons"]]
                self.assertEqual((0, ["value-means-refusal"]), (status, reasons))
                server.start()
                self.assertEqual(answer(server.port, self.client), 250)


if __name__ == "__main__":
    harness.main()
