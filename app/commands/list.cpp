#include "app/commands.hpp"
#include "app/render/json.hpp"
#include "app/render/text.hpp"
#include "app/report.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

struct ListOptions {
    std::string pattern;
};

// A pattern is a glob on the host, and where it reads like the beginning of a fingerprint also that.
class Matcher {
public:
    explicit Matcher(const std::string& pattern) : pattern_(pattern)
    {
        const auto is_hex = [](char c) { return hex_value(c) >= 0 || c == ':'; };
        if (std::all_of(pattern.begin(), pattern.end(), is_hex)) {
            prefix_ = digits_of(pattern);
        }
    }

    bool operator()(std::string_view key, std::string_view value) const
    {
        return pattern_.empty() || (!prefix_.empty() && digits_of(key).starts_with(prefix_))
            || ::fnmatch(pattern_.c_str(), std::string(value).c_str(), FNM_CASEFOLD) == 0;
    }

private:
    static std::string digits_of(std::string_view text)
    {
        std::string digits = to_lower(text);
        digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
        return digits;
    }

    std::string pattern_;
    std::string prefix_;
};

ExitStatus run_list(const ListOptions& options, Context& context)
{
    const TableName& table = context.table();
    require_source(table);
    auto content = read_file_if_any(table.path, max_table_bytes);
    if (!content) {
        throw Error(ErrorKind::input, escape(table.path) + ": no such file",
                    {"the table does not exist yet: relayctl add CERT HOST makes it"});
    }
    const Document document(std::move(content->text));
    const Matcher matches(options.pattern);
    std::vector<const Entry*> entries;
    for (const Entry& entry : document.entries()) {
        if (matches(document.key(entry), document.value(entry))) {
            entries.push_back(&entry);
        }
    }
    if (context.options.json) {
        const auto digest = context.known_digest();
        write_json_list(context.out(), table.to_string(), digest ? digest->name() : "", document, entries);
    } else if (entries.empty() && context.for_people()) {
        report_done(context, options.pattern.empty() ? escape(table.to_string()) + " has no entries"
                                                     : "no entry matches " + quote(options.pattern));
    } else {
        write_list(context, document, entries);
    }
    return entries.empty() && !options.pattern.empty() ? ExitStatus::no : ExitStatus::ok;
}

constexpr const char* list_footer = R"(PATTERN is a glob on the host, or the beginning of a fingerprint.

Examples:
  relayctl list '*.suse.co.uk'
  relayctl list --json | jq -r '.entries[].host'

Exit status:
  0 done    1 nothing matches PATTERN    2 usage    3 table unreadable
  4 Postfix failed    5 permission denied    6 disk or system error)";

} // namespace

void setup_list(CLI::App& app, Context& context)
{
    auto options = std::make_shared<ListOptions>();
    CLI::App* command = app.add_subcommand("list", "Show who is authorised");
    command->alias("ls");
    command->add_option("PATTERN", options->pattern, "glob on the host, or beginning of a fingerprint")->type_name("");
    command->footer(list_footer);
    command->callback([options, &context] { context.command = [options, &context] { return run_list(*options, context); }; });
}

} // namespace relayctl
