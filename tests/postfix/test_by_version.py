#!/usr/bin/env python3
"""What changed from one version of Postfix to another: check agrees with the smtpd of this machine,
whatever its version is. core/postfix/changes_by_version.cpp says what is expected of which."""

from support import harness, many_services
from support.many_services import Service

RELAY = "smtpd_relay_restrictions"
TABLES = "relay_clientcerts"
PERMIT = "permit_tls_clientcerts, reject_unauth_destination"


class Row:

    def __init__(self, name, client="listed", **overrides):
        self.name, self.client, self.service = name, client, Service(name, overrides)


def proxied_tables(server, world):
    """Tables with the fingerprint in capitals, and in small letters."""
    client = world.clients["listed"].fingerprint()
    rows = []
    for kind, key in (("capital", client), ("small", client.lower())):
        path = world.path("case_" + kind)
        with open(path, "w") as out:
            out.write("%s here\n" % key)
        server.command("postmap", "hash:" + path)
        rows += ["texthash:" + path, "hash:" + path, "unionmap:{hash:%s}" % path,
                 "unionmap:{texthash:%s}" % path, "pipemap:{hash:%s,static:x}" % path,
                 "inline:{%s=here}" % key]
    return rows


def restrictions():
    for word in ("permit_naked_ip_address", "reject_maps_rbl", "check_relay_domains",
                 "warn_if_reject permit_naked_ip_address", "warn_if_reject reject_maps_rbl"):
        yield Row(word + " in front", **{RELAY: word + ", " + PERMIT})
        yield Row(word + " behind", **{RELAY: "permit_tls_clientcerts, " + word + ", reject"})
    for word in ("permit_naked_ip_address", "reject_maps_rbl"):
        yield Row(word + " before TLS", smtpd_delay_reject="no", smtpd_client_restrictions=word)
        yield Row(word + " in a class", smtpd_restriction_classes="old", old=word,
                  smtpd_sender_restrictions="old")


def rows_of(world, proxied):
    for table in proxied:
        yield Row(table, **{TABLES: table})
        yield Row("proxy:" + table, **{TABLES: "proxy:" + table})
    yield from restrictions()
    allowed = "proxy:" + world.main
    yield Row("a proxy table that is not allowed", **{TABLES: allowed})
    yield Row("one behind a table that answers", **{TABLES: world.main + ", " + allowed})
    yield Row("a table without a type", **{TABLES: world.path("relay_hash")})
    yield Row("one without a type behind another",
              **{TABLES: world.main + ", " + world.path("relay_hash")})
    for depth in ("0", "1", "9"):
        yield Row("a chain and depth " + depth, "issued", smtpd_tls_ccert_verifydepth=depth,
                  smtpd_tls_CAfile=world.ca, **{
                      TABLES: "",
                      RELAY: "permit_tls_all_clientcerts, reject_unauth_destination"
                  })


class ByVersion(many_services.ServicesCase):

    @classmethod
    def setUpClass(cls):
        cls.prepare()
        proxied = proxied_tables(cls.server, cls.world)
        cls.server.settings["proxy_read_maps"] = ", ".join("proxy:" + name for name in proxied)
        cls.serve(list(rows_of(cls.world, proxied)))

    def disagreements(self, row):
        client = self.world.clients[row.client]
        code = many_services.observe(row.service.port, client)
        answer, _ = many_services.check(self.server, client.cert, "--service",
                                        row.service.postfix_name)
        service = answer["services"][0]
        ids = [reason["id"] for reason in service["reasons"]]
        if row.service.overrides.get(TABLES, "").startswith("proxy:") and "case_" in row.name:
            if (code == 554) != ("proxy-case" in ids):
                yield "smtpd: %s, %s" % (code, ids)
        if ids[:1] == ["depends"] and "reject_maps_rbl" in row.name and code == 250:
            return  # up to 3.8 it asks the DNS
        if service["would_relay"] != (code == 250):
            yield "check: %s, smtpd: %s, %s" % (service["would_relay"], code, service["reasons"])

    def test_check_agrees(self):
        self.assert_rows_agree(at_least=40)


if __name__ == "__main__":
    harness.main()
