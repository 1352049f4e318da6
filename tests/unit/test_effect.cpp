#include "catch.hpp"
#include "core/base/text.hpp"
#include "core/table/effect.hpp"

#include <map>
#include <random>

using namespace relayctl;

namespace {

using Values = std::map<std::string, std::string>;

// Returns what Postfix finds in a text, by parsing all of it. The first of duplicates counts.
Values values_of(const Document& document)
{
    Values values;
    for (const Entry& entry : document.entries()) {
        values.emplace(to_lower(document.key(entry)), document.value(entry));
    }
    return values;
}

std::optional<std::string> value_in(const Values& values, const std::string& key)
{
    const auto found = values.find(key);
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

// Returns a random text of such lines. They have few keys, so that duplicates are frequent.
class RandomText {
public:
    explicit RandomText(unsigned seed)
        : random_(seed)
    {
    }

    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::string lines(std::size_t most)
    {
        static const std::vector<std::string> pieces{ "K1 a\n", "k1 b\n", "K2\n", "K2 x", " more\n",
            "\tk3 y\n", "# K1 no\n", "#\n", "\n", "  \n", "K3 c\r\n", "k4", " ", "\"q r\" s\n",
            "K5 d\n\n", "k5 e\n# within\n f\n", "\n K1 g\n" };
        std::string text;
        for (std::size_t i = below(most + 1); i > 0; --i) {
            text += pieces[below(pieces.size())];
        }
        return text;
    }

    std::vector<Splice> splices(std::size_t size)
    {
        std::vector<Splice> result;
        for (std::size_t offset = below(size + 1), left = 1 + below(3); left > 0 && offset <= size;
             --left) {
            Splice splice{ offset, below(2) == 0 ? 0 : std::min(below(12), size - offset),
                lines(2) };
            offset += splice.size + 1 + below(size / 2 + 1);
            result.push_back(std::move(splice));
        }
        return result;
    }

private:
    std::mt19937 random_;
};

} // namespace

TEST_CASE("the effect of a change is what reading both texts in full says")
{
    std::size_t differing = 0;
    for (unsigned seed = 1; seed <= 20000; ++seed) {
        RandomText random(seed);
        const Document before(random.lines(12));
        const auto splices = random.splices(before.text().size());
        const Document after(apply_splices(before.text(), splices));
        const std::vector<std::string> asked{ "k1", "absent" };
        const Effect effect = effect_of(before, splices, asked);

        INFO("seed " << seed << ": " << quote(before.text()) << " becomes " << quote(after.text()));
        REQUIRE(effect.entries_before == before.entries().size());
        REQUIRE(effect.entries_after == after.entries().size());
        const Values old_values = values_of(before);
        const Values new_values = values_of(after);
        std::map<std::string, int> told;
        for (const KeyEffect& key : effect.keys) {
            REQUIRE(key.before == value_in(old_values, key.key));
            REQUIRE(key.after == value_in(new_values, key.key));
            REQUIRE(++told[key.key] == 1);
        }
        REQUIRE((told.count("k1") == 1 && told.count("absent") == 1));
        for (const std::string key : { "k1", "k2", "k3", "k4", "k5", "q r", "\"q" }) {
            if (value_in(old_values, key) != value_in(new_values, key)) {
                ++differing;
                REQUIRE(told.count(key) == 1);
            }
        }
    }
    CHECK(differing > 5000);
}

TEST_CASE("only the keys around a change are told, however long the table")
{
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += "k" + std::to_string(i) + " v\n";
    }
    const Document document(text);
    Editor editor(document);
    editor.erase(document.entries()[500]);
    editor.append("new", "v");
    const Effect effect = effect_of(document, editor.splices(), {});
    CHECK(effect.entries_before == 1000);
    CHECK(effect.entries_after == 1000);
    CHECK(effect.keys.size() <= 6);
}
