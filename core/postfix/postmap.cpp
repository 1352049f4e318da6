// The member functions of Postfix that run postmap(1).
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/postfix.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// A lookup falls silent only while a server behind the table makes it wait, or the service that
// builds maps if Berkeley DB is gone. However large the table is, it does not take longer than this
// without a word. Building a map has no such limit: postmap says nothing, and a million entries
// take minutes on a slow disk.
constexpr std::chrono::seconds lookup_silence(10);

// Throws ErrorKind::postfix, with the cause that postmap gave, unless its status is 0.
void require_success(const ProcessResult& result)
{
    if (!result.succeeded()) {
        throw Error(ErrorKind::postfix, "postmap: " + cause_of(result));
    }
}

// Returns what postmap says of the table and what is in it.
std::vector<std::string> messages_of(const ProcessResult& result)
{
    auto messages = parse_messages(result.err);
    std::erase_if(messages, is_about_type);
    return messages;
}

// Returns what "postmap -q", "-d" or "-ir" warned of, or throws if it failed. Its status 1 means
// both that it found none of the keys and that it cannot open the map; only its words tell which.
std::vector<std::string> warnings_of(const ProcessResult& result)
{
    auto messages = messages_of(result);
    if (result.exit_status() < 0 || result.exit_status() > 1
        || std::any_of(messages.begin(), messages.end(), is_fatal)) {
        throw Error(ErrorKind::postfix, "postmap: " + cause_of(result));
    }
    return messages;
}

} // namespace

MapBuild Postfix::build_map(const TableName& table)
{
    find_commands();
    const ProcessResult result = tools_.run("postmap", { table.to_string() });
    require_success(result);
    MapBuild build{ map_file_of(table), messages_of(result) };
    if (!stat_of(build.map_path)) {
        throw Error(ErrorKind::postfix,
            "postmap: reports success, but there is no " + escape(build.map_path));
    }
    return build;
}

std::vector<std::string> Postfix::update_map(const TableName& table, const MapUpdate& update)
{
    find_commands();
    std::vector<std::string> messages;
    // "-i" and "-d" are two runs: postmap does one of them at a time.
    const auto change = [&](std::vector<std::string> arguments, std::string input) {
        ProcessOptions options;
        options.input = std::move(input);
        arguments.push_back(table.to_string());
        const ProcessResult result = tools_.run("postmap", std::move(arguments), options);
        // The map has the keys that are to be removed, so that it finds none is a failure as well.
        require_success(result);
        const auto warnings = warnings_of(result);
        messages.insert(messages.end(), warnings.begin(), warnings.end());
    };
    if (!update.put.empty()) {
        std::string lines;
        for (const auto& [key, value] : update.put) {
            // The keys are in lower case already, and a value has no line end in it.
            lines.append(key).append(" ").append(value).append("\n");
        }
        // "-r" replaces a key that is there, which would be a warning otherwise.
        change({ "-ir" }, std::move(lines));
    }
    if (!update.remove.empty()) {
        change({ "-d", "-" }, join(update.remove, "\n") + '\n');
    }
    return messages;
}

std::vector<std::optional<std::string>> Postfix::query_map(const TableName& table,
    const std::vector<std::string>& keys, std::vector<std::string>* warnings, bool folds)
{
    find_commands();
    std::vector<std::optional<std::string>> values(keys.size());
    if (keys.empty()) {
        return values;
    }
    ProcessOptions options;
    // By standard input any number of keys takes one run.
    options.input = join(keys, "\n") + '\n';
    options.silence_limit = lookup_silence;
    const ProcessResult result
        // "-f" has postmap take the keys as they are, without folding them to lower case.
        = tools_.run("postmap", { folds ? "-q" : "-fq", "-", table.to_string() }, options);
    auto messages = warnings_of(result);
    if (warnings != nullptr) {
        *warnings = std::move(messages);
    }
    // postmap prints the keys that it finds in the order in which they were given, each as it was
    // given.
    std::size_t next = 0;
    for (const std::string_view line : split_lines(result.out)) {
        const std::size_t tab = line.find('\t');
        const std::string_view key = line.substr(0, tab);
        while (next < keys.size() && keys[next] != key) {
            ++next;
        }
        if (next < keys.size() && tab != std::string_view::npos) {
            values[next++] = std::string(line.substr(tab + 1));
        }
    }
    return values;
}

void Postfix::dump_map(const TableName& table, const std::function<void(std::string_view)>& record)
{
    find_commands();
    if (table.traits().dump == RecordDump::by_relayctl) {
        dump_cdb(map_file_of(table), record);
        return;
    }
    // A line may come in several pieces.
    std::string partial;
    ProcessOptions options;
    options.silence_limit = lookup_silence;
    options.consume_output = [&](std::string_view bytes) {
        for (std::size_t newline; (newline = bytes.find('\n')) != std::string_view::npos;
             bytes.remove_prefix(newline + 1)) {
            if (partial.empty()) {
                record(bytes.substr(0, newline));
            } else {
                partial += bytes.substr(0, newline);
                record(partial);
                partial.clear();
            }
        }
        partial += bytes;
    };
    const ProcessResult result = tools_.run("postmap", { "-s", table.to_string() }, options);
    require_success(result);
}

} // namespace relayctl
