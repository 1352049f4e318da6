// The target takes the entries one by one from the source, and a sum of them is kept on the way.
// Then the target is read again, from its own file or server, and must give the same sum; its map
// must give the same answers. So what is reported as copied was seen in its place.
#include "core/operations/copy.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/operations/verify_table.hpp"
#include "core/table/content_sum.hpp"

#include <memory>
#include <optional>

namespace relayctl {

namespace {

// One copy, with both of its tables open.
struct Copy {
    Postfix& postfix;
    const CopyRequest& request;
    Observer& observer;
    std::unique_ptr<Store> source = open_store(postfix, request.from);
    std::unique_ptr<Store> target = open_store(postfix, request.to);
    // It begins anew if the target has to read the source again.
    ContentSum handed = {}; // of the entries that the target was given

    // Postfix asks the map of the table; what is copied is its source.
    void warn_of_other_map()
    {
        const TableName& table = request.from;
        // Without postmap no map can be asked.
        if (!table.has_map() || !postfix.is_installed()) {
            return;
        }
        const auto differences = verify_map(postfix, table, source->read_all(), request.repair);
        if (!differences.empty()) {
            observer.warning(escape(table.to_string())
                + ": Postfix sees something else than its source, which is copied: "
                + differences.front().message);
        }
    }

    void require_all_columns()
    {
        const std::string hidden = source->hidden_columns();
        if (!hidden.empty()) {
            throw Error(ErrorKind::permission,
                escape(request.from.to_string()) + ": this role may not read " + hidden
                    + ", so the copy would not have it",
                { "a role that may: user and password in "
                    + escape(request.from.behind_proxy().path) + ".admin" });
        }
    }

    CopyResult run()
    {
        CopyResult result;
        const std::string name = escape(request.to.to_string());
        observer.during("copying to " + name, 0, [&](const auto&) {
            result = target->copy_from(
                [this](const EntryVisitor& visitor) { hand_over(visitor); }, request.options);
            if (request.options.dry_run) {
                return;
            }
            try {
                require_same_entries();
                require_same_map();
            } catch (Error& error) {
                // The copy is published by now, although it is not what it should be.
                throw error.with_state(result.publication.changed ? name + " is changed" : "");
            }
        });
        return result;
    }

    void hand_over(const EntryVisitor& visitor)
    {
        handed = {};
        source->for_each_entry(
            [&](std::string_view key, std::string_view value, const Annotation& annotation) {
                handed.add(key, value, target->storable_part_of(annotation));
                visitor(key, value, annotation);
            });
    }

    // What the target has now must be what was handed to it.
    void require_same_entries()
    {
        ContentSum found;
        // With nothing handed over there is nothing to compare.
        if (handed.count() > 0) {
            target->for_each_entry(
                [&](std::string_view key, std::string_view value, const Annotation& annotation) {
                    found.add(key, value, annotation);
                });
        }
        if (found != handed) {
            throw Error(ErrorKind::refused,
                escape(request.to.to_string())
                    + ": has not the entries that were copied: somebody has changed it meanwhile",
                { "run it again" });
        }
    }

    // So must its map, which is what Postfix asks.
    void require_same_map()
    {
        if (!request.to.has_map()) {
            return;
        }
        const auto differences
            = verify_map(postfix, request.to, target->read_all(), request.repair);
        if (!differences.empty()) {
            const Finding& first = differences.front();
            throw Error(
                ErrorKind::postfix, escape(first.file) + ": " + first.message, { first.hint });
        }
    }
};

} // namespace

void require_copyable(const TableName& from, const TableName& to)
{
    require_readable(from);
    require_writable(to);
    if (from.behind_proxy() == to.behind_proxy()) {
        throw Error(ErrorKind::usage, "copy: FROM and TO are the same",
            { "the copy needs another name, or another type" });
    }
    // One map would take the place of the other.
    if (from.has_source() && to.has_source() && from.path == to.path
        && from.traits().map_suffix == to.traits().map_suffix) {
        throw Error(ErrorKind::usage,
            "copy: FROM and TO have the same map file, "
                + escape(from.path + std::string(to.traits().map_suffix)),
            { "the copy needs a name of its own" });
    }
}

void copy_table(Postfix& postfix, const CopyRequest& request, Observer& observer,
    const std::function<void(CopyResult&)>& copied)
{
    require_copyable(request.from, request.to);
    Copy copy{ postfix, request, observer };
    copy.target->set_occasion(request.occasion);
    copy.warn_of_other_map();
    copy.require_all_columns();
    std::optional<InterruptGuard> guard; // until it is said what was done
    // A source has its own guard while it is published.
    if (request.to.is_database()) {
        guard.emplace();
    }
    CopyResult result = copy.run();
    copied(result);
}

} // namespace relayctl
