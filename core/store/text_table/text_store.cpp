// A table kept in a source and its map.
#include "core/base/bytes.hpp"
#include "core/base/duplicates.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/copy_plan.hpp"
#include "core/store/text_table/publish.hpp"
#include "core/table/source_reader.hpp"

#include <vector>

namespace relayctl {

namespace {

// The size of a piece when a source is read part by part.
constexpr std::size_t piece_bytes = 1 << 20;

// The source, piece by piece, in the order of its lines.
class TextStream : public EntryStream {
public:
    TextStream(OpenFile file, const std::string& path, std::size_t about)
        : reader_(std::move(file), path, about)
    {
    }
    std::optional<Document> next() override { return reader_.next(); }

private:
    SourceReader reader_;
};

// Apart from stream(), a source is read as a whole, whatever the scope: a duplicate or a folded
// line may stand anywhere in it.
class TextStore : public Store {
public:
    TextStore(Postfix& postfix, const TableName& table)
        : postfix_(postfix)
        , table_(table)
    {
    }

    // In its own order, piece by piece. In another order, all of it is one piece.
    std::unique_ptr<EntryStream> stream(EntryOrder order) override
    {
        return std::make_unique<TextStream>(
            require_file(), table_.path, order == EntryOrder::any ? piece_bytes : max_table_bytes);
    }

    Document read_all() override { return Document(read_open_file(require_file(), table_.path)); }

    Document read_scope(const Scope& /*scope*/) override
    {
        const auto file = open_source_if_any(table_);
        return Document(file ? read_open_file(*file, table_.path) : std::string());
    }

    Publication change(
        const Scope& /*scope*/, const Planner& planner, const PublishOptions& options) override
    {
        return publish(postfix_, table_, planner, options);
    }

    void for_each_entry(const EntryVisitor& visitor) override
    {
        const OpenFile file = require_file();
        const Document document(read_open_file(file, table_.path));
        const auto entries = document.entries();
        std::vector<std::uint64_t> hashes;
        hashes.reserve(entries.size());
        for (const Entry& entry : entries) {
            hashes.push_back(hash_ignoring_case(document.key(entry)));
        }
        const auto duplicates
            = find_duplicates(hashes, [&](std::uint32_t first, std::uint32_t later) {
                  return equal_ignoring_case(
                      document.key(entries[first]), document.key(entries[later]));
              });
        auto duplicate = duplicates.begin(); // of duplicates Postfix finds the first
        for (std::uint32_t i = 0; i < entries.size(); ++i) {
            if (duplicate != duplicates.end() && duplicate->later == i) {
                ++duplicate;
            } else {
                visitor(document.key(entries[i]), document.value(entries[i]),
                    document.annotation(entries[i]));
            }
        }
    }

    CopyResult copy_from(const EntrySource& source, const CopyOptions& options) override
    {
        CopyResult result;
        const auto planner = [&](const Document& document) {
            // The planner is called again if somebody saves the source meanwhile, and then the
            // counts begin anew.
            result = {};
            return plan_copy(source, document, options, result);
        };
        if (options.dry_run) {
            const Document document = read_scope(Scope::all());
            planner(document);
            result.publication.changed = result.added + result.updated + result.removed > 0;
            return result;
        }
        const Publication publication = publish(postfix_, table_, planner, options.publish);
        result.publication = publication;
        return result;
    }

    Annotation storable_part_of(const Annotation& annotation) override { return annotation; }

private:
    // Opens the source. Errors: ErrorKind::input if there is none; those of open_source_if_any().
    OpenFile require_file() const
    {
        auto file = open_source_if_any(table_);
        if (!file) {
            throw Error(ErrorKind::input, escape(table_.path) + ": no such file",
                { Hint("make it with its first client: ", { "relayctl", "add", "CERT", "HOST" },
                    table_.to_string()) });
        }
        return std::move(*file);
    }

    Postfix& postfix_;
    const TableName table_;
};

} // namespace

std::unique_ptr<Store> open_text_store(Postfix& postfix, const TableName& table)
{
    return std::make_unique<TextStore>(postfix, table);
}

} // namespace relayctl
