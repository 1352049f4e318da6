// The commands that mend what was found, ready to paste. relayctl never edits main.cf or master.cf itself.
#pragma once

#include "core/audit/setup.hpp"

#include <string>
#include <string_view>

namespace relayctl {

class Commands {
public:
    // config_directory: that of -c or MAIL_CONFIG; empty = Postfix's own.
    explicit Commands(std::string config_directory = {}) : config_directory_(std::move(config_directory)) {}

    // Gives a parameter its value where it is effective for this service: in master.cf if a -o there overrides it, else in
    // main.cf; then a reload.
    std::string set(const ServiceFacts& facts, const std::string& name, const std::string& value) const;

    // The same with a word added to the list that it is, as it stands there: with its $names.
    std::string append(const ServiceFacts& facts, const std::string& name, const std::string& word) const;

    std::string reload() const { return "postfix" + directory() + " reload"; }

    // A command of Postfix with its first word and the rest: postfix("tls enable-server").
    std::string postfix(std::string_view words) const { return "postfix" + directory() + ' ' + std::string(words); }

    // relayctl COMMAND -t TABLE [OPTIONS]; without a table it is about all of them.
    std::string relayctl(std::string_view words, const std::string& table = {}, std::string_view options = {}) const;

private:
    std::string directory() const;

    std::string config_directory_;
};

} // namespace relayctl
