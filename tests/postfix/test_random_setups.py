#!/usr/bin/env python3
"""Random combinations of the parameters that bear on a client's certificate: check says what smtpd
then does.

RELAYCTL_SEED repeats a run. The seed and the set-up are printed where they disagree."""

import concurrent.futures
import random

from support import harness, many_services
from support.many_services import Service
from support.clients_and_tables import World
from test_agreement import SETTINGS

BATCH = 60
BATCHES = 40 if harness.LONG else 4
UNKNOWN = ("check_policy_service unix:private/nobody", "reject_unknown_client_hostname",
           "check_client_access cidr:{dir}/nothing",
           "check_helo_access inline:{{client.example=OK}}",
           "check_sender_access inline:{{client.example=REJECT}}", "reject_unknown_sender_domain")


# Values that smtpd cannot read or reads in its own way, and some that are good.
ODD = (("smtpd_tls_ask_ccert", "yes # x"), ("smtpd_tls_ask_ccert", "YES"),
       ("smtpd_tls_ask_ccert", "on"), ("smtpd_tls_ask_ccert", ""), ("smtpd_timeout", "5 minutes"),
       ("smtpd_timeout", "5minutes"), ("smtpd_timeout", "-1"), ("smtpd_timeout", "300x"),
       ("smtpd_tls_protocols", "TLS1.2"), ("smtpd_tls_protocols", "!TLSv7"),
       ("smtpd_tls_protocols", "!SSLv2, !SSLv3"), ("smtpd_tls_protocols", "TLSv1.2"),
       ("smtpd_tls_ciphers", "bogus"), ("smtpd_tls_ciphers", "High"),
       ("smtpd_tls_exclude_ciphers", "ALL"), ("smtpd_tls_exclude_ciphers", "aNULL, MD5"),
       ("smtpd_tls_security_level", "may # x"), ("smtpd_tls_security_level", "MAY"),
       ("smtpd_tls_ccert_verifydepth", "deep"), ("smtpd_tls_auth_only", "yes  # x"),
       ("smtpd_recipient_limit", "0"), ("smtpd_recipient_limit", "1k"),
       ("smtpd_delay_reject", "maybe"), ("smtpd_tls_dh1024_param_file", "/nowhere"),
       ("smtpd_tls_eecdh_grade", "best"), ("smtpd_reject_footer", "$nothing"),
       ("smtpd_sasl_auth_enable", "no yes"), ("tls_high_cipherlist", "bogus"),
       ("smtpd_sender_login_maps", "inline:{sender@client.example=anna}"),
       ("smtpd_authorized_verp_clients", "0.0.0.0/99"), ("smtpd_no_such_thing", "yes"))
WRAPPERS = ("debug:%s", "unionmap:{%s}", "pipemap:{%s}", "unionmap:{%s,static:all}",
            "unionmap:{debug:%s}", "pipemap:{%s,static:x}", "{%s}")


def choose(rng, common, rare):
    return rng.choice(common if rng.random() < 0.92 else rare)


def random_list(rng, world, ends):
    t = lambda name: "hash:" + world.path(name)
    words = ["permit_tls_clientcerts"] * 4 + [
        "permit_mynetworks", "permit_sasl_authenticated", "reject_unauth_pipelining",
        "permit_tls_all_clientcerts", "permit_auth_destination",
        "check_ccert_access " + t("access_ok"), "check_ccert_access " + t("access_reject"),
        "check_ccert_access " + t("access_dunno"), "check_ccert_access " + t("access_nested"),
        "check_ccert_access " + world.main, "check_ccert_access " + t("unbuilt"),
        "check_ccert_access { %s, { search_order = pubkey_fingerprint, cert_fingerprint } }" %
        t("access_later"), "warn_if_reject", "defer_if_permit", "defer_if_reject",
        "reject_plaintext_session", "certified", "reject_non_fqdn_sender", "permit_inet_interfaces",
        "reject_unauth_destination", "defer_unauth_destination", "permit", "reject", "defer",
        "no_such_restriction",
        "reject_sender_login_mismatch", "permit_naked_ip_address", "warn_if_reject defer_if_permit"
    ]
    chosen = rng.sample(words, rng.choice([0, 0, 1, 1, 2, 3]))
    if rng.random() < 0.6:
        chosen.insert(rng.randint(0, len(chosen)), "permit_tls_clientcerts")
    if rng.random() < 0.1:
        chosen.insert(rng.randint(0, len(chosen)), rng.choice(UNKNOWN).format(dir=world.directory))
    return ", ".join(chosen + ([rng.choice(ends)] if rng.random() < 0.8 else []))


def random_service(rng, world, number):
    t = lambda name: "hash:" + world.path(name)
    tables = [world.main] * 20 + [
        t("empty"),
        t("md5"),
        t("issued"),
        t("stale"),
        t("unbuilt"),
        t("broken"), "static:all", "texthash:" + world.path("text"),
        "texthash:" + world.path("double"), "lmdb:" + world.path("relay_lmdb"),
        "cdb:" + world.path("relay_cdb"), "btree:" + world.path("relay_btree"),
        "regexp:" + world.path("pattern"), "fail:x", "proxy:" + t("issued"),
        "hash:../relay_hash", "hash:relay_hash", "debug:proxy:" + t("issued"),
        "proxy:" + t("secret")
    ] + [wrapper % world.main for wrapper in WRAPPERS]
    overrides = {
        "smtpd_tls_security_level": choose(rng, ["may"],
                                           ["none", "encrypt", "encrypt", "", "verify"]),
        "smtpd_tls_ask_ccert": choose(rng, ["yes"],
                                      ["no"]), "smtpd_tls_req_ccert": choose(rng, ["no"], ["yes"]),
        "smtpd_tls_fingerprint_digest": choose(rng, ["sha256"],
                                               ["md5", "sha512", "SHA256", "nonsense"]),
        "relay_clientcerts": ", ".join(rng.sample(tables, rng.choice([0, 1, 1, 1, 1, 2, 3]))),
        "smtpd_delay_reject": choose(rng, ["yes"], ["no"]),
        "mynetworks": choose(rng, ["192.0.2.0/24"],
                             ["127.0.0.0/8", "0.0.0.0/0", "!127.0.0.1, 127.0.0.0/8", "[::1]/128"]),
        "smtpd_relay_before_recipient_restrictions": choose(rng, ["yes"], ["no"]),
        "smtpd_tls_CAfile": choose(rng, [""], [world.ca, world.path("text")]),
        "smtpd_relay_restrictions": random_list(
            rng, world, ["reject_unauth_destination", "reject", "defer_unauth_destination"]),
        "smtpd_restriction_classes": "certified"
    }
    for name in ("client", "helo", "sender", "recipient"):
        if rng.random() < 0.2:
            overrides["smtpd_%s_restrictions" % name] = random_list(
                rng, world, ["reject", "permit", "reject_unauth_destination"])
    if rng.random() < 0.04:
        overrides["smtpd_tls_cert_file"] = rng.choice(["", "none", "/nowhere"])
    if rng.random() < 0.05:
        overrides["smtpd_discard_ehlo_keywords"] = "starttls"
    if rng.random() < 0.25:
        overrides.update(rng.sample(ODD, rng.choice([1, 1, 2])))
    return Service("random-%d" % number, overrides, wrapper=rng.random() < 0.1)


class RandomSetUps(harness.Case):

    def compare(self, server, world, service, client):
        code = many_services.observe(service.port, client, service.wrapper)
        answer, _ = many_services.check(server, client.cert, "--service", service.postfix_name)
        verdict = answer["services"][0]
        would = verdict["would_relay"]
        self.seen[would] = self.seen.get(would, 0) + 1
        if would == (code == 250) and (would or verdict["reasons"]):
            return None
        unknown = any(
            word.split(" ")[0] in value for word in UNKNOWN for value in service.overrides.values())
        if would is None and unknown:
            return None
        return "check: %s, smtpd: %d, client %s\n  %s\n  %s" % (
            would, code, client.name, service.line(), verdict["reasons"])

    def test_check_agrees_with_smtpd(self):
        seed = harness.seed()
        rng = random.Random(seed)
        self.seen = {}
        disagreements = []
        compared = 0
        for _ in range(BATCHES):
            server = many_services.ManyServices([])
            try:
                world = World(server.directory)
                open(world.path("nothing"), "w").close()
                server.settings.update(SETTINGS, relay_clientcerts=world.main,
                                       proxy_read_maps="proxy:hash:%s proxy:hash:%s" %
                                       (world.path("issued"), world.path("secret")))
                services = [random_service(rng, world, i) for i in range(BATCH)]
                names = ("listed",) * 6 + (
                    "pinned", "pinned", "unlisted", "issued", "forgotten", "revoked")
                clients = [world.clients[rng.choice(names)] for _ in services]
                server.add(services)
                server.start()
                with concurrent.futures.ThreadPoolExecutor(4) as pool:
                    found = list(
                        pool.map(lambda pair: self.compare(server, world, *pair),
                                 zip(services, clients)))
                compared += len(found)
                disagreements += [text for text in found if text]
            finally:
                server.stop()
        self.assertEqual(compared, BATCH * BATCHES)
        print("yes, no, depends: %s of %d" % ([self.seen.get(w, 0)
                                               for w in (True, False, None)], compared))
        for answer in (True, False):
            self.assertGreater(self.seen.get(answer, 0), compared // 10,
                               "too many set-ups of one kind")
        self.assertEqual([], disagreements, "seed %d\n%s" % (seed, "\n".join(disagreements)))


if __name__ == "__main__":
    harness.main()
