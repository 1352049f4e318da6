#!/usr/bin/env python3
"""Strangers: for each set-up what verify finds, what check says of a stranger's certificate from
his address, and what a real smtpd answers to him."""

import concurrent.futures
import json
import os
import random
import socket
import subprocess

from support import harness
from support.many_services import NO_ANSWER
from support.postfix_server import free_port
from support.strangers import (DEPENDS, GOOD, HERE, NO, RELAY, RESOLVER, YES, Row, StrangersCase,
                               observe)


def rows(world):
    path = world.path
    error = lambda name: {name: "error"}
    warning = lambda name: {name: "warning"}
    wide = error("mynetworks-wide")
    fails = error("mynetworks-fails")
    anywhere = error("destination-anywhere")
    access = lambda words: {RELAY: words + ", reject_unauth_destination"}
    net = lambda value, *rest, **more: Row(
        "mynetworks = " + value, *rest, mynetworks=value, **dict({RELAY: GOOD}, **more))
    return [
        Row("nothing special", 554, NO),
        Row("a class of the administrator", 554, NO,
            **{RELAY: "permit_sasl_authenticated, permit_tls_clientcerts, reject"}),
        # destinations
        Row("relay_domains = static:all", 250, YES, anywhere, relay_domains="static:all"),
        Row("relay_domains, a parent", 554, NO, relay_domains="com.invalid, other.example"),
        Row("relay_domains, the parent of all in com", 554, NO, anywhere, relay_domains="com"),
        Row("relay_domains, all in com with a dot", 554, NO, relay_domains=".com"),
        Row("relay_domains, a dot where dots are needed", 554, NO, anywhere, relay_domains=".com",
            parent_domain_matches_subdomains=""),
        Row("relay_domains by a pattern for everything", 250, YES, anywhere,
            relay_domains="regexp:{{/./ x}}"),
        Row("relay_domains by pcre or regexp of some", 554, NO,
            relay_domains="regexp:{{/^mine\\./ x}}"),
        Row("relay_domains by a map", 554, NO, relay_domains="hash:" + path("mine")),
        Row("relay_domains by a map with the parent", 554, NO, anywhere,
            relay_domains="hash:" + path("tops")),
        Row("relay_domains in a file with a table", 250, YES, anywhere,
            relay_domains=path("list_static")),
        Row("relay_domains, a missing map", 451, DEPENDS, warning("destination-unseen"),
            relay_domains="hash:" + path("unbuilt")),
        Row("relay_domains of smtpd alone decides nothing", 554, NO,
            **{"relay_" + "domains_reject_code": "554"}),
        Row("relay_domains, not the destination that is asked", 554, NO,
            relay_domains="!static:all"),
        Row("relay_domains with an unlisted recipient", 550, NO, relay_domains="static:all",
            relay_recipient_maps="hash:" + path("mine")),
        Row("relay_domains with an unlisted recipient that nobody looks for", 250, YES, anywhere,
            relay_domains="static:all", relay_recipient_maps="hash:" + path("mine"),
            smtpd_reject_unlisted_recipient="no"),
        Row("relay_domains with everybody listed", 250, YES, anywhere, relay_domains="static:all",
            relay_recipient_maps="static:x"),
        Row("mydestination = static:all", 250, YES, anywhere, mydestination="static:all"),
        Row("mydestination with its users", 550, NO, mydestination="static:all",
            local_recipient_maps="hash:" + path("mine")),
        Row("virtual_alias_domains", 550, NO, virtual_alias_domains="static:all"),
        Row("virtual_alias_domains with a catch-all", 250, YES, anywhere,
            virtual_alias_domains="static:all", virtual_alias_maps="static:root"),
        Row("virtual_mailbox_domains", 250, YES, anywhere,
            virtual_mailbox_domains="regexp:{{/./ x}}"),
        Row("virtual_mailbox_domains with its mailboxes", 550, NO,
            virtual_mailbox_domains="static:all", virtual_mailbox_maps="hash:" + path("mine")),
        Row("permit_auth_destination", 250, YES, anywhere, relay_domains="static:all",
            **{RELAY: "permit_auth_destination, reject"}),
        Row("permit_auth_destination, of none", 554, NO,
            **{RELAY: "permit_auth_destination, reject"}),
        Row("defer_unauth_destination", 250, YES, anywhere, relay_domains="static:all",
            **{RELAY: "permit_mynetworks, defer_unauth_destination"}),
        Row("all destinations, and strangers are refused anyway", 554, NO,
            relay_domains="static:all", **{RELAY: "permit_tls_clientcerts, reject"}),
        # access by certificate
        Row("check_ccert_access static:OK", 250, YES, error("ccert-access-open"),
            **access("check_ccert_access static:OK")),
        Row("check_ccert_access by a pattern", 250, YES, error("ccert-access-open"),
            **access("check_ccert_access regexp:{{/./ OK}}")),
        Row("check_ccert_access in a class", 250, YES, error("ccert-access-open"),
            smtpd_restriction_classes="any_certificate", **access("any_certificate")),
        Row("check_ccert_access static:DUNNO", 554, NO,
            **access("check_ccert_access static:DUNNO")),
        Row("check_ccert_access static:REJECT", 554, NO,
            **access("check_ccert_access static:REJECT")),
        Row("check_ccert_access of some", 554, NO,
            **access("check_ccert_access hash:" + path("access_ok"))),
        # access by what a client says
        Row("check_client_access static:OK", 250, YES, error("access-open"),
            **access("check_client_access static:OK")),
        Row("check_client_access cidr of all", 250, YES, error("access-open"),
            **access("check_client_access cidr:" + path("cidr_all"))),
        Row("check_client_access cidr of halves", 250, YES, error("access-open"),
            **access("check_client_access cidr:" + path("cidr_halves"))),
        Row("check_client_access cidr of some", 554, NO,
            **access("check_client_access cidr:" + path("cidr_some"))),
        Row("check_client_access cidr with me", 250, YES, address="198.51.100.9",
            **access("check_client_access cidr:" + path("cidr_some"))),
        Row("check_client_access by the first group", 250, YES, error("access-open"),
            **access("check_client_access hash:" + path("groups"))),
        Row("check_client_access unknown", 250, YES, error("access-open"),
            **access("check_client_access hash:" + path("unknown"))),
        Row("check_client_access that refuses", 554, NO,
            **access("check_client_access static:REJECT")),
        Row("check_sender_access static:OK", 250, YES, error("access-open"),
            **access("check_sender_access static:OK")),
        Row("check_sender_access by a pattern", 250, YES, error("access-open"),
            **access("check_sender_access regexp:{{/@/ OK}}")),
        Row("check_sender_access of the null sender", 250, DEPENDS, error("access-open"),
            speak={"sender": ""}, **access("check_sender_access hash:" + path("null_sender"))),
        Row("check_sender_access of our own domain", 250, DEPENDS, error("access-open"),
            speak={"sender": "boss@server.example"},
            **access("check_sender_access hash:" + path("own_domain"))),
        Row("check_sender_access of nobody", 554, DEPENDS,
            **access("check_sender_access hash:" + path("nobody"))),
        Row("check_sender_access static:{OK}", 250, YES, error("access-open"),
            **access("check_sender_access static:{OK}")),
        Row("check_sender_access static: in too many braces", 451, NO,
            **access("check_sender_access static:{{OK}}")),
        Row("check_sender_access static:{ permit }", 250, YES, error("access-open"),
            **access("check_sender_access static:{ permit_auth_destination, permit }")),
        Row("check_client_access static:{ OK }", 250, YES, error("access-open"),
            **access("check_client_access static:{ OK }")),
        Row("check_sender_access of a partner", 250, DEPENDS, error("access-open"),
            speak={"sender": "x@partner.example"},
            **access("check_sender_access hash:" + path("partner"))),
        Row("check_sender_access of a partner, inline", 250, DEPENDS, error("access-open"),
            speak={"sender": "x@partner.example"},
            **access("check_sender_access inline:{{partner.example=OK}}")),
        Row("check_helo_access of a partner", 250, DEPENDS, error("access-open"),
            speak={"helo": "mx.partner.example"}, smtpd_restriction_classes="all_of_them",
            **access("check_helo_access hash:" + path("partner_helo"))),
        Row("check_sender_access that refuses a partner", 554, DEPENDS,
            speak={"sender": "x@partner.example"},
            **access("check_sender_access hash:" + path("partner_refused"))),
        Row("check_helo_access static:permit", 250, YES, error("access-open"),
            **access("check_helo_access static:permit")),
        Row("check_helo_access of our own name", 250, DEPENDS, error("access-open"),
            speak={"helo": "server.example"},
            **access("check_helo_access hash:" + path("own_domain"))),
        Row("check_recipient_access static:OK", 250, YES, error("access-open"),
            **access("check_recipient_access static:OK")),
        Row("check_recipient_access, the short form", 250, YES, error("access-open"),
            **access("static:OK")),
        Row("check_recipient_access of a pattern of tops", 250, YES, error("access-open"),
            **access("check_recipient_access regexp:{{/\\.(example|invalid)$$/ OK}}")),
        Row("check_recipient_access that does nothing", 554, NO,
            **access("check_recipient_access static:DUNNO")),
        Row("a client list that permits is not the relay list", 554, NO,
            smtpd_client_restrictions="check_client_access static:OK"),
        Row(
            "the recipient list permits what the relay list left", 250, YES, error("access-open"),
            **{
                RELAY: "", "smtpd_recipient_restrictions": (
                    "check_sender_access static:OK, reject_unauth_destination")
            }),
        Row(
            "permit", 250, YES, error("open-relay"), **{
                RELAY: "permit", "smtpd_recipient_restrictions": "all_of_them, reject",
                "smtpd_restriction_classes": "all_of_them"
            }),
        Row("a submission that permits all", NO_ANSWER, NO, **{RELAY: "permit"}),
        # networks
        net("0.0.0.0/1, 128.0.0.0/1", 250, YES, wide),
        net("0.0.0.0/0", 250, YES, wide),
        net("!203.0.113.5, 0.0.0.0/0", 554, NO, wide),
        net("!203.0.113.0/24, 0.0.0.0/0", 250, YES, wide, address="198.51.100.77"),
        net("0.0.0.0/2, 64.0.0.0/2, 128.0.0.0/2, 192.0.0.0/2", 250, YES, wide),
        net("128.0.0.0/2", 554, NO, wide),
        net("203.0.0.0/8", 250, YES, warning("mynetworks-wide")),
        net("203.0.113.0/24", 250, YES),
        net("10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 127.0.0.0/8", 554, NO),
        net("[::]/1 [8000::]/1", 554, NO, wide),
        net("[::]/0", 554, NO, wide),
        net("static:all", 250, YES, wide),
        net("!static:all", 554, NO),
        net("cidr:" + path("cidr_halves"), 250, YES, wide),
        net("cidr:" + path("cidr_some"), 554, NO),
        net("regexp:{{/^[0-9]/ x}}", 250, YES, wide),
        net("hash:" + path("unknown"), 250, YES, wide),
        net("hash:" + path("nobody"), 554, NO),
        net(path("list_networks"), 250, YES, wide),
        net("!" + path("list_networks"), 554, NO),
        net(path("list_nested"), 250, YES, wide),
        net(path("list_static"), 250, YES, wide),
        net(path("list_narrow"), 554, NO),
        net("unknown", 250, YES, wide),
        net("203.0.113.5/24", 451, NO, fails),
        net("hash:" + path("unbuilt"), 451, NO, fails),
        net("/nowhere/list", 451, NO, fails),
        net("127.0.5.1/8", 451, NO, fails, client="listed"),
        net("fd00::/8", 451, NO, fails, client="listed"),
        net("203.0.113.0/24, 127.0.5.1/8", 250, YES, fails),
        net("203.0.113.0/24, 127.0.5.1/8", 451, NO, fails, address="198.51.100.9"),
        net("!203.0.113.0/24, hash:" + path("unbuilt"), 554, NO, fails),
        net("0.0.0.0/0, 127.0.5.1/8", 250, YES, wide),
        net("127.0.5.1/8", 451, NO, fails, **{RELAY: "warn_if_reject, " + GOOD}),
        net("127.0.5.1/8", 250, YES, client="listed", **{RELAY: "permit_tls_clientcerts, " + GOOD}),
        net("com", 250, DEPENDS, wide, speak={"name": "mail.stranger.com"},
            smtpd_peername_lookup="yes"),
        net(".com", 250, DEPENDS, wide, speak={"name": "mail.stranger.com"},
            smtpd_peername_lookup="yes", parent_domain_matches_subdomains=""),
        net("host.example.org", 250, DEPENDS, warning("mynetworks-wide"),
            speak={"name": "host.example.org"}, smtpd_peername_lookup="yes"),
        net("static:{all of them}", 250, YES, wide),
        net("0.0.0.0/1, 128.0.0.0/1", 554, NO,
            **{RELAY: "permit_tls_clientcerts, reject_unauth_destination"}),
        net(
            "0.0.0.0/0", 554, NO, **{
                RELAY: "permit_tls_clientcerts, reject_unauth_destination",
                "smtpd_client_restrictions": "permit_mynetworks, reject"
            }),
        Row("mynetworks as a class", 250, YES, wide, mynetworks="$too_wide", **{RELAY: GOOD}),
        # who a client may pass himself off as
        Row("XCLIENT for all", 554, DEPENDS, error("xclient-wide"),
            smtpd_authorized_xclient_hosts="static:all", **{RELAY: GOOD}),
        Row("XCLIENT for halves", 554, DEPENDS, error("xclient-wide"),
            smtpd_authorized_xclient_hosts="0.0.0.0/1 128.0.0.0/1 127.0.0.1", **{RELAY: GOOD}),
        Row("XCLIENT for all changes no interface", 250, YES, warning("xclient-wide"),
            smtpd_authorized_xclient_hosts="static:all", address="127.0.0.1",
            **{RELAY: "permit_inet_interfaces, reject_unauth_destination"}),
        Row("XCLIENT for all, which nobody gains by", 554, NO, warning("xclient-wide"),
            smtpd_authorized_xclient_hosts="static:all",
            **{RELAY: "permit_tls_clientcerts, reject_unauth_destination"}),
        Row("XCLIENT for a network", 554, NO, smtpd_authorized_xclient_hosts="127.0.0.0/8",
            **{RELAY: GOOD}),
        Row("haproxy", NO_ANSWER, DEPENDS, error("proxy-protocol"),
            smtpd_upstream_proxy_protocol="haproxy", **{RELAY: GOOD}),
        Row("haproxy, which permits no address", NO_ANSWER, NO,
            smtpd_upstream_proxy_protocol="haproxy",
            **{RELAY: "permit_tls_clientcerts, reject_unauth_destination"}),
        # certificates of a CA
        Row("a leaf whose chain is complete", 250, YES, error("permit-all-clientcerts"),
            client="below", smtpd_tls_CAfile=world.ca,
            **{RELAY: "permit_tls_all_clientcerts, reject"}),
        Row("a leaf without its chain", 250, DEPENDS, error("permit-all-clientcerts"),
            client="below", chain=False, smtpd_tls_CAfile=world.ca,
            **{RELAY: "permit_tls_all_clientcerts, reject"}),
        Row("a certificate that signs itself", 554, NO, error("permit-all-clientcerts"),
            smtpd_tls_CAfile=world.ca, **{RELAY: "permit_tls_all_clientcerts, reject"}),
        Row("a leaf where there are no CAs", 554, NO, error("permit-all-clientcerts"),
            client="below", chain=False, **{RELAY: "permit_tls_all_clientcerts, reject"})
    ]


class Strangers(StrangersCase):

    @classmethod
    def setUpClass(cls):
        cls.start(rows)
        cls.found = cls.verified()

    def disagreements(self, row):
        code = observe(row.service.port, self.world.clients[row.client], row.address, **row.speak)
        if code != row.code:
            yield "smtpd answers %s, expected %s" % (code, row.code)
        service = self.judged(row)
        if service["would_relay"] is not row.would:
            yield "check: %s, smtpd: %s; %s" % (service["would_relay"], code, service["reasons"])
        if code == 550 and service["reasons"][0]["id"] != "recipient-unlisted":
            yield "nothing says that the recipient is unknown: %s" % service["reasons"]
        if row.would is DEPENDS and "depends on" not in service["reasons"][0]["message"]:
            yield "depends, and nothing says on what: %s" % service["reasons"]
        found = self.found.get(row.service.postfix_name, {})
        if found != row.ids:
            yield "verify: %s, expected %s" % (found, row.ids)

    def test_every_set_up(self):
        self.assert_rows_agree(at_least=80)


class Environment(StrangersCase):
    """smtpd has none of its caller's variables, so none of ours may change a verdict."""

    @classmethod
    def setUpClass(cls):
        cls.start(lambda world: [
            Row("the CAs of the system", 554, NO, smtpd_tls_CAfile="", tls_append_default_CA="yes",
                **{RELAY: "permit_tls_all_clientcerts, reject"})
        ])
        cls.file = os.path.join(cls.server.directory, "issued_and_ca.pem")
        with open(cls.file, "w") as out:
            for name in (cls.world.clients["issued"].cert, cls.world.ca):
                with open(name) as part:
                    out.write(part.read())

    def verdict(self, **variables):
        result = subprocess.run([harness.RELAYCTL, "-c", self.server.config, "check", "--json",
                                 self.file, "--service", self.rows[0].service.postfix_name],
                                capture_output=True, text=True, timeout=60,
                                env=dict(os.environ, **variables))
        self.assertEqual(result.stderr, "")
        return json.loads(result.stdout)["would_relay"]

    def test_authorities_of_the_caller_are_not_those_of_smtpd(self):
        self.assertEqual(observe(self.rows[0].service.port, self.world.clients["issued"], HERE),
                         554)
        self.assertIs(self.verdict(), NO)
        self.assertIs(self.verdict(SSL_CERT_FILE=self.world.ca), NO)
        self.assertIs(self.verdict(SSL_CERT_DIR=self.world.authorities), NO)

    def test_a_configuration_of_openssl_is_not_read(self):
        path = self.world.path("openssl.cnf")
        with open(path, "w") as out:
            out.write("openssl_conf = x\n[x]\nproviders = p\n[p]\nnone = n\n[n]\nactivate = 1\n"
                      "module = /nowhere\nalg_section = a\n[a]\n")
        self.assertIs(self.verdict(OPENSSL_CONF=path, OPENSSL_MODULES="/nowhere"), NO)


class Disguises(StrangersCase):
    """What verify says of XCLIENT, proxies and qmqpd is what a stranger can do with them."""

    @classmethod
    def setUpClass(cls):
        permit = {RELAY: GOOD, "mynetworks": "192.0.2.0/24"}
        cls.by_xclient = Row("XCLIENT", None, None, smtpd_authorized_xclient_hosts="static:all",
                             **permit)
        cls.by_login = Row("XCLIENT LOGIN", None, None, smtpd_authorized_xclient_hosts="static:all",
                           **{RELAY: "permit_sasl_authenticated, reject_unauth_destination"})
        cls.by_proxy = Row("haproxy", None, None, smtpd_upstream_proxy_protocol="haproxy", **permit)
        extra = ("\n".join(
            ("127.0.0.1:%d inet n - n - - qmqpd -o qmqpd_authorized_clients=static:all" %
             free_port(),
             "127.0.0.1:%d inet n - n - - qmqpd -o {qmqpd_authorized_clients=0.0.0.0/2 "
             "127.0.0.0/8}" % free_port(),
             "127.0.0.1:%d inet n - n - - qmqpd -o qmqpd_authorized_clients=127.0.0.0/8" %
             free_port(), "127.0.0.1:%d inet n - n - 1 postscreen -o "
             "postscreen_upstream_proxy_protocol=haproxy" % free_port(),
             "smtpd pass - - n - - smtpd -o {smtpd_relay_restrictions=%s}" % GOOD,
             "")).replace("{", "{{").replace("}", "}}"))
        cls.start(lambda world: [cls.by_xclient, cls.by_login, cls.by_proxy], extra)
        cls.server.write_configuration(mynetworks="192.0.2.0/24")
        cls.found = cls.verified()

    def answer(self, row, greeting, xclient):
        """To RCPT, of a client without TLS who says these words first."""
        with socket.create_connection(("127.0.0.1", row.service.port), timeout=10) as connection:
            stream = connection.makefile("rwb")
            said = greeting.encode()
            lines = ["EHLO x"] + ([xclient, "EHLO x"] if xclient else [])
            lines += ["MAIL FROM:<a@b.example>", "RCPT TO:<someone@elsewhere.example>"]
            stream.write(said)
            stream.flush()
            reply = self.reply(stream)
            for line in lines:
                stream.write(line.encode() + b"\r\n")
                stream.flush()
                reply = self.reply(stream)
            return reply

    def reply(self, stream):
        line = stream.readline()
        while line[3:4] == b"-":
            line = stream.readline()
        return int(line[:3])

    def test_a_stranger_relays_once_he_claims_the_right_thing(self):
        self.assertEqual(self.answer(self.by_xclient, "", ""), 554)
        self.assertEqual(self.answer(self.by_xclient, "", "XCLIENT ADDR=192.0.2.1"), 250)
        self.assertEqual(self.answer(self.by_login, "", "XCLIENT ADDR=203.0.113.9"), 554)
        self.assertEqual(self.answer(self.by_login, "", "XCLIENT LOGIN=anna"), 554)  # no SASL
        header = "PROXY TCP4 %s 127.0.0.1 1025 25\r\n"
        self.assertEqual(self.answer(self.by_proxy, header % "203.0.113.9", ""), 554)
        self.assertEqual(self.answer(self.by_proxy, header % "192.0.2.1", ""), 250)

    def test_verify_says_so(self):
        for row, found in ((self.by_xclient, {"xclient-wide": "error"}),
                           (self.by_login, {"xclient-wide": "warning"}),
                           (self.by_proxy, {"proxy-protocol": "error"})):
            self.assertEqual(self.found.get(row.service.postfix_name), found, row.name)
        self.assertEqual(self.found.get("smtpd/pass"), {"proxy-protocol": "error"})
        qmqpd = [found for found in self.found.values() if "qmqpd-open" in found]
        self.assertEqual(qmqpd, [{"qmqpd-open": "error"}] * 2)


RANDOM_ROWS = 300 if harness.LONG else 60


def random_row(rng, world, number):
    path = world.path
    networks = [
        "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/2", "203.0.113.0/24", "198.51.100.0/24",
        "!203.0.113.0/24", "!203.0.113.5", "10.0.0.0/8", "cidr:" + path("cidr_halves"),
        "cidr:" + path("cidr_some"), "!cidr:" + path("cidr_some"), "static:all",
        "hash:" + path("nobody"), "hash:" + path("unknown"),
        path("list_networks"),
        path("list_narrow"), "!" + path("list_narrow"), "[::]/0", "[2001:db8::]/32",
        "mail.example.org", "regexp:{{/^203\\./ x}}"
    ]
    words = [
        "permit_mynetworks", "permit_mynetworks", "permit_tls_clientcerts",
        "permit_auth_destination", "permit_sasl_authenticated", "check_ccert_access static:OK",
        "check_ccert_access hash:" + path("access_ok"), "check_ccert_access static:DUNNO",
        "check_client_access cidr:" + path("cidr_some"),
        "check_client_access cidr:" + path("cidr_halves"),
        "check_client_access hash:" + path("nobody"), "check_sender_access static:DUNNO",
        "check_sender_access static:REJECT", "check_helo_access static:OK",
        "check_recipient_access static:OK", "warn_if_reject", "any_certificate", "static:DUNNO",
        "check_client_access regexp:{{/^203/ permit_mynetworks}}", "reject_unauth_destination",
        "reject_unlisted_recipient"
    ]
    ends = ["reject_unauth_destination"] * 4 + ["defer_unauth_destination", "reject"]
    chosen = rng.sample(words, rng.choice([1, 2, 2, 3]))
    options = {
        "mynetworks": ", ".join(rng.sample(networks, rng.choice([0, 1, 1, 2, 3]))),
        RELAY: ", ".join(chosen + [rng.choice(ends)]),
        "smtpd_restriction_classes": "any_certificate",
        "smtpd_delay_reject": rng.choice(["yes"] * 4 + ["no"])
    }
    if rng.random() < 0.3:
        kind = rng.choice(("client", "helo", "sender", "recipient"))
        options["smtpd_%s_restrictions" %
                kind] = ", ".join(rng.sample(words, 2) + rng.sample(["reject", "permit"], 1))
    if rng.random() < 0.4:
        options[rng.choice(RESOLVER)] = ", ".join(
            rng.sample([
                "static:all", "com", "mine.example", "hash:" + path("mine"), "!static:all",
                "regexp:{{/./ x}}", "regexp:{{/mine/ x}}",
                path("list_static")
            ], rng.choice([1, 2])))
    if rng.random() < 0.2:
        options["relay_recipient_maps"] = rng.choice(["static:x", "hash:" + path("mine")])
    if rng.random() < 0.2:
        options["smtpd_reject_unlisted_recipient"] = "no"
    return Row("random-%d" % number, None, None,
               address=rng.choice([HERE, "198.51.100.9", "8.8.8.8"]),
               client=rng.choice(["unlisted", "unlisted", "listed"]), **options)


class RandomStrangers(StrangersCase):
    """Whatever is put together: check agrees with smtpd, and where a stranger from anywhere relays,
    verify has found why."""

    @classmethod
    def setUpClass(cls):
        cls.seed = harness.seed()
        rng = random.Random(cls.seed)
        cls.start(lambda world: [random_row(rng, world, i) for i in range(RANDOM_ROWS)])
        cls.found = cls.verified()

    def disagreement(self, row):
        code = observe(row.service.port, self.world.clients[row.client], row.address)
        service = self.judged(row)
        would = service["would_relay"]
        self.seen[would] = self.seen.get(would, 0) + 1
        named = would is DEPENDS and "depends on" in service["reasons"][0]["message"]
        wrong = would is not (code == 250) and not named
        stranger = would is YES and row.client == "unlisted" and row.address == "8.8.8.8"
        missed = stranger and "error" not in self.found.get(row.service.postfix_name, {}).values()
        if wrong or missed:
            return "check: %s, smtpd: %s, verify: %s, from %s, %s, %s\n  %s\n  %s" % (
                would, code, self.found.get(row.service.postfix_name), row.address, row.client,
                row.resolver, row.service.line(), service["reasons"])
        return None

    def test_check_agrees_with_smtpd(self):
        self.seen = {}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            found = list(pool.map(self.disagreement, self.rows))
        print("yes, no, depends: %s" % [self.seen.get(would, 0) for would in (YES, NO, DEPENDS)])
        self.assertEqual(len(found), RANDOM_ROWS)
        for would in (YES, NO):
            self.assertGreater(self.seen.get(would, 0), RANDOM_ROWS // 10,
                               "too many set-ups of one kind")
        self.assertEqual([], [text for text in found if text], "seed %d" % self.seed)


if __name__ == "__main__":
    harness.main()
