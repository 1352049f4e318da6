// The commands: each declares itself to the parser, and leaves in context.command what to run.
#pragma once

#include "app/cli/context.hpp"

namespace CLI {
class App;
}

namespace relayctl {

void setup_fingerprint(CLI::App& app, Context& context);
void setup_add(CLI::App& app, Context& context);
void setup_remove(CLI::App& app, Context& context);
void setup_list(CLI::App& app, Context& context);
void setup_check(CLI::App& app, Context& context);
void setup_annotate(CLI::App& app, Context& context);
void setup_rotate(CLI::App& app, Context& context);
void setup_prune(CLI::App& app, Context& context);
void setup_apply(CLI::App& app, Context& context);
void setup_diff(CLI::App& app, Context& context);
void setup_verify(CLI::App& app, Context& context);
void setup_rebuild(CLI::App& app, Context& context);
void setup_init(CLI::App& app, Context& context);
void setup_copy(CLI::App& app, Context& context);
// Hidden: for the files in completions/.
void setup_complete(CLI::App& app, Context& context);

} // namespace relayctl
