#include "core/postfix/map_file.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace relayctl {

namespace {

std::uint32_t little_endian(std::string_view bytes, std::size_t offset)
{
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
    }
    return value;
}

} // namespace

std::vector<std::string_view> map_suffixes()
{
    std::vector<std::string_view> suffixes;
    for (const TableType& type : table_types()) {
        if (type.has_map()
            && std::find(suffixes.begin(), suffixes.end(), type.map_suffix) == suffixes.end()) {
            suffixes.push_back(type.map_suffix);
        }
    }
    return suffixes;
}

std::vector<std::string> possible_map_files(const std::string& path)
{
    std::vector<std::string> files;
    for (const std::string_view suffix : map_suffixes()) {
        files.push_back(path + std::string(suffix));
    }
    for (const TableType& type : table_types()) {
        if (!type.temporary_suffix.empty()) {
            files.push_back(path + std::string(type.temporary_suffix));
        }
    }
    // Berkeley DB makes a new file under this name first. Where it stays behind (full disk, kill),
    // the next postmap of that name waits for ever for it to go: observed with 5.3.
    files.push_back(directory_of(path) + "/__db." + base_name(path) + ".db");
    return files;
}

std::string map_file_of(const TableName& opened)
{
    return opened.path + std::string(opened.traits().map_suffix);
}

std::uint64_t enough_map_size(std::uint64_t source_bytes)
{
    return std::bit_ceil(std::max<std::uint64_t>(8 * source_bytes, std::uint64_t{ 1 } << 26));
}

bool may_outgrow(std::uint64_t source_bytes, std::string_view map_size)
{
    std::uint64_t size = 0;
    const auto read = std::from_chars(map_size.data(), map_size.data() + map_size.size(), size);
    return read.ec == std::errc() && 4 * source_bytes > size;
}

const TableType& type_of_map_file(std::string_view path)
{
    const auto types = table_types();
    const auto found = std::find_if(types.begin(), types.end(),
        [&](const TableType& type) { return type.has_map() && path.ends_with(type.map_suffix); });
    return found == types.end() ? table_type("") : *found;
}

std::string map_file_type(const std::string& path)
{
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        throw_errno(escape(path), "open");
    }
    std::array<char, 20> head{};
    const ssize_t got = ::read(fd.get(), head.data(), head.size());
    if (got == 0) {
        return "empty";
    }
    if (std::string type = map_type_without_magic(path); !type.empty()) {
        return type;
    }
    const std::string type
        = map_type_by_magic({ head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)) });
    return type.empty() ? "unknown" : type;
}

std::string map_type_without_magic(std::string_view path)
{
    const TableType& type = type_of_map_file(path);
    return type.magic == 0 ? std::string(type.name) : "";
}

std::string map_type_by_magic(std::string_view head)
{
    if (head.size() < 20) {
        return "";
    }
    for (const TableType& type : table_types()) {
        std::uint32_t found = 0; // all of these formats keep the byte order of the machine
        std::memcpy(&found, head.data() + type.magic_at, sizeof found);
        if (type.magic != 0 && found == type.magic) {
            return std::string(type.name);
        }
    }
    return "";
}

void dump_cdb(const std::string& path, const std::function<void(std::string_view)>& record)
{
    const std::string bytes = read_file(path, std::uint64_t{ 1 } << 32).text;
    const auto damaged = [&]() -> Error {
        return { ErrorKind::postfix, escape(path) + ": is no sound cdb file" };
    };
    constexpr std::size_t header_size = 2048; // 256 pairs of position and length of the hash tables
    if (bytes.size() < header_size) {
        throw damaged();
    }
    std::size_t end = bytes.size(); // the records end where the first hash table begins
    for (std::size_t slot = 0; slot < header_size; slot += 8) {
        end = std::min<std::size_t>(end, little_endian(bytes, slot));
    }
    std::string line;
    std::size_t position = header_size;
    while (position < end) {
        if (end - position < 8) {
            throw damaged();
        }
        const std::size_t key_size = little_endian(bytes, position);
        const std::size_t value_size = little_endian(bytes, position + 4);
        position += 8;
        if (end - position < key_size || end - position - key_size < value_size) {
            throw damaged();
        }
        // Some builds of Postfix store a trailing NUL, its readers try both (dict_cdb.c).
        const auto piece = [&](std::size_t at, std::size_t size) {
            std::string_view view = std::string_view(bytes).substr(at, size);
            return view.ends_with('\0') ? view.substr(0, view.size() - 1) : view;
        };
        line = piece(position, key_size);
        line += '\t';
        line += piece(position + key_size, value_size);
        record(line);
        position += key_size + value_size;
    }
    if (position != end) {
        throw damaged();
    }
}

} // namespace relayctl
