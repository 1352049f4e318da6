// Reading the history of a text table, without its lock.
#pragma once

#include "core/store/store.hpp"

#include <memory>

namespace relayctl {

// Opens the history of a source. Returns nullptr if there is none. now: for what was changed past
// relayctl since the last record. Errors: those of HistoryFile::open() and of reading the source.
std::unique_ptr<HistoryReader> open_text_history(const TableName& table, Time now);

} // namespace relayctl
