// A look at what a map has, which goes on beside the one at its source: postmap takes its time to
// tell.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/finding.hpp"
#include "core/table/content_sum.hpp"
#include "core/table/document.hpp"

#include <future>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The command that makes the map anew, and clears what an interrupted change has left.
std::string rebuild_command(const Context& context, const TableName& table, bool reload = false);

class MapLook {
public:
    // Begins at once. context and table must outlive it.
    MapLook(Context& context, const TableName& table);

    // How the map differs from its source, or what keeps Postfix from reading it; empty where all
    // is well. Once only.
    std::vector<Finding> compare(const Document& document);

private:
    Context& context_;
    const TableName& table_;
    std::optional<Finding> obstacle_;
    std::future<ContentSum> sum_; // the last member: it is awaited before the others go
};

} // namespace relayctl
