#include "app/cli/command_table.hpp"
#include "app/cli/value_kind.hpp"
#include "core/base/deadline.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <ostream>
#include <set>

namespace relayctl {

namespace {

constexpr std::size_t most = 200; // nobody chooses among more

struct CompleteOptions {
    std::string kind;
    std::string prefix;
};

// prefix: in lower case. What a terminal would obey is not offered, as nobody types it, and neither
// is what the command would take for an option. The shells quote the rest.
bool fits(std::string_view word, const std::string& prefix)
{
    return to_lower(word.substr(0, prefix.size())) == prefix && is_pasteable(word)
        && !word.starts_with('-');
}

// The types that relayctl can write and this Postfix has; all of them where it cannot be asked.
std::vector<std::string> types_here(Context& context)
{
    std::vector<std::string> known;
    try {
        known = context.postfix().table_types();
    } catch (const Error&) {
        known = writable_types();
    }
    std::vector<std::string> types;
    for (const std::string& type : known) {
        if (TableName{ type, "/" }.is_writable()) {
            types.push_back(type + ':');
        }
    }
    return types;
}

std::vector<std::string> services_here(Context& context)
{
    std::vector<std::string> names;
    for (const Service& service : parse_services(context.postfix().master_cf())) {
        names.push_back(service.name);
    }
    return names;
}

// Hosts and fingerprints of the tables. No more of them is read than is needed to find enough; what
// cannot be read offers nothing.
std::vector<std::string> listed(Context& context, const std::string& prefix)
{
    std::vector<std::string> found;
    std::set<std::string> seen;
    const auto offer = [&](std::string_view word) {
        if (found.size() < most && fits(word, prefix) && seen.insert(std::string(word)).second) {
            found.emplace_back(word);
        }
    };
    const auto offer_all = [&](Store& store) {
        const auto parts = store.stream(EntryOrder::any);
        while (const auto document = found.size() < most ? parts->next() : std::nullopt) {
            for (const Entry& entry : document->entries()) {
                offer(document->value(entry));
                if (!prefix.empty()) { // to choose among, hosts are enough
                    offer(document->key(entry));
                }
            }
        }
    };
    for (const AskedTable& asked : context.tables()) {
        try {
            offer_all(context.store(asked.table));
        } catch (const Error& error) {
            if (context.tables().size() == 1 || error.kind() == ErrorKind::interrupted) {
                throw;
            }
        }
    }
    return found;
}

// A shell that waits for a completion takes no other key: what is not known soon is not offered.
// The alarm is for what has no limit of ours, like a name server that does not answer, or a file on
// a disk that does not.
class Haste {
public:
    Haste()
    {
        ::signal(SIGALRM, [](int) { ::_exit(static_cast<int>(ExitStatus::system)); });
        ::alarm(2);
    }

private:
    OverallDeadline deadline_{ std::chrono::milliseconds(1500) };
};

ExitStatus run_complete(const CompleteOptions& options, Context& context)
{
    const Haste haste;
    const std::string prefix = to_lower(options.prefix);
    const std::vector<std::string> words = options.kind == "digests" ? usable_digests()
        : options.kind == "types"                                    ? types_here(context)
        : options.kind == "services"                                 ? services_here(context)
                                                                     : listed(context, prefix);
    for (const std::string& word : words) {
        if (fits(word, prefix)) {
            context.out() << word << '\n';
        }
    }
    return ExitStatus::ok;
}

} // namespace

RunCommand declare_complete(CLI::App& command, Context& context)
{
    auto options = std::make_shared<CompleteOptions>();
    command.add_option("KIND", options->kind, "digests, types, services or listed")
        ->type_name("KIND")
        ->required()
        ->check(one_of({ "digests", "types", "services", "listed" }));
    command.add_option("PREFIX", options->prefix, "in any case of letters")->type_name("");
    command.footer("At most 200 of the table's hosts and fingerprints are shown.");
    return [options, &context] { return run_complete(*options, context); };
}

} // namespace relayctl
