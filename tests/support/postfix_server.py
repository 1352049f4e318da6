"""A private Postfix on 127.0.0.1: own configuration, queue, data, log and port; nothing of the
system's own is touched.

It runs in the foreground as a child of the test and is stopped by that child's pid.
"""

import os
import random
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time

from support import certs, harness, release, running

POSTFIX = "/usr/sbin/postfix"
LISTENING = "0A"  # TCP_LISTEN, as /proc/net/tcp writes it
RECIPIENT = "<someone@elsewhere.example>"


def why_not():
    """Why no Postfix can run here; None where it can."""
    if not os.path.exists(POSTFIX):
        return "Postfix is not installed"
    if os.geteuid() != 0:
        return "Postfix starts as root only"
    return harness.why_no_user("postfix")


def require():
    harness.skip(why_not())


_reserved = []  # as long as this process lives


def free_port():
    """A port that nobody listens on, below those that the kernel gives to clients, and that no
    other test process takes: each holds the name of its ports as an abstract socket."""
    for _ in range(1000):
        port = random.randrange(10000, 32000)
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind("\0relayctl-test-port-%d" % port)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            name.close()
            continue
        _reserved.append(name)
        return port
    raise AssertionError("no free port")


MASTER_CF = """\
{services}
cleanup  unix  n - n - 0 cleanup
rewrite  unix  - - n - - trivial-rewrite
proxymap unix  - - n - - proxymap
tlsmgr   unix  - - n - 1 tlsmgr
anvil    unix  - - n - 1 anvil
postlog  unix-dgram n - n - 1 postlogd
""" + release.SERVICES


def client_context(client=None, ciphers=None):
    """TLS as this client speaks it, to whatever server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if ciphers:
        context.set_ciphers(ciphers)
    if client is not None:
        context.load_cert_chain(client.cert, client.key)
    return context


class Session:
    """One SMTP session with STARTTLS, open until close()."""

    def __init__(self, port, client=None):
        self.smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=30)
        try:
            self.smtp.ehlo()
            self.smtp.starttls(context=client_context(client))
            self.smtp.ehlo()
        except BaseException:
            self.smtp.close()
            raise

    def ask(self, recipient=RECIPIENT):
        """The answer to RCPT in a fresh transaction: (code, text)."""
        self.smtp.docmd("RSET")
        code, text = self.smtp.docmd("MAIL FROM:<sender@client.example>")
        if code == 250:
            code, text = self.smtp.docmd("RCPT TO:" + recipient)
        return code, text.decode(errors="replace")

    def close(self):
        self.smtp.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server(running.Server):
    """table: what relay_clientcerts names, with {dir} for the server's directory. processes: most
    smtpd at once."""

    def __init__(self, table="hash:{dir}/relay_clients", processes=1, settings=(), services=None):
        require()
        self.directory = tempfile.mkdtemp(prefix="relayctl-postfix-")
        os.chmod(self.directory, 0o755)
        self.config = os.path.join(self.directory, "conf")
        for name in ("conf", "queue", "data"):
            os.mkdir(os.path.join(self.directory, name))
        shutil.chown(os.path.join(self.directory, "data"), "postfix", "postfix")
        self.log_path = os.path.join(self.directory, "log")
        self.port = free_port()
        self.table = table.format(dir=self.directory)
        self.path = self.table.partition(":")[2]
        self.master = None
        self.server = certs.Client(self.directory, "server.example")
        self.services = services or "127.0.0.1:{port} inet n - n - %d smtpd" % processes
        self.ports = set()  # besides: those that must be open when start() returns
        self.settings = dict(self._default_settings(), **dict(settings))
        self.write_configuration()

    def _default_settings(self):
        return {
            "compatibility_level": "3.6", "queue_directory": self.directory + "/queue",
            "data_directory": self.directory + "/data", "maillog_file": self.log_path,
            "maillog_file_prefixes": self.directory, "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4", "myhostname": "server.example", "mydestination": "",
            "mynetworks": "192.0.2.0/24", "alias_maps": "", "alias_database": "",
            "local_recipient_maps": "", "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": self.server.cert, "smtpd_tls_key_file": self.server.key,
            "smtpd_tls_ask_ccert": "yes", "smtpd_tls_fingerprint_digest": "sha256",
            "smtpd_relay_restrictions": "permit_tls_clientcerts, reject_unauth_destination",
            "smtpd_recipient_restrictions": "", "smtpd_peername_lookup": "no",
            "in_flow_delay": "0s",  # there is no qmgr that would take what cleanup hands over
            "relay_clientcerts": self.table,
            **release.SETTINGS
        }

    def write_configuration(self, **changes):
        """main.cf and master.cf; a value of None removes a parameter. Takes effect at start() or
        reload()."""
        for name, value in changes.items():
            if value is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = value
        self._write("main.cf", "".join("%s = %s\n" % item for item in self.settings.items()))
        self._write("master.cf", MASTER_CF.format(services=self.services.format(port=self.port)))

    def _write(self, name, text):
        """A daemon that starts meanwhile reads the old text or the new one: one that found an empty
        main.cf would work in the system's own queue."""
        path = os.path.join(self.config, name)
        with open(path + ".new", "w") as out:
            out.write(text)
        a_minute_ago = time.time() - 60  # Postfix waits for files that have just been changed
        os.utime(path + ".new", (a_minute_ago, a_minute_ago))
        os.replace(path + ".new", path)

    def command(self, name, *args, check=True, **options):
        """A Postfix command about this instance."""
        return subprocess.run([name, "-c", self.config, *args], capture_output=True, text=True,
                              timeout=60, check=check, **options)

    def list_only(self, client, host):
        """Makes the table and its map anew: they have this client, by its certificate."""
        with open(self.path, "w") as out:
            out.write("%s %s\n" % (client.fingerprint(), host))
        self.command("postmap", self.table)

    def start(self):
        self.command(POSTFIX, "check")
        daemons = self.command("postconf", "-xh", "daemon_directory").stdout.strip()
        self.master = subprocess.Popen([os.path.join(daemons, "master"), "-c", self.config, "-d"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        running.until(self.listens, "Postfix does not start", seconds=10, fails=self.has_ended)
        return self

    def listens(self):
        """master opens the ports one after the other. Nobody connects: the log has the sessions of
        the test and no others."""
        with open("/proc/net/tcp") as sockets:
            open_ports = {
                int(words[1].split(":")[1], 16)
                for words in map(str.split, sockets) if words[3] == LISTENING
            }
        return self.ports | {self.port} <= open_ports

    def has_ended(self):
        return self.log() if self.master.poll() is not None else None

    def reload(self):
        self.command(POSTFIX, "reload")

    def stop(self):
        if self.master and self.master.poll() is None:
            self.master.terminate()
            self.master.wait(timeout=30)
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        try:
            with open(self.log_path, errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def log_of(self, talk, sessions=1):
        """What is logged while talk() has so many sessions, to the end of each: postlogd writes a
        line some time after smtpd has sent it."""
        before = self.log()
        wanted = self.ended() + sessions
        talk()
        running.until(lambda: self.ended() >= wanted, "the end of a session is not logged")
        return self.log()[len(before):]

    def ended(self):
        """How many sessions are over, by the log."""
        return len(re.findall(r"(?m)^\w+ +\d+ [\d:]+ \S+ \S+\[\d+\]: disconnect from ", self.log()))

    def session(self, client=None):
        return Session(self.port, client)

    def answer_becomes(self, client, code, seconds=10):
        """Whether smtpd gives that answer within some seconds: a reload only asks the processes to
        go when they are idle."""
        return running.comes(lambda: self.answer(client) == code, seconds)

    def answer(self, client=None):
        """The code with which smtpd answers RCPT in a new session of this client: 250 is
        relayed."""
        with self.session(client) as session:
            return session.ask()[0]
