#include "core/inspect/mail_log/reading_position.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/digest.hpp"

#include <algorithm>
#include <charconv>

namespace relayctl {

namespace {

constexpr std::string_view first_line = "mail-log-position 1";
constexpr std::size_t most_files = 150;
constexpr std::size_t longest_open = std::size_t{ 40 } << 10; // bytes of all open sessions
constexpr std::size_t longest_word = 520; // bytes of one text of an open session

// Writes a word: printable ASCII but blank and '%' stands as it is; "-" is an empty text.
std::string escaped_word(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string word;
    for (const char c : text.substr(0, longest_word)) {
        if (c > ' ' && c <= '~' && c != '%' && c != '-') {
            word += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            word += { '%', digits[byte >> 4], digits[byte & 15] };
        }
    }
    return word.empty() ? "-" : word;
}

// Takes words off a line.
class PositionWords {
public:
    explicit PositionWords(std::string_view line)
        : rest_(line)
    {
    }

    std::string_view next()
    {
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(std::min(word.size() + 1, rest_.size()));
        failed_ |= word.empty();
        return word;
    }

    std::string text()
    {
        const std::string_view word = next();
        std::string text;
        for (std::size_t i = 0; i < word.size() && word != "-"; ++i) {
            if (word[i] != '%' || i + 2 >= word.size()) {
                text += word[i];
                continue;
            }
            text += static_cast<char>(hex_value(word[i + 1]) * 16 + hex_value(word[i + 2]));
            i += 2;
        }
        return text;
    }

    template <typename Number> void number(Number& value)
    {
        const std::string_view word = next();
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        failed_ |= error != std::errc() || end != word.data() + word.size();
    }

    void flag(bool& value)
    {
        int number_of_it = 0;
        number(number_of_it);
        value = number_of_it != 0;
    }

    bool failed() const noexcept { return failed_; }

private:
    std::string_view rest_;
    bool failed_ = false;
};

std::string join_words(const std::vector<std::string>& words)
{
    return join(words, " ") + '\n';
}

std::string fingerprint_word(const std::optional<Fingerprint>& fingerprint)
{
    return fingerprint ? fingerprint->to_string() : "-";
}

std::string number_word(std::uint64_t number)
{
    return std::to_string(number);
}

std::string line_of(const ReadFile& file)
{
    return join_words({ "file", number_word(file.device), number_word(file.inode),
        number_word(file.size), std::to_string(file.modified_ns), number_word(file.offset),
        number_word(file.head_size), file.head, file.tail });
}

ReadFile read_file_words(PositionWords& words)
{
    ReadFile file;
    words.number(file.device);
    words.number(file.inode);
    words.number(file.size);
    words.number(file.modified_ns);
    words.number(file.offset);
    words.number(file.head_size);
    file.head = words.next();
    file.tail = words.next();
    return file;
}

std::string line_of(const OpenSession& session)
{
    const KeptSighting& s = session.part.sighting;
    const auto flag = [](bool value) { return std::string(value ? "1" : "0"); };
    return join_words({ "open", escaped_word(session.origin), number_word(session.pid),
        escaped_word(session.part.client), std::to_string(s.when.time_since_epoch().count()),
        fingerprint_word(s.certificate), fingerprint_word(s.key), escaped_word(s.claimed),
        flag(s.is_raw_key), flag(s.is_trusted), number_word(s.permitted),
        number_word(s.permitted_for_any), number_word(s.denied), number_word(s.rejected),
        number_word(s.messages), flag(s.has_logged_in), flag(s.lookup_failed),
        escaped_word(s.rejection), escaped_word(s.entry ? s.entry->table : ""),
        fingerprint_word(s.entry ? std::optional(s.entry->fingerprint) : std::nullopt),
        escaped_word(s.entry ? s.entry->value : "") });
}

OpenSession read_open_words(PositionWords& words)
{
    OpenSession session;
    KeptSighting& s = session.part.sighting;
    session.origin = words.text();
    words.number(session.pid);
    session.part.pid = session.pid;
    session.part.client = words.text();
    long long when = 0;
    words.number(when);
    s.when = time_of_seconds(when).value_or(Time{});
    s.certificate = Fingerprint::from_key(words.next());
    s.key = Fingerprint::from_key(words.next());
    s.claimed = words.text();
    words.flag(s.is_raw_key);
    words.flag(s.is_trusted);
    words.number(s.permitted);
    words.number(s.permitted_for_any);
    words.number(s.denied);
    words.number(s.rejected);
    words.number(s.messages);
    words.flag(s.has_logged_in);
    words.flag(s.lookup_failed);
    s.rejection = words.text();
    std::string table = words.text();
    const auto fingerprint = Fingerprint::from_key(words.next());
    std::string value = words.text();
    if (fingerprint) {
        s.entry = { std::move(table), *fingerprint, std::move(value) };
    }
    session.part.begins = session.part.has_fingerprints = session.part.tells_fingerprints = true;
    return session;
}

} // namespace

bool ReadFile::is_unchanged(const struct stat& status) const noexcept
{
    const FileIdentity now = FileIdentity::of(status);
    return device == now.device && inode == now.inode
        && size == static_cast<std::uint64_t>(now.size) && modified_ns == now.modified_ns;
}

std::string content_mark(std::string_view bytes)
{
    DigestStream digest(Digest::by_name("sha256"));
    digest.add(bytes);
    std::string mark = digest.finish().to_string().substr(0, 16 * 3 - 1);
    std::erase(mark, ':');
    return mark;
}

std::string ReadingPosition::to_text() const
{
    std::string text = std::string(first_line) + '\n';
    if (last) {
        text += join_words({ "last", std::to_string(last->time_since_epoch().count()) });
    }
    if (!journal_cursor.empty()) {
        text += join_words({ "journal", journal_cursor });
    }
    for (std::size_t i = files.size() - std::min(files.size(), most_files); i < files.size(); ++i) {
        text += line_of(files[i]);
    }
    const std::size_t most = text.size() + longest_open;
    for (const OpenSession& session : open) {
        const std::string line = line_of(session);
        text += text.size() + line.size() <= most ? line : "";
    }
    return text;
}

std::optional<ReadingPosition> ReadingPosition::parse(std::string_view text)
{
    ReadingPosition position;
    bool is_first = true;
    for (const std::string_view line : split_lines(text)) {
        if (std::exchange(is_first, false)) {
            if (line != first_line) {
                return std::nullopt;
            }
            continue;
        }
        PositionWords words(line);
        const std::string_view kind = words.next();
        if (kind == "file") {
            position.files.push_back(read_file_words(words));
        } else if (kind == "open") {
            position.open.push_back(read_open_words(words));
        } else if (kind == "journal") {
            position.journal_cursor = words.next();
        } else if (kind == "last") {
            long long last = 0;
            words.number(last);
            position.last = time_of_seconds(last);
        }
        if (words.failed()) {
            return std::nullopt;
        }
    }
    return is_first ? std::nullopt : std::optional(std::move(position));
}

} // namespace relayctl
