// Any bytes as a mail log, and as the position of a reading.
#include "core/inspect/mail_log/log_piece.hpp"
#include "core/inspect/mail_log/reading_position.hpp"
#include "core/inspect/mail_log/session_joiner.hpp"
#include "core/inspect/mail_log/smtpd_message.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace relayctl;

namespace {

const LogReading reading = { { "hash:/rc" }, true };

// Returns what the pieces tell, each sighting as a line.
std::string told(std::string_view first, std::string_view second)
{
    std::string told;
    SessionJoiner joiner(
        [&](const Sighting& s) {
            require(s.certificate || s.key);
            require(s.claimed.size() <= 520 && s.rejection.size() <= 256);
            require(s.service.ends_with("/smtpd") && s.host.find(' ') == std::string::npos);
            for (const auto text :
                { s.host, s.service, s.client_name, s.client_address, s.claimed }) {
                told += text;
            }
            told += (s.certificate ? s.certificate->to_string() : "-")
                + (s.key ? s.key->to_string() : "-") + std::to_string(s.permitted) + '/'
                + std::to_string(s.denied) + '/' + std::to_string(s.messages) + '\n';
        },
        std::nullopt);
    joiner.begin_source("log", 2026, std::nullopt, std::nullopt);
    joiner.take(read_log_piece(first, reading));
    joiner.take(read_log_piece(second, reading));
    joiner.tell_open();
    return told;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = text_of(data, size);
    const std::string_view lines = text.substr(0, text.rfind('\n') + 1);
    // Where a log is cut does not change how many sightings there are, and what they say.
    const std::string all = told(lines, "");
    for (std::size_t cut = 0; (cut = lines.find('\n', cut) + 1) != 0 && cut < lines.size();) {
        std::string in_two = told(lines.substr(0, cut), lines.substr(cut));
        require(std::count(all.begin(), all.end(), '\n')
            == std::count(in_two.begin(), in_two.end(), '\n'));
    }
    const SmtpdMessage message = read_smtpd_message(text, reading.tables);
    require(message.text.size() <= text.size());
    if (const auto position = ReadingPosition::parse(text)) {
        const std::string written = position->to_text();
        const auto again = ReadingPosition::parse(written);
        require(written.size() < 65536 && again && again->to_text() == written);
    }
    return 0;
}
