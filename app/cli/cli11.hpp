// The names of CLI11 for headers. Its own header takes a second of each compilation, so only the
// files that use it include that.
#pragma once

namespace CLI {
class App;
class Option;
class ParseError;
} // namespace CLI
