#include "core/inspect/mail_log/decompression.hpp"

#include "core/base/error.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

namespace relayctl {

namespace {

[[noreturn]] void throw_missing()
{
    throw Error(ErrorKind::system, "libarchive: cannot be loaded",
        { "it reads compressed logs: apt install libarchive13, or decompress the log and give it "
          "by --log -" });
}

// A function of the library by its name, as any type of function.
class ArchiveFunction {
public:
    explicit ArchiveFunction(const char* name)
    {
        // The 13 is the version of the library's interface. It is never unloaded.
        static void* const library = ::dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
        address_ = library != nullptr ? ::dlsym(library, name) : nullptr;
        if (address_ == nullptr) {
            throw_missing();
        }
    }
    template <typename Function> operator Function*() const noexcept // NOLINT(*-explicit-*)
    {
        return reinterpret_cast<Function*>(address_);
    }

private:
    void* address_;
};

// The functions that are called. Each filter by itself: others are no compression.
struct Library {
    decltype(&::archive_read_new) read_new = ArchiveFunction("archive_read_new");
    decltype(&::archive_read_support_filter_gzip) support_gzip
        = ArchiveFunction("archive_read_support_filter_gzip");
    decltype(&::archive_read_support_filter_xz) support_xz
        = ArchiveFunction("archive_read_support_filter_xz");
    decltype(&::archive_read_support_filter_zstd) support_zstd
        = ArchiveFunction("archive_read_support_filter_zstd");
    decltype(&::archive_read_support_filter_bzip2) support_bzip2
        = ArchiveFunction("archive_read_support_filter_bzip2");
    decltype(&::archive_read_support_format_raw) support_raw
        = ArchiveFunction("archive_read_support_format_raw");
    decltype(&::archive_read_support_format_empty) support_empty
        = ArchiveFunction("archive_read_support_format_empty");
    decltype(&::archive_read_open) open = ArchiveFunction("archive_read_open");
    decltype(&::archive_read_next_header) next_header = ArchiveFunction("archive_read_next_header");
    decltype(&::archive_read_data) data = ArchiveFunction("archive_read_data");
    decltype(&::archive_error_string) error_string = ArchiveFunction("archive_error_string");
    decltype(&::archive_set_error) set_error = ArchiveFunction("archive_set_error");
    decltype(&::archive_read_free) free = ArchiveFunction("archive_read_free");
};

const Library& library()
{
    static const Library loaded;
    return loaded;
}

} // namespace

struct Decompressor::Input {
    int fd;
    std::string head;
    std::string name;
    std::vector<char> buffer = std::vector<char>(std::size_t{ 64 } << 10);
    int error = 0; // errno of the reading

    // As archive_read_open() wants it: must not throw.
    static la_ssize_t read(::archive* archive, void* data, const void** bytes)
    {
        Input& input = *static_cast<Input*>(data);
        std::size_t size = 0;
        if (!input.head.empty()) {
            size = input.head.copy(input.buffer.data(), input.buffer.size());
            input.head.erase(0, size);
        } else {
            ssize_t got = 0;
            do {
                got = ::read(input.fd, input.buffer.data(), input.buffer.size());
            } while (got < 0 && errno == EINTR);
            if (got < 0) {
                input.error = errno;
                library().set_error(archive, errno, "%s", "cannot be read");
                return ARCHIVE_FATAL;
            }
            size = static_cast<std::size_t>(got);
        }
        *bytes = input.buffer.data();
        return static_cast<la_ssize_t>(size);
    }
};

bool is_compressed(std::string_view head) noexcept
{
    using namespace std::string_view_literals;
    constexpr std::array magics = { "\x1f\x8b"sv,
        "\xfd"
        "7zXZ\0"sv,
        "\x28\xb5\x2f\xfd"sv, "BZh"sv };
    return std::any_of(magics.begin(), magics.end(),
        [&](std::string_view magic) { return head.starts_with(magic); });
}

Decompressor::Decompressor(int fd, std::string head, std::string name)
    : input_(new Input{ fd, std::move(head), std::move(name) })
{
    const Library& lib = library();
    archive_ = lib.read_new();
    if (archive_ == nullptr) {
        throw_errno(input_->name, "decompress", ENOMEM);
    }
    lib.support_gzip(archive_);
    lib.support_xz(archive_);
    lib.support_zstd(archive_);
    lib.support_bzip2(archive_);
    lib.support_raw(archive_);
    lib.support_empty(archive_);
    ::archive_entry* entry = nullptr;
    if (lib.open(archive_, input_.get(), nullptr, &Input::read, nullptr) != ARCHIVE_OK) {
        fail();
    }
    const int status = lib.next_header(archive_, &entry);
    if (status == ARCHIVE_EOF) { // nothing was compressed
        lib.free(archive_);
        archive_ = nullptr;
    } else if (status != ARCHIVE_OK) {
        fail();
    }
}

Decompressor::~Decompressor()
{
    if (archive_ != nullptr) {
        library().free(archive_);
    }
}

void Decompressor::fail()
{
    const char* const said = library().error_string(archive_);
    const std::string cause = said != nullptr ? escape(said) : "unknown error";
    const std::string name = input_->name;
    const int error = input_->error;
    library().free(archive_);
    archive_ = nullptr;
    if (error != 0) {
        throw_errno(name, "read", error);
    }
    throw Error(ErrorKind::input, name + ": cannot be decompressed: " + cause);
}

std::size_t Decompressor::read(std::span<char> buffer)
{
    std::size_t size = 0;
    while (archive_ != nullptr && size < buffer.size()) {
        const la_ssize_t got = library().data(archive_, buffer.data() + size, buffer.size() - size);
        if (got < 0) {
            fail();
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    return size;
}

} // namespace relayctl
