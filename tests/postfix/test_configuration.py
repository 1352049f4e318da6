#!/usr/bin/env python3
"""What verify says of the configuration, what add warns of, and services as master.cf can have
them."""

import json
import os
import re
import subprocess

from support import certs, harness, many_services, release
from support.many_services import Service

GOOD = "permit_tls_clientcerts, reject_unauth_destination"


class ConfigurationCase(many_services.OneClient):
    """A configuration that is never started: relayctl only reads it."""

    def setUp(self):
        super().setUp()
        self.server.path = os.path.join(self.server.directory, "relay_clients")
        self.server.list_only(self.client, "zen.example")

    def configure(self, services=(), **settings):
        self.server.settings.update({k: v for k, v in settings.items() if v is not None})
        for name, value in settings.items():
            if value is None:
                self.server.settings.pop(name, None)
        self.server.add([Service(str(i), overrides) for i, overrides in enumerate(services)])

    def relayctl(self, *args, check=None, **options):
        return harness.relayctl("-c", self.server.config, *args, check=check, **options)

    def findings(self, *args):
        result = self.relayctl("verify", "--json", *args)
        data = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if data["ok"] else 1, result.stderr)
        # What every hash: table of 3.11 is told is what test_way_out.py looks at.
        return [f for f in data["findings"] if f["id"] != "berkeley-db-goes"]

    def expect(self, id, severity, says=".", hint=".", *args):
        """The finding is there once, and no other error or warning."""
        found = [f for f in self.findings(*args) if f["severity"] != "note" or f["id"] == id]
        self.assertEqual([(f["id"], f["severity"]) for f in found], [(id, severity)], found)
        self.assertRegex(found[0]["message"], says)
        if hint:
            self.assertRegex(found[0]["hint"] or "", hint)
        return found[0]


class Findings(ConfigurationCase):

    def test_all_is_well(self):
        self.assertEqual(self.findings(), [])
        if not release.since(3, 11):
            self.assertEqual(self.relayctl("verify", "--strict", check=0).stdout, "")

    def test_not_asked(self):
        self.configure(smtpd_tls_ask_ccert="no")
        found = self.expect("ask-ccert-off", "error", "/inet: smtpd_tls_ask_ccert = no",
                            "^postconf -c .* -e 'smtpd_tls_ask_ccert = yes' && postfix")
        self.assertEqual(found["file"], self.server.config + "/main.cf")

    def test_only_the_service_that_is_meant(self):
        self.configure([{"smtpd_relay_restrictions": GOOD, "smtpd_tls_security_level": "encrypt"}],
                       smtpd_relay_restrictions="reject_unauth_destination")
        self.assertEqual(self.findings(), [])

    def test_once_for_all_services(self):
        self.configure([{}, {}], smtpd_tls_security_level="none")
        found = self.expect("tls-off", "error")
        self.assertEqual(len(re.findall(r"127\.0\.0\.1:\d+/inet", found["message"])), 3)

    def test_an_override(self):
        self.configure([{"smtpd_tls_ask_ccert": "no"}])
        self.expect("ask-ccert-off", "error", "^127",
                    "-P 127.0.0.1:\\d+/inet/smtpd_tls_ask_ccert=yes")

    def test_no_service_permits(self):
        self.configure(smtpd_relay_restrictions="permit_mynetworks, reject_unauth_destination")
        self.expect("permit-missing", "error", "smtpd_relay_restrictions",
                    "permit_tls_clientcerts, permit_mynetworks, reject")

    def test_everybody_is_in_static(self):
        self.configure(relay_clientcerts=self.server.table + " static:all")
        self.expect("static-table", "error", "anybody")

    def test_patterns(self):
        path = self.server.path + ".re"
        with open(path, "w") as out:
            out.write("/^AB:CD/ x\n")
        self.configure(relay_clientcerts=self.server.table + " regexp:" + path)
        self.expect("pattern-table", "warning", "by a pattern")
        self.assertTrue(json.loads(self.relayctl("verify", "--json", check=0).stdout)["ok"])
        self.relayctl("verify", "--strict", check=1)
        quiet = self.relayctl("verify", "--strict", "-q", check=1)
        self.assertEqual(quiet.stdout, "")
        warnings = quiet.stderr.splitlines()  # a Postfix of today warns of hash: as well
        self.assertEqual(len([line for line in warnings if "by a pattern" in line]), 1)
        for line in warnings:
            self.assertRegex(line, r"\Arelayctl: warning: ")
        self.assertEqual(self.relayctl("verify", "-q", check=0).stderr, "")

    def test_every_certificate_of_a_ca(self):
        self.configure(smtpd_relay_restrictions="permit_tls_all_clientcerts, reject")
        self.expect("permit-all-clientcerts", "error", "listed or not",
                    "permit_tls_clientcerts,? ?reject")

    def test_every_certificate_of_a_ca_in_a_class(self):
        self.configure(smtpd_relay_restrictions="by_certificate, reject",
                       smtpd_restriction_classes="by_certificate",
                       by_certificate="permit_tls_all_clientcerts")
        self.expect("permit-all-clientcerts", "error", "listed or not",
                    " -e 'by_certificate = permit_tls_clientcerts' && ")

    def test_every_certificate_of_a_ca_beside_the_listed_ones(self):
        self.configure(
            smtpd_relay_restrictions="permit_tls_clientcerts, permit_tls_all_clientcerts, reject")
        self.expect("permit-all-clientcerts", "error", "listed or not",
                    "= permit_tls_clientcerts, reject' && ")

    def test_a_table_in_the_obsolete_form_hides_nothing(self):
        self.configure(relay_clientcerts=self.server.table + " pgsql:tab")
        self.assertNotIn("cannot be seen", " ".join(f["message"] for f in self.findings()))

    def test_an_open_relay(self):
        self.configure(
            smtpd_relay_restrictions="permit",
            smtpd_recipient_restrictions="permit_mynetworks, defer_if_reject, all_of_them, reject",
            smtpd_restriction_classes="all_of_them",
            all_of_them="permit")
        self.expect("open-relay", "error", "any client")

    def test_wide_networks(self):
        self.configure(mynetworks="0.0.0.0/0",
                       smtpd_relay_restrictions="permit_mynetworks, " + GOOD)
        self.expect("mynetworks-wide", "error", "0.0.0.0/0")

    def test_a_table_that_nobody_asks(self):
        other = self.server.path + "2"
        with open(other, "w") as out:
            out.write(self.client.fingerprint() + " zen.example\n")
        self.server.command("postmap", "hash:" + other)
        self.expect("table-unused", "error", "no service asks hash:",
                    "relay_clientcerts = hash:.*relay_clients, hash:.*relay_clients2", "-t",
                    "hash:" + other)

    def test_the_slip_of_the_guide(self):
        """relay_clients is edited, relay_clientcerts is asked."""
        edited = self.server.config + "/relay_clients"
        asked = self.server.config + "/relay_clientcerts"
        with open(edited, "w") as out:
            out.write(self.client.fingerprint() + " zen.example\n")
        with open(asked, "w") as out:
            out.write("")
        self.server.command("postmap", "hash:" + asked)
        self.configure(relay_clientcerts="hash:" + asked)
        found = self.expect("other-file", "warning", "no service asks it",
                            "relay_clientcerts = hash:.*/relay_clients'")
        self.assertEqual(found["file"], edited)

    def test_a_digest_that_nobody_computes(self):
        self.configure(smtpd_tls_fingerprint_digest="sha512")
        found = [f["id"] for f in self.findings()]
        self.assertEqual(found, ["wrong-length", "table-digest"])

    def test_the_digest_by_default(self):
        with open(self.server.path, "w") as out:
            out.write(self.client.fingerprint("md5") + " zen.example\n")
        self.server.command("postmap", self.server.table)
        self.configure(smtpd_tls_fingerprint_digest=None, compatibility_level="2")
        self.expect("digest-by-default", "warning", "compatibility_level = '2'",
                    "smtpd_tls_fingerprint_digest = md5")
        self.configure(smtpd_tls_fingerprint_digest="md5")
        self.expect("weak-digest", "note", "md5", "")

    def test_an_unknown_digest(self):
        self.configure([{"smtpd_tls_fingerprint_digest": "sha257"}])
        self.expect("digest-unknown", "error", "sha257")

    def test_trust_is_demanded(self):
        self.configure(smtpd_tls_security_level="encrypt", smtpd_tls_req_ccert="yes")
        self.expect("ccert-untrusted", "warning", "421")

    def test_another_table_without_a_map(self):
        other = self.server.path + "2"
        with open(other, "w") as out:
            out.write("")
        self.configure(relay_clientcerts="hash:%s %s" % (other, self.server.table))
        self.expect("map-missing", "error", "relay_clients2", "relayctl -c .* rebuild -t hash:",
                    "-t", self.server.table)

    def test_proxy(self):
        self.configure(relay_clientcerts=self.server.table + " proxy:" + self.server.table)
        self.expect("proxy-not-allowed", "error", "proxy_read_maps",
                    "proxy_read_maps = .*proxy:hash:")

    def test_a_relay_table_for_access(self):
        self.configure(smtpd_client_restrictions="check_ccert_access " + self.server.table)
        self.expect("ccert-access-misused", "error", "451",
                    "smtpd_client_restrictions = permit_tls_clientcerts")

    def test_a_chroot_and_a_socket(self):
        self.configure(relay_clientcerts=self.server.table + " memcache:/etc/postfix/nowhere.cf")
        self.server.services = self.server.services.replace("inet n - n", "inet n - y")
        self.server.write_configuration()
        self.expect("chroot-table", "warning", "chroot", "proxy:memcache")

    def test_a_configuration_that_others_write(self):
        os.chmod(self.server.config + "/main.cf", 0o666)
        found = self.expect("config-writable", "error", "can be written by others", "chmod go-w")
        self.assertEqual(found["file"], self.server.config + "/main.cf")

    def test_what_depends(self):
        self.configure(smtpd_client_restrictions="check_policy_service unix:private/policy")
        self.expect("depends", "note", "check_policy_service unix:private/policy", "")

    def test_nothing_is_spawned_with_table_and_digest(self):
        self.configure(smtpd_tls_ask_ccert="no")
        self.assertEqual(self.findings("-t", self.server.table, "-d", "sha256"), [])

    def test_as_another_user(self):
        self.configure()
        os.chmod(self.server.server.key, 0o600)
        os.chmod(self.server.directory, 0o755)
        command = [harness.RELAYCTL, "-c", self.server.config, "verify", "--json"]
        program = os.path.join(self.server.directory, "relayctl")
        subprocess.run(["cp", harness.RELAYCTL, program], check=True)
        result = harness.run([program] + command[1:], user="nobody", group="nogroup",
                             extra_groups=[], env={"PATH": "/usr/sbin:/usr/bin:/bin"})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        notes = [f for f in json.loads(result.stdout)["findings"]
                 if f["id"] != "berkeley-db-goes"]
        self.assertEqual([(f["id"], f["severity"]) for f in notes],
                         [("unseen", "note"), ("smtpd-unasked", "note")])
        self.assertIn("server.example.key", notes[0]["message"])
        checked = harness.run([program, "-c", self.server.config, "check", "--json",
                               self.client.cert], user="nobody", group="nogroup", extra_groups=[],
                              env={"PATH": "/usr/sbin:/usr/bin:/bin"})
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        os.chmod(self.server.path + release.suffix(), 0o600)
        checked = harness.run([program, "-c", self.server.config, "check", "--json",
                               self.client.cert], user="nobody", group="nogroup", extra_groups=[],
                              env={"PATH": "/usr/sbin:/usr/bin:/bin"})
        self.assertEqual(checked.returncode, 1)
        data = json.loads(checked.stdout)
        self.assertIsNone(data["would_relay"])
        self.assertEqual(data["services"][0]["reasons"][0]["id"], "table-unseen")


class AfterAdding(ConfigurationCase):

    def add(self, *args):
        return self.relayctl("add", certs.Client(self.server.directory, "new.example").cert,
                             "new.example", *args, check=0).stderr

    def test_nothing_to_say(self):
        self.assertNotIn("warning", self.add())

    def test_what_still_refuses(self):
        self.configure([{"smtpd_client_restrictions": "reject"}], smtpd_tls_ask_ccert="no")
        said = [line for line in self.add().splitlines() if "authorised, but" in line]
        self.assertEqual(len(said), 2)
        self.assertRegex(
            said[0], r"authorised, but service 127\.0\.0\.1:\d+/inet will still refuse it: "
            r"smtpd_tls_ask_ccert = no.* \[ask-ccert-off\]")

    def test_a_service_that_means_nobody(self):
        self.configure([{"smtpd_relay_restrictions": "reject"}])
        self.assertNotIn("authorised, but", self.add())

    def test_a_table_elsewhere(self):
        self.configure([{"relay_clientcerts": "hash:/nowhere", "smtpd_tls_ask_ccert": "no"}])
        self.assertNotIn("authorised, but", self.add())

    def test_not_with_table_and_digest(self):
        self.configure(smtpd_tls_ask_ccert="no")
        self.assertNotIn("authorised, but", self.add("-t", self.server.table, "-d", "sha256"))


class Check(ConfigurationCase):

    def check(self, *args, status):
        result = self.relayctl("check", *args, "--json", check=status)
        return json.loads(result.stdout)

    def test_json(self):
        data = self.check(self.client.cert, status=0)
        self.assertEqual(list(data), ["schema", "would_relay", "cert", "key", "digest", "services"])
        self.assertEqual((data["cert"], data["key"], data["digest"]),
                         (self.client.fingerprint(), self.client.key_fingerprint(), "sha256"))
        service = data["services"][0]
        self.assertEqual(list(service)[:4], ["service", "would_relay", "matched", "reasons"])
        self.assertEqual(
            service["matched"], {
                "table": self.server.table, "kind": "cert",
                "fingerprint": self.client.fingerprint(), "host": "zen.example",
                "file": self.server.path, "line": 1
            })
        self.assertEqual(service["tables"], [self.server.table])

    def test_through_any_service_or_one(self):
        self.configure([{"smtpd_tls_ask_ccert": "no"}])
        names = [s["service"] for s in self.check(self.client.cert, status=0)["services"]]
        self.assertEqual(len(names), 2)
        self.check(self.client.cert, "--service", names[0], status=0)
        self.check(self.client.cert, "--service", names[1], status=1)
        self.check(self.client.cert, "--service", names[1].replace("/inet", ""), status=1)
        unknown = self.relayctl("check", self.client.cert, "--service", "submission", check=2)
        self.assertIn(names[0], unknown.stderr)

    def test_by_fingerprint(self):
        self.check("--fingerprint", "sha256 Fingerprint=" + self.client.fingerprint().lower(),
                   status=0)
        data = self.check("--fingerprint", certs.colons("ab" * 32), status=1)
        self.assertIsNone(data["would_relay"])  # the client's other fingerprint may be listed
        self.assertEqual(data["services"][0]["reasons"][0]["id"], "not-listed")
        wrong = self.relayctl("check", "--fingerprint", certs.colons("ab" * 16), check=3)
        self.assertIn("md5", wrong.stderr)

    def test_by_key(self):
        with open(self.server.path, "w") as out:
            out.write(self.client.key_fingerprint() + " zen.example\n")
        self.server.command("postmap", self.server.table)
        for file in (self.client.key, self.client.request(), self.client.public_key(),
                     self.client.cert):
            self.assertEqual(self.check(file, status=0)["services"][0]["matched"]["kind"], "key")
        other = certs.Client(self.server.directory, "other")
        data = self.check(other.request(), status=1)
        self.assertIsNone(data["would_relay"])
        self.configure(smtpd_tls_ask_ccert="no")
        self.assertIs(self.check(other.request(), status=1)["would_relay"], False)

    def test_what_if(self):
        self.check(self.client.cert, "-d", "sha512", status=1)
        data = self.check(self.client.cert, "-t",
                          "inline:{%s=zen}" % self.client.fingerprint("md5"), "-d", "md5", status=0)
        self.assertEqual(data["services"][0]["matched"]["host"], "zen")

    def test_bad_input(self):
        self.relayctl("check", check=2)
        self.relayctl("check", self.client.cert, "--fingerprint", self.client.fingerprint(),
                      check=2)
        self.relayctl("check", self.client.cert, "--address", "here", check=2)
        self.relayctl("check", self.server.path, check=3)
        self.relayctl("check", "/nowhere.pem", check=3)
        os.remove(self.server.config + "/master.cf")
        self.relayctl("check", self.client.cert, check=4)
        harness.relayctl("-c", "/nowhere", "check", self.client.cert, check=4)

    def test_quiet_and_plain(self):
        quiet = self.relayctl("check", "-q", self.client.cert, check=0)
        self.assertEqual((quiet.stdout, quiet.stderr), ("", ""))
        plain = self.relayctl("check", "--plain", self.client.cert, check=0).stdout
        self.assertRegex(plain, r"^127\.0\.0\.1:\d+/inet\tyes\t\tzen\.example\n$")

    def test_spawns(self):
        """One postconf for where the commands are and Postfix runs, one for master.cf, one for the
        parameters, one postmap, one postconf that says what smtpd would ask proxymap for, and one
        smtpd: however many services without overrides of their own."""
        self.configure([{}, {}, {}])
        command = [harness.RELAYCTL, "-c", self.server.config, "check", self.client.cert]
        spawned, _ = harness.executed(*command)
        names = [os.path.basename(words[0]) for words in spawned]
        if release.since(3, 11):
            names.remove("postconf")  # that asks what there is instead of hash:
        self.assertEqual(names, ["postconf", "postconf", "postconf", "postmap", "postconf", "env",
                                 "smtpd"])

    def test_an_address(self):
        self.configure(mynetworks="10.0.0.0/8 [2001:db8::]/32",
                       smtpd_relay_restrictions="permit_mynetworks, reject_unauth_destination")
        for address, relays in (("10.1.2.3", 0),
                                ("11.1.2.3", 1),
                                ("2001:db8::7", 0),
                                ("2001:db9::7", 1)):
            self.check(self.client.cert, "--address", address, status=relays)
        self.check(self.client.cert, status=1)

    def test_it_fits_on_one_screen(self):
        self.configure(smtpd_tls_ask_ccert="no",
                       smtpd_relay_restrictions="reject_unauth_destination")
        text = self.relayctl("check", certs.Client(self.server.directory, "other").cert,
                             check=1).stdout
        self.assertLess(len(text.splitlines()), 24)
        for id in ("ask-ccert-off", "permit-missing", "not-listed"):
            self.assertIn("[%s]" % id, text)


class Notes(ConfigurationCase):
    """What does not decide, but is said."""

    def ids(self, client, status):
        result = self.relayctl("check", "--json", client.cert, check=status)
        return [(r["id"], r["severity"])
                for r in json.loads(result.stdout)["services"][0]["reasons"]]

    def listed(self, client, fingerprint=None):
        with open(self.server.path, "a") as out:
            out.write("%s %s\n" % (fingerprint or client.fingerprint(), client.name))
        self.server.command("postmap", self.server.table)
        return client

    def test_expired(self):
        self.assertEqual(
            self.ids(self.listed(certs.expired(self.server.directory, "old.example")), 0),
            [("cert-expired", "warning")])

    def test_not_yet_valid(self):
        result = self.relayctl("check", "--json", self.client.cert, check=0,
                               env={"RELAYCTL_TEST_CLOCK": "86400"})
        self.assertEqual([r["id"] for r in json.loads(result.stdout)["services"][0]["reasons"]],
                         ["cert-not-yet-valid"])

    def test_names_of_cas(self):
        ca = certs.Client(self.server.directory, "ca.example")
        self.configure(smtpd_tls_CAfile=ca.cert)
        self.assertEqual(self.ids(self.client, 0), [("ca-names-sent", "note")])

    def test_milters(self):
        self.configure(smtpd_milters="unix:/run/milter")
        self.assertEqual(self.ids(self.client, 0), [("milter", "note")])

    def test_discarded(self):
        access = self.server.path + ".access"
        with open(access, "w") as out:
            out.write("%s DISCARD\n" % self.client.fingerprint())
        self.server.command("postmap", "hash:" + access)
        self.configure(smtpd_sender_restrictions="check_ccert_access hash:" + access)
        self.assertIn(("ccert-access-discards", "error"), self.ids(self.client, 1))


class BehindPostscreen(harness.Case):
    """A pass service: postscreen hands the connection over, smtpd does TLS and judges."""

    def test_it_agrees(self):
        server = many_services.ManyServices(
            [], settings={"postscreen_access_list": "static:permit", "postscreen_greet_wait": "1s"})
        self.addCleanup(server.stop)
        listed, unlisted = (certs.Client(server.directory, name)
                            for name in ("listed.example", "unlisted.example"))
        server.list_only(listed, "listed.example")
        probe = Service("screen")
        server.add([probe])
        server.services = (
            "127.0.0.1:{port} inet n - n - 1 smtpd\n127.0.0.1:%d inet n - n - 1 postscreen\n"
            "smtpd pass - - n - - smtpd" % probe.port)
        server.write_configuration()
        server.start()
        for client, code in ((listed, 250), (unlisted, 554)):
            self.assertEqual(many_services.observe(probe.port, client), code)
            answer, status = many_services.check(server, client.cert, "--service", "smtpd/pass")
            self.assertEqual((answer["would_relay"], status),
                             (code == 250, 0 if code == 250 else 1))


if __name__ == "__main__":
    harness.main()
