#!/usr/bin/env python3
"""Each mail program is set up as the README.txt of issue says, relays a real message by its
certificate through a real Postfix, and is refused once its entry is removed. It gives nothing to
another server."""

import itertools
import os
import shutil

from support import certs, harness, postfix_server, program_root, running
from support.delivering_server import (STARTTLS, WRAPPED, DeliveringServer, as_ssl_cert_makes_it)
from support.program_root import CLIENT_ADDRESS, HOST, Root

SERVER = "server.example"
_numbers = itertools.count(1)


class Program:
    """What is tested with one program."""
    package = None
    queues = True  # it takes the message and sends it later, so that its exit status says nothing
    fresh = ""  # commands after which it remembers nothing of earlier attempts
    log = ""  # commands that show what it has done
    withholds = False  # its certificate, where the server names CAs
    believes_any_server = False  # whose certificate is not pinned
    can_begin_with_tls = True
    is_always_tried_with_a_ca = False  # else in the long form only: each root takes its time

    @property
    def other_port(self):
        return WRAPPED if self.can_begin_with_tls else STARTTLS

    def setUp(self):
        postfix_server.require()
        program_root.own_network()
        self.root = Root(self.package)
        self.addCleanup(self.root.stop)
        self.server = DeliveringServer()
        self.addCleanup(self.server.stop)
        self.authority = certs.authority(self.server.directory, "authority")
        self.issued = os.path.join(self.server.directory, "issued")
        self.root.started()
        self.server.started()

    def relayctl(self, *args):
        harness.relayctl("-c", self.server.config, *args, check=0)

    def set_up(self, port):
        """Makes key, certificate and entry, and sets the program up as README.txt says."""
        if os.path.exists(self.issued):
            self.relayctl("remove", HOST)
            shutil.rmtree(self.issued)
        self.relayctl("issue", HOST, "--for", self.program, "--server", "%s:%d" % (SERVER, port),
                      "--out", self.issued)
        directory = os.path.join(self.issued, HOST)
        for name in os.listdir(directory):
            path = self.root.path("/root/issued/" + name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(directory, name), path)
        text = harness.read_text(os.path.join(directory, "README.txt")).partition("\n\n\n")[2]
        commands, _, self.attempt = text.partition("# Try it:\n")
        self.root.sh(commands, "/root/issued")

    def send(self):
        """Sends a message as the settings say it: to whom, and what became of the command."""
        recipient = "someone%d@example.org" % next(_numbers)
        attempt = self.attempt.replace("someone@example.org", recipient)
        self.root.sh(self.fresh)

        def run():
            done = self.root.sh(attempt, "/root/issued", check=None)
            return done if done.returncode == 0 or not self.queues else None

        # A daemon that has only just been started may not take the message yet.
        done = running.until(run, "%s takes no message" % self.program)
        self.said = done.stdout
        return recipient, done

    def wait(self, condition, what, fails=None):
        try:
            running.until(condition, what, fails=fails)
        except AssertionError as error:
            log = self.root.sh(self.log, check=None).stdout
            raise AssertionError("\n".join([str(error), self.server.log(), self.said, log]))

    def relays(self):
        recipient, done = self.send()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.wait(lambda: self.server.has_delivered(recipient), "it does not arrive",
                  fails=lambda: self.server.has_refused(recipient) and "refused")

    def is_refused(self):
        recipient, done = self.send()
        if not self.queues:
            self.assertNotEqual(done.returncode, 0)
        self.wait(lambda: self.server.has_refused(recipient), "it is not refused")
        self.assertFalse(self.server.has_delivered(recipient))

    def gives_nothing(self):
        """It sees that this is not its server, and goes."""
        before = len(self.server.sessions(CLIENT_ADDRESS))
        recipient, done = self.send()
        if not self.queues:
            self.assertNotEqual(done.returncode, 0)
        self.wait(lambda: len(self.server.sessions(CLIENT_ADDRESS)) > before, "it does not come")
        for session in self.server.sessions(CLIENT_ADDRESS)[before:]:
            self.assertNotIn("mail=", session)
        self.assertFalse(self.server.has_delivered(recipient))

    def test_a_server_whose_certificate_is_pinned(self):
        self.server.restart(as_ssl_cert_makes_it(self.server.directory, SERVER))
        both = harness.LONG and self.can_begin_with_tls
        for port in (WRAPPED, STARTTLS) if both else (STARTTLS,):
            self.set_up(port)
            self.relays()
        self.server.restart(smtpd_tls_CAfile=self.authority.cert)
        if self.withholds:
            self.is_refused()
        else:
            self.relays()
        self.server.restart(smtpd_tls_CAfile=None)
        self.relays()
        self.relayctl("remove", HOST)
        self.is_refused()
        self.relayctl("add", os.path.join(self.issued, HOST, "cert.pem"))
        self.server.restart(as_ssl_cert_makes_it(self.server.directory, SERVER, "impostor"))
        self.gives_nothing()

    def test_a_server_whose_ca_is_trusted(self):
        harness.skip(None if harness.LONG or self.is_always_tried_with_a_ca else
                     "a server with a CA is for the long form")
        directory = self.server.directory
        self.root.write("/usr/local/share/ca-certificates/authority.crt",
                        harness.read_text(self.authority.cert))
        self.root.run("update-ca-certificates")
        self.server.restart(certs.issued(directory, SERVER, self.authority))
        both = harness.LONG and self.can_begin_with_tls
        for port in (WRAPPED, STARTTLS) if both else (self.other_port,):
            self.set_up(port)
            self.relays()
        self.server.restart(certs.issued(directory, "other.example", self.authority))
        if self.believes_any_server:
            self.relays()
        else:
            self.gives_nothing()


class Postfix(Program, harness.Case):
    program = package = "postfix"
    log = "mailq"
    is_always_tried_with_a_ca = True


class Msmtp(Program, harness.Case):
    program = "msmtp"
    queues = False
    withholds = True
    is_always_tried_with_a_ca = True


class Nullmailer(Program, harness.Case):
    program = package = "nullmailer"
    log = "mailq"
    withholds = True


class Dma(Program, harness.Case):
    program = package = "dma"
    log = "mailq"
    believes_any_server = True


class Exim(Program, harness.Case):
    program = "exim"
    package = "exim4-daemon-light"
    withholds = True
    fresh = "rm -f /var/spool/exim4/db/*"
    log = "cat /var/log/exim4/*"


class Opensmtpd(Program, harness.Case):
    program = package = "opensmtpd"
    # It keeps sessions, and avoids a server that went away. Only systemd can restart it.
    fresh = """while pgrep smtpd; do kill $(pgrep smtpd) || true; sleep 0.1; done
service opensmtpd start"""
    log = "smtpctl show queue; smtpctl show routes"

    def setUp(self):
        if program_root.RELEASE == "bookworm":
            self.skipTest("OpenSMTPD 6.8 cannot use a key with OpenSSL 3")
        super().setUp()


class Sendmail(Program, harness.Case):
    program = "sendmail"
    package = "sendmail-bin"
    # What comes before the daemon listens waits for the next run of the queue.
    fresh = "until bash -c ': < /dev/tcp/127.0.0.1/25' 2> /dev/null; do sleep 0.1; done"
    log = "mailq"
    can_begin_with_tls = False


class Swaks(Program, harness.Case):
    program = "swaks"
    queues = False


class Python(Program, harness.Case):
    program = "python"
    queues = False


class Curl(Program, harness.Case):
    program = "curl"
    queues = False


if __name__ == "__main__":
    harness.main()
