// The commands that mend what was found, ready to paste. relayctl never edits main.cf or master.cf
// itself.
#pragma once

#include "core/inspect/service_facts.hpp"

#include <string>
#include <string_view>

namespace relayctl {

class Repair {
public:
    // config_directory: that of -c or MAIL_CONFIG; empty = Postfix's own.
    explicit Repair(std::string config_directory = {})
        : config_directory_(std::move(config_directory))
    {
    }

    // All of these are empty where a word of the command cannot be pasted (is_pasteable()).

    // Gives a parameter its value where it is effective for this service: in master.cf if a -o
    // there overrides it, else in main.cf; then a reload.
    std::string set(
        const ServiceFacts& facts, const std::string& name, const std::string& value) const;

    // The same with a word added to the list that it is, as it stands there: with its $names.
    std::string append(
        const ServiceFacts& facts, const std::string& name, const std::string& word) const;

    std::string reload() const { return "postfix" + directory() + " reload"; }

    // A command of Postfix with its first word and the rest: postfix("tls enable-server").
    std::string postfix(std::string_view words) const
    {
        return "postfix" + directory() + ' ' + std::string(words);
    }

    // relayctl WORDS -t TABLE [OPTIONS]; without a table it is about all of them. Words and options
    // are ready to paste. Empty where `words` is.
    std::string relayctl(
        std::string_view words, const std::string& table = {}, std::string_view options = {}) const;

private:
    std::string directory() const;

    std::string config_directory_;
};

// What "relayctl add" takes for the host of an entry, ready to paste: "zen.example", or "--label
// 'Anna Smith'" where it is no host name. Empty where it cannot be pasted.
std::string words_for_host(const std::string& host);

} // namespace relayctl
