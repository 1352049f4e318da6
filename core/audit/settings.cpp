// A setting is a parameter with its new value, as a whole: lists are read, changed and written
// again, so what somebody has put into them stays. Nothing is written here; repair.cpp makes
// commands of settings.
#include "core/audit/settings.hpp"

#include "core/base/text.hpp"
#include "core/postfix/asked_tables.hpp"
#include "core/postfix/restriction_words.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// main.cf knows no comment behind a value: smtpd takes '#' and what follows for words of the list.
// Who wrote them meant none of them, so no hint repeats them.
std::vector<std::string> before_comment(std::vector<std::string> words)
{
    words.erase(std::find_if(words.begin(), words.end(),
                    [](const std::string& word) { return word.starts_with('#'); }),
        words.end());
    return words;
}

// Returns true if the word is among these, as it is written.
bool contains(const std::vector<std::string>& words, const std::string& word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Takes away what follows from parameters that were changed.
void forget(ServiceFacts& facts, const Setting& setting)
{
    if (setting.name == "relay_clientcerts") {
        // Nobody has asked the tables of the new value.
        facts.tables.clear();
    } else if (setting.name == "smtpd_tls_fingerprint_digest") {
        facts.digest = Digest::find(setting.value);
    } else if (setting.name == "proxy_read_maps") {
        const auto allowed = split_list(setting.value);
        const auto allow = [&](TableFacts& table) {
            table.is_forbidden = table.is_forbidden && !contains(allowed, table.name);
        };
        std::for_each(facts.tables.begin(), facts.tables.end(), allow);
        for (auto& [argument, access] : facts.ccert_access) {
            allow(access.table);
        }
    }
    // A class of restrictions is a parameter of its own name, so its words change with it.
    if (const auto words = facts.classes.find(setting.name); words != facts.classes.end()) {
        words->second = split_restrictions(setting.value);
    }
}

// Returns whether each fingerprint of the table has the length of this digest.
bool has_only(const Document& table, const Digest& digest)
{
    const auto& entries = table.entries();
    return std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        const auto fingerprint = Fingerprint::from_key(table.key(entry));
        return !fingerprint || fingerprint->size() == digest.size();
    });
}

// Whether `name`, as relay_clientcerts has it, is the table, behind proxymap or not.
bool names_it(const std::string& name, const TableName& table)
{
    const std::string direct = table.behind_proxy().to_string();
    return name == table.to_string() || name == direct || name == "proxy:" + direct;
}

} // namespace

bool is_overridden(const ServiceFacts& facts, const std::string& name)
{
    const auto& overrides = facts.service.overrides;
    return std::any_of(
        overrides.begin(), overrides.end(), [&](const auto& o) { return o.first == name; });
}

ServiceFacts with_settings(ServiceFacts facts, const std::vector<Setting>& settings)
{
    if (!settings.empty()) {
        facts.reading.reset(); // smtpd would have to be asked again
        facts.live.reset(); // a reload comes with them
    }
    for (const Setting& setting : settings) {
        // Other parameters whose values refer to this one are not evaluated anew: only postconf
        // could do that.
        facts.service.parameters[setting.name] = setting.value;
        std::erase_if(facts.written,
            [&](const WrittenSetting& written) { return written.name == setting.name; });
        forget(facts, setting);
    }
    return facts;
}

std::vector<Setting> settings_changed(const ServiceFacts& before, const ServiceFacts& after)
{
    std::vector<Setting> changed;
    for (const auto& [name, value] : after.service.parameters) {
        if (before.parameter(name) != value) {
            changed.push_back({ name, value });
        }
    }
    return changed;
}

std::vector<std::string> configured_tables(const ServiceFacts& facts)
{
    return before_comment(split_list(facts.parameter("relay_clientcerts")));
}

std::string without_debug(std::string name)
{
    constexpr std::string_view wrapper = "debug:";
    while (name.starts_with(wrapper)) {
        name.erase(0, wrapper.size());
    }
    return name;
}

std::string without_proxy(const ServiceFacts& facts, const TableFacts& table)
{
    std::vector<std::string> tables = configured_tables(facts);
    const std::string proxied = without_debug(table.name);
    std::replace(tables.begin(), tables.end(), table.name, proxied.substr(proxied.find(':') + 1));
    return join(tables, ", ");
}

std::vector<std::string> tables_with_types(const ServiceFacts& facts)
{
    std::vector<std::string> tables = configured_tables(facts);
    for (std::string& name : tables) {
        if (name.find(':') == std::string::npos) {
            name.insert(0, facts.parameter("default_database_type") + ':');
        }
    }
    return tables;
}

std::vector<Setting> settings_to_compute(const ServiceFacts& facts, const Digest& digest)
{
    const std::string name = "smtpd_tls_fingerprint_digest";
    // A service with tables of its own says nothing of the others, which share the parameter.
    const bool is_shared = is_overridden(facts, "relay_clientcerts") && !is_overridden(facts, name);
    if (digest.is_weak() || is_shared || !facts.ccert_access.empty() || !facts.digest
        || facts.digest != Digest::find(facts.parameter(name))) {
        return {};
    }
    const bool fits
        = std::all_of(facts.tables.begin(), facts.tables.end(), [&](const TableFacts& table) {
              return table.source && !table.is_database && has_only(*table.source, digest);
          });
    return fits ? std::vector<Setting>{ { name, digest.name() } } : std::vector<Setting>{};
}

std::vector<Setting> settings_to_allow(const ServiceFacts& facts, const std::string& table)
{
    const std::string& allowed = facts.parameter("proxy_read_maps");
    // proxy_read_maps names tables as relay_clientcerts does, with "proxy:" in front (proxymap(8)).
    if (contains(split_list(allowed), table)) {
        return {};
    }
    return { { "proxy_read_maps", allowed + (allowed.empty() ? "" : " ") + table } };
}

std::vector<Setting> settings_to_ask(const ServiceFacts& facts, const TableName& table)
{
    auto tables = configured_tables(facts);
    const std::string& queue = facts.parameter("queue_directory");
    for (const std::string& name : tables) {
        const auto other = TableName::parse_if_any(name);
        // Two maps of one source would list the same clients, so asking the second one gains
        // nothing.
        if (names_table(name, table, queue)
            || (other && has_same_source(folded_table(*other, queue), table))) {
            return {};
        }
    }
    std::vector<Setting> settings;
    if (table.is_proxied()) {
        settings = settings_to_allow(facts, table.to_string());
    }
    tables.push_back(table.to_string());
    settings.push_back({ "relay_clientcerts", join(tables, ", ") });
    return settings;
}

std::vector<Setting> settings_to_switch(
    const ServiceFacts& facts, const TableName& from, const TableName& to)
{
    auto tables = configured_tables(facts);
    const std::string before = join(tables, ", ");
    const std::string& queue = facts.parameter("queue_directory");
    const auto is_from = [&](const std::string& name) {
        return names_it(name, from) || names_table(name, from, queue);
    };
    // If `to` is asked already, the service only has to forget `from`; else its place in the order
    // stays.
    if (contains(tables, to.to_string())) {
        std::erase_if(tables, is_from);
    } else {
        for (std::string& name : tables) {
            // debug: only logs the lookups, and goes on doing so.
            constexpr std::string_view wrapper = "debug:";
            if (is_from(name)) {
                const bool is_logged = name.starts_with(wrapper) && to.type != "debug";
                name = std::string(is_logged ? wrapper : "") + to.to_string();
            }
        }
    }
    if (join(tables, ", ") == before) {
        return {};
    }
    std::vector<Setting> settings;
    if (to.is_proxied()) {
        settings = settings_to_allow(facts, to.to_string());
    }
    settings.push_back({ "relay_clientcerts", join(tables, ", ") });
    return settings;
}

std::string permitting_first(std::vector<std::string> words)
{
    words = before_comment(std::move(words));
    // The word may stand further behind already, where it comes too late.
    std::erase(words, "permit_tls_clientcerts");
    words.insert(words.begin(), "permit_tls_clientcerts");
    return join(words, ", ");
}

std::string without_restriction(std::vector<std::string> words, const std::string& word)
{
    // A comment goes to the end of the value.
    if (word.starts_with('#')) {
        words.erase(std::find(words.begin(), words.end(), word), words.end());
    } else {
        std::erase(words, word);
    }
    return join(words, ", ");
}

std::string refusing_at_the_end(const ServiceFacts& facts, const std::string& list)
{
    auto words = before_comment(split_restrictions(facts.parameter(list)));
    // Whatever stands behind "permit" is never reached, so it can go with it.
    words.erase(std::find_if(words.begin(), words.end(),
                    [](const std::string& word) { return equal_ignoring_case(word, "permit"); }),
        words.end());
    if (!names_restriction(words, facts.classes, "permit_tls_clientcerts")) {
        words.insert(words.begin(), "permit_tls_clientcerts");
    }
    words.emplace_back("reject_unauth_destination");
    return join(words, ", ");
}

} // namespace relayctl
