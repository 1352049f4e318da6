// Any bytes as what postconf and postmap print, and as the names in it.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/services.hpp"
#include "core/postfix/table_name.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace relayctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = text_of(data, size);
    for (const auto& [name, value] : parse_parameters(text)) {
        for (const std::string& word : split_list(value)) {
            try {
                const TableName table = TableName::parse(word);
                require(!table.type.empty() && !table.path.empty());
            } catch (const Error&) {
            }
        }
    }
    for (const Service& service : parse_services(text)) {
        require(service.name.ends_with("/inet") || service.name.ends_with("/pass"));
    }
    for (const std::string& message : parse_messages(text)) {
        require(message.find('\n') == std::string::npos);
        is_fatal(message);
    }
    const std::string shown = escape(text);
    require(shown.find('\x1b') == std::string::npos && shown.find('\n') == std::string::npos);
    return 0;
}
