# relayctl_settings: linked privately by all of our own code, never by others'.
include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(relayctl_settings INTERFACE)
target_include_directories(relayctl_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(relayctl_settings INTERFACE _GLIBCXX_ASSERTIONS _GNU_SOURCE)
target_compile_options(relayctl_settings INTERFACE
  -Wall -Wextra -Wpedantic
  -Wshadow             # a name that hides another is read wrongly
  -Wconversion         # sizes and offsets must not shrink silently
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wformat=2
  -fstack-protector-strong)
if(RELAYCTL_WERROR)
  target_compile_options(relayctl_settings INTERFACE -Werror)
endif()
if(RELAYCTL_SANITIZE)
  # GCC's maybe-uninitialized sees phantoms in libstdc++'s <regex> when it instruments.
  # vptr asks by pipe() and write() whether memory is readable: where the fault tests make these
  # fail, it reports phantoms.
  target_compile_options(relayctl_settings INTERFACE
    -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all
    -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_link_options(relayctl_settings INTERFACE -fsanitize=address,undefined)
elseif(RELAYCTL_FUZZ)
  target_compile_options(relayctl_settings INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(relayctl_settings INTERFACE -fsanitize=address,undefined)
elseif(RELAYCTL_COVERAGE)
  # Atomic: tests kill the program, run it in several processes, and its threads count the same
  # lines.
  target_compile_options(relayctl_settings INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(relayctl_settings INTERFACE --coverage)
else()
  target_compile_options(relayctl_settings INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
target_link_options(relayctl_settings INTERFACE -Wl,-z,relro,-z,now)
