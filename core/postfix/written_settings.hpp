// The settings of main.cf as they are written there, and where.
#pragma once

#include "core/postfix/services.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One setting with its place, so that a finding can name the line.
struct WrittenSetting {
    std::string name;
    std::string value; // with its $names
    std::string file; // main.cf or master.cf
    std::size_t line = 0; // where the logical line begins
};

// Returns the settings in the text of a main.cf, in its order. A line without '=' is left out:
// Postfix does not start with it. Source: dict_load_fp() in util/dict.c, split_nameval().
std::vector<WrittenSetting> written_settings(std::string_view main_cf, const std::string& file);

// Adds the -o options of the service, and keeps of each name only what smtpd takes: the last one.
// file: of master.cf.
std::vector<WrittenSetting> with_overrides(
    std::vector<WrittenSetting> settings, const Service& service, const std::string& file);

// Returns the setting of this name, or null.
const WrittenSetting* find_setting(
    const std::vector<WrittenSetting>& settings, std::string_view name);

} // namespace relayctl
