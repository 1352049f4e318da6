#include "core/postfix/written_settings.hpp"

#include "core/base/text.hpp"
#include "core/postfix/logical_lines.hpp"

#include <algorithm>

namespace relayctl {

std::vector<WrittenSetting> written_settings(std::string_view main_cf, const std::string& file)
{
    std::vector<WrittenSetting> settings;
    for (const auto& [number, text] : logical_lines(main_cf)) {
        const std::string_view line = text;
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos) {
            settings.push_back({ std::string(trim(line.substr(0, equals))),
                std::string(trim(line.substr(equals + 1))), file, number });
        }
    }
    return settings;
}

std::vector<WrittenSetting> with_overrides(
    std::vector<WrittenSetting> settings, const Service& service, const std::string& file)
{
    for (const auto& [name, value] : service.overrides) {
        settings.push_back({ name, value, file, service.line });
    }
    std::vector<WrittenSetting> last;
    for (auto setting = settings.rbegin(); setting != settings.rend(); ++setting) {
        if (find_setting(last, setting->name) == nullptr) {
            last.push_back(std::move(*setting));
        }
    }
    std::reverse(last.begin(), last.end());
    return last;
}

const WrittenSetting* find_setting(
    const std::vector<WrittenSetting>& settings, std::string_view name)
{
    const auto found = std::find_if(settings.begin(), settings.end(),
        [&](const WrittenSetting& setting) { return setting.name == name; });
    return found == settings.end() ? nullptr : &*found;
}

} // namespace relayctl
