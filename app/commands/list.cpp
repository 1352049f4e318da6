#include "app/commands.hpp"
#include "app/commands/duration_option.hpp"
#include "app/render/json.hpp"
#include "app/render/list_writer.hpp"
#include "app/render/text.hpp"
#include "app/report.hpp"
#include "core/base/text.hpp"
#include "core/store/store.hpp"
#include "core/table/state_id.hpp"
#include "core/x509/pasted.hpp"

#include <CLI/CLI.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

struct ListOptions {
    std::string pattern;
    std::optional<std::chrono::seconds> expiring;
    bool expired = false;
    bool retired = false;
    std::string sort;
    bool everything = false;
    bool exit_code = false;
    bool state_id = false;

    bool has_filter() const { return expiring || expired || retired; }
};

// A pattern is a glob on the host, and where it reads like the beginning of a fingerprint also that.
class Matcher {
public:
    explicit Matcher(const std::string& pattern) : pattern_(pattern)
    {
        require_one_fingerprint(pattern);
        whole_ = Fingerprint::from_any(pattern);
        const auto is_hex = [](char c) { return hex_value(c) >= 0 || c == ':'; };
        if (std::all_of(pattern.begin(), pattern.end(), is_hex)) {
            prefix_ = digits_of(pattern);
        }
    }

    bool operator()(std::string_view key, std::string_view value) const
    {
        return pattern_.empty() || (!prefix_.empty() && digits_of(key).starts_with(prefix_))
            || (whole_ && Fingerprint::from_written(key) == whole_) || ::fnmatch(pattern_.c_str(), std::string(value).c_str(), FNM_CASEFOLD) == 0;
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
    std::optional<Fingerprint> whole_; // in any spelling
};

// Any of the filters that were given.
bool passes(const ListOptions& options, const Annotation& annotation, Time now)
{
    const bool is_over = is_expired(annotation, now);
    return (options.expired && is_over) || (options.retired && is_retired(annotation, now))
        || (options.expiring && annotation.expires && !is_over && *annotation.expires <= now + *options.expiring);
}

// Unknown times last; entries that compare equal stay in the order of the table.
void sort_entries(const Document& document, const std::string& by, std::vector<const Entry*>& entries)
{
    std::vector<std::pair<std::pair<Time, std::string>, const Entry*>> keyed;
    for (const Entry* entry : entries) {
        const Annotation annotation = document.annotation(*entry);
        const auto time = by == "expiry" ? annotation.expires : annotation.added;
        keyed.push_back(by == "host" ? std::pair(std::pair(Time(), to_lower(document.value(*entry))), entry)
                                     : std::pair(std::pair(time.value_or(Time::max()), std::string()), entry));
    }
    std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::transform(keyed.begin(), keyed.end(), entries.begin(), [](const auto& pair) { return pair.second; });
}

// A database sorts; nobody holds all of it.
std::string state_id_of_rows(Store& store)
{
    StateId id;
    const auto parts = store.stream(EntryOrder::key);
    while (const auto part = parts->next()) {
        for (const Entry& entry : part->entries()) {
            if (!entry.unfound && !part->value(entry).empty()) {
                id.add(to_lower(part->key(entry)), part->value(entry));
            }
        }
    }
    return id.finish();
}

ExitStatus print_state_id(Context& context)
{
    const std::string id = context.table().is_database() ? state_id_of_rows(context.store()) : state_id(context.store().whole());
    if (context.options.json) {
        write_json_state_id(context.out(), context.table().to_string(), id);
    } else {
        context.out() << id << '\n';
    }
    return ExitStatus::ok;
}

std::string nothing_found(const ListOptions& options, Context& context)
{
    return options.has_filter() ? "no entry is like that"
         : options.pattern.empty() ? escape(context.table().to_string()) + " has no entries"
                                   : "no entry matches " + quote(options.pattern);
}

// The entries of one part that are to be shown.
class Selection {
public:
    Selection(const ListOptions& options, const Context& context)
        : options_(options), matches_(options.pattern), now_(context.now()),
          counts_unknown_(options.expiring || options.expired || context.options.json)
    {
    }

    std::vector<const Entry*> of(const Document& document)
    {
        std::vector<const Entry*> entries;
        for (const Entry& entry : document.entries()) {
            if (!matches_(document.key(entry), document.value(entry))) {
                continue;
            }
            pattern_found_ = true;
            unknown_expiry_ += counts_unknown_ && document.has_unknown_expiry(entry) ? 1 : 0;
            if (!options_.has_filter() || passes(options_, document.annotation(entry), now_)) {
                entries.push_back(&entry);
            }
        }
        if (!options_.sort.empty()) {
            sort_entries(document, options_.sort, entries);
        }
        found_ = found_ || !entries.empty();
        return entries;
    }

    ExitStatus status() const
    {
        return (options_.exit_code ? found_ : !pattern_found_ && !options_.pattern.empty()) ? ExitStatus::no : ExitStatus::ok;
    }

    // Of all the entries that the pattern matches, whatever the filters show of them.
    std::size_t unknown_expiry() const { return unknown_expiry_; }

    // A filter by expiry cannot find what nobody knows: that is said.
    void note_unknown_expiry(Context& context) const
    {
        if (options_.expiring || options_.expired) {
            relayctl::note_unknown_expiry(context, unknown_expiry_);
        }
    }

private:
    const ListOptions& options_;
    Matcher matches_;
    Time now_;
    bool counts_unknown_;
    std::size_t unknown_expiry_ = 0;
    bool pattern_found_ = false;
    bool found_ = false;
};

// For people: columns are as wide as what is in them, so all of it is there at once.
ExitStatus list_for_people(const ListOptions& options, Context& context)
{
    const Document document = context.store().whole();
    Selection selection(options, context);
    const auto entries = selection.of(document);
    if (entries.empty()) {
        report_done(context, nothing_found(options, context));
    } else {
        write_table(context, document, entries, options.everything);
    }
    selection.note_unknown_expiry(context);
    return selection.status();
}

EntryOrder order_of(const ListOptions& options)
{
    return options.sort == "host" ? EntryOrder::host : options.sort == "expiry" ? EntryOrder::expiry : options.sort == "added" ? EntryOrder::added : EntryOrder::any;
}

// For programs: part by part; a source that is to be sorted in one.
ExitStatus list_for_programs(const ListOptions& options, Context& context)
{
    const auto parts = context.store().stream(order_of(options));
    Selection selection(options, context);
    const auto digest = context.options.json ? context.known_digest() : std::nullopt;
    const auto writer = context.options.json ? json_list_writer(context.out(), context.table().to_string(), digest ? digest->name() : "")
                                             : plain_list_writer(context.out(), options.everything);
    while (const auto document = parts->next()) {
        writer->write(*document, selection.of(*document));
    }
    writer->finish(selection.unknown_expiry());
    selection.note_unknown_expiry(context);
    return selection.status();
}

ExitStatus run_list(const ListOptions& options, Context& context)
{
    require_readable(context.table());
    if (options.exit_code && !options.has_filter()) {
        throw Error(ErrorKind::usage, "--exit-code: needs --expiring, --expired or --retired");
    }
    if (options.has_filter()) {
        context.require_annotations();
    }
    if (options.state_id) {
        return print_state_id(context);
    }
    return context.for_people() ? list_for_people(options, context) : list_for_programs(options, context);
}

constexpr const char* list_footer = R"(PATTERN is a glob on the host, or the beginning of a fingerprint. Several
filters show what any of them finds. Times are known of entries that relayctl
added or annotated. On a terminal the table is cut to its width, but for --long.

Examples:
  relayctl list '*.suse.co.uk'
  relayctl list --expired --expiring 30d --long --exit-code
  relayctl list --json | jq -r '.entries[].host'

Exit status:
  0 done    1 nothing matches PATTERN; with --exit-code: a filter found some
  2 usage    3 table unreadable    4 Postfix failed    5 permission denied
  6 disk or system error)";

} // namespace

void setup_list(CLI::App& app, Context& context)
{
    auto options = std::make_shared<ListOptions>();
    CLI::App* command = app.add_subcommand("list", "Show who is authorised");
    command->alias("ls");
    command->add_option("PATTERN", options->pattern, "glob on the host, or beginning of a fingerprint")->type_name("");
    add_duration_option(*command, "--expiring", options->expiring, "those that expire within this time");
    command->add_flag("--expired", options->expired, "those that have expired");
    command->add_flag("--retired", options->retired, "those whose grace after a rotate is over");
    command->add_option("--sort", options->sort, "host, expiry or added")
        ->type_name("BY")
        ->check(CLI::IsMember({"host", "expiry", "added"}).description(""));
    command->add_flag("-l,--long", options->everything, "all that is known, and nothing cut");
    command->add_flag("--exit-code", options->exit_code, "status 1 where a filter finds any");
    command->add_flag("--state-id", options->state_id, "one hash of what the table says, to compare servers by");
    command->footer(list_footer);
    command->callback([options, &context] { context.command = [options, &context] { return run_list(*options, context); }; });
}

} // namespace relayctl
