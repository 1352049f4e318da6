#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/mail_log/journal_entry.hpp"
#include "core/inspect/mail_log/log_files.hpp"
#include "core/inspect/mail_log/log_line.hpp"
#include "core/inspect/mail_log/log_piece.hpp"
#include "core/inspect/mail_log/mail_log.hpp"
#include "core/inspect/mail_log/reading_position.hpp"
#include "core/inspect/mail_log/smtpd_message.hpp"
#include "temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <tuple>

using namespace relayctl;

namespace {

std::string fingerprint_of(char digit)
{
    std::string text(95, digit);
    for (std::size_t i = 2; i < text.size(); i += 3) {
        text[i] = ':';
    }
    return text;
}

const std::string cert_a = fingerprint_of('A');
const std::string key_a = fingerprint_of('B');
const std::string victim = fingerprint_of('E');

std::string line(const std::string& message, int second = 0, int pid = 7,
    const std::string& process = "postfix/smtpd")
{
    char stamp[32];
    std::snprintf(stamp, sizeof stamp, "2026-11-28T14:%02d:%02dZ", second / 60, second % 60);
    return std::string(stamp) + " mx " + process + '[' + std::to_string(pid) + "]: " + message
        + '\n';
}

const std::string client = "c.example[192.0.2.1]";
const std::string peer
    = client + ": subject_CN=c, issuer=c, fingerprint=" + cert_a + ", pkey_fingerprint=" + key_a;
const std::string summary = "Untrusted TLS connection established from " + client
    + ": TLSv1.3 with cipher X (256/256 bits)";
const std::string denial = "NOQUEUE: reject: RCPT from " + client
    + ": 554 5.7.1 <b@example.org>: Relay access denied; from=<a@c.example> to=<b@example.org> "
      "proto=ESMTP helo=<c>";
const std::string permit = "NOQUEUE: permit: RCPT from " + client
    + ": action=permit_tls_clientcerts for Client host=" + client
    + " ; from=<a@c.example> to=<b@example.org> proto=ESMTP helo=<c>";

MessageKind kind_of_message(const std::string& message)
{
    return read_smtpd_message(message, {}).kind;
}

struct Told {
    std::vector<KeptSighting> sightings;
    MailLogFacts facts;
};

Told read(const std::string& text, MailLogQuestion question = {})
{
    TempDir directory;
    Told told;
    question.files = { directory.write("log", text) };
    question.now
        = question.now == Time{} ? parse_time("2026-11-28T15:00:00Z").value() : question.now;
    told.facts = read_mail_log(question, [&](const Sighting& sighting) {
        told.sightings.push_back(sighting.with_texts<std::string>());
    });
    return told;
}

// In another time zone, as long as it lives.
class Zone {
public:
    explicit Zone(const char* name)
    {
        const char* const old = std::getenv("TZ");
        old_ = old != nullptr ? std::optional<std::string>(old) : std::nullopt;
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~Zone()
    {
        old_ ? ::setenv("TZ", old_->c_str(), 1) : ::unsetenv("TZ");
        ::tzset();
    }

private:
    std::optional<std::string> old_;
};

void set_time(const std::string& path, const std::string& time)
{
    const struct timespec at = { parse_time(time).value().time_since_epoch().count(), 0 };
    const struct timespec both[] = { at, at };
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), both, 0) == 0);
}

} // namespace

TEST_CASE("mail log: the stamps of lines")
{
    const auto stamp = [](const std::string& text) -> std::string {
        const std::size_t length = stamp_length(text);
        const auto read = length != 0 ? parse_stamp(text.substr(0, length)) : std::nullopt;
        return read
            ? std::to_string(length) + (read->has_zone ? " @" : " ") + std::to_string(read->seconds)
            : "none";
    };
    CHECK(stamp("2026-11-28T14:34:18Z mx") == "21 @1795876458");
    CHECK(stamp("2026-11-28T14:34:18.123456+01:00 mx") == "33 @1795872858");
    CHECK(stamp("2026-11-28T14:34:18+0100 mx") == "25 @1795872858");
    CHECK(stamp("Jan  1 00:00:01 mx") == "16 1");
    CHECK(stamp("Feb 02 00:00:00.5 mx") == "18 " + std::to_string(32 * 86400));
    CHECK(stamp("<22>Jan  1 00:00:01 mx") == "20 1");
    CHECK(stamp("2026-11-28T14:34:18.1Z Nov 28 15:34:18 mx") == "39 @1795876458");
    CHECK(stamp("2026-11-28T14:34:18.1Z stdout F Nov 28 15:34:18 mx") == "48 @1795876458");
    for (const char* const none : { "", "Nov", "Nov 28 14:34:18", "Nox 28 14:34:18 mx",
             "Nov 32 14:34:18 mx", "Nov 28 24:34:18 mx", "2026-11-28T14:34:18 mx",
             "2026-13-28T14:34:18Z mx", "2026-11-28T14:34:18+01 mx", "Nov 28 14.34.18 mx" }) {
        INFO(none);
        CHECK(stamp(none) == "none");
    }
}

TEST_CASE("mail log: only smtpd's own lines are read")
{
    LogLine parts;
    REQUIRE(read_smtpd_line("Nov 28 14:34:18 mx postfix/submission/smtpd[123]: hello\r", parts));
    CHECK(parts.host == "mx");
    CHECK(parts.process == "postfix/submission/smtpd");
    CHECK(parts.origin == "mx postfix/submission/smtpd");
    CHECK(parts.pid == 123);
    CHECK(parts.message == "hello");
    REQUIRE(read_smtpd_line("Nov 28 14:34:18 mx mail.info postfix/smtpd[1]: busybox", parts));
    CHECK(parts.process == "postfix/smtpd");
    for (const char* const other :
        { "Nov 28 14:34:18 mx postfix/cleanup[123]: x postfix/smtpd[1]: connect from a[b]",
            "Nov 28 14:34:18 mx postfix/cleanup[123]: postfix/smtpd[1]: connect from a[b]",
            "Nov 28 14:34:18 mx postfix/tlsproxy[123]: hello",
            "Nov 28 14:34:18 mx postfix/smtpd: hello", "Nov 28 14:34:18 mx postfix/smtpd[]: hello",
            "Nov 28 14:34:18 mx postfix/smtpd[1x]: hello",
            "Nov 28 14:34:18 mx postfix/smtpd[12345678901]: hello",
            "Nov 28 14:34:18 mx evil postfix/smtpd[1]: hello",
            "Nov 28 14:34:18 mx a.info b.info postfix/smtpd[1]: hello",
            "Nov 28 14:34:18 mx smtpd[1]: OpenSMTPD", "Nov 28 14:34:18 ",
            "Nov 28 14:34:18  postfix/smtpd[1]: hello", "postfix/smtpd[1]: hello" }) {
        INFO(other);
        CHECK_FALSE(read_smtpd_line(other, parts));
    }
}

TEST_CASE("mail log: the line before does not decide how a line is read")
{
    for (const char* const text : { "<22>Nov 28 14:34:18 mx mail.info postfix/smtpd[1]: x",
             "2026-11-28T14:34:18.123456+01:00 mx postfix/smtpd[1]: x" }) {
        const std::string before = text;
        for (std::size_t at = 0; at < before.size(); ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string line = before;
                line[at] = static_cast<char>(byte);
                LogLine known;
                LogLine fresh;
                REQUIRE(read_smtpd_line(before, known));
                INFO(line);
                const bool is_read = read_smtpd_line(line, fresh);
                REQUIRE(read_smtpd_line(line, known) == is_read);
                if (is_read) {
                    REQUIRE(std::tie(known.stamp, known.origin, known.host, known.process,
                                known.pid, known.message)
                        == std::tie(fresh.stamp, fresh.origin, fresh.host, fresh.process, fresh.pid,
                            fresh.message));
                    REQUIRE(known.stamp.data() == line.data());
                }
            }
        }
    }
}

TEST_CASE("mail log: what smtpd says, from 3.5 to 3.12")
{
    CHECK(kind_of_message("connect from " + client) == MessageKind::connected);
    CHECK(kind_of_message("connect from unknown[unknown]") == MessageKind::connected);
    CHECK(kind_of_message("connect from a[2001:db8::1]:25") == MessageKind::connected);
    CHECK(kind_of_message("disconnect from " + client + " ehlo=1 quit=1")
        == MessageKind::disconnected);
    CHECK(kind_of_message(peer) == MessageKind::certificate);
    CHECK(kind_of_message(client + ": subject_CN=, issuer=, cert fingerprint=" + cert_a
              + ", pkey fingerprint=" + key_a)
        == MessageKind::certificate);
    CHECK(kind_of_message(client + ":587: subject_CN=, issuer=, cert fingerprint=" + cert_a
              + ", pkey fingerprint=" + key_a)
        == MessageKind::certificate);
    CHECK(
        kind_of_message(client + ": raw public key fingerprint=" + key_a) == MessageKind::raw_key);
    CHECK(kind_of_message(summary) == MessageKind::tls_with_certificate);
    const auto trusted = read_smtpd_message("Trusted" + summary.substr(9), {});
    CHECK(trusted.is_trusted);
    CHECK(trusted.client == client);
    CHECK(kind_of_message("Anonymous TLS connection established from " + client
              + " to mx.example: TLSv1.3 with cipher X")
        == MessageKind::tls_anonymous);
    CHECK(kind_of_message(denial) == MessageKind::denied);
    CHECK(kind_of_message(permit) == MessageKind::permitted);
    CHECK(kind_of_message("4Zabc12: permit: RCPT from " + client
              + ": action=permit_tls_all_clientcerts for Client host=x ;")
        == MessageKind::permitted_for_any);
    const auto reject = read_smtpd_message("70E28AA4165: reject: RCPT from " + client
            + ": 450 4.7.1 Client host rejected: wait; from=<a> to=<b> proto=ESMTP helo=<c>",
        {});
    CHECK(reject.kind == MessageKind::rejected);
    CHECK(reject.text == "450 4.7.1 Client host rejected: wait");
    const auto took = read_smtpd_message("70E28AA4165: client=" + client, {});
    CHECK(took.kind == MessageKind::took_message);
    CHECK_FALSE(took.has_logged_in);
    CHECK(read_smtpd_message("1A: client=" + client + ", sasl_method=PLAIN, sasl_username=u", {})
              .has_logged_in);
    CHECK(kind_of_message("warning: permit_tls_clientcerts is requested, but "
                          "\"smtpd_tls_ask_ccert = no\"")
        == MessageKind::not_asked);
    CHECK(kind_of_message("fatal: no SASL") == MessageKind::ended);
    const auto failed = read_smtpd_message("warning: relay_clientcerts: lookup error for "
                                           "fingerprint '"
            + cert_a + "', pkey fingerprint " + key_a,
        {});
    CHECK(failed.kind == MessageKind::lookup_failed);
    CHECK(failed.first_fingerprint == cert_a);
    CHECK(failed.second_fingerprint == key_a);
    const std::vector<std::string> tables = { "hash:/etc/postfix/rc" };
    const auto found = read_smtpd_message(
        "hash:/etc/postfix/rc lookup: \"" + key_a + "\" = \"a \"quoted\" host\"", tables);
    CHECK(found.kind == MessageKind::looked_up);
    CHECK(found.first_fingerprint == key_a);
    CHECK(found.text == "a \"quoted\" host");
    for (const std::string& other :
        { "NOQUEUE: reject_warning: RCPT from " + client + ": 554 5.7.1 <b>: Relay access denied;",
            "NOQUEUE: reject filter in: RCPT from " + client + ": 554 5.7.1 x",
            "> " + client + ": 250 ok", "< " + client + ": EHLO connect from a[b]",
            "lost connection after RCPT from " + client, std::string("warning: x"), std::string(),
            "hash:/etc/postfix/helo lookup: \"" + key_a + "\" = \"x\"",
            "certificate verification failed for " + client + ": untrusted issuer",
            "Untrusted TLS connection reused from " + client + ": TLSv1.3" }) {
        INFO(other);
        CHECK(read_smtpd_message(other, tables).kind == MessageKind::other);
    }
}

TEST_CASE("mail log: a certificate's name cannot tell another fingerprint")
{
    const std::string forged
        = "x, issuer=y, fingerprint=" + victim + ", pkey_fingerprint=" + victim;
    const std::string forged_newer
        = "x, issuer=y, cert fingerprint=" + victim + ", pkey fingerprint=" + victim;
    const std::string end = ", fingerprint=" + cert_a + ", pkey_fingerprint=" + key_a;
    const std::string end_newer = ", cert fingerprint=" + cert_a + ", pkey fingerprint=" + key_a;
    for (const std::string& own : { end, end_newer }) {
        for (const std::string& name :
            { forged, forged_newer, forged + "\n2026-11-28T14:00:00Z mx postfix/smtpd[7]: " + peer,
                std::string("\x1b[2J"), "c, issuer=" + client + ": subject_CN=c" }) {
            const std::string message = client + ": subject_CN=" + name + ", issuer=" + name + own;
            const SmtpdMessage read = read_smtpd_message(message, {});
            INFO(message);
            CHECK(read.kind == MessageKind::certificate);
            CHECK(read.client == client);
            CHECK(read.first_fingerprint == cert_a);
            CHECK(read.second_fingerprint == key_a);
        }
        // A line that was cut off, wherever that is, tells either nothing or what it told.
        const std::string message = client + ": subject_CN=c, issuer=c" + own;
        for (std::size_t size = 0; size < message.size(); ++size) {
            INFO(message.substr(0, size));
            CHECK(read_smtpd_message(message.substr(0, size), {}).kind != MessageKind::certificate);
        }
    }
    // Nor can a recipient make another refusal look like this one.
    CHECK(kind_of_message("NOQUEUE: reject: RCPT from " + client
              + ": 550 5.1.1 <a>: Relay access denied; from=<x> to=<a>@example.org>: Recipient "
                "address rejected; from=<x> to=<\"a>: Relay access denied; from=<x> "
                "to=<a\"@example.org> proto=ESMTP helo=<c>")
        == MessageKind::rejected);
}

TEST_CASE("mail log: the lines of a process are joined to sessions")
{
    SECTION("one that relays")
    {
        const Told told = read(line("connect from " + client) + line(peer, 1) + line(summary, 1)
            + line(permit, 2) + line("4AB: client=" + client, 2)
            + line("disconnect from " + client + " ehlo=2", 3));
        REQUIRE(told.sightings.size() == 1);
        const KeptSighting& s = told.sightings[0];
        CHECK(to_rfc3339(s.when) == "2026-11-28T14:00:01Z");
        CHECK(s.host == "mx");
        CHECK(s.service == "postfix/smtpd");
        CHECK(s.client_name == "c.example");
        CHECK(s.client_address == "192.0.2.1");
        CHECK(s.certificate.value().to_string() == cert_a);
        CHECK(s.key.value().to_string() == key_a);
        CHECK(s.claimed == "c, issuer=c");
        CHECK(s.permitted == 1);
        CHECK(s.messages == 1);
        CHECK(s.has_ended);
        CHECK(s.outcome() == SightingOutcome::permitted);
        const LoggedService& service = told.facts.services.at("postfix/smtpd");
        CHECK(service.sessions == 1);
        CHECK(service.sightings == 1);
        CHECK(service.untold == 0);
        CHECK(told.facts.fingerprints_logged() == FingerprintLogging::yes);
        CHECK(to_rfc3339(told.facts.first.value()) == "2026-11-28T14:00:00Z");
        CHECK(to_rfc3339(told.facts.last.value()) == "2026-11-28T14:00:03Z");
    }
    SECTION("interleaved ones of several processes and machines")
    {
        std::string text;
        for (const char* const process : { "postfix/smtpd", "postfix/submission/smtpd" }) {
            for (const int pid : { 1, 2 }) {
                text += line("connect from " + client, 0, pid, process);
            }
        }
        text += line(peer, 0, 2) + line(denial, 0, 1) + line(denial, 0, 2) + line(denial, 0, 2)
            + line(permit, 0, 2, "postfix/submission/smtpd")
            + line("disconnect from " + client, 0, 1) + line("disconnect from " + client, 0, 2);
        const Told told = read(text);
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].denied == 2);
        CHECK(told.sightings[0].permitted == 0);
        CHECK(told.sightings[0].outcome() == SightingOutcome::denied);
    }
    SECTION("what is refused before the handshake is not the certificate's")
    {
        const Told told
            = read(line("connect from " + client) + line(denial) + line(peer) + line(summary));
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].denied == 0);
        CHECK_FALSE(told.sightings[0].has_ended);
        CHECK(told.sightings[0].outcome() == SightingOutcome::connected);
    }
    SECTION("a lost disconnect and connect")
    {
        const std::string other = "d.example[192.0.2.2]";
        const Told told = read(line(peer) + line(summary)
            + line("NOQUEUE: permit: RCPT from " + other
                + ": action=permit_tls_clientcerts for Client host=x ;")
            + line("1A: client=" + client) + line("disconnect from " + other));
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].permitted == 0);
        CHECK(told.sightings[0].messages == 0);
        CHECK_FALSE(told.sightings[0].has_ended);
    }
    SECTION("a process that ends, and its number again")
    {
        const Told told = read(line(peer) + line("fatal: out of memory") + line(permit)
            + line("connect from " + client) + line(summary) + line("disconnect from " + client));
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].permitted == 0);
        CHECK(told.facts.services.at("postfix/smtpd").untold == 1);
    }
    SECTION("a log without fingerprints says so")
    {
        const Told told = read(
            line("connect from " + client) + line(summary) + line("disconnect from " + client));
        CHECK(told.sightings.empty());
        CHECK(told.facts.fingerprints_logged() == FingerprintLogging::no);
        CHECK(read(line("connect from " + client)).facts.fingerprints_logged()
            == FingerprintLogging::unknown);
    }
    SECTION("TLS of which no line tells, up to the first line that does")
    {
        const auto silent = [](int second) {
            return line("connect from " + client, second)
                + line(
                    "disconnect from " + client + " ehlo=2 starttls=1 quit=1 commands=4", second);
        };
        const std::string failed = line("connect from " + client)
            + line("disconnect from " + client + " ehlo=1 starttls=0/1 commands=1/2");
        CHECK(read(failed).facts.fingerprints_logged() == FingerprintLogging::unknown);
        const auto logging
            = [&](const std::string& text) { return read(text).facts.fingerprints_logged(); };
        CHECK(logging(silent(0)) == FingerprintLogging::no);
        const std::string anonymous
            = line("Anonymous TLS connection established from " + client + ": TLSv1.3", 1);
        CHECK(logging(silent(0) + anonymous) == FingerprintLogging::unknown);
        const Told told = read(silent(0) + silent(3) + line(peer, 5) + silent(7));
        const LoggedService& service = told.facts.services.at("postfix/smtpd");
        CHECK(told.facts.fingerprints_logged() == FingerprintLogging::yes);
        CHECK(service.unlogged == 2);
        CHECK(to_rfc3339(service.last_unlogged) == "2026-11-28T14:00:03Z");
    }
}

TEST_CASE("mail log: what debug: tables and failures tell")
{
    const std::string begin = line("connect from " + client) + line(summary);
    const std::string table = "hash:/etc/postfix/rc";
    MailLogQuestion question;
    question.tables = { "debug:" + table };
    const auto lookup = [&](const std::string& fingerprint, const std::string& value) {
        return line(table + " lookup: \"" + fingerprint + "\" = \"" + value + '"');
    };
    SECTION("by the certificate")
    {
        const Told told = read(begin + lookup(key_a, "not_found") + lookup(cert_a, "c.example")
                + line(permit) + lookup(key_a, "not_found") + lookup(cert_a, "c.example"),
            question);
        REQUIRE(told.sightings.size() == 1);
        const KeptSighting& s = told.sightings[0];
        CHECK(s.key.value().to_string() == key_a);
        CHECK(s.certificate.value().to_string() == cert_a);
        REQUIRE(s.entry);
        CHECK(s.entry->table == table);
        CHECK(s.entry->value == "c.example");
        CHECK(s.entry->fingerprint.to_string() == cert_a);
        CHECK(s.permitted == 1);
        CHECK(s.client_address == "192.0.2.1");
    }
    SECTION("by the key, so that the certificate is not known")
    {
        const Told told = read(begin + lookup(key_a, "c.example") + line(permit), question);
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].key.value().to_string() == key_a);
        CHECK_FALSE(told.sightings[0].certificate);
    }
    SECTION("of another client, where lines between are lost: counts for nobody")
    {
        const std::string known = begin + lookup(key_a, "not_found") + lookup(cert_a, "c.example");
        const std::string other = lookup(victim, "not_found") + line(permit);
        for (const std::string& more : { other,
                 line("warning: relay_clientcerts: lookup error for "
                      "fingerprint '"
                     + victim + "', pkey fingerprint " + key_a)
                     + line(permit) }) {
            const Told told = read(known + line(permit) + more, question);
            REQUIRE(told.sightings.size() == 1);
            CHECK(told.sightings[0].certificate.value().to_string() == cert_a);
            CHECK(told.sightings[0].permitted == 1);
            CHECK_FALSE(told.sightings[0].lookup_failed);
        }
        CHECK(read(known + other + begin + lookup(victim, "x"), question).sightings.size() == 2);
    }
    SECTION("another table says nothing")
    {
        question.tables = { "hash:/etc/postfix/other" };
        CHECK(read(begin + lookup(key_a, "c.example"), question).sightings.empty());
    }
    SECTION("a failure: which is which depends on the version")
    {
        const std::string failure
            = line("warning: relay_clientcerts: lookup error for fingerprint '" + cert_a
                + "', pkey fingerprint " + key_a);
        CHECK(read(begin + failure, question).sightings.empty());
        question.mail_version = "3.7.11";
        Told told = read(begin + failure, question);
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].certificate.value().to_string() == cert_a);
        CHECK(told.sightings[0].lookup_failed);
        question.mail_version = "3.11.6";
        told = read(begin + failure, question);
        REQUIRE(told.sightings.size() == 1);
        CHECK(told.sightings[0].key.value().to_string() == cert_a);
        CHECK(told.sightings[0].certificate.value().to_string() == key_a);
    }
}

TEST_CASE("mail log: where a log is cut into pieces does not matter")
{
    const std::string table = "hash:/rc";
    const std::string other = "d.example[192.0.2.2]";
    const std::vector<std::string> lines = { line("connect from " + client), line(peer),
        line("connect from " + other, 0, 8), line(summary), line(permit),
        line("1A: client=" + client), line("disconnect from " + client),
        line("connect from " + other, 1),
        line(table + " lookup: \"" + key_a + "\" = \"not_found\""),
        line(table + " lookup: \"" + cert_a + "\" = \"host\"", 2), line("2A: client=" + other, 3),
        line("connect from " + client, 4), line(summary, 4), line("disconnect from " + client, 5),
        line(peer, 5, 8), line(denial, 6, 8), line("fatal: x", 7, 8) };
    const LogReading reading = { { table }, std::nullopt };
    const auto tell = [&](std::size_t first_cut, std::size_t second_cut) {
        std::string told;
        SessionJoiner joiner(
            [&](const Sighting& sighting) {
                const auto s = sighting.with_texts<std::string>();
                told += to_rfc3339(s.when) + ' ' + s.client_address + ' '
                    + (s.certificate ? s.certificate->to_string() : "-") + ' '
                    + (s.entry ? s.entry->value : "-") + ' ' + std::to_string(s.permitted)
                    + std::to_string(s.denied) + std::to_string(s.messages)
                    + std::to_string(s.has_ended) + '\n';
            },
            std::nullopt);
        joiner.begin_source("log", 0, std::nullopt, std::nullopt);
        std::string text;
        for (std::size_t i = 0; i <= lines.size(); ++i) {
            if (i == first_cut || i == second_cut || i == lines.size()) {
                joiner.take(read_log_piece(text, reading));
                text.clear();
            }
            text += i < lines.size() ? lines[i] : "";
        }
        joiner.tell_open();
        const LoggedService& service = joiner.facts().services.at("postfix/smtpd");
        return told + std::to_string(service.sessions) + ' ' + std::to_string(service.sightings)
            + ' ' + std::to_string(service.untold);
    };
    const std::string whole = tell(0, 0);
    INFO(whole);
    CHECK(std::count(whole.begin(), whole.end(), '\n') == 3);
    for (std::size_t first = 0; first <= lines.size(); ++first) {
        for (std::size_t second = first; second <= lines.size(); ++second) {
            INFO(first << ", " << second);
            REQUIRE(tell(first, second) == whole);
        }
    }
}

TEST_CASE("mail log: the year of stamps without one")
{
    const Zone zone("UTC");
    const auto session = [](const std::string& stamp) {
        return stamp + " mx postfix/smtpd[1]: connect from " + client + '\n' + stamp
            + " mx postfix/smtpd[1]: " + peer + '\n';
    };
    TempDir directory;
    const auto times = [&](const std::string& text, const std::string& written) {
        const std::string path = directory.write("log", text);
        set_time(path, written);
        MailLogQuestion question;
        question.files = { path };
        std::string told;
        read_mail_log(question, [&](const Sighting& s) { told += to_date(s.when) + ' '; });
        return told;
    };
    CHECK(times(session("Dec 31 23:59:59") + session("Jan  1 00:00:01"), "2026-01-01T00:00:02Z")
        == "2025-12-31 2026-01-01 ");
    CHECK(times(session("Nov 28 10:00:00"), "2026-11-28T10:00:01Z") == "2026-11-28 ");
    CHECK(times(session("Nov 28 10:00:00"), "2026-11-27T00:00:00Z") == "2025-11-28 ");
    CHECK(times(session("Mar  3 10:00:00") + session("Feb  3 10:00:00") + session("Jan 30 10:00:00")
                  + session("Jan  2 10:00:00"),
              "2026-01-02T10:00:01Z")
        == "2024-03-03 2025-02-03 2025-01-30 2026-01-02 ");
    // Late lines around the end of a year, and of a month.
    CHECK(times(session("Dec 31 23:59:58") + session("Jan  1 00:00:00") + session("Dec 31 23:59:59")
                  + session("Jan  1 00:00:01") + session("Mar  1 00:00:00")
                  + session("Feb 28 23:59:59"),
              "2026-03-01T00:00:02Z")
        == "2025-12-31 2026-01-01 2025-12-31 2026-01-01 2026-03-01 2026-02-28 ");
    // Two winters within a few lines, in a file of many pieces.
    std::string text;
    for (int i = 0; i < 30000; ++i) {
        text += "Dec 31 10:00:00 mx other[1]: " + std::string(100, 'x') + '\n';
    }
    text += session("Dec 31 11:00:00") + session("Jan 01 11:00:00");
    for (int i = 0; i < 30000; ++i) {
        text += "Jan 01 11:00:01 mx other[1]: " + std::string(100, 'x') + '\n';
    }
    CHECK(times(text, "2027-01-01T11:00:02Z") == "2026-12-31 2027-01-01 ");
}

TEST_CASE("mail log: the hour that a clock shows twice")
{
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    std::string told;
    MailLogQuestion question;
    TempDir directory;
    std::string text;
    for (const char* const time : { "01:30:00", "02:50:00", "02:10:00", "03:10:00" }) {
        text += std::string("Oct 25 ") + time + " mx postfix/smtpd[1]: " + peer + '\n';
    }
    question.files = { directory.write("log", text) };
    set_time(question.files[0], "2026-10-25T03:00:00Z");
    read_mail_log(
        question, [&](const Sighting& s) { told += to_rfc3339(s.when).substr(11) + ' '; });
    CHECK(told == "23:30:00Z 00:50:00Z 01:10:00Z 02:10:00Z ");
}

TEST_CASE("mail log: entries of the journal and of containers")
{
    CHECK(line_of_entry(R"({"__REALTIME_TIMESTAMP":"1795876458000001","_HOSTNAME":"mx",)"
                        R"("SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7","_COMM":"smtpd",)"
                        R"("MESSAGE":"connect from a[b]"})")
        == "2026-11-28T14:34:18Z mx postfix/smtpd[7]: connect from a[b]");
    CHECK(line_of_entry(R"({"__REALTIME_TIMESTAMP":"1795876458000001","_HOSTNAME":"mx",)"
                        R"("SYSLOG_IDENTIFIER":"postfix/smtpd","SYSLOG_PID":"8","_PID":"7",)"
                        R"("MESSAGE":[97,255]})")
        == "2026-11-28T14:34:18Z mx postfix/smtpd[8]: a\xff");
    CHECK(line_of_entry(R"({"log":"Nov 28 14:34:18 mx postfix/smtpd[7]: x\n","stream":"stdout",)"
                        R"("time":"2026-11-28T14:34:18.5Z"})")
        == "2026-11-28T14:34:18.5Z Nov 28 14:34:18 mx postfix/smtpd[7]: x");
    for (const char* const none :
        { "{", "{}", "[]", "7", R"({"log":"cut off","time":"t"})", R"({"log":"a\nb\n","time":"t"})",
            R"({"__REALTIME_TIMESTAMP":"1795876458000001","_HOSTNAME":"mx",)"
            R"("SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7","_COMM":"logger","MESSAGE":"x"})",
            R"({"__REALTIME_TIMESTAMP":"x","_HOSTNAME":"mx","SYSLOG_IDENTIFIER":"a","_PID":"7",)"
            R"("MESSAGE":"x"})" }) {
        INFO(none);
        CHECK(line_of_entry(none).empty());
    }
    CHECK(cursor_of_entry(R"({"__CURSOR":"s=1;i=2"})") == "s=1;i=2");
    CHECK(cursor_of_entry(R"({"__CURSOR":"a b"})").empty());
}

TEST_CASE("mail log: a position is text, and read as it was written")
{
    ReadingPosition position;
    position.files = { { 1, 2, 3, -4, 5, 6, "abc", "def" } };
    position.journal_cursor = "s=1;i=2";
    position.last = parse_time("2026-11-28T14:34:18Z");
    OpenSession session;
    session.origin = "mx postfix/smtpd";
    session.pid = 7;
    session.part.client = client;
    KeptSighting& s = session.part.sighting;
    s.when = *position.last;
    s.key = Fingerprint::from_key(key_a);
    s.claimed = "a b%\x1b\n-\xff";
    s.is_raw_key = true;
    s.permitted = 3;
    s.entry = BasicLoggedEntry<std::string>{ "hash:/etc/x y", *s.key, "a host" };
    position.open = { session };
    const std::string text = position.to_text();
    CHECK(std::all_of(
        text.begin(), text.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; }));
    const auto again = ReadingPosition::parse(text);
    REQUIRE(again);
    CHECK(again->to_text() == text);
    REQUIRE(again->open.size() == 1);
    CHECK(again->open[0].part.sighting.claimed == s.claimed);
    CHECK(again->open[0].part.sighting.entry.value().value == "a host");
    CHECK_FALSE(again->open[0].part.sighting.certificate);
    CHECK(again->files[0].modified_ns == -4);
    position.files.assign(1000, position.files[0]);
    position.open.assign(1000, session);
    CHECK(position.to_text().size() < 65536);
    for (const char* const bad :
        { "", "x", "mail-log-position 2\n", "mail-log-position 1\nfile 1\n",
            "mail-log-position 1\nopen a b\n", "mail-log-position 1\nlast x\n" }) {
        INFO(bad);
        CHECK_FALSE(ReadingPosition::parse(bad));
    }
}

TEST_CASE("mail log: rotated files, and those that are none")
{
    TempDir directory;
    for (const char* const name : { "mail.log", "mail.log.1", "mail.log.2.gz", "mail.log.3",
             "mail.log.3.gz", "mail.log-20261128.xz", "mail.log.20261128-120000", "mail.log.bak",
             "mail.log~", "mail.logs", "mail.log.", "mail.log.1.tmp" }) {
        directory.write(name, "x\n");
    }
    std::string found;
    for (const std::string& path : with_rotated(directory / "mail.log")) {
        found += path.substr(path.rfind('/') + 1) + ' ';
    }
    CHECK(found
        == "mail.log mail.log-20261128.xz mail.log.1 mail.log.2.gz mail.log.20261128-120000 "
           "mail.log.3 ");
    CHECK_THROWS_AS(open_log(directory / "none"), Error);
    CHECK_THROWS_AS(open_log(directory / "."), Error);
}
