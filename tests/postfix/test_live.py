#!/usr/bin/env python3
"""The live look: check and verify follow the running smtpd where it is not what the configuration
says. In each state a real client with the certificate says what is true."""

import json
import os
import re
import socket
import subprocess
import threading
import time

from support import certs, harness, many_services, postfix_server, running
from support.many_services import Service

SECONDS = 12  # the look itself ends after 8


class LiveCase(many_services.OneClient):

    def setUp(self):
        super().setUp()
        self.server.list_only(self.client, "zen.example")

    def configure(self, **settings):
        """Without a reload: the processes that run keep what they have read."""
        self.server.write_configuration(**settings)

    def master_cf(self, *lines):
        self.server.services = "\n".join(lines)
        self.server.write_configuration()

    def start(self, **settings):
        """Postfix with an smtpd that has read its configuration."""
        self.configure(**settings)
        self.server.start()
        self.server.log_of(self.observe)

    def relayctl(self, *args, **options):
        began = time.monotonic()
        done = harness.relayctl("-c", self.server.config, *args, **options)
        self.assertLess(time.monotonic() - began, SECONDS)
        return done

    def services(self, *args):
        data = json.loads(self.relayctl("check", "--json", self.client.cert, *args).stdout)
        return {service["service"]: service for service in data["services"]}

    def service(self, *args):
        return self.services(*args)["127.0.0.1:%d/inet" % self.server.port]

    def live(self):
        return self.service()["live"]

    def observe(self, wrapper=False):
        return many_services.observe(self.server.port, self.client, wrapper)

    def expect(self, *ids, relays, says=None, hint=None, code=None, wrapper=False):
        """The first ids of check, and its answer beside that of smtpd. verify finds the same if it
        is an error."""
        code = code if code is not None else 250 if relays else 554
        self.assertEqual(self.observe(wrapper), code)
        service = self.service()
        reasons = service["reasons"]
        said = [reason["id"] for reason in reasons if reason["severity"] != "note"]
        self.assertEqual(said[:len(ids) or 1], list(ids), service)
        self.assertEqual(service["would_relay"], relays, service)
        if says:
            self.assertRegex(reasons[0]["message"], says)
        if hint:
            self.assertRegex(reasons[0]["hint"], hint)
        if ids:
            findings = json.loads(self.relayctl("verify", "--json").stdout)["findings"]
            self.assertIn((ids[0], reasons[0]["severity"]),
                          [(found["id"], found["severity"]) for found in findings])
        return service


class Seen(LiveCase):

    def test_what_a_service_shows(self):
        self.start()
        service = self.expect(relays=True)
        self.assertEqual(
            service["live"], {
                "status": "running", "address": "127.0.0.1:%d" % self.server.port,
                "greeting": "220 server.example ESMTP Postfix", "starttls": True,
                "protocol": "TLSv1.3", "asks_for_certificate": True, "authorities": [],
                "error": None
            })
        verified = json.loads(self.relayctl("verify", "--json", check=0).stdout)
        self.assertEqual(verified["live"], [{
            "service": service["service"], "live": service["live"]
        }])
        self.assertEqual(verified["findings"], [])
        quiet = self.relayctl("check", self.client.cert, check=0)
        self.assertEqual(quiet.stderr, "")

    def test_no_certificate_and_no_message(self):
        self.start()
        log = self.server.log_of(self.service)
        self.assertIn("ehlo=1 starttls=1 quit=1 commands=3", log)
        self.assertNotIn("lost connection", log)

    def names_of_authorities(self, protocol, protocols):
        authorities = [certs.authority(self.server.directory, name) for name in ("ca1", "ca2")]
        bundle = os.path.join(self.server.directory, "cas.pem")
        with open(bundle, "w") as out:
            for authority in authorities:
                with open(authority.cert) as source:
                    out.write(source.read())
        self.start(smtpd_tls_CAfile=bundle, smtpd_tls_protocols=protocols)
        live = self.expect(relays=True)["live"]
        self.assertEqual((live["protocol"], sorted(live["authorities"])),
                         (protocol, ["CN=ca1", "CN=ca2"]))

    def test_names_of_authorities_by_tls_1_3(self):
        self.names_of_authorities("TLSv1.3", ">=TLSv1.3")

    def test_names_of_authorities_by_tls_1_2(self):
        self.names_of_authorities("TLSv1.2", "!TLSv1.3")

    def test_wrapper_mode(self):
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd -o smtpd_tls_wrappermode=yes")
        self.server.start()
        live = self.expect(relays=True, wrapper=True)["live"]
        self.assertEqual((live["starttls"], live["protocol"], live["asks_for_certificate"]),
                         (False, "TLSv1.3", True))
        self.assertRegex(live["greeting"], "^220 ")

    def test_wrapper_mode_that_demands_a_certificate(self):
        authority = certs.authority(self.server.directory, "ca")
        self.client = certs.issued(self.server.directory, "issued.example", authority)
        self.relayctl("add", self.client.cert, "issued.example", check=0)
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd -o smtpd_tls_wrappermode=yes"
                       " -o smtpd_tls_req_ccert=yes")
        self.configure(smtpd_tls_CAfile=authority.cert)
        self.server.start()
        self.expect(relays=True, wrapper=True)

    def test_a_service_that_is_not_meant_for_certificates(self):
        """It is looked at, and verify has nothing to say of it."""
        self.server.add([
            Service("plain", {
                "smtpd_tls_security_level": "none",
                "smtpd_relay_restrictions": "reject_unauth_destination"
            })
        ])
        self.start()
        self.assertEqual(json.loads(self.relayctl("verify", "--json").stdout)["findings"], [])
        self.assertEqual([service["live"]["starttls"] for service in self.services().values()],
                         [True, False])

    def test_the_system_configuration_of_openssl(self):
        """What openssl.cnf demands of every program does not narrow what is seen."""
        self.start(smtpd_tls_protocols="!TLSv1.3", smtpd_tls_ciphers="medium")
        strict = os.path.join(self.server.directory, "openssl.cnf")
        with open(strict, "w") as out:
            out.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                      "MinProtocol = TLSv1.3\nCipherString = AES128-SHA@SECLEVEL=5\n"
                      "Groups = X448\nSignatureAlgorithms = ed448\n")
        script = ('mount --bind "$1" "$(realpath /etc/ssl/openssl.cnf)" && shift && exec "$@"')
        command = ["unshare", "--mount", "sh", "-c", script, "sh", strict]
        probe = harness.run([*command, "true"])
        if probe.returncode != 0:
            self.skipTest("no mount namespace: " + probe.stderr)
        done = harness.run([
            *command, harness.RELAYCTL, "-c", self.server.config, "check", "--json",
            self.client.cert
        ])
        live = json.loads(done.stdout)["services"][0]["live"]
        self.assertEqual((live["protocol"], live["asks_for_certificate"]), ("TLSv1.2", True))


class Unseen(LiveCase):
    """What was not seen is said once, and the configuration decides."""

    def notes(self, *args):
        done = self.relayctl("check", self.client.cert, *args, check=0)
        return [line for line in done.stderr.splitlines() if "note:" in line]

    def expect_unseen(self, reason):
        live = self.live()
        self.assertEqual(live["status"], "unseen")
        self.assertRegex(live["error"], reason)
        notes = self.notes()
        self.assertEqual(len(notes), 1)
        self.assertRegex(notes[0], "judged by the configuration alone, since .*" + reason)

    def test_stopped(self):
        self.server.add([Service("another")])
        listener = socket.create_server(("127.0.0.1", self.server.port))
        self.addCleanup(listener.close)
        self.expect_unseen("Postfix does not run here")
        verified = self.relayctl("verify", check=0)
        self.assertEqual(verified.stderr.count("Postfix does not run here"), 1)
        self.assertNotIn("note", self.relayctl("verify", "-q", check=0).stderr)
        listener.setblocking(False)
        with self.assertRaises(BlockingIOError):  # nobody connected
            listener.accept()

    def test_offline(self):
        self.start()
        before = self.server.log().count("]: connect from")
        self.configure(smtpd_tls_ask_ccert="no")
        service = self.service("--offline")
        self.assertEqual((service["live"], service["would_relay"]), (None, False))
        self.assertEqual(service["reasons"][0]["id"], "ask-ccert-off")
        offline = self.relayctl("verify", "--offline", "--json", check=1)
        self.assertEqual([found["id"] for found in json.loads(offline.stdout)["findings"]],
                         ["ask-ccert-off"])
        self.assertIsNone(json.loads(offline.stdout)["live"][0]["live"])
        self.assertNotIn("note", self.relayctl("verify", "--offline").stderr)
        # What is logged in order has this session last.
        self.server.log_of(self.observe)
        self.assertEqual(self.server.log().count("]: connect from"), before + 1)

    def test_without_rights(self):
        self.start()
        os.chmod(self.server.directory, 0o755)
        program = os.path.join(self.server.directory, "relayctl")
        subprocess.run(["cp", harness.RELAYCTL, program], check=True)
        os.chmod(self.server.server.key, 0o644)
        done = harness.run([program, "-c", self.server.config, "check", self.client.cert],
                           user="nobody",
                           group="nogroup",
                           extra_groups=[],
                           env={"PATH": "/usr/sbin:/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("since whether Postfix runs cannot be seen by this user", done.stderr)

    def test_an_address_that_is_not_here(self):
        self.start()
        self.server.services += "\n192.0.2.77:{port} inet n - n - 1 smtpd"
        self.server.write_configuration()
        names = self.services()
        elsewhere = names["192.0.2.77:%d/inet" % self.server.port]
        self.assertEqual(elsewhere["live"]["status"], "unseen")
        self.assertIn("192.0.2.77, which is no address of this machine", elsewhere["live"]["error"])
        notes = self.notes()
        self.assertEqual(len(notes), 1)
        self.assertIn("192.0.2.77:%d/inet: judged by" % self.server.port, notes[0])

    def test_all_processes_are_busy(self):
        self.start()
        with self.server.session(self.client):
            self.expect_unseen("it does not greet within 4 seconds")

    def test_behind_a_proxy(self):
        self.configure(smtpd_upstream_proxy_protocol="haproxy")
        self.server.start()
        live = self.live()
        self.assertEqual(live["status"], "unseen")
        self.assertIn("only a proxy", live["error"])

    def test_a_client_limit_and_a_list_of_clients(self):
        self.start(smtpd_client_restrictions="reject", smtpd_delay_reject="no")
        live = self.live()
        self.assertEqual(live["status"], "unseen")
        self.assertRegex(live["error"], "it answers this machine '554 ")


class ReloadIsDue(LiveCase):

    def differs(self, relays, says, **options):
        found = self.expect("running-differs", relays=relays, says=says + ".*: a reload is due$",
                            hint="^postfix -c .* reload$", **options)
        self.assertEqual(found["reasons"][0]["severity"], "warning" if relays else "error")
        return found

    def outlasts(self, says, then):
        """The client relays until the reload, which is no hint then."""
        found = self.expect("running-differs", relays=True, says=says + ".*this ends$", hint=None)
        self.assertIsNone(found["reasons"][0]["hint"])
        said = [(reason["id"], reason["severity"]) for reason in found["reasons"]]
        self.assertEqual(said.count(("running-differs", "warning")), 1, said)
        self.assertIn((then, "warning"), said)

    def test_not_asked_yet(self):
        self.start(smtpd_tls_ask_ccert="no")
        self.configure(smtpd_tls_ask_ccert="yes")
        found = self.differs(False, "does not ask for a certificate")
        self.assertIs(found["live"]["asks_for_certificate"], False)
        done = subprocess.run(found["reasons"][0]["hint"], shell=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(self.server.answer_becomes(self.client, 250))
        self.expect(relays=True)

    def test_still_asked(self):
        self.start()
        self.configure(smtpd_tls_ask_ccert="no")
        self.outlasts("asks for a certificate, although the configuration says no",
                      "ask-ccert-off")
        self.server.reload()
        self.assertTrue(self.server.answer_becomes(self.client, 554))
        self.expect("ask-ccert-off", relays=False)

    def test_no_tls_yet(self):
        self.start(smtpd_tls_security_level="none")
        self.configure(smtpd_tls_security_level="may")
        found = self.differs(False, "does not offer TLS")
        self.assertIs(found["live"]["starttls"], False)

    def test_no_enforced_tls_yet(self):
        self.start(smtpd_tls_security_level="none")
        self.configure(smtpd_tls_security_level="encrypt")
        self.differs(False, "does not offer TLS")

    def test_tls_still(self):
        self.start()
        self.configure(smtpd_tls_security_level="none")
        self.outlasts("offers TLS, which the configuration does not have", "tls-off")

    def test_other_authorities(self):
        old, new = (certs.authority(self.server.directory, name) for name in ("old", "new"))
        self.start(smtpd_tls_CAfile=old.cert)
        self.configure(smtpd_tls_CAfile=new.cert)
        self.differs(True, "'CN=old' instead of 'CN=new'")
        self.configure(smtpd_tls_CAfile="")
        self.differs(True, "'CN=old' instead of none")

    def test_a_fatal_error_to_come(self):
        self.start()
        self.configure(smtpd_relay_restrictions="permit_tls_clientcerts",
                       smtpd_recipient_restrictions="")
        self.outlasts("a new one dies of a fatal error", "service-cannot-start")

    def test_a_value_that_a_new_process_cannot_read(self):
        self.start()
        self.configure(smtpd_timeout="5 minutes")
        self.outlasts("a new one dies of a fatal error", "smtpd-refuses")

    def test_a_wrapper_that_was(self):
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd -o smtpd_tls_wrappermode=yes")
        self.server.start()
        many_services.observe(self.server.port, self.client, wrapper=True)
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd")
        self.differs(True, "wants TLS before its greeting", wrapper=True)

    def test_a_wrapper_to_be(self):
        self.start()
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd -o smtpd_tls_wrappermode=yes")
        self.differs(True, "greets without TLS")

    def test_a_service_that_is_new(self):
        self.start()
        self.server.add([Service("new")])
        new = [name for name in self.services() if str(self.server.port) not in name][0]
        found = self.services()[new]
        self.assertEqual((found["would_relay"], found["live"]["status"]), (False, "not-running"))
        self.assertEqual(found["reasons"][0]["id"], "service-not-running")
        self.assertRegex(found["reasons"][0]["message"], "nothing listens on 127.0.0.1:")
        done = subprocess.run(found["reasons"][0]["hint"], shell=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        running.until(lambda: self.services()[new]["would_relay"], "the reload did not help")


class Dead(LiveCase):

    def dies(self, says, **settings):
        """What was seen comes first, and why it is so behind it."""
        self.configure(**settings)
        self.server.start()
        found = self.expect("service-not-running", "smtpd-refuses", relays=False,
                            says="no smtpd of it is there", code=many_services.NO_ANSWER)
        self.assertEqual(found["live"]["status"], "not-running")
        self.assertEqual(found["reasons"][0]["severity"], "error")
        self.assertIn(says, found["reasons"][1]["message"])

    def test_a_time_in_words(self):
        self.dies("parameter smtpd_timeout: bad time value or unit: 5 minutes",
                  smtpd_timeout="5 minutes")

    def test_a_comment_behind_a_value(self):
        self.dies("bad boolean configuration: smtpd_tls_req_ccert = no  # x",
                  smtpd_tls_req_ccert="no  # x")

    def test_a_configuration_that_says_so_itself(self):
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd -o smtpd_tls_exclude_ciphers=aNULL, "
                       "eNULL")
        self.server.start()
        found = self.service()
        self.assertEqual([reason["id"] for reason in found["reasons"]],
                         ["service-not-running", "service-cannot-start"])
        self.assertEqual((found["would_relay"], found["live"]["status"]), (False, "not-running"))

    def test_all_services_of_a_type_are_off(self):
        self.configure(master_service_disable="inet")
        with self.assertRaises(AssertionError):
            self.server.start()  # nobody listens
        found = self.service()
        self.assertEqual((found["would_relay"], found["reasons"][0]["id"]),
                         (False, "service-not-running"))
        self.assertIn("master_service_disable = 'inet'", found["reasons"][0]["message"])

    def test_an_openness_is_found_all_the_same(self):
        self.configure(smtpd_timeout="5 minutes", mynetworks="0.0.0.0/0",
                       smtpd_relay_restrictions="permit_mynetworks, permit_tls_clientcerts, reject")
        self.server.start()
        findings = json.loads(self.relayctl("verify", "--json", check=1).stdout)["findings"]
        self.assertEqual({found["id"] for found in findings},
                         {"service-not-running", "smtpd-refuses", "mynetworks-wide"})


class NoTls(LiveCase):

    def fails(self, says, code=554, ids=("running-differs", "tls-disabled"), **settings):
        self.configure(**settings)
        self.server.start()
        return self.expect(*ids, relays=False, says=says, code=code)

    def test_protocols_that_smtpd_does_not_know(self):
        self.fails("454 4.7.0 TLS not available",
                   smtpd_tls_protocols="TLS1.2")

    def test_ciphers_that_smtpd_does_not_know(self):
        """The handshake does not begin."""
        self.fails("the TLS handshake fails",
                   code=many_services.NO_TLS, smtpd_tls_ciphers="bogus")

    def test_a_certificate_that_is_missing(self):
        found = self.fails("454 4.7.0 ", ids=("running-differs", "tls-certificate-broken"),
                           smtpd_tls_cert_file="/nowhere.pem")
        self.assertRegex(found["live"]["error"], "^454 ")

    def test_a_certificate_that_is_missing_since(self):
        self.start()
        os.rename(self.server.server.cert, self.server.server.cert + ".away")
        found = self.service()
        self.assertEqual([reason["id"] for reason in found["reasons"]],
                         ["running-differs", "tls-certificate-broken"])
        self.assertTrue(found["would_relay"])
        self.assertEqual(many_services.observe(self.server.port, self.client), 250)

    def test_a_certificate_that_is_there_again(self):
        self.configure(smtpd_tls_cert_file="/nowhere.pem")
        self.server.start()
        many_services.observe(self.server.port, self.client)
        self.configure(smtpd_tls_cert_file=self.server.server.cert)
        self.expect("running-differs", relays=False, says="454 4.7.0 .*/nowhere.pem",
                    hint="the reload is enough")

    def test_a_configuration_of_openssl_that_is_missing(self):
        if self.server.command("postconf", "-d", "tls_config_file", check=False).stderr:
            self.skipTest("this Postfix has no tls_config_file")
        self.fails("TLS does not come up", tls_config_file="/nowhere.cnf")

    def test_a_wrapper_without_tls(self):
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd -o smtpd_tls_wrappermode=yes"
                       " -o smtpd_tls_mandatory_protocols=TLS1.2")
        self.server.start()
        self.assertEqual(self.observe(wrapper=True), many_services.NO_ANSWER)
        found = self.service()
        self.assertIs(found["would_relay"], False)
        self.assertEqual([reason["id"] for reason in found["reasons"]],
                         ["running-differs", "tls-disabled"])

    def test_all_ciphers_are_excluded(self):
        self.fails("the TLS handshake fails",
                   code=many_services.NO_TLS, smtpd_tls_exclude_ciphers="ALL",
                   smtpd_tls_protocols="!TLSv1.3")


class Postscreen(LiveCase):

    def screened(self, **settings):
        self.configure(**settings)
        port = postfix_server.free_port()
        self.master_cf("127.0.0.1:{port} inet n - n - 1 smtpd",
                       "127.0.0.1:%d inet n - n - 1 postscreen" % port,
                       "smtpd pass - - n - - smtpd")
        self.server.start()
        found = self.services()["smtpd/pass"]
        self.assertEqual(many_services.observe(port, self.client) == 250, found["would_relay"])
        self.assertEqual(found["live"]["address"], "127.0.0.1:%d" % port)
        return found

    def test_through_postscreen(self):
        found = self.screened(postscreen_access_list="static:permit")
        self.assertEqual((found["live"]["status"], found["live"]["asks_for_certificate"]),
                         ("running", True))

    def test_without_tls(self):
        found = self.screened(postscreen_access_list="static:permit",
                              smtpd_tls_security_level="none")
        self.assertEqual((found["live"]["status"], found["reasons"][0]["id"]),
                         ("unseen", "tls-off"))
        self.assertIn("behind postscreen", found["live"]["error"])

    def test_no_postscreen(self):
        self.start()
        self.server.services += "\nsmtpd pass - - n - - smtpd"
        self.server.write_configuration()
        found = self.services()["smtpd/pass"]
        self.assertEqual(found["live"]["status"], "unseen")
        self.assertIn("no postscreen", found["live"]["error"])
        self.assertTrue(found["would_relay"])


class Rivals(LiveCase):
    """Another program has the port that master.cf gives to smtpd."""

    def rival(self, serve):
        """serve: called with each connection, in a thread of its own."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=self.serve, args=(serve, connection), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    @staticmethod
    def serve(serve, connection):
        with connection:
            try:
                serve(connection)
            except OSError:  # the look has had enough
                pass

    def looked_at(self, serve, status, says):
        self.start()
        port = self.rival(serve)
        self.server.services += "\n127.0.0.1:%d inet n - n - 1 smtpd" % port
        self.server.write_configuration()
        done = self.relayctl("check", "--json", self.client.cert, "--service",
                             "127.0.0.1:%d/inet" % port)
        found = json.loads(done.stdout)["services"][0]
        self.assertEqual(found["live"]["status"], status, found)
        self.assertRegex(found["live"]["error"], says)
        self.assertEqual(found["would_relay"], status != "not-running")
        return found

    def test_a_silent_one(self):
        self.looked_at(lambda connection: connection.recv(1) and connection.recv(1),
                       "not-running", "no smtpd of it is there")

    def test_one_that_hangs_up(self):
        self.looked_at(lambda connection: None, "not-running", "closes the connection before")

    def test_garbage(self):
        self.looked_at(lambda connection: connection.sendall(b"\0\xff\r\n\r\nHTTP/1.1 400\r\n"),
                       "not-running", "is no SMTP server")

    def test_a_flood(self):
        self.start()
        for start in (b"", b"220-", b"220 me\r\n250-"):
            with self.subTest(start):

                def flood(connection):
                    connection.sendall(start)
                    while True:
                        connection.sendall(b"220-" + b"x" * 65536)

                port = self.rival(flood)
                self.server.services = ("127.0.0.1:{port} inet n - n - 1 smtpd\n"
                                        "127.0.0.1:%d inet n - n - 1 smtpd" % port)
                self.server.write_configuration()
                done = subprocess.run(
                    ["/usr/bin/env", "-i", "sh", "-c", 'ulimit -v 600000; exec "$@"', "sh",
                     harness.RELAYCTL, "-c", self.server.config, "check", "--json",
                     self.client.cert],
                    capture_output=True, text=True, timeout=SECONDS)
                found = json.loads(done.stdout)["services"][1]
                self.assertEqual(found["live"]["status"], "not-running", found)
                self.assertLess(len(done.stdout), 20000)

    def test_a_slow_handshake(self):

        def serve(connection):
            connection.sendall(b"220 me ESMTP\r\n")
            connection.recv(100)
            connection.sendall(b"250-me\r\n250 STARTTLS\r\n")
            connection.recv(100)
            connection.sendall(b"220 go on\r\n\x16\x03\x03\x40\x00\x02\x00\x3f\xf0")
            while True:
                connection.sendall(b"\0")
                time.sleep(0.05)

        self.looked_at(serve, "unseen", "the TLS handshake is not over within 4 seconds")

    def test_a_line_at_a_time(self):

        def serve(connection):
            while True:
                connection.sendall(b"220-x\r\n")
                time.sleep(0.05)

        self.looked_at(serve, "unseen", "it does not greet within 4 seconds")

    def test_a_service_that_closes(self):
        self.looked_at(lambda connection: connection.sendall(b"421 4.3.2 gone for today\r\n"),
                       "not-running", "421 4.3.2 gone for today")

    def test_one_that_hides_escapes(self):
        found = self.looked_at(
            lambda connection: connection.sendall(b"421 \x1b[31mred\xc2\x9b\r\n"), "not-running",
            "421")
        self.assertNotIn("\x1b", found["live"]["error"])


if __name__ == "__main__":
    harness.main()
