// The query of the file is text in which Postfix replaces %s by the quoted key. For asking it
// ourselves, the key becomes a parameter instead, so nothing has to be quoted, and the server
// checks the query once. What the server gets is the same query otherwise, and therefore gives the
// same answer.
#include "core/store/sql/lookup_query.hpp"

#include "core/base/text.hpp"
#include "core/store/sql/sql_words.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Puts parameters in the places of what Postfix fills in.
struct Binder {
    const std::string& query;
    LookupQuery result = {};
    bool has_key = false;

    LookupQuery run()
    {
        // Postfix refuses a file with neither of the two forms.
        if (trim(query).empty()) {
            return { QueryFault::missing, "", "" };
        }
        auto words = sql_words(query);
        while (!words.empty() && words.back().text == ";") { // so that it can stand within another
            words.pop_back();
        }
        for (const SqlWord& word : words) {
            const bool is_literal = word.kind == SqlWord::Kind::literal;
            is_literal ? bind_literal(word.text) : bind_rest(word.text);
            // A comment up to the end of the line would hide what follows in a query of one line.
            result.sql += word.space.empty() ? "" : " "; // no comments
        }
        result.sql = trim(result.sql);
        if (result.fault == QueryFault::none && !has_key) {
            result.fault = QueryFault::no_key;
        }
        if (result.fault != QueryFault::none) {
            result.sql.clear();
        }
        return result;
    }

    // Notes the first fault, which is the one that Postfix meets.
    void fail(QueryFault fault, std::string_view place)
    {
        if (result.fault == QueryFault::none) {
            result.fault = fault;
            result.place = place;
        }
    }

    // Returns the letter behind the '%' at position i, and notes what is wrong with it.
    char letter_at(std::string_view text, std::size_t i)
    {
        const char letter = i + 1 < text.size() ? text[i + 1] : '\0';
        if (letter == 'd' || letter == 'D' || (letter >= '1' && letter <= '9')) {
            fail(QueryFault::suppressed, text.substr(i, 2));
        } else if (letter != '%' && key_letters.find(letter) == std::string_view::npos) {
            fail(QueryFault::malformed, text.substr(i, 2));
        }
        return letter;
    }

    // 'x%s' becomes ('x' || $1). A literal of nothing but the key becomes $1, whose type the server
    // finds as it does that of a literal.
    void bind_literal(std::string_view text)
    {
        const std::size_t open = text.find('\'');
        // The literal has no end.
        if (text.size() < open + 2 || text.back() != '\'') {
            fail(QueryFault::malformed, text);
            return;
        }
        // It is what stands in front of the text: the quote, or E and the quote.
        const std::string prefix(text.substr(0, open + 1));
        std::vector<std::string> parts;
        std::string part;
        for (std::size_t i = open + 1; i + 1 < text.size(); ++i) {
            if (text[i] != '%') {
                part += text[i];
                continue;
            }
            const char letter = letter_at(text, i++);
            if (letter == '%') {
                part += '%';
                continue;
            }
            has_key = true;
            if (!part.empty()) {
                parts.push_back(prefix + part + "'");
                part.clear();
            }
            parts.emplace_back("$1");
        }
        if (!part.empty() || parts.empty()) {
            // An empty literal stays one.
            parts.push_back(prefix + part + "'");
        }
        if (parts.size() > 1) {
            std::replace(parts.begin(), parts.end(), std::string("$1"), std::string("$1::text"));
        }
        result.sql += parts.size() == 1 ? parts.front() : '(' + join(parts, " || ") + ')';
    }

    // What Postfix fills in outside of quotes would be no SQL.
    void bind_rest(std::string_view text)
    {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '%') {
                result.sql += text[i];
            } else if (letter_at(text, i++) == '%') {
                result.sql += '%';
            } else {
                has_key = true;
                fail(QueryFault::unquoted, text.substr(i - 1, 2));
            }
        }
    }
};

} // namespace

LookupQuery bind_query(const std::string& query)
{
    return Binder{ query }.run();
}

std::string fault_in_words(const LookupQuery& query)
{
    switch (query.fault) {
    case QueryFault::none:
        return "";
    case QueryFault::missing:
        return "it has neither a query nor table, select_field and where_field";
    case QueryFault::no_key:
        return "its query has no '%s' in it";
    case QueryFault::suppressed:
        return quote(query.place) + " in its query is a part of a mail address";
    case QueryFault::malformed:
        return quote(query.place) + " in its query is nothing that Postfix can fill in";
    case QueryFault::unquoted:
        return quote(query.place) + " in its query is not in single quotes";
    }
    return "";
}

} // namespace relayctl
