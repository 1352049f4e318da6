#include "app/render/json_value.hpp"

#include "app/render/json.hpp"

#include <algorithm>
#include <ostream>

namespace relayctl {

std::string json_library_version()
{
    std::string version;
    for (const int part :
        { NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH }) {
        version += (version.empty() ? "" : ".") + std::to_string(part);
    }
    return version;
}

std::string text_of(const Json& json, int indent)
{
    // The third argument has all characters written as ASCII, and the fourth replaces bytes that
    // are not UTF-8.
    return json.dump(indent, ' ', true, Json::error_handler_t::replace);
}

void write_json(std::ostream& out, const Json& json)
{
    out << text_of(json, 2) << '\n';
}

// In the JSON null stands for what is not known, in each of these forms.
Json or_null(const std::string& text)
{
    return text.empty() ? Json() : Json(text);
}

Json or_null(const std::optional<Time>& time)
{
    return time ? Json(to_rfc3339(*time)) : Json();
}

Json or_null(std::optional<bool> answer)
{
    return answer ? Json(*answer) : Json();
}

Json line_or_null(std::uint32_t line)
{
    return line == 0 ? Json() : Json(line);
}

Json fingerprint_or_null(const std::vector<ClientFingerprint>& known, std::string_view kind)
{
    const auto found = std::find_if(
        known.begin(), known.end(), [&](const ClientFingerprint& one) { return one.kind == kind; });
    return found == known.end() ? Json() : Json(found->fingerprint.to_string());
}

// Every name is there in every entry, so a program need not ask for it first.
Json json_of(const EntryView& entry)
{
    const Annotation& annotation = entry.annotation;
    return { { "fingerprint", entry.fingerprint }, { "host", entry.host },
        { "line", line_or_null(entry.line) }, { "kind", or_null(annotation.kind) },
        { "subject", or_null(annotation.subject) }, { "not_after", or_null(annotation.expires) },
        { "added", or_null(annotation.added) },
        { "retire_after", or_null(annotation.retire_after) }, { "note", or_null(annotation.note) },
        { "by", or_null(annotation.by) }, { "until", or_null(annotation.until) },
        { "owner", or_null(annotation.owner) } };
}

} // namespace relayctl
