"""Mail logs made of random sessions, and what is true of them: which client came when, with which
certificate, and what became of it."""

import calendar
import datetime
import random
import time

ATTACKS = ("x, issuer=y, fingerprint={fp}, pkey_fingerprint={fp}",
           "x, issuer=y, cert fingerprint={fp}, pkey fingerprint={fp}",
           "x]: connect from a.example[192.0.2.99]", "postfix/smtpd[7]: disconnect from", "",
           "\u202ereversed", "a, issuer=b", "]: ", "NOQUEUE: permit: RCPT from")


def fingerprint(rng, size=32):
    return ":".join("%02X" % byte for byte in rng.randbytes(size))


class Client:

    def __init__(self, rng, number):
        size = rng.choice((16, 20, 32, 32, 32, 64))
        self.certificate, self.key = fingerprint(rng, size), fingerprint(rng, size)
        self.is_raw = rng.random() < 0.05
        self.is_trusted = not self.is_raw and rng.random() < 0.2
        self.address = rng.choice(("192.0.2.%d" % (number % 250), "2001:db8::%x" % number))
        self.name = rng.choice(("unknown", "c%d.example" % number))
        names = [rng.choice(("c%d.example" % number, "Ä Ö", rng.choice(ATTACKS))) for _ in "12"]
        forged = fingerprint(rng, size)
        # smtpd takes no longer name (tls_text_name() in tls/tls_verify.c).
        self.claimed = ", issuer=".join(name.format(fp=forged)[:255] for name in names)


class Session:
    """Its lines, each with the seconds since its beginning, and what they say of the certificate.
    A line is (seconds, message, mark): the mark tells what the reader makes of it."""

    def __init__(self, rng, client, newer, port, table=None, told=True):
        self.client = client
        self.na = "%s[%s]%s" % (client.name, client.address, ":%d" % port if port else "")
        self.table, self.told = table, told
        self.kind = rng.choice(("certificate", ) * 6 + ("anonymous", "plain"))
        self.lines = []
        self.second = 0
        self._say("connect from " + self.na, "connect")
        if rng.random() < 0.1:
            self._refuse(rng, "denied", None)  # before the handshake
        if self.kind != "plain":
            self._handshake(rng, newer)
        has_certificate = self.kind == "certificate"
        for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
            self.second += rng.choice((0, 0, 1, 30))
            self._recipient(rng, has_certificate)
        self.second += rng.choice((0, 0, 1, 300))
        if rng.random() < 0.05:
            self._say("lost connection after RCPT from " + self.na)
        if rng.random() < 0.95:
            self._say("disconnect from %s ehlo=2 starttls=1 quit=1 commands=4" % self.na, "ended")
        elif rng.random() < 0.5:
            self._say("fatal: unexpected signal")

    def _say(self, message, mark=None):
        self.lines.append((self.second, message, mark))

    def _handshake(self, rng, newer):
        client = self.client
        if self.kind == "certificate" and self.told:
            if rng.random() < 0.2:  # as loglevel 2 has it
                self._say("setting up TLS connection from " + self.na)
                self._say(self.na + ": Reusing old session (RFC 5077 session ticket)")
                self._say("subject=/CN=" + client.claimed)
            if client.is_raw:
                self._say("%s: raw public key fingerprint=%s" % (self.na, client.key), "told")
            else:
                words = ("cert fingerprint", "pkey fingerprint") if newer else ("fingerprint",
                                                                                "pkey_fingerprint")
                self._say("%s: subject_CN=%s, %s=%s, %s=%s" %
                          (self.na, client.claimed, words[0], client.certificate, words[1],
                           client.key), "told")
        word = ("Anonymous"
                if self.kind == "anonymous" else "Trusted" if client.is_trusted else "Untrusted")
        sni = " to mx.example" if rng.random() < 0.1 else ""
        self._say("%s TLS connection established from %s%s: TLSv1.3 with cipher X (256/256 bits)" %
                  (word, self.na, sni), "trusted" if word == "Trusted" else "summary")

    def _refuse(self, rng, mark, certificate):
        text = {
            "denied": "554 5.7.1 <b@example.org>: Relay access denied",
            "rejected": rng.choice(("450 4.7.1 <helo>: Helo command rejected: Host not found",
                                    "550 5.1.1 <x@y>: Recipient address rejected: User unknown"))
        }[mark]
        self._say("NOQUEUE: reject: RCPT from %s: %s; from=<a@c.example> to=<b@example.org> "
                  "proto=ESMTP helo=<c>" % (self.na, text), certificate and mark)

    def _recipient(self, rng, certificate):
        if certificate and self.table:
            for one in (self.client.key, self.client.certificate):
                self._say('%s lookup: "%s" = "not_found"' % (self.table, one), "told")
                if self.client.is_raw:
                    break
        outcome = rng.choice(("permitted", "permitted", "denied", "rejected", "local"))
        if outcome in ("denied", "rejected"):
            self._refuse(rng, outcome, certificate)
            return
        queue_id = "%X" % rng.randrange(16**9, 16**10)
        if certificate and outcome == "permitted":
            action, mark = rng.choice((("clientcerts", "permitted"), ) * 4 +
                                      (("all_clientcerts", "permitted_for_any"), ))
            self._say("%s: permit: RCPT from %s: action=permit_tls_%s for Client host=%s ; "
                      "from=<a@c.example> to=<b@example.org> proto=ESMTP helo=<c>" %
                      (rng.choice(("NOQUEUE", queue_id)), self.na, action, self.na), mark)
        login = rng.random() < 0.1
        self._say("%s: client=%s%s" %
                  (queue_id, self.na, ", sasl_method=PLAIN, sasl_username=u" if login else ""),
                  certificate and ("login" if login else "messages"))


class Placed:
    """One line of the log: when, from which process, of which session."""

    def __init__(self, when, origin, pid, message, session=None, mark=None):
        self.when, self.origin, self.pid = when, origin, pid
        self.message, self.session, self.mark = message, session, mark
        self.is_lost = False


OTHERS = (
    ("postfix/cleanup", "{q}: message-id=<x postfix/smtpd[7]: {peer}>"),
    ("postfix/qmgr", "{q}: from=<a@c.example>, size=1, nrcpt=1 (queue active)"),
    ("postfix/smtp", "{q}: to=<b@example.org>, relay=mx[192.0.2.9]:25, status=sent (250 {peer})"),
    ("postfix/tlsproxy", "{peer}"),
    ("postfix/postscreen", "CONNECT from [192.0.2.77]:4711 to [192.0.2.1]:25"),
    ("postfix/smtpd", "> unknown[192.0.2.1]: 220 {peer}"),
    ("postfix/smtpd", "warning: hostname a.example does not resolve to address 192.0.2.9"),
    ("postfix/smtpd", "table hash:/etc/postfix/x has changed -- restarting"),
    ("sshd", "Accepted publickey for root: {peer}"), ("kernel", "x"))


class Log:

    def __init__(self, rng, sessions=60, start=None, losing=0.0, mode="told", span=86400):
        """mode: told, untold (no fingerprints), or debug (only lookups tell them). losing: how
        many of the lines are lost."""
        self.rng, self.mode = rng, mode
        self.newer = mode == "debug" or rng.random() < 0.5
        self.table = "hash:/etc/postfix/relay_clients" if mode == "debug" else None
        self.lines = []
        self.sessions = []
        start = start or 1790000000
        clients = [Client(rng, number) for number in range(1, 20)]
        origins = [(rng.choice(("mx", "mx2.example")), process)
                   for process in ("postfix/smtpd", "postfix/submission/smtpd", "post-out/smtpd")]
        pids = iter(rng.sample(range(1, 99999), sessions + 9))
        processes = [[origin, next(pids), start + rng.randrange(60)]
                     for origin in origins for _ in range(3)]
        last = {}
        ports = rng.random() < 0.3
        for number in range(sessions):
            process = rng.choice(processes)
            origin, pid, free = process
            if rng.random() < 0.1:  # it has handled its clients
                process[1] = pid = next(pids)
            # The next client of a process is another one, so that lost lines show.
            client = rng.choice([c for c in clients if c is not last.get((origin, pid))])
            last[origin, pid] = client
            begin = free + rng.choice((0, 0, 1, 5, rng.randrange(2 * span // sessions * 9 + 1)))
            session = Session(rng, client, self.newer, 1024 + number if ports else 0, self.table,
                              mode == "told")
            session.origin = origin
            self.sessions.append(session)
            for second, message, mark in session.lines:
                self.lines.append(Placed(begin + second, origin, pid, message, session, mark))
            process[2] = begin + session.second
        self._add_others(start)
        order = list(enumerate(self.lines))
        order.sort(key=lambda pair: (pair[1].when, pair[0]))
        self.lines = [line for _, line in order]
        for line in self.lines:
            line.is_lost = rng.random() < losing

    def _add_others(self, start):
        peer = ("a.example[192.0.2.98]: subject_CN=a, issuer=a, fingerprint=%s, pkey_fingerprint=%s"
                % (fingerprint(self.rng), fingerprint(self.rng)))
        end = max(line.when for line in self.lines)
        for _ in range(len(self.lines)):
            process, text = self.rng.choice(OTHERS)
            self.lines.append(
                Placed(self.rng.randrange(start, end + 1), ("mx", process), 100000,
                       text.format(q="%X" % self.rng.randrange(10**9), peer=peer)))

    def expected(self, lines=None):
        """The sightings, sorted: a tuple each, as reported() has them."""
        found = {}
        for line in self.lines if lines is None else lines:
            if line.session is None or line.is_lost:
                continue
            marks = found.setdefault(id(line.session), (line.session, []))[1]
            marks.append((line.mark, line.when))
        return sorted(one for session, marks in found.values() if (one := _truth(session, marks)))

    def counts(self):
        """By service: (connections, sessions that do not tell the certificate, anonymous ones)."""
        counts = {}
        for line in self.lines:
            if line.session is None or line.is_lost:
                continue
            one = counts.setdefault(line.origin[1], [0, 0, 0])
            one[0] += line.mark == "connect"
            one[2] += line.mark == "summary" and line.session.kind == "anonymous"
        for session in self.sessions:
            marks = [mark for _, _, mark in session.lines]
            if session.kind == "certificate" and "told" not in marks:
                counts[session.origin[1]][1] += 1
        return counts


def shown(text):
    """As relayctl escapes what could steer a terminal."""
    return text.replace("\u202e", r"\xe2\x80\xae")


def _truth(session, marks):
    told = [i for i, (mark, _) in enumerate(marks) if mark == "told"]
    if not told:
        return None
    first, client = told[0], session.client
    if session.told:
        marks = [(mark, when) for i, (mark, when) in enumerate(marks) if i >= first]
    else:
        # What stands before the first lookup does not count, but for what the handshake tells.
        marks = [(mark, when) for i, (mark, when) in enumerate(marks)
                 if i >= first or mark == "trusted"]
        first = [mark for mark, _ in marks].index("told")
    count = lambda *names: sum(mark in names for mark, _ in marks)
    when = next(when for mark, when in marks if mark == "told")
    certificate = "-" if client.is_raw else client.certificate
    return (when, *session.origin, client.name, client.address, certificate, client.key,
            shown(client.claimed) if session.told and not client.is_raw else "-",
            "raw" if session.told and client.is_raw else "certificate",
            "trusted" if count("trusted") else "untrusted", "ended" if count("ended") else "open",
            count("permitted"), count("permitted_for_any"), count("denied"), count("rejected"),
            count("messages", "login"), "login" if count("login") else "-")


# -- the forms of lines ----------------------------------------------------------------------------


def _local(when):
    return time.strftime("%b %e %H:%M:%S", time.localtime(when))


def _iso(when, zone=0):
    moment = datetime.datetime.fromtimestamp(when, datetime.timezone.utc)
    moment = moment.astimezone(datetime.timezone(datetime.timedelta(minutes=zone)))
    return moment.isoformat()


FORMS = {
    "traditional": lambda when, host: "%s %s " % (_local(when), host),
    "rfc3339": lambda when, host: "%s %s " % (_iso(when, 330), host),
    "micro": lambda when, host: "%s %s " % (_iso(when).replace("+00:00", ".123456Z"), host),
    "no colon": lambda when, host: "%s %s " % (_iso(when, -210).replace("-03:30", "-0330"), host),
    "busybox": lambda when, host: "%s %s mail.info " % (_local(when), host),
    "docker": lambda when, host: "%s %s %s " % (_iso(when).replace("+00:00", ".5Z"), _local(when),
                                                host),
}
WITHOUT_YEAR = ("traditional", "busybox")


def write(lines, form, path):
    """Writes the lines that are not lost."""
    head = FORMS[form]
    with open(path, "w", encoding="utf-8") as out:
        for line in lines:
            if not line.is_lost:
                out.write("%s%s[%d]: %s\n" % (head(line.when, line.origin[0]), line.origin[1],
                                              line.pid, line.message))


def reported(output):
    """What relayctl_dump_sightings says: the sightings, sorted, and the lines about the log."""
    sightings, log = [], []
    for text in output.splitlines():
        fields = text.split("\t")
        if fields[0] != "sighting":
            log.append(fields)
            continue
        moment = time.strptime(fields[1], "%Y-%m-%dT%H:%M:%SZ")
        sightings.append((calendar.timegm(moment), *fields[2:12], *map(int, fields[12:17]),
                          fields[17]))
    return sorted(sightings), log


def log_of(seed, **options):
    return Log(random.Random(seed), **options)
