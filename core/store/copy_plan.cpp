#include "core/store/copy_plan.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"
#include "core/table/index.hpp"

#include <algorithm>

namespace relayctl {

namespace {

bool can_be_key(std::string_view key)
{
    return !key.empty() && key.front() != '#' && is_utf8(key)
        && std::none_of(key.begin(), key.end(), [](char c) { return is_blank(c) || static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f; });
}

void require_line(std::string_view key, std::string_view value)
{
    if (!can_be_key(key)) {
        throw Error(ErrorKind::input, "the key " + quote(key, 100) + " cannot stand in a text table");
    }
    if (const auto problem = problem_with_label(value)) {
        throw Error(ErrorKind::input, escape(key) + ": the value " + quote(value, 100) + " cannot stand in a text table: " + *problem);
    }
}

// Annotations say the same: for whom a line was written is none of their content.
bool same_content(Annotation a, const Annotation& b)
{
    a.for_fingerprint = b.for_fingerprint;
    return a == b;
}

Annotation bound(Annotation annotation, std::string_view key)
{
    const auto fingerprint = Fingerprint::from_written(key);
    annotation.for_fingerprint = fingerprint && annotation != Annotation() ? beginning_of(*fingerprint) : "";
    return annotation;
}

// smtpd asks with colons in between, and the map folds the case: capitals are how people write it.
std::string written_key(std::string_view key)
{
    const auto fingerprint = Fingerprint::from_key(key);
    return fingerprint ? fingerprint->to_string() : std::string(key);
}

} // namespace

void require_allowed(const CopyOptions& options, const CopyResult& result, const std::string& example)
{
    if (result.removed > 0 && !options.replace) {
        throw Error(ErrorKind::refused, count_of(result.removed, "entry", "entries") + " of the target, " + example + " among them, "
                        + (result.removed == 1 ? "is" : "are") + " not in what is copied",
                    {"to let them go, give --replace; to see what would be done: --dry-run"});
    }
    if (result.entries == 0 && result.removed > 0 && !options.allow_empty) {
        throw Error(ErrorKind::refused, "the target would lose all " + count_of(result.removed, "entry", "entries") + ": nobody could relay any more",
                    {"to accept that, give --allow-empty"});
    }
}

Plan plan_copy(const EntrySource& source, const Document& document, const CopyOptions& options, CopyResult& result)
{
    Plan plan;
    Editor editor(document);
    EntryIndex index(document);
    const auto entries = document.entries();
    std::vector<bool> stays(entries.size());
    const auto answer = [&](std::string_view key, std::string_view value) {
        if (const auto fingerprint = Fingerprint::from_key(key)) {
            plan.answers.emplace_back(*fingerprint, std::string(value));
        }
    };
    source([&](std::string_view key, std::string_view value, const Annotation& annotation) {
        ++result.entries;
        const Entry* entry = index.find_key(key);
        if (entry == nullptr) {
            require_line(key, value);
            answer(key, value);
            editor.append(written_key(key), value, bound(annotation, key));
            ++result.added;
            return;
        }
        stays[static_cast<std::size_t>(entry - entries.data())] = true;
        const bool same_value = document.value(*entry) == value;
        const bool same_annotation = same_content(document.annotation(*entry), annotation);
        result.updated += same_value && same_annotation ? 0 : 1;
        if (!same_value) {
            require_line(key, value);
            answer(key, value);
            editor.set_value(*entry, value);
        }
        if (!same_annotation) {
            editor.set_annotation(*entry, bound(annotation, key));
        }
    });
    const Entry* example = nullptr;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (!stays[i]) {
            example = example == nullptr ? &entries[i] : example;
            editor.erase(entries[i]);
            ++result.removed;
        }
    }
    require_allowed(options, result, example == nullptr ? "" : escape(document.key(*example)) + ' ' + escape(document.value(*example)));
    plan.added = result.added;
    plan.removed = result.removed;
    plan.edits = editor.take();
    return plan;
}

} // namespace relayctl
