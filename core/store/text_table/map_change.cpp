#include "core/store/text_table/map_change.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns a key that every map of this table must answer for, whatever is changed, so that a
// postmap is found out that writes something else than smtpd looks for. It has letters, whose case
// is what postmap may get wrong.
std::optional<std::string> probe_of(const Document& document)
{
    const auto entries = document.entries();
    const auto probe = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        const std::string_view key = document.key(entry);
        return Fingerprint::from_key(key) && std::any_of(key.begin(), key.end(), is_alpha);
    });
    return probe == entries.end() ? std::nullopt : std::optional(to_lower(document.key(*probe)));
}

// Returns false if the new text would have other entries, or other answers, than the plan says.
bool is_as_planned(const Effect& effect, const Plan& plan)
{
    return effect.entries_after == effect.entries_before + plan.added - plan.removed
        && std::all_of(plan.answers.begin(), plan.answers.end(), [&](const auto& answer) {
               const auto key = std::lower_bound(effect.keys.begin(), effect.keys.end(),
                   to_lower(answer.first.to_string()),
                   [](const KeyEffect& a, const std::string& b) { return a.key < b; });
               return key->after == answer.second;
           });
}

} // namespace

MapChange::MapChange(const Document& document, const Plan& plan, std::span<const Splice> splices,
    const TablePaths& paths)
    : paths_(paths)
{
    std::vector<std::string> asked;
    // The plan says what must be found afterwards. These keys are asked for in the old text, too,
    // so that the two can be compared.
    for (const auto& [fingerprint, value] : plan.answers) {
        asked.push_back(to_lower(fingerprint.to_string()));
    }
    if (const auto probe = probe_of(document)) {
        asked.push_back(*probe);
    }
    effect_ = effect_of(document, splices, asked);
    if (!is_as_planned(effect_, plan)) {
        throw Error(ErrorKind::input,
            escape(paths_.source) + ": the change would touch other entries than those asked for",
            { Hint("to see what is odd in this table: ", { "relayctl", "verify" },
                paths_.table.to_string()) });
    }
}

MapChange::MapChange(const Plan& plan, const TablePaths& paths)
    : paths_(paths)
    , is_whole_(true)
{
    for (const auto& [fingerprint, value] : plan.answers) {
        effect_.keys.push_back({ to_lower(fingerprint.to_string()), std::nullopt, value });
    }
}

bool MapChange::is_small() const
{
    if (is_whole_) {
        return false;
    }
    const MapUpdate changes = update();
    // Only what changes counts here. Keys that are merely asked for cost no write.
    const std::size_t keys = changes.put.size() + changes.remove.size();
    switch (paths_.opened.traits().updates) {
    case MapUpdates::none:
        return false;
    case MapUpdates::one_key:
        return keys == 1;
    case MapUpdates::few_keys:
        return keys <= 16 + effect_.entries_before / 50;
    }
    return false;
}

MapUpdate MapChange::update() const
{
    MapUpdate update;
    for (const KeyEffect& key : effect_.keys) {
        if (key.after && key.before != key.after) {
            update.put.emplace_back(key.key, *key.after);
        } else if (key.before && !key.after) {
            update.remove.push_back(key.key);
        }
    }
    return update;
}

Answers MapChange::answers() const
{
    Answers answers;
    for (const KeyEffect& key : effect_.keys) {
        answers.emplace_back(key.key, key.after);
    }
    // The order of the keys stays within the two groups.
    std::stable_partition(
        answers.begin(), answers.end(), [](const auto& answer) { return !answer.second; });
    return answers;
}

} // namespace relayctl
