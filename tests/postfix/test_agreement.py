#!/usr/bin/env python3
"""check and a real smtpd: each set-up is a service of one private Postfix; a client connects as far
as RCPT, and check says beforehand whether it would relay, and why not."""

import os
import subprocess

from support import harness, many_services, release
from support.many_services import NO_ANSWER, Service

RELAY = "smtpd_relay_restrictions"
TABLES = "relay_clientcerts"
# smtpd asks all tables for the certificate first, from 3.9 on for the key (permit_tls_clientcerts
# in smtpd_check.c). It ends if a table is not in proxy_read_maps, from 3.11 on a lookup there fails
# (dict_proxy.c).
CERT_FIRST = not release.since(3, 9)
ENDS = not release.since(3, 11)
NOT_ALLOWED = NO_ANSWER if ENDS else 451
# It ends as well when it opens a damaged cdb (dict_cdb.c), which check does not tell yet.
BROKEN = NO_ANSWER if release.opened("hash") == "cdb" else 451
UNTOLD = {"a broken table nobody asks"} if BROKEN == NO_ANSWER else set()
ANSWERS = {True: "relays", False: "is refused", None: "depends"}


class SetUp:
    """One row of the matrix. client: who connects. code: what smtpd answers. ids: what check must
    say, the first one first. depends: check may not say yes or no."""

    def __init__(self,
                 name,
                 client,
                 code,
                 ids=(),
                 depends=False,
                 hint_mends=False,
                 wrapper=False,
                 chroot="n",
                 **overrides):
        self.name, self.client, self.code, self.ids = name, client, code, list(ids)
        self.depends, self.hint_mends = depends, hint_mends
        self.service = Service(name, {k: v for k, v in overrides.items() if v is not None}, wrapper,
                               chroot)


def matrix(world):
    t = lambda name: "hash:" + world.path(name)
    permit = "permit_tls_clientcerts, reject_unauth_destination"
    tls = "smtpd_tls_security_level"
    ask = "smtpd_tls_ask_ccert"
    access = lambda name: "check_ccert_access %s, reject_unauth_destination" % t("access_" + name)
    return [
        # the table
        SetUp("listed by its certificate", "listed", 250),
        SetUp("listed by its key", "pinned", 250),
        SetUp("not listed", "unlisted", 554, ["not-listed"], hint_mends=True),
        SetUp("expired, and listed", "expired", 250, ["cert-expired"]),
        SetUp("btree", "listed", 250, **{TABLES: "btree:" + world.path("relay_btree")}),
        SetUp("lmdb", "listed", 250, **{TABLES: "lmdb:" + world.path("relay_lmdb")}),
        SetUp("cdb", "listed", 250, **{TABLES: "cdb:" + world.path("relay_cdb")}),
        SetUp("texthash", "pinned", 250, **{TABLES: "texthash:" + world.path("text")}),
        SetUp("texthash with a duplicate", "pinned", 451, ["table-fails"],
              **{TABLES: "texthash:" + world.path("double")}),
        SetUp("the old certificate is listed", "renewed", 554, ["other-certificate"],
              hint_mends=True),
        SetUp("written without colons", "badly", 554, ["badly-written"], hint_mends=True),
        SetUp("listed by md5", "weak", 554, ["other-digest"], hint_mends=True),
        SetUp("an empty table", "listed", 554, ["not-listed"], hint_mends=True,
              **{TABLES: t("empty")}),
        SetUp("no table at all", "listed", 554, ["not-listed"], hint_mends=True, **{TABLES: ""}),
        SetUp("in the source, not in the map", "forgotten", 554, ["not-rebuilt"], hint_mends=True,
              **{TABLES: t("stale")}),
        SetUp("in the map, not in the source", "revoked", 250, ["still-in-map"],
              **{TABLES: t("stale")}),
        SetUp("no map", "listed", 451, ["map-missing"], **{TABLES: t("unbuilt")}),
        SetUp("no map, no certificate listed", "unlisted", 451, ["map-missing"],
              **{TABLES: t("unbuilt")}),
        SetUp("a broken map", "listed", BROKEN,
              ["table-fails" if BROKEN == 451 else "smtpd-refuses"], **{TABLES: t("broken")}),
        SetUp("an earlier table fails", "listed", 451, ["map-missing"],
              **{TABLES: t("unbuilt") + ", " + world.main}),
        SetUp("a later table fails before the second fingerprint is asked",
              "pinned" if CERT_FIRST else "listed",
              451, ["map-missing"],
              **{TABLES: world.main + ", " + t("unbuilt")}),
        SetUp("a later table fails behind the first fingerprint",
              "listed" if CERT_FIRST else "pinned", 250,
              **{TABLES: world.main + ", " + t("unbuilt")}),
        SetUp("two tables", "issued", 250, **{TABLES: t("empty") + " " + t("issued")}),
        SetUp("the other digest", "listed", 554, ["other-digest"],
              smtpd_tls_fingerprint_digest="sha512"),
        SetUp("md5 and its own table", "listed", 250, smtpd_tls_fingerprint_digest="md5",
              **{TABLES: t("md5")}),
        SetUp("no such digest", "listed", 554, ["digest-unknown"], hint_mends=True,
              smtpd_tls_fingerprint_digest="sha257"),
        SetUp("static: lets everybody in", "unlisted", 250, ["static-table"],
              **{TABLES: "static:all"}),
        SetUp("regexp", "listed", 250, ["pattern-table"],
              **{TABLES: "regexp:" + world.path("pattern")}),
        SetUp("regexp, another", "unlisted", 554, ["not-listed"],
              **{TABLES: "regexp:" + world.path("pattern")}),
        SetUp("inline", "listed", 250,
              **{TABLES: "inline:{%s=here}" % world.clients["listed"].fingerprint()}),
        SetUp("unionmap", "listed", 250, **{TABLES: "unionmap:{%s,%s}" % (t("empty"), world.main)}),
        SetUp("pipemap that ends with static:", "unlisted", 250, ["static-table"],
              **{TABLES: "unionmap:{%s,static:x}" % world.main}),
        SetUp("a pattern for everybody", "unlisted", 250, ["static-table"],
              **{TABLES: "regexp:{{/./ everybody}}"}),
        SetUp("fail:", "listed", 451, ["table-fails"], **{TABLES: "fail:always"}),
        SetUp("no such type", "listed", 451, ["table-fails"],
              **{TABLES: "hesh:" + world.path("relay_hash")}),
        SetUp("without a type", "listed", NO_ANSWER, ["service-cannot-start"],
              **{TABLES: world.path("relay_hash")}),
        SetUp("a name relative to the queue", "listed", 250, **{TABLES: "hash:../relay_hash"}),
        SetUp("cidr", "listed", 554, ["not-listed"], **{TABLES: "cidr:" + world.path("nothing")}),
        SetUp("pipemap", "listed", 250, **{TABLES: "pipemap:{%s,static:x}" % world.main}),
        SetUp("randmap", "listed", 250, ["static-table"], **{TABLES: "randmap:{a,b}"}),
        SetUp("environ", "listed", 554, ["not-listed"], **{TABLES: "environ:x"}),
        SetUp("a table in braces", "listed", 451, ["map-missing"],
              **{TABLES: "hash:{%s}" % world.path("relay_hash")}),
        SetUp("a directory for a table", "listed", 451, ["map-missing"],
              **{TABLES: "hash:" + world.directory}),
        SetUp("btree over hash", "listed", 451,  # a type that is redirected has a map of its own
              ["map-missing" if release.LEVEL else "table-fails"],
              **{TABLES: "btree:" + world.path("relay_hash")}),
        SetUp("sqlite that is not installed", "listed", 451, ["table-fails"],
              **{TABLES: "nosql:" + world.path("relay_hash")}),
        SetUp("the digest under another name", "listed", 250,
              smtpd_tls_fingerprint_digest="SHA2-256"),
        SetUp("proxy, not allowed",
              "listed",
              NOT_ALLOWED, ["proxy-not-allowed"],
              hint_mends=True,
              **{TABLES: "proxy:" + world.main}),
        SetUp("proxy, not allowed, behind a table that lists the first fingerprint",
              "listed" if CERT_FIRST else "pinned",
              NO_ANSWER if ENDS else 250, ["proxy-not-allowed"] if ENDS else [],
              **{TABLES: world.main + ", proxy:" + t("empty")}),
        SetUp("proxy, not allowed, behind a table that lists the second fingerprint",
              "pinned" if CERT_FIRST else "listed",
              NOT_ALLOWED, ["proxy-not-allowed"],
              **{TABLES: world.main + ", proxy:" + t("empty")}),
        SetUp("proxy, allowed", "listed", 250,
              **{TABLES: "proxy:" + t("issued") + ", " + world.main}),
        SetUp("proxy, allowed, not readable for it", "listed", 451, ["proxy-unreadable"],
              **{TABLES: "proxy:" + t("secret")}),
        SetUp("chroot", "listed", 250, chroot="y"),
        # TLS
        SetUp("not asked", "listed", 554, ["ask-ccert-off"], hint_mends=True, **{ask: "no"}),
        SetUp("TLS off", "listed", 554, ["tls-off"], hint_mends=True, **{tls: "none"}),
        SetUp("STARTTLS hidden", "listed", 554, ["tls-off"], hint_mends=True,
              smtpd_discard_ehlo_keywords="starttls"),
        SetUp("TLS required", "listed", 250, **{tls: "encrypt"}),
        SetUp("the old names", "listed", 250, smtpd_use_tls="yes", **{tls: ""}),
        SetUp("the old names, off", "listed", 554, ["tls-off"], **{tls: ""}),
        SetUp("no such level", "listed", NO_ANSWER, ["service-cannot-start"], **{tls: "maybe"}),
        SetUp("a level of the client side", "listed", 250, **{tls: "verify"}),
        SetUp("wrapper mode", "listed", 250, wrapper=True),
        SetUp("wrapper mode, not asked", "listed", 554, ["ask-ccert-off"], wrapper=True,
              **{ask: "no"}),
        SetUp("no server certificate", "listed", 554, ["tls-no-certificate"],
              smtpd_tls_cert_file="", smtpd_tls_key_file=""),
        SetUp("server certificate none", "listed", 554, ["tls-no-certificate"],
              smtpd_tls_cert_file="none"),
        SetUp("server certificate none, not asked", "listed", 554, ["ask-ccert-off"],
              smtpd_tls_cert_file="none", **{ask: "no"}),
        SetUp("server certificate none, required, not asked", "listed", 554, ["ask-ccert-off"],
              smtpd_tls_cert_file="none", **{ask: "no", tls: "encrypt"}),
        SetUp("server certificate missing", "listed", 554, ["tls-certificate-broken"],
              smtpd_tls_cert_file=world.path("nowhere.pem")),
        SetUp("server key of another", "listed", 554, ["tls-certificate-broken"],
              smtpd_tls_key_file=world.clients["pinned"].key),
        SetUp("server key required and missing", "listed", 530, ["tls-certificate-broken"],
              smtpd_tls_key_file="/nowhere", **{tls: "encrypt"}),
        SetUp("server certificate by chain file", "listed", 250, smtpd_tls_cert_file="",
              smtpd_tls_key_file="",
              smtpd_tls_chain_files="%s %s" %
              (world.clients["pinned"].key, world.clients["pinned"].cert)),
        SetUp("CA file without CAs", "listed", 554, ["tls-authorities-broken"],
              smtpd_tls_CAfile=world.path("text")),
        SetUp("trust demanded, self-signed", "listed", 421, ["ccert-untrusted"], hint_mends=True,
              smtpd_tls_req_ccert="yes", **{tls: "encrypt"}),
        SetUp("trust demanded, issued, not listed", "issued", 554, ["other-digest"],
              smtpd_tls_req_ccert="yes", smtpd_tls_CAfile=world.ca, **{tls: "encrypt"}),
        SetUp("trust demanded, issued and listed", "issued", 250, smtpd_tls_req_ccert="yes",
              smtpd_tls_CAfile=world.ca, **{tls: "encrypt", TABLES: t("issued"), ask: "no"}),
        SetUp("trust demanded, CA path", "issued", 250, smtpd_tls_req_ccert="yes",
              smtpd_tls_CApath=world.authorities, **{tls: "encrypt", TABLES: t("issued")}),
        SetUp("trust demanded, CA path that is not there", "issued", 421, ["ccert-untrusted"],
              smtpd_tls_req_ccert="yes", smtpd_tls_CApath="/nowhere",
              **{tls: "encrypt", TABLES: t("issued")}),
        SetUp("trust demanded, issued for servers only", "server-only", 421, ["ccert-untrusted"],
              smtpd_tls_req_ccert="yes", smtpd_tls_CAfile=world.ca,
              **{tls: "encrypt", TABLES: t("issued")}),
        SetUp("issued for servers only, listed", "server-only", 250, smtpd_tls_CAfile=world.ca,
              **{TABLES: t("issued")}),
        SetUp("trust demanded, wrapper mode", "listed", 421, ["ccert-untrusted"], wrapper=True,
              smtpd_tls_req_ccert="yes"),
        SetUp("trust demanded, CA of no depth", "issued", 250, smtpd_tls_req_ccert="yes",
              smtpd_tls_CAfile=world.ca, smtpd_tls_ccert_verifydepth="1",
              **{tls: "encrypt", TABLES: t("issued")}),
        SetUp("trust demanded, depth 0", "issued", 250, smtpd_tls_req_ccert="yes",
              smtpd_tls_CAfile=world.ca, smtpd_tls_ccert_verifydepth="0",
              **{tls: "encrypt", TABLES: t("issued")}),
        SetUp("server certificate by its own EC parameter", "listed", 250, smtpd_tls_cert_file="",
              smtpd_tls_key_file="", smtpd_tls_eccert_file=world.clients["pinned"].cert,
              smtpd_tls_eckey_file=world.clients["pinned"].key),
        SetUp("server certificate good, EC certificate missing", "listed", 554,
              ["tls-certificate-broken"], smtpd_tls_eccert_file="/nowhere"),
        SetUp("trust demanded without required TLS", "listed", 250, smtpd_tls_req_ccert="yes"),
        # the restrictions
        SetUp("no permit", "listed", 554, ["permit-missing"], hint_mends=True,
              **{RELAY: "permit_mynetworks, reject_unauth_destination"}),
        SetUp("no permit, and not listed", "unlisted", 554, ["permit-missing", "not-listed"],
              **{RELAY: "reject_unauth_destination"}),
        SetUp("no permit, put off", "listed", 454, ["permit-missing"], hint_mends=True,
              **{RELAY: "permit_mynetworks, defer_unauth_destination"}),
        SetUp("permit behind the refusal", "listed", 554, ["permit-too-late"], hint_mends=True,
              **{RELAY: "permit_mynetworks, reject_unauth_destination, permit_tls_clientcerts"}),
        SetUp("misspelt", "listed", 451, ["restriction-unknown"], hint_mends=True,
              **{RELAY: "permit_tls_clientcert, reject"}),
        SetUp("refused as a client", "listed", 554, ["permit-missing"], hint_mends=True,
              smtpd_client_restrictions="permit_sasl_authenticated, reject"),
        SetUp("permitted as a client as well", "listed", 250,
              smtpd_client_restrictions="permit_tls_clientcerts, reject"),
        SetUp("refused at HELO", "listed", 554, ["permit-missing"], hint_mends=True,
              smtpd_helo_restrictions="reject"),
        SetUp("refused as a sender", "listed", 554, ["permit-missing"], hint_mends=True,
              smtpd_sender_restrictions="permit_mynetworks reject"),
        SetUp("refused as a recipient", "listed", 554, ["permit-missing"], hint_mends=True,
              smtpd_recipient_restrictions="reject"),
        SetUp("put off as a client", "listed", 450, ["permit-missing"],
              smtpd_client_restrictions="defer"),
        SetUp("the recipient list decides", "listed", 250,
              **{RELAY: "", "smtpd_recipient_restrictions": permit}),
        SetUp("the recipient list decides, without a permit", "listed", 554, ["permit-missing"],
              hint_mends=True,
              **{RELAY: "",
                 "smtpd_recipient_restrictions": "permit_mynetworks, reject_unauth_destination"}),
        SetUp("the recipient list first", "listed", 554, ["permit-missing"],
              smtpd_relay_before_recipient_restrictions="no",
              smtpd_recipient_restrictions="reject"),
        SetUp("nobody is refused", "listed", NO_ANSWER, ["service-cannot-start"],
              **{RELAY: "permit_tls_clientcerts"}),
        SetUp("at once, before TLS", "listed", 554, ["before-tls"], hint_mends=True,
              smtpd_delay_reject="no", smtpd_client_restrictions="permit_tls_clientcerts, reject"),
        SetUp("at once, in wrapper mode", "listed", 250, wrapper=True, smtpd_delay_reject="no",
              smtpd_client_restrictions="permit_tls_clientcerts, reject"),
        SetUp("at once, HELO before TLS", "listed", 554, ["before-tls"], smtpd_delay_reject="no",
              smtpd_helo_restrictions="permit_tls_clientcerts, reject"),
        SetUp("at once, the sender behind TLS", "listed", 250, smtpd_delay_reject="no",
              smtpd_sender_restrictions="permit_tls_clientcerts, reject"),
        SetUp("at once, no destination yet", "listed", 250, smtpd_delay_reject="no",
              smtpd_client_restrictions="reject_unauth_destination"),
        SetUp("a class", "listed", 250, smtpd_restriction_classes="certified",
              **{RELAY: "certified, reject"}),
        SetUp("a class, not listed", "unlisted", 554, ["not-listed"],
              smtpd_restriction_classes="certified", **{RELAY: "certified, reject"}),
        SetUp("only a warning", "listed", 250, smtpd_client_restrictions="warn_if_reject reject"),
        SetUp("a failing table is more than a warning", "listed", 451, ["map-missing"],
              smtpd_client_restrictions="warn_if_reject permit_tls_clientcerts",
              **{TABLES: t("unbuilt"), RELAY: access("ok")}),
        SetUp("a failing access table is only a warning", "listed", 250,
              smtpd_client_restrictions="warn_if_reject check_ccert_access " + t("unbuilt")),
        SetUp("a misspelt word is more than a warning", "listed", 451, ["restriction-unknown"],
              smtpd_client_restrictions="warn_if_reject permitt"),
        SetUp("deferred if permitted", "listed", 450, ["defer-if-permit"], hint_mends=True,
              smtpd_sender_restrictions="defer_if_permit"),
        SetUp("good manners", "listed", 250,
              smtpd_helo_restrictions="reject_non_fqdn_helo_hostname, reject_invalid_helo_hostname",
              smtpd_sender_restrictions="reject_non_fqdn_sender, reject_unlisted_sender",
              smtpd_client_restrictions="reject_unauth_pipelining, sleep 1",
              smtpd_recipient_restrictions="reject_non_fqdn_recipient, reject_unlisted_recipient"),
        SetUp("plain text refused", "listed", 250,
              smtpd_client_restrictions="reject_plaintext_session"),
        SetUp("a macro of main.cf", "listed", 250, **{RELAY: "$certified_first, reject"}),
        # let in without being listed
        SetUp("every certificate of a CA", "issued", 250, ["permit-all-clientcerts"],
              smtpd_tls_CAfile=world.ca, **{RELAY: "permit_tls_all_clientcerts, reject"}),
        SetUp("every certificate of a CA, another", "unlisted", 554, ["not-listed"],
              smtpd_tls_CAfile=world.ca, **{RELAY: "permit_tls_all_clientcerts, reject"}),
        SetUp("every certificate of a CA, listed", "listed", 250, smtpd_tls_CAfile=world.ca,
              **{RELAY: "permit_tls_all_clientcerts, reject"}),
        SetUp("wide networks", "unlisted", 250, ["mynetworks-wide"], mynetworks="0.0.0.0/0",
              **{RELAY: "permit_mynetworks, reject_unauth_destination"}),
        SetUp("narrow networks", "unlisted", 554, ["permit-missing", "not-listed"],
              mynetworks="192.0.2.0/24, !127.0.0.1, 127.0.0.0/8",
              **{RELAY: "permit_mynetworks, reject_unauth_destination"}),
        SetUp("our own address", "unlisted", 250, ["permitted-otherwise"],
              **{RELAY: "permit_inet_interfaces, reject"}),
        SetUp("a permit for all", "unlisted", 250, ["open-relay"],
              smtpd_restriction_classes="all_of_them",
              smtpd_recipient_restrictions="all_of_them, reject",
              **{RELAY: "warn_if_reject reject, permit"}),
        # check_ccert_access
        SetUp("access OK", "listed", 250, ["ccert-access-permits"], **{RELAY: access("ok")}),
        SetUp("access OK by the key", "pinned", 250, ["ccert-access-permits"],
              **{RELAY: access("ok")}),
        SetUp("access by a number", "listed", 250, ["ccert-access-permits"],
              **{RELAY: access("number")}),
        SetUp("access REJECT", "listed", 554, ["ccert-access-rejects"],
              smtpd_client_restrictions="check_ccert_access " + t("access_reject")),
        SetUp("access 450", "listed", 450, ["ccert-access-rejects"],
              smtpd_client_restrictions="check_ccert_access " + t("access_later")),
        SetUp("access DEFER", "listed", 450, ["ccert-access-rejects"],
              smtpd_client_restrictions="check_ccert_access " + t("access_defer")),
        SetUp("access DUNNO", "listed", 554, ["permit-missing"], **{RELAY: access("dunno")}),
        SetUp("access HOLD", "listed", 250,
              smtpd_client_restrictions="check_ccert_access " + t("access_hold")),
        SetUp("access by a restriction", "listed", 250, **{RELAY: access("nested")}),
        SetUp("access not listed", "unlisted", 554, ["permit-missing", "not-listed"],
              **{RELAY: access("ok")}),
        SetUp("access, a relay table misused", "listed", 451, ["ccert-access-misused"],
              **{RELAY: "check_ccert_access %s, reject" % world.main}),
        SetUp(
            "access, search order without the certificate", "listed", 554, ["permit-missing"], **{
                RELAY: "check_ccert_access { %s, { search_order = pubkey_fingerprint } }, reject" %
                t("access_ok")
            }),
        SetUp(
            "access, search order with the key", "pinned", 250, ["ccert-access-permits"], **{
                RELAY: "check_ccert_access { %s, { search_order = pubkey_fingerprint } }, reject" %
                t("access_ok")
            }),
        SetUp(
            "access, search order by name", "listed", 451, ["ccert-access-fails"], **{
                RELAY: "check_ccert_access { %s, { search_order = subject_cn } }, reject" %
                t("access_ok")
            }),
        SetUp(
            "access, search order misspelt", "unlisted", 451, ["ccert-access-fails"], **{
                RELAY: "check_ccert_access { %s, { search_order = fingerprint } }, reject" %
                t("access_ok")
            }),
        SetUp("access, no map", "listed", 451, ["ccert-access-fails"],
              **{RELAY: "check_ccert_access %s, reject" % t("unbuilt")}),
        SetUp("access, not asked", "listed", 554, ["ask-ccert-off"],
              **{RELAY: access("ok"), ask: "no"}),
        # two mistakes
        SetUp("not asked and not listed", "unlisted", 554, ["ask-ccert-off", "not-listed"],
              **{ask: "no"}),
        SetUp("not asked and no permit", "listed", 554, ["ask-ccert-off", "permit-missing"],
              hint_mends=True, **{ask: "no", RELAY: "reject_unauth_destination"}),
        SetUp("TLS off and refused as a client", "listed", 554, ["tls-off", "permit-missing"],
              hint_mends=True, **{tls: "none", "smtpd_client_restrictions": "reject"}),
        SetUp("no map and no permit", "listed", 554, ["permit-missing", "map-missing"],
              **{TABLES: t("unbuilt"), RELAY: "reject"}),
        SetUp("not asked, but in mynetworks", "listed", 250, ["mynetworks-wide"],
              mynetworks="127.0.0.0/8",
              **{ask: "no", RELAY: "permit_mynetworks, permit_tls_clientcerts, reject"}),
        SetUp("a broken table nobody asks", "listed", 250, ["mynetworks-wide"],
              mynetworks="127.0.0.0/8",
              **{TABLES: t("broken"), RELAY: "permit_mynetworks, permit_tls_clientcerts, reject"}),
        # what cannot be seen from outside
        SetUp("a policy service", "listed", 451, ["depends"], depends=True,
              smtpd_client_restrictions="check_policy_service unix:private/nobody"),
        SetUp("another access table", "listed", 250, ["depends"], depends=True,
              smtpd_helo_restrictions="check_helo_access inline:{{client.example=OK}}"),
        SetUp("a table of addresses without this one", "listed", 250,
              smtpd_client_restrictions="check_client_access cidr:" + world.path("nothing")),
        SetUp("names in the DNS", "listed", 450, ["depends"], depends=True,
              smtpd_client_restrictions="reject_unknown_client_hostname"),
        SetUp("a policy service behind a refusal", "listed", 554, ["permit-missing"],
              smtpd_client_restrictions="reject, check_policy_service unix:private/nobody"),
        SetUp("a policy service that cannot refuse any more", "listed", 250,
              **{RELAY: "permit_tls_clientcerts, check_policy_service unix:private/nobody, reject"})
    ]


SETTINGS = {
    "certified": "permit_tls_clientcerts, reject_unauth_destination", "all_of_them": "permit",
    "certified_first": "permit_tls_clientcerts", "address_verify_map": ""
}


class MatrixCase(many_services.ServicesCase):

    @classmethod
    def setUpClass(cls):
        cls.prepare()
        open(cls.world.path("nothing"), "w").close()
        cls.server.settings.update(SETTINGS)
        cls.server.settings["proxy_read_maps"] = "proxy:hash:%s proxy:hash:%s" % (
            cls.world.path("issued"), cls.world.path("secret"))
        cls.serve([row for row in matrix(cls.world) if row.name not in UNTOLD])

    def judged(self, row):
        client = self.world.clients[row.client]
        return many_services.check(self.server, client.cert, "--service", row.service.postfix_name)


class Matrix(MatrixCase):
    """Every set-up, once."""

    def disagreements(self, row):
        code = many_services.observe(row.service.port, self.world.clients[row.client],
                                     row.service.wrapper)
        answer, status = self.judged(row)
        service = answer["services"][0]
        ids = [reason["id"] for reason in service["reasons"]]
        if code != row.code:
            yield "smtpd answers %s, expected %s" % (code, row.code)
        expected = None if row.depends else code == 250
        if service["would_relay"] != expected:
            yield "check: %s, smtpd: %s" % (ANSWERS[service["would_relay"]], code)
        if status != (0 if service["would_relay"] else 1):
            yield "status %d" % status
        if code != 250 and not row.depends and not service["reasons"][0]["hint"]:
            yield "no hint: %s" % service["reasons"][0]
        if ids[:len(row.ids)] != row.ids or (
                not row.ids and any(r["severity"] == "error" for r in service["reasons"])):
            yield "ids %s, expected %s first" % (ids, row.ids)

    def test_every_set_up(self):
        self.assert_rows_agree(at_least=40)


class Hints(MatrixCase):
    """The command that check gives is pasted into a shell, and again, until check says yes; then
    smtpd says yes."""

    def paste(self, hint):
        path = ":".join([os.path.dirname(harness.RELAYCTL), "/usr/sbin", os.environ["PATH"]])
        done = subprocess.run(["sh", "-c", hint], capture_output=True, text=True,
                              env=dict(os.environ, PATH=path), timeout=120,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, "%s\n%s%s" % (hint, done.stdout, done.stderr))

    def mend(self, row):
        for _ in range(4):
            answer, _ = self.judged(row)
            service = answer["services"][0]
            if service["would_relay"]:
                return
            self.paste(service["reasons"][0]["hint"])
        self.fail("four hints later check still says no: %s" % service)

    def test_what_is_pasted_mends(self):
        rows = [row for row in self.rows if row.hint_mends]
        self.assertGreater(len(rows), 20)
        for row in rows:
            with self.subTest(row.name):
                self.mend(row)
        for row in rows:
            with self.subTest(row.name + ", smtpd"):
                client = self.world.clients[row.client]
                answers = (many_services.observe(row.service.port, client, row.service.wrapper)
                           for _ in range(20))
                self.assertIn(250, answers)


if __name__ == "__main__":
    harness.main()
