#include "app/commands/listed_words.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/operations/removal_plan.hpp"
#include "core/operations/searched_word.hpp"

namespace relayctl {

namespace {

// Returns the tables in which clients are looked for.
ListedTables tables_here(Context& context)
{
    return { [&context] {
                std::vector<TableName> names;
                for (const AskedTable& asked : context.tables()) {
                    if (is_changeable(asked.table)) {
                        names.push_back(asked.table);
                    }
                }
                return names;
            },
        [&context](const TableName& table) -> Store& { return context.store(table); } };
}

} // namespace

std::optional<ListedFingerprint> listed_by_digits(const std::string& word, Context& context)
{
    if (word.find('/') != std::string::npos || stat_of(word)) {
        return std::nullopt;
    }
    return listed_fingerprint(word, tables_here(context));
}

void add_what_was_meant(Error& error, const std::vector<std::string>& words, Context& context)
{
    for (const std::string& word : words) {
        if (std::string(error.what()) != not_listed_in_words(word)) {
            continue;
        }
        if (SearchedWord(word).is_too_short()) {
            error.with_hint(SearchedWord::too_short);
        }
        const auto similar = similar_hosts(word, tables_here(context));
        if (!similar.empty()) {
            error.with_hint("similar hosts are listed: " + join(similar, ", "));
        }
    }
}

} // namespace relayctl
