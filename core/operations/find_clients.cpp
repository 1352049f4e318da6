#include "core/operations/find_clients.hpp"

#include "core/audit/removal_in_words.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/joined_error.hpp"
#include "core/base/similar_host.hpp"
#include "core/base/text.hpp"
#include "core/operations/last_removal.hpp"
#include "core/operations/searched_word.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace relayctl {

namespace {

constexpr std::size_t most_similar = 3;

// Looks all words up, in as few readings of the tables as they need.
class ClientSearch {
public:
    ClientSearch(const std::vector<std::string>& words, const ListedTables& tables)
        : tables_(tables)
    {
        for (const std::string& word : words) {
            if (!stat_of(word)) {
                require_one_fingerprint(word); // a line of the log has slashes in it, too
            }
            words_.emplace_back(word);
        }
    }

    FoundClients run()
    {
        look_up();
        FoundClients found;
        std::vector<Error> failures;
        for (const SearchedWord& word : words_) {
            try {
                take(word, found);
            } catch (const Error& error) {
                failures.push_back(error);
            }
        }
        if (!failures.empty()) {
            throw joined(failures);
        }
        return found;
    }

    // For a single word.
    std::optional<ListedFingerprint> by_digits()
    {
        const SearchedWord& word = words_.front();
        if (word.digits.empty() && !word.fingerprint) {
            return std::nullopt;
        }
        look_up();
        const auto& entries = word.fingerprint ? word.of_fingerprint : word.of_beginning;
        if (SearchedWord::is_any(word.of_host) || entries.by_fingerprint.empty()) {
            return std::nullopt;
        }
        if (!word.fingerprint) {
            require_one(word);
        }
        const auto& [fingerprint, kind_and_host] = *entries.by_fingerprint.begin();
        return ListedFingerprint{ fingerprint, kind_and_host.second };
    }

    // For a single word.
    std::vector<std::string> similar()
    {
        look_up();
        return similar_to(words_.front());
    }

private:
    // A database is first asked for what the words name as they are, and for all of its entries
    // only if some word is nothing of that.
    void look_up()
    {
        Scope scope;
        for (const SearchedWord& word : words_) {
            if (word.is_file()) {
                continue;
            }
            scope.hosts.push_back(word.text);
            if (word.fingerprint) {
                scope.fingerprints.push_back(*word.fingerprint);
            }
        }
        if (scope.hosts.empty()) {
            return;
        }
        names_ = tables_.names();
        read(scope, false);
        const auto needs_more
            = [](const SearchedWord& word) { return !word.is_file() && !word.is_found(); };
        if (std::none_of(words_.begin(), words_.end(), needs_more)) {
            return;
        }
        Scope wider;
        wider.everything = true;
        wider.keeps = [&](std::string_view key, std::string_view host, const Annotation&) {
            const auto fingerprint = Fingerprint::from_written(key);
            return std::any_of(words_.begin(), words_.end(), [&](const SearchedWord& word) {
                return needs_more(word)
                    && ((fingerprint && word.begins(*fingerprint)) || word.fits(host)
                        || distance_from_host(word.text, host) != not_similar);
            });
        };
        read(wider, true);
    }

    // Reads every table that can be read. with_similar: also what a word may stand for.
    void read(const Scope& scope, bool with_similar)
    {
        unread_.clear();
        for (const TableName& table : names_) {
            try {
                if (table.is_readable()) {
                    note_entries(tables_.open(table).read_scope(scope), table, with_similar);
                } else {
                    unread_.insert(table.to_string() + " has no entries that relayctl could read");
                }
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::interrupted) {
                    throw;
                }
                unread_.insert(table.to_string() + " could not be read: " + error.what());
                hints_of_unread_ = error.hints();
            }
        }
    }

    void note_entries(const Document& document, const TableName& table, bool with_similar)
    {
        for (SearchedWord& word : words_) {
            if (word.is_file() || (with_similar && word.is_found())) {
                continue;
            }
            for (const Entry* entry : document.entries_where(
                     [&](const Entry& e) { return concerns(document, e, word, with_similar); })) {
                note(document, *entry, table, word, with_similar);
            }
        }
    }

    static bool concerns(
        const Document& document, const Entry& entry, const SearchedWord& word, bool with_similar)
    {
        const std::string_view host = document.value(entry);
        if (equal_ignoring_case(host, word.text)) {
            return true;
        }
        const auto fingerprint = word.fingerprint || (with_similar && !word.digits.empty())
            ? document.meant_fingerprint(entry)
            : std::nullopt;
        return (fingerprint && word.fingerprint == fingerprint)
            || (with_similar
                && ((fingerprint && word.begins(*fingerprint)) || word.fits(host)
                    || distance_from_host(word.text, host) != not_similar));
    }

    static void note(const Document& document, const Entry& entry, const TableName& table,
        SearchedWord& word, bool with_similar)
    {
        const std::string host(document.value(entry));
        const auto fingerprint = document.meant_fingerprint(entry);
        const auto add_to = [&](SearchedWord::Entries& entries) {
            if (fingerprint) {
                entries.by_fingerprint.try_emplace(
                    *fingerprint, document.annotation(entry).kind, host);
            } else {
                entries.unusable = escape(table.path)
                    + (entry.line == 0 ? "" : ':' + std::to_string(entry.line));
            }
        };
        if (equal_ignoring_case(host, word.text)) {
            add_to(word.of_host);
        } else if (fingerprint && word.fingerprint == fingerprint) {
            add_to(word.of_fingerprint);
        } else if (fingerprint && with_similar && word.begins(*fingerprint)) {
            add_to(word.of_beginning);
        } else if (with_similar && word.fits(host)) {
            add_to(word.of_pattern);
        }
        const std::size_t distance = distance_from_host(word.text, host);
        if (with_similar && distance != not_similar) {
            word.similar.try_emplace({ distance, to_lower(host) }, host);
        }
    }

    // Adds the clients of one word.
    void take(const SearchedWord& word, FoundClients& found) const
    {
        const bool is_listed = SearchedWord::is_any(word.of_host) || word.fingerprint
            || !word.of_beginning.by_fingerprint.empty();
        const auto status = stat_of(word.text);
        const bool is_directory = status && S_ISDIR(status->st_mode);
        // `issue` makes a directory that has the name of the client.
        if (word.is_file() || (!is_listed && status && !is_directory)) {
            found.clients.push_back(client_in_file(word.text));
        } else if (SearchedWord::is_any(word.of_host)) {
            take_entries(word, word.of_host, found);
            if (status && !is_directory) {
                found.notes.push_back(quote(word.text)
                    + " is taken for the host that is listed; the file is ./" + escape(word.text));
            }
        } else if (word.fingerprint && word.of_beginning.by_fingerprint.empty()) {
            found.clients.push_back(client_with_fingerprint(word.text));
        } else if (!word.of_beginning.by_fingerprint.empty()) {
            require_one(word);
            take_entries(word, word.of_beginning, found);
        } else if (SearchedWord::is_any(word.of_pattern)) {
            take_entries(word, word.of_pattern, found);
        } else {
            throw_unknown(word);
        }
    }

    static void take_entries(
        const SearchedWord& word, const SearchedWord::Entries& entries, FoundClients& found)
    {
        if (entries.by_fingerprint.empty()) {
            throw Error(ErrorKind::input,
                quote(word.text) + ": is listed at " + entries.unusable
                    + ", but the key there is no fingerprint, so nobody relays by it",
                { Hint("to see what is wrong with it: ", { "relayctl", "verify" }) });
        }
        std::map<std::string, std::size_t> times; // that a host is there
        for (const auto& [fingerprint, kind_and_host] : entries.by_fingerprint) {
            ++times[to_lower(kind_and_host.second)];
        }
        for (const auto& [fingerprint, kind_and_host] : entries.by_fingerprint) {
            const auto& [kind, host] = kind_and_host;
            found.clients.push_back(
                client_of_entry(fingerprint, kind, host, times[to_lower(host)] == 1));
        }
        if (!entries.unusable.empty()) {
            found.notes.push_back(quote(word.text) + " is listed at " + entries.unusable
                + " as well, but the key there is no fingerprint");
        }
    }

    static void require_one(const SearchedWord& word)
    {
        const auto& listed = word.of_beginning.by_fingerprint;
        if (listed.size() == 1) {
            return;
        }
        std::vector<std::string> all;
        for (const auto& [fingerprint, kind_and_host] : listed) {
            if (all.size() < most_similar) {
                all.push_back(fingerprint.to_string() + ", " + escape(kind_and_host.second));
            }
        }
        throw Error(ErrorKind::refused,
            quote(word.text) + ": " + std::to_string(listed.size())
                + " listed fingerprints begin with it: " + join(all, "; ")
                + (listed.size() > all.size() ? "; ..." : ""),
            { "give more of its digits" });
    }

    static std::vector<std::string> similar_to(const SearchedWord& word)
    {
        std::vector<std::string> similar;
        for (const auto& [distance, host] : word.similar) {
            if (similar.size() < most_similar) {
                similar.push_back(escape(host));
            }
        }
        return similar;
    }

    void throw_unknown(const SearchedWord& word) const
    {
        const std::vector<std::string> similar = similar_to(word);
        const std::string unread
            = unread_.empty() ? "" : "; " + escape(join({ unread_.begin(), unread_.end() }, ", "));
        Error error(ErrorKind::refused,
            quote(word.text) + ": no host, no fingerprint of that beginning is listed, and "
                + (stat_of(word.text) ? "the file of that name is a directory"
                                      : "there is no such file")
                + unread,
            hints_of_unread_);
        const auto removal = last_removal(
            names_, tables_.open, [&](const EntryView& entry) { return word.is_meant_by(entry); },
            1);
        if (removal) {
            error.with_hint(Hint(removal_in_words(*removal) + ": ",
                { "relayctl", "history",
                    !word.digits.empty() ? removal->fingerprint.to_string() : word.text },
                removal->table));
        }
        if (word.is_too_short()) {
            error.with_hint(SearchedWord::too_short);
        }
        if (!similar.empty()) {
            error.with_hint("similar hosts are listed: " + join(similar, ", "));
        }
        throw error;
    }

    const ListedTables& tables_;
    std::vector<SearchedWord> words_;
    std::vector<TableName> names_;
    std::set<std::string> unread_; // the tables of which entries are not known, and why
    std::vector<Hint> hints_of_unread_;
};

} // namespace

FoundClients find_clients(const std::vector<std::string>& words, const ListedTables& tables)
{
    return ClientSearch(words, tables).run();
}

std::optional<ListedFingerprint> listed_fingerprint(
    const std::string& word, const ListedTables& tables)
{
    return ClientSearch({ word }, tables).by_digits();
}

std::vector<std::string> similar_hosts(const std::string& word, const ListedTables& tables)
{
    return ClientSearch({ word }, tables).similar();
}

} // namespace relayctl
