// The one owner of hints: the commands that mend what was found, ready to paste. relayctl never
// edits main.cf or master.cf itself.
//
// A hint never takes away anything that the administrator has, lets nobody in who was not in
// before, unless that was asked for, and does not fail when it is pasted. Where no command is
// like that, the hint is a sentence.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/settings.hpp"
#include "core/base/hint.hpp"

#include <string>
#include <string_view>

namespace relayctl {

// Settings, and the service for which they are to be effective.
struct ServiceSettings {
    ServiceFacts facts;
    std::vector<Setting> settings;
};

// Builds the commands that messages show. It knows what was chosen for this command of relayctl:
// the instance and the digest.
class Repair {
public:
    // config_directory: that of -c or MAIL_CONFIG; empty = Postfix's own. digest: that of -d;
    // empty where the one that smtpd computes is meant.
    // postfix_directory: that of --postfix, or empty.
    explicit Repair(std::string config_directory = {}, std::string digest = {},
        std::string postfix_directory = {})
        : config_directory_(std::move(config_directory))
        , digest_(std::move(digest))
        , postfix_directory_(std::move(postfix_directory))
    {
    }

    // All of these are empty where a word of the command cannot be pasted (is_pasteable()), or
    // where there is no command that does it.

    // Makes the settings where they are effective for the service: in master.cf if a -o there
    // overrides the parameter, else in main.cf; then a reload. One "postconf -e" for main.cf and
    // one "postconf -P" for master.cf.
    std::string set(const std::vector<ServiceSettings>& services) const;
    std::string set(const ServiceFacts& facts, const std::vector<Setting>& settings) const;
    std::string set(
        const ServiceFacts& facts, const std::string& name, const std::string& value) const;

    // Returns all that the mending says, in its order, as one command.
    std::string mend(const ServiceFacts& facts, const Mending& mending) const;

    // The finding with the mending as its hint. Where no command does it, the hint that the finding
    // has already stays; where it has none, it becomes a sentence that says the settings.
    Finding with_mending(const ServiceFacts& facts, Finding found, Mending mending) const;
    Finding with_settings(
        const ServiceFacts& facts, Finding found, std::vector<Setting> settings) const;

    // What somebody has typed, said better: words of relayctl behind -c, and behind them the other
    // options that were given, among them -t and --service unless they are empty.
    std::string typed_again(
        std::vector<std::string> words, const std::string& table, const std::string& service) const;

    // The hint of an error, with the command made complete. Empty where that cannot be pasted.
    std::string complete(const Hint& hint) const;

    // Returns "postfix reload" for this configuration.
    std::string reload() const { return postfix("reload"); }

    // A command of Postfix with its first word and the rest: postfix("tls enable-server").
    std::string postfix(std::string_view words) const
    {
        return program("postfix") + ' ' + std::string(words);
    }

    // relayctl WORDS -t TABLE [OPTIONS]; without a table it is about all of them. Words and options
    // are ready to paste. Empty where `words` is.
    std::string relayctl(
        std::string_view words, const std::string& table = {}, std::string_view options = {}) const;

private:
    std::string directory() const;
    // A command of Postfix with the words that name the instance, ready to paste.
    std::string program(const std::string& name) const;
    std::string in_main_cf(const ServiceFacts& facts, const Setting& setting) const;

    std::string config_directory_;
    std::string digest_;
    std::string postfix_directory_;
};

// What "relayctl add" takes for the host of an entry, ready to paste: "zen.example", or "--label
// 'Anna Smith'" where it is no host name. Empty where it cannot be pasted.
std::string words_for_host(const std::string& host);

// Returns whether "postfix tls enable-server" works for this service: it does nothing where one of
// the parameters has been set by which TLS is turned on (postfix-tls-script, server_settings).
bool can_enable_tls(const ServiceFacts& facts);

} // namespace relayctl
