// A table kept in a source and its map.
#pragma once

#include "core/store/store.hpp"

namespace relayctl {

std::unique_ptr<Store> open_text_store(Postfix& postfix, const TableName& table);

} // namespace relayctl
