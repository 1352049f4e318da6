#!/usr/bin/env python3
"""One row for each word that a list of restrictions can have, for each action of access(5), and for
each search order of check_ccert_access: what a real smtpd does with the client, and what check says
that it does."""

import itertools
import re
import shutil
import subprocess

from support import harness, many_services
from support.many_services import NO_ANSWER, Service

RELAY = "smtpd_relay_restrictions"
YES, NO, DEPENDS = True, False, None
RELAYED, REFUSED, TRY_AGAIN, BROKEN = 250, 554, 450, 451
HUNG_UP = "hung up"  # smtpd ends the session without an answer
ANY = "any"  # what smtpd answers depends on the DNS or on another server
PERMIT = "permit_tls_clientcerts, reject"


class Row:
    """A list of smtpd_relay_restrictions that one service has. expected: by client what smtpd
    answers to it at RCPT, and what check says: DEPENDS where what decides cannot be seen from
    outside, and then it names `word`."""

    def __init__(self, words, word="", **expected):
        self.words, self.word, self.expected = words, word, expected
        self.service = Service(words, {RELAY: words})


def answer(code):
    """What smtpd answers, and a check that says the same."""
    return code, code == RELAYED


class WordsCase(many_services.ServicesCase):
    """One private Postfix in which each row is a service."""

    @classmethod
    def setUpClass(cls):
        cls.prepare()
        cls.serve(list(cls.make_rows()))

    def disagreements(self, row, name):
        client, (code, would) = self.world.clients[name], row.expected[name]
        if code == HUNG_UP:
            with self.assertRaisesRegex(AssertionError, "SMTPServerDisconnected"):
                many_services.observe(row.service.port, client)
            answered = HUNG_UP
        else:
            answered = many_services.observe(row.service.port, client)
        if code not in (ANY, answered) or (code == ANY and would is NO and answered == RELAYED):
            yield "smtpd answers %s, expected %s" % (answered, code)
        verdict, _ = many_services.check(self.server, client.cert, "--service",
                                         row.service.postfix_name)
        service = verdict["services"][0]
        if service["would_relay"] is not would:
            yield "check: %s, smtpd: %s, %s" % (service["would_relay"], answered,
                                                service["reasons"])
        if would is DEPENDS and row.word not in service["reasons"][0]["message"]:
            yield "depends, and %s is not named: %s" % (row.word, service["reasons"])

    def assert_agreement(self):
        for row in self.rows:
            for name in row.expected:
                with self.subTest(row.words, client=name):
                    self.assertEqual([], list(self.disagreements(row, name)))


class Actions(WordsCase):
    """Each action of access(5), as check_ccert_access finds it for the client."""

    # value: what smtpd answers where all others are refused, and where listed clients are permitted
    TABLE = {"OK": (RELAYED, RELAYED),
             "ok and text": (RELAYED, RELAYED),
             "RELAY": (RELAYED, RELAYED),
             "1": (RELAYED, RELAYED),
             "20261127": (RELAYED, RELAYED),
             "554": (RELAYED, RELAYED),
             "REJECT": (REFUSED, REFUSED),
             "reject not you": (REFUSED, REFUSED),
             "REJECT 5.7.9 not you": (REFUSED, REFUSED),
             "DEFER": (TRY_AGAIN, TRY_AGAIN),
             "DEFER later": (TRY_AGAIN, TRY_AGAIN),
             "DEFER_IF_REJECT": (TRY_AGAIN, RELAYED),
             "DEFER_IF_REJECT later": (TRY_AGAIN, RELAYED),
             "DEFER_IF_PERMIT": (REFUSED, TRY_AGAIN),
             "DEFER_IF_PERMIT later": (REFUSED, TRY_AGAIN),
             "HANGUP": (HUNG_UP, HUNG_UP),
             "421 come back": (421, 421),
             "450 later": (450, 450),
             "499 4.7.1 later": (499, 499),
             "521 go": (521, 521),
             "550 no": (550, 550),
             "599 5.7.1 no": (599, 599),
             "DUNNO": (REFUSED, RELAYED),
             "dunno and text": (REFUSED, RELAYED),
             "HOLD": (REFUSED, RELAYED),
             "HOLD text": (REFUSED, RELAYED),
             "DISCARD": (RELAYED, RELAYED),
             "DISCARD text": (RELAYED, RELAYED),
             "FILTER smtp:[127.0.0.1]:25": (REFUSED, RELAYED),
             "FILTER": (REFUSED, RELAYED),
             "FILTER nocolon": (REFUSED, RELAYED),
             "PREPEND X-Client: zen": (REFUSED, RELAYED),
             "PREPEND": (REFUSED, RELAYED),
             "PREPEND noheader": (REFUSED, RELAYED),
             "REDIRECT other@elsewhere.example": (REFUSED, RELAYED),
             "REDIRECT": (REFUSED, RELAYED),
             "REDIRECT nobody": (REFUSED, RELAYED),
             "BCC other@elsewhere.example": (REFUSED, RELAYED),
             "BCC": (REFUSED, RELAYED),
             "INFO text": (REFUSED, RELAYED),
             "INFO": (REFUSED, RELAYED),
             "WARN text": (REFUSED, RELAYED),
             "WARN": (REFUSED, RELAYED),
             "permit": (RELAYED, RELAYED),
             "reject_unauth_destination": (REFUSED, REFUSED),
             "permit_tls_clientcerts, reject": (REFUSED, RELAYED),
             "warn_if_reject reject": (REFUSED, RELAYED),
             "zen.example": (BROKEN, BROKEN),
             "hash:/nowhere": (BROKEN, BROKEN),
             "OKAY": (BROKEN, BROKEN),
             "55 no": (BROKEN, BROKEN),
             "250 fine": (BROKEN, BROKEN),
             "354 go on": (BROKEN, BROKEN),
             "600 no": (BROKEN, BROKEN),
             "5550 no": (BROKEN, BROKEN)}

    @classmethod
    def make_rows(cls):
        both = [cls.world.clients[name].fingerprint() for name in ("unlisted", "listed")]
        for number, (value, codes) in enumerate(cls.TABLE.items()):
            table = "action_%d" % number
            cls.world.table("hash", table, [(fingerprint, value) for fingerprint in both])
            thrown_away = value.startswith("DISCARD")  # with 250
            unlisted, listed = ((code, NO) if thrown_away else answer(code) for code in codes)
            words = "check_ccert_access hash:%s, %s" % (cls.world.path(table), PERMIT)
            yield Row(words, unlisted=unlisted, listed=listed)

    def test_every_action(self):
        self.assert_agreement()


class SearchOrders(WordsCase):
    """Each order in which check_ccert_access looks for certificate and key, where the first lookup
    finds nothing, finds that it is to go on, decides, or fails."""

    FAILS = "fails"  # smtpd knows the word, and cannot look it up
    ORDERS = {None: ["cert", "key"],
              "cert_fingerprint": ["cert"],
              "pubkey_fingerprint": ["key"],
              "cert_fingerprint, pubkey_fingerprint": ["cert", "key"],
              "pubkey_fingerprint, cert_fingerprint": ["key", "cert"],
              "pubkey_fingerprint cert_fingerprint": ["key", "cert"],
              "PUBKEY_FINGERPRINT, Cert_Fingerprint": ["key", "cert"],
              "cert_fingerprint, cert_fingerprint, pubkey_fingerprint": ["cert", "key"],
              "subject_cn": [FAILS],
              "issuer_cn": [FAILS],
              "subject_cn, cert_fingerprint, pubkey_fingerprint": [FAILS],
              "issuer_cn, pubkey_fingerprint": [FAILS],
              "cert_fingerprint, subject_cn": ["cert", FAILS],
              "pubkey_fingerprint, issuer_cn, cert_fingerprint": ["key", FAILS]}
    CODES = {"OK": RELAYED, "REJECT": REFUSED, "450 later": TRY_AGAIN, FAILS: BROKEN}
    VALUES = (None, "OK", "REJECT", "DUNNO", "450 later")
    UNKNOWN = ("fingerprint", "cert_fingerprint, common_name", "cert_fingerprint; subject_cn")

    @classmethod
    def make_rows(cls):
        client = cls.world.clients["unlisted"]
        keys = {"cert": client.fingerprint(), "key": client.key_fingerprint()}
        for number, values in enumerate(itertools.product(cls.VALUES, cls.VALUES)):
            found = dict(zip(keys, values), **{cls.FAILS: cls.FAILS})
            table = "order_%d" % number
            cls.world.table("hash", table, [(keys[k], found[k]) for k in keys if found[k]])
            for order, kinds in cls.ORDERS.items():
                decided = [cls.CODES[found[k]] for k in kinds if found[k] in cls.CODES]
                yield cls.row("hash:" + cls.world.path(table), order, (decided + [REFUSED])[0])
        for order in cls.ORDERS:
            yield cls.row("fail:always", order, BROKEN)
        for order in cls.UNKNOWN:
            yield cls.row("static:OK", order, BROKEN)
        for table in ("static:OK", "static:REJECT", "fail:always"):
            words = "check_ccert_access { %s, { search_order = } }, %s" % (table, PERMIT)
            yield Row(words, listed=(RELAYED, YES), unlisted=(REFUSED, NO))

    @staticmethod
    def row(table, order, code):
        argument = "{ %s, { search_order = %s } }" % (table, order) if order else table
        return Row("check_ccert_access %s, reject" % argument, unlisted=answer(code))

    def test_every_order(self):
        self.assert_agreement()


class Arguments(WordsCase):
    """Each restriction of postconf(5) that takes an argument, in front of the permit for clients
    that are listed."""

    PASSED = {"listed": (RELAYED, YES), "unlisted": (REFUSED, NO)}
    BY_TABLE = {"static:OK": {"listed": (RELAYED, YES), "unlisted": (RELAYED, YES)},
                "static:REJECT": {"listed": (REFUSED, NO), "unlisted": (REFUSED, NO)},
                "static:DUNNO": PASSED,
                "static:450 later": {"listed": (TRY_AGAIN, NO), "unlisted": (TRY_AGAIN, NO)}}
    FAILS = {"listed": (BROKEN, NO), "unlisted": (BROKEN, NO)}
    NOT_STARTED = {"listed": (NO_ANSWER, NO), "unlisted": (NO_ANSWER, NO)}
    FAILS_UNSEEN = {"listed": (BROKEN, DEPENDS), "unlisted": (BROKEN, DEPENDS)}
    MAY_REJECT = {"listed": (ANY, DEPENDS), "unlisted": (ANY, NO)}
    MAY_PERMIT = {"listed": (RELAYED, YES), "unlisted": (ANY, DEPENDS)}
    MAY_DO_BOTH = {"listed": (ANY, DEPENDS), "unlisted": (ANY, DEPENDS)}

    # The tables that smtpd asks for something that check knows, for nothing in this session, or for
    # what the DNS says.
    KNOWN = dict(BY_TABLE, **{"fail:always": FAILS_UNSEEN})
    NEVER_ASKED = dict.fromkeys([*BY_TABLE, "fail:always"], PASSED)
    BY_DNS = dict.fromkeys([*BY_TABLE, "fail:always"], MAY_REJECT)
    BY_NAME = dict.fromkeys([*BY_TABLE, "fail:always"], MAY_DO_BOTH)

    WORDS = {"check_ccert_access": dict(BY_TABLE, **{"fail:always": FAILS}),
             "check_client_access": KNOWN,
             "check_client_a_access": BY_DNS,
             "check_client_mx_access": BY_DNS,
             "check_client_ns_access": BY_DNS,
             "check_etrn_access": NEVER_ASKED,
             "check_helo_access": KNOWN,
             "check_helo_a_access": BY_DNS,
             "check_helo_mx_access": BY_DNS,
             "check_helo_ns_access": BY_DNS,
             "check_policy_service": {"unix:private/nobody": MAY_DO_BOTH},
             "check_recipient_access": KNOWN,
             "check_recipient_a_access": BY_DNS,
             "check_recipient_mx_access": BY_DNS,
             "check_recipient_ns_access": BY_DNS,
             "check_reverse_client_hostname_access": BY_NAME,
             "check_reverse_client_hostname_a_access": BY_DNS,
             "check_reverse_client_hostname_mx_access": BY_DNS,
             "check_reverse_client_hostname_ns_access": BY_DNS,
             "check_sasl_access": NEVER_ASKED,
             "check_sender_access": KNOWN,
             "check_sender_a_access": BY_DNS,
             "check_sender_mx_access": BY_DNS,
             "check_sender_ns_access": BY_DNS,
             "permit_dnswl_client": {"list.invalid": MAY_PERMIT},
             "permit_rhswl_client": {"list.invalid": MAY_PERMIT},
             **dict.fromkeys(("reject_rbl_client", "reject_rhsbl_client", "reject_rhsbl_helo",
                              "reject_rhsbl_recipient", "reject_rhsbl_reverse_client",
                              "reject_rhsbl_sender"), {"list.invalid": MAY_REJECT}),
             "sleep": {"0": PASSED}}

    @classmethod
    def make_rows(cls):
        for word, arguments in cls.WORDS.items():
            for argument, expected in arguments.items():
                if " " in argument:
                    argument = argument.replace(":", ":{") + "}"
                for written in (word, word.upper()) if argument == "static:OK" else (word,):
                    words = "%s %s, %s" % (written, argument, PERMIT)
                    yield Row(words, written, **expected)
            if word.startswith("check_"):  # smtpd takes no word for a table that has no ':'
                ends = word == "check_policy_service"  # smtpd ends when it reads that
                expected = cls.NOT_STARTED if ends else cls.FAILS
                yield Row("%s nocolon, %s" % (word, PERMIT), **expected)

    def test_every_word(self):
        self.assert_agreement()

    def test_none_is_missing(self):
        if shutil.which("man") is None:
            self.skipTest("man is not installed")
        manual = subprocess.run(["man", "5", "postconf"], capture_output=True, text=True).stdout
        if "check_ccert_access" not in manual:
            self.skipTest("there is no manual of postconf(5)")
        takes = r"(?:type:table|servername|(?:rbl|dnswl|rhswl)_domain=\S+|seconds)"
        found = set(re.findall(r"(?m)^ {7}([a-z_]+) +%s$" % takes, manual))
        found.discard("check_address_map")  # of local_header_rewrite_clients alone
        self.assertEqual(found, set(self.WORDS))


if __name__ == "__main__":
    harness.main()
