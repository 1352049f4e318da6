# relayctl_settings: linked privately by all of our own code, never by others'.
include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(relayctl_settings INTERFACE)
target_include_directories(relayctl_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(relayctl_settings INTERFACE _GLIBCXX_ASSERTIONS _GNU_SOURCE)
target_compile_options(relayctl_settings INTERFACE
  -Wall -Wextra -Wpedantic
  # A name that hides another is read wrongly; but not if it hides a name of another file.
  $<$<NOT:$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wshadow>
  -Wconversion         # sizes and offsets must not shrink silently
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wformat=2
  -fstack-protector-strong)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Collecting garbage in so much at once took a tenth of the time.
  target_compile_options(relayctl_settings INTERFACE
    "SHELL:--param ggc-min-expand=300" "SHELL:--param ggc-min-heapsize=600000")
endif()
if(RELAYCTL_WERROR)
  target_compile_options(relayctl_settings INTERFACE -Werror)
endif()
if(RELAYCTL_SANITIZE)
  # vptr asks by pipe() and write() whether memory is readable: where the fault tests make these
  # fail, it reports phantoms.
  target_compile_options(relayctl_settings INTERFACE
    -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
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
elseif(NOT CMAKE_CXX_FLAGS MATCHES "_FORTIFY_SOURCE") # a distribution may ask for more
  target_compile_options(relayctl_settings INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
target_link_options(relayctl_settings INTERFACE -Wl,-z,relro,-z,now)

# What most files include, compiled once for each library. A file does not rely on it: it includes
# what it uses. clang-tidy and the fuzz targets do without, so a file of core that relies fails there.
set(relayctl_common_headers
  <algorithm> <array> <charconv> <chrono> <cstdint> <filesystem> <functional> <map> <memory>
  <optional> <ostream> <set> <span> <string> <string_view> <utility> <variant> <vector>)
if(RELAYCTL_FUZZ)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # ccache asks for -fpch-preprocess. GCC 12 forgets that a precompiled header is the system's, and
  # shows phantoms in libstdc++ that it hides else.
  target_compile_options(relayctl_settings INTERFACE -fpch-preprocess
    -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
    -Wno-stringop-overread)
endif()
