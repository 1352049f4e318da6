#include "app/ask_lists.hpp"

#include "core/audit/restrictions.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/inspect/claimed_keys.hpp"
#include "core/postfix/address_pattern.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

namespace relayctl {

namespace {

constexpr std::uint64_t largest_list = 16U << 20; // bytes of a file that a list names

std::string random_label()
{
    std::random_device random;
    std::string label;
    for (int i = 0; i < 12; ++i) {
        label += static_cast<char>('a' + random() % 26);
    }
    return label;
}

std::optional<std::string> read_list(const std::string& path)
{
    try {
        const auto content = read_file_if_any(path, largest_list);
        return content ? std::optional(content->text) : std::nullopt;
    } catch (
        const Error&) { // no file, or not for this user: smtpd answers 451, or it cannot be told
        return std::nullopt;
    }
}

// Whether the list of this name has domains that stand for those below them.
bool matches_below(const ServiceFacts& facts, const char* list)
{
    const auto names = split_list(facts.parameter("parent_domain_matches_subdomains"));
    return std::find(names.begin(), names.end(), list) != names.end();
}

const std::string& value_of(
    const std::map<std::string, std::string>& parameters, const std::string& name)
{
    static const std::string none;
    const auto found = parameters.find(name);
    return found == parameters.end() ? none : found->second;
}

// The tables in which the recipients of a list of destinations stand.
std::vector<std::string> recipient_maps(const std::string& parameter)
{
    std::vector<std::string> maps
        = { "recipient_canonical_maps", "canonical_maps", "virtual_alias_maps" };
    if (parameter != "virtual_alias_domains") {
        maps.emplace_back(parameter == "mydestination" ? "local_recipient_maps"
                : parameter == "relay_domains"         ? "relay_recipient_maps"
                                                       : "virtual_mailbox_maps");
    }
    return maps;
}

constexpr std::array<const char*, 2> invented = { ".example", ".invalid" };
constexpr std::array<const char*, 8> top_level
    = { "com", "net", "org", "info", "de", "uk", "eu", "cn" };

} // namespace

ListAsker::ListAsker(TableAsker& tables, const GatherOptions& options)
    : tables_(tables)
    , options_(options)
    , label_(random_label())
{
}

void ListAsker::ask(ServiceFacts& facts, const std::map<std::string, std::string>& resolver)
{
    ask_mynetworks(facts);
    const std::string& xclient = facts.parameter("smtpd_authorized_xclient_hosts");
    facts.disguise.xclient_width = width_of_list(xclient, facts);
    facts.disguise.by_xclient = options_.address.empty()
        ? facts.disguise.xclient_width >= Width::wide
        : has_client(xclient, facts).answer;
    facts.elsewhere = ask_elsewhere(facts, resolver);
    ask_claim_tables(facts);
}

void ListAsker::ask_mynetworks(ServiceFacts& facts)
{
    const std::string& list = facts.parameter("mynetworks");
    const Taken taken = has_client(list, facts);
    facts.in_mynetworks = taken.answer;
    facts.mynetworks_fault = taken.stopped_at;
    facts.mynetworks_width = width_of_list(list, facts);
    // Where smtpd looks up no name, no client has one.
    const auto names
        = client_name(facts) ? std::vector<MatchPattern>() : parse_match_list(list, read_list);
    for (const MatchPattern& pattern : names) {
        const bool is_name = !pattern.is_table && !pattern.negated
            && parse_address_pattern(pattern.text).network.bits == 0;
        if (is_name && pattern.text != "localhost" && pattern.text != "unknown") {
            facts.mynetworks_names.push_back(pattern.text);
        }
    }
}

std::vector<Taken> ListAsker::match(const std::string& list,
    const std::vector<MatchSubject>& subjects, const MatchRules& rules, const ServiceFacts& facts)
{
    std::set<std::string> unseen;
    const auto look_up
        = [&](const std::string& table,
              const std::vector<std::string>& keys) -> std::optional<std::vector<bool>> {
        const auto values = tables_.values_of(table, keys, facts);
        if (!values.was_asked()) {
            if (values.answer == Answer::unseen) {
                unseen.insert(table);
            }
            return std::nullopt;
        }
        std::vector<bool> found;
        std::transform(values.values.begin(), values.values.end(), std::back_inserter(found),
            [](const auto& value) { return value.has_value(); });
        return found;
    };
    auto taken = match_all(parse_match_list(list, read_list), subjects, rules, look_up);
    for (Taken& one : taken) {
        one.stopped_at = unseen.contains(one.stopped_at) ? "" : one.stopped_at;
    }
    return taken;
}

const std::vector<Taken>& ListAsker::everywhere(const std::string& list, const ServiceFacts& facts)
{
    const auto [known, is_new]
        = everywhere_.try_emplace(list + (facts.service.chroot ? " y" : " n"));
    if (is_new) {
        std::vector<MatchSubject> subjects;
        for (const std::string& address : sample_of_public_addresses()) {
            subjects.push_back({ "unknown", address });
        }
        known->second
            = match(list, subjects, { true, true, matches_below(facts, "mynetworks") }, facts);
    }
    return known->second;
}

Width ListAsker::width_of_list(const std::string& list, const ServiceFacts& facts)
{
    std::vector<bool> taken;
    for (const auto& answer : everywhere(list, facts)) {
        taken.push_back(answer.answer.value_or(false));
    }
    return width_of(taken);
}

std::optional<std::string> ListAsker::client_name(const ServiceFacts& facts) const
{
    return facts.parameter("smtpd_peername_lookup") == "no" ? std::optional<std::string>("unknown")
                                                            : std::nullopt;
}

Taken ListAsker::has_client(const std::string& list, const ServiceFacts& facts)
{
    if (!options_.address.empty()) {
        return match(list, { { client_name(facts), options_.address } },
            { true, true, matches_below(facts, "mynetworks") }, facts)
            .front();
    }
    const Width width = width_of_list(list, facts);
    const auto& answers = everywhere(list, facts);
    const bool doubtful = std::any_of(
        answers.begin(), answers.end(), [](const auto& taken) { return !taken.answer; });
    if (width == Width::all) {
        return { true, "" };
    }
    if (width != Width::wide && !doubtful) {
        return { false, "" };
    }
    const auto& addresses = sample_of_public_addresses();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (parse_address(addresses[i]).bits == 32 && answers[i].stopped_at.empty()) {
            return {};
        }
    }
    return { std::nullopt, answers.front().stopped_at };
}

Elsewhere ListAsker::ask_elsewhere(
    const ServiceFacts& facts, const std::map<std::string, std::string>& resolver)
{
    std::vector<MatchSubject> subjects;
    for (const char* end : invented) {
        subjects.push_back({ label_ + end, "" });
    }
    for (const char* end : top_level) {
        subjects.push_back({ label_ + '.' + end, "" });
    }
    Elsewhere result;
    for (const char* parameter :
        { "mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains" }) {
        const std::string& list = value_of(resolver, parameter);
        const bool is_relay = std::string_view(parameter) == "relay_domains";
        const auto answers = match(list, subjects,
            { false, is_relay, is_relay && matches_below(facts, "relay_domains") }, facts);
        const auto all = [&](std::optional<bool> wanted) {
            return std::all_of(answers.begin(), answers.begin() + invented.size(),
                [&](const Taken& taken) { return taken.answer == wanted; });
        };
        if (all(true)) {
            return { true, parameter, has_recipient(parameter, facts), {} };
        }
        if (!all(false)) {
            result.is_ours = std::nullopt;
            result.parameter = parameter;
        }
        for (std::size_t i = 0; i < top_level.size(); ++i) {
            if (answers[invented.size() + i].answer.value_or(false)) {
                result.whole_domains.push_back(std::string(parameter) + " = " + quote(list, 200)
                    + " takes in all of " + top_level[i]);
            }
        }
    }
    return result;
}

std::optional<bool> ListAsker::has_recipient(
    const std::string& parameter, const ServiceFacts& facts)
{
    std::string domain = label_;
    domain += invented.front();
    const auto maps = recipient_maps(parameter);
    bool all_were_asked = true;
    for (const std::string& map : maps) {
        for (const std::string& table : split_list(facts.parameter(map))) {
            std::vector<std::string> keys = { label_ + '@' + domain };
            if (!has_patterns(table)) {
                keys.push_back('@' + domain);
                if (parameter == "mydestination") {
                    keys.push_back(label_);
                }
            }
            const auto values = tables_.values_of(table, keys, facts);
            if (std::any_of(values.values.begin(), values.values.end(),
                    [](const auto& value) { return value.has_value(); })) {
                return true;
            }
            all_were_asked = all_were_asked && values.was_asked();
        }
    }
    const bool takes_all
        = parameter != "virtual_alias_domains" && facts.parameter(maps.back()).empty();
    return takes_all ? std::optional(true) : all_were_asked ? std::optional(false) : std::nullopt;
}

void ListAsker::ask_claim_tables(ServiceFacts& facts)
{
    static constexpr std::array<const char*, 3> short_for
        = { "check_client_access", "check_helo_access", "check_sender_access" };
    const auto look_at
        = [&](const std::vector<std::string>& words, const std::string& without_word) {
              for (const std::string& word : words) {
                  const std::size_t blank = word.find(' ');
                  std::string name = to_lower(std::string_view(word).substr(0, blank));
                  std::string argument = blank == std::string::npos ? "" : word.substr(blank + 1);
                  if (blank == std::string::npos && word.find(':') != std::string::npos) {
                      name = without_word;
                      argument = word;
                  }
                  if (is_access_by_claim(name) && argument.find(':') != std::string::npos
                      && !argument.starts_with('{')) {
                      const auto [known, is_new] = claim_tables_.try_emplace(
                          name + ' ' + argument + (facts.service.chroot ? " y" : " n"));
                      if (is_new) {
                          known->second = ask_claim_table(name, argument, facts);
                      }
                      facts.access[name + ' ' + argument] = known->second;
                  }
              }
          };
    const auto lists = restriction_lists(facts);
    for (std::size_t i = 0; i < lists.size(); ++i) {
        look_at(split_restrictions(facts.parameter(lists[i])),
            i < short_for.size() ? short_for[i] : "check_recipient_access");
    }
    for (const auto& [name, words] : facts.classes) {
        look_at(words, "");
    }
}

ClaimTableFacts ListAsker::ask_claim_table(
    const std::string& word, const std::string& argument, const ServiceFacts& facts)
{
    ClaimSource source{ label_, client_name(facts), options_.address,
        facts.parameter("smtpd_null_access_lookup_key"),
        { facts.parameter("myhostname"), facts.parameter("mydomain") },
        matches_below(facts, "smtpd_access_maps") };
    for (const std::string& name :
        split_list(facts.parameter("mydestination") + ' ' + facts.parameter("virtual_alias_domains")
            + ' ' + facts.parameter("virtual_mailbox_domains") + ' '
            + facts.parameter("relay_domains"))) {
        if (name.find_first_of(":/!") == std::string::npos) {
            source.own_names.push_back(name);
        }
    }
    const Claims claims = claims_of(word, argument, source);
    std::vector<std::string> keys;
    for (const auto& group : { claims.clients, claims.guesses }) {
        for (const Claim& claim : group) {
            keys.insert(keys.end(), claim.begin(), claim.end());
        }
    }
    ClaimTableFacts result;
    const auto values = tables_.values_of(argument, keys, facts);
    if (!values.was_asked()) {
        result.answer.unknown = true;
        return result;
    }
    result = judge_claims(claims, values.values);
    const bool is_free_text = word == "check_sender_access" || word == "check_helo_access";
    if (is_free_text && result.answer.unknown) {
        add_listed_claims(result, argument, facts);
    }
    return result;
}

void ListAsker::add_listed_claims(
    ClaimTableFacts& result, const std::string& table, const ServiceFacts& facts)
{
    const std::string word = "check_sender_access " + table;
    RestrictedClient anybody;
    anybody.classes = facts.classes;
    for (const auto& [value, key] : tables_.keys_by_value(table, facts)) {
        anybody.access[word].values = { value };
        const ListVerdict verdict = judge_restrictions({ word }, anybody);
        if (verdict.outcome == Outcome::permit || !verdict.unknown.empty()) {
            result.on_claim.emplace_back(key, value);
        }
    }
}

} // namespace relayctl
