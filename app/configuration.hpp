// The facts about how Postfix uses a table: for verify, and for the warnings of add.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/configuration_audit.hpp"
#include "core/table/document.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Whether Postfix's configuration is looked at: not with both -t and -d, which spawn nothing, and
// not where there is none.
bool is_configuration_wanted(Context& context);

// No value where master.cf has no smtpd. tables: those that are verified. sources: by their paths,
// what was read of these tables already.
std::optional<ConfigurationFacts> gather_configuration(Context& context,
    std::vector<TableName> tables, std::map<std::string, std::shared_ptr<const Document>> sources);

// What still keeps a client that these tables list by now from relaying, in sentences; one for each
// service that asks one of them and refuses. Empty where all is well, or where the configuration is
// not looked at.
std::vector<std::string> refusals_of_listed_client(
    Context& context, const std::vector<TableName>& tables);

// The same as warnings on standard error.
void warn_of_refusals(Context& context, const std::vector<TableName>& tables);

} // namespace relayctl
