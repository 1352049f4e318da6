#include "app/other_services.hpp"

#include "app/cli/report.hpp"
#include "app/commands/services_after_change.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace relayctl {

namespace {

class OtherServices {
public:
    OtherServices(Context& context, const std::vector<NewClient>& clients)
        : context_(context)
        , clients_(clients)
    {
        for (const NewClient& client : clients) {
            keys_.push_back(client.fingerprint.to_string());
            if (client.key_fingerprint) {
                keys_.push_back(client.key_fingerprint->to_string());
            }
        }
    }

    void say()
    {
        const AskedTables asked = asked_tables(context_.postfix());
        const auto asks_it = [&](const AskingService& service) {
            return std::any_of(service.tables.begin(), service.tables.end(),
                [&](const TableName& table) { return is_same_table(table, context_.table()); });
        };
        if (!context_.options.table.empty()
            && std::none_of(asked.services.begin(), asked.services.end(), asks_it)) {
            return;
        }
        std::vector<std::pair<std::string, std::vector<std::string>>>
            groups; // what there is to say of the services
        for (const AskingService& service : asked.services) {
            const std::string what
                = service.tables.empty() || asks_it(service) ? "" : described(service.tables);
            if (what.empty()) {
                continue;
            }
            const auto same = std::find_if(groups.begin(), groups.end(),
                [&](const auto& group) { return group.first == what; });
            (same == groups.end() ? groups.emplace_back(what, std::vector<std::string>()) : *same)
                .second.push_back(escape(service.name));
        }
        std::vector<std::string> parts;
        for (const auto& [what, services] : groups) {
            parts.push_back(
                join(services, ", ") + (services.size() == 1 ? " asks " : " ask ") + what);
        }
        if (!parts.empty()) {
            report_note(context_,
                join(parts, "; ")
                    + (clients_.empty() ? ""
                                        : " (--service NAME changes the table of that service)"));
        }
    }

private:
    // "hash:/b, where the client is not listed"; empty where all clients are listed in these
    // tables.
    std::string described(const std::vector<TableName>& tables)
    {
        std::vector<std::string> names;
        std::transform(tables.begin(), tables.end(), std::back_inserter(names),
            [](const TableName& table) { return escape(table.to_string()); });
        const std::string all = join(names, ", ");
        if (clients_.empty()) {
            return all + " instead";
        }
        try {
            const std::size_t missing = count_missing(tables);
            return missing == 0        ? ""
                : clients_.size() == 1 ? all + ", where the client is not listed"
                                       : all + ", where " + std::to_string(missing) + " of the "
                    + std::to_string(clients_.size()) + " clients are not listed";
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            return all
                + ", which cannot be asked whether the client is listed there: " + error.what();
        }
    }

    std::size_t count_missing(const std::vector<TableName>& tables)
    {
        std::set<std::string> listed;
        for (const TableName& table : tables) {
            const auto [known, is_new] = answers_.try_emplace(table.to_string());
            if (is_new) {
                const auto values = context_.postfix().query_map(table.behind_proxy(), keys_);
                for (std::size_t i = 0; i < keys_.size(); ++i) {
                    if (values[i]) {
                        known->second.insert(keys_[i]);
                    }
                }
            }
            listed.insert(known->second.begin(), known->second.end());
        }
        return static_cast<std::size_t>(
            std::count_if(clients_.begin(), clients_.end(), [&](const NewClient& client) {
                const bool by_key = client.key_fingerprint
                    && listed.contains(client.key_fingerprint->to_string());
                return !by_key && !listed.contains(client.fingerprint.to_string());
            }));
    }

    Context& context_;
    const std::vector<NewClient>& clients_;
    std::vector<std::string> keys_;
    std::map<std::string, std::set<std::string>> answers_; // by table: the keys that it lists
};

} // namespace

void note_other_services(Context& context, const std::vector<NewClient>& clients)
{
    if (context.options.quiet || !judges_configuration(context)) {
        return;
    }
    try {
        OtherServices(context, clients).say();
    } catch (const Error& error) { // what was done stands
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        report_note(context,
            "which services ask other tables could not be seen: " + std::string(error.what()));
    }
}

} // namespace relayctl
