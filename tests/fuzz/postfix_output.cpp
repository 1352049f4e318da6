// Any bytes as what postconf and postmap print, and as the names in it.
#include "core/audit/restrictions.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/postfix/match_list.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/restriction_words.hpp"
#include "core/postfix/services.hpp"
#include "core/postfix/table_name.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace relayctl;

namespace {

// The text as a restriction list, in which each word may be a class of what follows it.
void judge_as_restrictions(std::string_view text)
{
    RestrictedClient client;
    const auto words = split_restrictions(text);
    for (std::size_t i = 0; i < words.size() && i < 4; ++i) {
        client.classes[words[i]] = { words.begin() + static_cast<std::ptrdiff_t>(i), words.end() };
        client.ccert_access[words[i]].values = { words.back(), words[i] };
    }
    client.listed = words.size() % 2 == 0 ? Listed::yes : Listed::no;
    const ListVerdict verdict = judge_restrictions(words, client);
    require(!(verdict.surely_stops() && verdict.surely_passes()));
    require(verdict.outcome == Outcome::next || !verdict.decided_by.empty());
    names_restriction(words, client.classes, "permit_tls_clientcerts");
    for (const std::string& word : words) {
        const AccessTableFacts access = parse_access_argument(word);
        require(access.malformed || access.table.name.find(':') != std::string::npos);
    }
    const auto patterns = parse_match_list(text, [](const std::string&) { return std::nullopt; });
    const auto answers = match_all(patterns,
        { { "a.example", "192.0.2.1" }, { std::nullopt, "2001:db8::1" } }, { true, true, false },
        [](const std::string&, const std::vector<std::string>&) { return std::nullopt; });
    require(answers.size() == 2);
    const std::string quoted = shell_quote(text);
    require(!quoted.empty() && quoted.find('\x1b') == std::string::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = text_of(data, size);
    for (const auto& [name, value] : parse_parameters(text)) {
        for (const std::string& word : split_list(value)) {
            try {
                const TableName table = TableName::parse(word);
                require(!table.type.empty() && !table.path.empty());
            } catch (const Error&) {
            }
        }
    }
    for (const Service& service : parse_services(text)) {
        require(service.name.ends_with("/inet") || service.name.ends_with("/pass"));
    }
    judge_as_restrictions(text);
    for (const std::string& message : parse_messages(text)) {
        require(message.find('\n') == std::string::npos);
        is_fatal(message);
    }
    const std::string shown = escape(text);
    require(shown.find('\x1b') == std::string::npos && shown.find('\n') == std::string::npos);
    return 0;
}
