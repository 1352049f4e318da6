#include "core/operations/tables_by_tag.hpp"

#include "core/base/error.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>
#include <numeric>

namespace relayctl {

namespace {

// Puts the name of the service in the place of $service_name, which postconf does not know and
// smtpd does (mail_params.c: SERVNAME).
Overrides with_service_name(Overrides overrides, const std::string& service)
{
    const std::string name = service.substr(0, service.rfind('/'));
    for (auto& [parameter, value] : overrides) {
        for (const std::string_view written :
            { "$service_name", "${service_name}", "$(service_name)" }) {
            for (std::size_t at = value.find(written); at != std::string::npos;
                 at = value.find(written, at + name.size())) {
                value.replace(at, written.size(), name);
            }
        }
    }
    return overrides;
}

} // namespace

TablesByTag::TablesByTag(
    Postfix& postfix, std::vector<AskingService> services, const std::vector<TableName>& tables)
    : postfix_(postfix)
    , services_(std::move(services))
    , tables_(tables)
    , all_(tables.size())
{
    std::iota(all_.begin(), all_.end(), std::size_t{ 0 });
    differ_ = std::any_of(services_.begin(), services_.end(),
        [&](const AskingService& service) { return numbers_of(service.tables) != all_; });
}

std::vector<std::size_t> TablesByTag::numbers_of(const std::vector<TableName>& asked) const
{
    std::vector<std::size_t> numbers;
    for (const TableName& table : asked) {
        const auto found = std::find_if(tables_.begin(), tables_.end(),
            [&](const TableName& known) { return has_same_source(known, table); });
        const auto number = static_cast<std::size_t>(found - tables_.begin());
        if (found != tables_.end()
            && std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

void TablesByTag::ask_names()
{
    by_tag_.emplace();
    for (const Service& service : parse_services(postfix_.master_cf())) {
        const auto asking = std::find_if(services_.begin(), services_.end(),
            [&](const AskingService& known) { return known.name == service.name; });
        if (asking == services_.end()) {
            continue;
        }
        const auto values = postfix_.effective(
            { "syslog_name" }, with_service_name(service.overrides, service.name));
        const auto name = values.find("syslog_name");
        if (name == values.end()) {
            continue;
        }
        // Several services may share a name: then it may be any of them.
        const std::vector<std::size_t> numbers = numbers_of(asking->tables);
        const auto [known, is_new] = by_tag_->try_emplace(name->second + "/smtpd", numbers);
        if (!is_new && known->second != numbers) {
            known->second = all_;
        }
    }
}

const std::vector<std::size_t>& TablesByTag::of(const std::string& tag)
{
    if (!differ_) {
        return all_;
    }
    if (!by_tag_) {
        ask_names();
    }
    const auto found = by_tag_->find(tag);
    return found == by_tag_->end() ? all_ : found->second;
}

} // namespace relayctl
