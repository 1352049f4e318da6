// Prints what the reader of the mail log tells, for tests: a line for each sighting, the fields of
// which are separated by tabs, and lines about the log behind them.
//
//   relayctl_dump_sightings [--table TABLE] [--version VERSION] [--since TIME] [--now TIME]
//                           [--position FILE] [--keep] FILE...
//
// --position: goes on where the reading ended that is kept in FILE, and keeps the new end there.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/mail_log/mail_log.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

using namespace relayctl;

namespace {

std::string text_of(const std::optional<Fingerprint>& fingerprint)
{
    return fingerprint ? fingerprint->to_string() : "-";
}

std::string text_of(const std::optional<Time>& time)
{
    return time ? to_rfc3339(*time) : "-";
}

std::string word(std::string_view text)
{
    return text.empty() ? "-" : escape(text);
}

void print(const Sighting& s)
{
    constexpr std::string_view outcomes[]
        = { "permitted", "denied", "rejected", "taken", "connected" };
    std::cout << "sighting\t" << to_rfc3339(s.when) << '\t' << word(s.host) << '\t'
              << word(s.service) << '\t' << word(s.client_name) << '\t' << word(s.client_address)
              << '\t' << text_of(s.certificate) << '\t' << text_of(s.key) << '\t' << word(s.claimed)
              << '\t' << (s.is_raw_key ? "raw" : "certificate") << '\t'
              << (s.is_trusted ? "trusted" : "untrusted") << '\t'
              << (s.has_ended ? "ended" : "open") << '\t' << s.permitted << '\t'
              << s.permitted_for_any << '\t' << s.denied << '\t' << s.rejected << '\t' << s.messages
              << '\t' << (s.has_logged_in ? "login" : "-") << '\t'
              << (s.lookup_failed ? "failed" : "-") << '\t' << word(s.rejection) << '\t'
              << (s.entry ? word(s.entry->value) : "-") << '\t'
              << outcomes[static_cast<std::size_t>(s.outcome())] << '\n';
}

void print(const MailLogFacts& facts)
{
    constexpr std::string_view logged[] = { "yes", "no", "unknown" };
    for (const LogSource& source : facts.sources) {
        std::cout << "source\t" << source.name << '\t' << text_of(source.first) << '\t'
                  << text_of(source.last) << '\t' << source.bytes << '\n';
    }
    for (const auto& [name, service] : facts.services) {
        std::cout << "service\t" << word(name) << '\t' << service.sessions << '\t'
                  << service.sightings << '\t' << service.untold << '\t' << service.anonymous
                  << '\t' << service.not_asked << '\n';
    }
    std::cout << "log\t" << text_of(facts.first) << '\t' << text_of(facts.last) << '\t'
              << facts.sightings << '\t'
              << logged[static_cast<std::size_t>(facts.fingerprints_logged())] << '\t'
              << (facts.is_continued ? "continued" : "begun") << '\n';
}

void run(int argc, char** argv)
{
    MailLogQuestion question;
    std::string position;
    question.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        if (name == "--keep") {
            question.keeps_open_sessions = true;
        } else if (!name.starts_with("--")) {
            question.files.push_back(name);
        } else {
            ++i;
            if (name == "--table") {
                question.tables.push_back(value);
            } else if (name == "--version") {
                question.mail_version = value;
            } else if (name == "--since") {
                question.since = parse_time(value);
            } else if (name == "--now") {
                question.now = parse_time(value).value();
            } else if (name == "--maillog") {
                question.maillog_file = value;
            } else if (name == "--position") {
                position = value;
            }
        }
    }
    if (!position.empty()) {
        std::ifstream in(position, std::ios::binary);
        question.position.assign(std::istreambuf_iterator<char>(in), {});
    }
    const MailLogFacts facts
        = read_mail_log(question, [](const Sighting& sighting) { print(sighting); });
    print(facts);
    if (!position.empty()) {
        std::ofstream(position, std::ios::binary) << facts.position;
    }
}

} // namespace

int main(int argc, char** argv)
{
    std::ios::sync_with_stdio(false);
    try {
        run(argc, argv);
    } catch (const Error& error) {
        std::cout << std::flush;
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
