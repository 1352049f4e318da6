"""A private Postfix that delivers what it relays to a sink, where the test reads it. Its ports are
587, with STARTTLS, and 465, with TLS from the start, in a network of the test's own."""

import os
import re
import signal
import subprocess

from support import certs, harness, postfix_server

STARTTLS, WRAPPED = 587, 465

_SERVICES = """\
587 inet n - n - 5 smtpd
465 inet n - n - 5 smtpd -o smtpd_tls_wrappermode=yes
qmgr   unix n - n 300 1 qmgr
smtp   unix - - n - - smtp -o smtp_tls_security_level=none
bounce unix - - n - 0 bounce
defer  unix - - n - 0 bounce
trace  unix - - n - 0 bounce"""


def as_ssl_cert_makes_it(directory, name, file=None):
    """A server's self-signed certificate, as Debian's package ssl-cert makes it."""
    extensions = ["basicConstraints=critical,CA:FALSE", "subjectAltName=DNS:" + name]
    return certs.Client(directory, file or name, subject="/CN=" + name, extensions=extensions)


class DeliveringServer(postfix_server.Server):
    """It has a table of clients, which is empty, and relays for these alone."""

    def __init__(self, settings=()):
        self.sink = None
        super().__init__(services=_SERVICES, settings=settings)
        self.port = STARTTLS
        self.messages = os.path.join(self.directory, "messages")
        os.mkdir(self.messages)
        os.chmod(self.messages, 0o777)
        sink_port = postfix_server.free_port()
        self.sink_address = "127.0.0.1:%d" % sink_port
        self.write_configuration(inet_interfaces="all",
                                 default_transport="smtp:[127.0.0.1]:%d" % sink_port)
        with open(self.path, "w"):
            pass
        self.command("postmap", self.table)

    def start(self):
        self.sink = subprocess.Popen(
            ["/usr/sbin/smtp-sink", "-u", "postfix", "-R", self.messages, "-d", "%s.",
             self.sink_address, "100"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return super().start()

    def restart(self, certificate=None, **changes):
        """With other settings, which every session sees from now on."""
        if certificate:
            changes.update(smtpd_tls_cert_file=certificate.cert,
                           smtpd_tls_key_file=certificate.key)
        self.write_configuration(**changes)
        master = self.master.pid
        with open("/proc/%d/task/%d/children" % (master, master)) as children:
            daemons = [int(daemon) for daemon in children.read().split()]
        self.master.terminate()
        self.master.wait(timeout=30)
        for daemon in daemons:  # they would still take sessions for a moment
            try:
                os.kill(daemon, signal.SIGKILL)
            except ProcessLookupError:
                pass
        super().start()

    def stop(self):
        if self.sink:
            self.sink.terminate()
            self.sink.wait(timeout=30)
        super().stop()

    def has_delivered(self, recipient):
        """Whether the sink has a message to this recipient."""
        names = [os.path.join(self.messages, name) for name in os.listdir(self.messages)]
        return any(recipient in harness.read_text(name) for name in names)

    def has_refused(self, recipient):
        """Whether it has refused to relay to this recipient."""
        return re.search("Relay access denied; from=<.*> to=<%s>" % re.escape(recipient),
                         self.log()) is not None

    def sessions(self, address):
        """The lines of the log with which sessions of a client ended: "starttls=1 mail=1"."""
        return re.findall(r"disconnect from \S*\[%s\](.*)" % re.escape(address), self.log())
