// A splice can change more than its own lines: a new line may end a folded entry, or make the next
// line a continuation. So the window of a splice reaches from the logical line before it to the one
// behind it, and both states of the window are parsed. Outside of the windows nothing changes, but
// duplicates there decide whether a key in a window counts.
#include "core/table/effect.hpp"

#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>
#include <bitset>
#include <unordered_map>

namespace relayctl {

namespace {

// A part of the old text, from the beginning of one logical line to that of another, whose meaning
// the splices in it change.
struct Window {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::span<const Splice> splices;
    Document after{ std::string() }; // what the part becomes
};

// Returns the part of the text within the window as it is after the splices.
std::string text_after(std::string_view text, const Window& window)
{
    std::vector<Splice> moved(window.splices.begin(), window.splices.end());
    for (Splice& splice : moved) {
        splice.offset -= window.begin;
    }
    return apply_splices(text.substr(window.begin, window.end - window.begin), moved);
}

// Returns the windows around all splices, in order. Splices that lie in the same logical lines
// share one.
std::vector<Window> windows_of(std::string_view text, std::span<const Splice> splices)
{
    std::vector<Window> windows;
    for (std::size_t i = 0; i < splices.size();) {
        Window window;
        // The line before may go on into the splice.
        window.begin = text.empty() ? 0 : line_before(text, splices[i].offset);
        const std::size_t first = i;
        do {
            window.end = text.empty() ? 0 : line_behind(text, splices[i].offset + splices[i].size);
            ++i;
        } while (i < splices.size() && splices[i].offset <= window.end);
        window.splices = splices.subspan(first, i - first);
        window.after = Document(text_after(text, window));
        windows.push_back(std::move(window));
    }
    return windows;
}

// The keys that are of interest. Every entry of the table is tested for them, so three of its
// characters are compared first.
class Keys {
public:
    // Adds a key in lower case, once.
    void add(const std::string& key)
    {
        // A mark that two keys share only costs a search that finds nothing.
        if (effects_.try_emplace(key, KeyEffect{ key, {}, {} }).second) {
            marks_.set(mark_of(key));
        }
    }

    // Returns false if the key is certainly none of these; quick.
    bool may_have(std::string_view key) const noexcept
    {
        return !key.empty() && marks_.test(mark_of(key));
    }

    // Returns the effect of the key in any case of letters; nullptr if it is none of these.
    KeyEffect* find(std::string_view key)
    {
        if (!may_have(key)) {
            return nullptr;
        }
        const auto found = effects_.find(to_lower(key));
        return found == effects_.end() ? nullptr : &found->second;
    }

    std::vector<KeyEffect> take()
    {
        std::vector<KeyEffect> all;
        all.reserve(effects_.size());
        for (auto& [key, effect] : effects_) {
            all.push_back(std::move(effect));
        }
        sort_stably(all, [](const KeyEffect& a, const KeyEffect& b) { return a.key < b.key; });
        return all;
    }

private:
    static std::size_t mark_of(std::string_view key) noexcept
    {
        // Length and three characters tell apart nearly all keys: first, last, and one in the
        // middle that is no colon.
        std::size_t mark = key.size();
        for (const std::size_t at :
            { std::size_t{ 0 }, key.size() / 2 - key.size() / 2 % 3, key.size() - 1 }) {
            mark = mark * 67 + static_cast<unsigned char>(lower(key[at]));
        }
        return mark % 65536;
    }

    std::unordered_map<std::string, KeyEffect> effects_;
    std::bitset<65536> marks_;
};

// Of duplicates the first entry counts, as in the map that postmap makes.
void keep_first(std::optional<std::string>& value, std::string_view found)
{
    if (!value) {
        value = found;
    }
}

} // namespace

// First it collects the keys whose meaning may change: those around the splices. Then it walks the
// entries and the windows side by side, so that the entries come in the order of the new text.
Effect effect_of(
    const Document& document, std::span<const Splice> splices, std::span<const std::string> asked)
{
    const auto windows = windows_of(document.text(), splices);
    const auto entries = document.entries();
    const auto first_in = [&](std::size_t offset) {
        return std::lower_bound(entries.begin(), entries.end(), offset,
            [](const Entry& entry, std::size_t at) { return entry.begin < at; });
    };
    Keys keys;
    Effect effect;
    effect.entries_before = effect.entries_after = entries.size();
    for (const std::string& key : asked) {
        keys.add(key);
    }
    for (const Window& window : windows) {
        const auto end = first_in(window.end);
        for (auto entry = first_in(window.begin); entry != end; ++entry) {
            keys.add(to_lower(document.key(*entry)));
            --effect.entries_after;
        }
        for (const Entry& entry : window.after.entries()) {
            keys.add(to_lower(window.after.key(entry)));
            ++effect.entries_after;
        }
    }
    auto window = windows.begin();
    const auto pass_windows = [&](std::size_t offset) {
        for (; window != windows.end() && window->end <= offset; ++window) {
            for (const Entry& entry : window->after.entries()) {
                keep_first(keys.find(window->after.key(entry))->after, window->after.value(entry));
            }
        }
    };
    for (const Entry* entry :
        document.entries_where([&](const Entry& e) { return keys.may_have(document.key(e)); })) {
        KeyEffect* found = keys.find(document.key(*entry));
        if (found == nullptr) {
            continue;
        }
        pass_windows(entry->begin);
        keep_first(found->before, document.value(*entry));
        if (window == windows.end() || entry->begin < window->begin) {
            keep_first(found->after, document.value(*entry));
        }
    }
    pass_windows(document.text().size());
    effect.keys = keys.take();
    return effect;
}

} // namespace relayctl
