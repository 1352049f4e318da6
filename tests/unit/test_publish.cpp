#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/store/text_table/lock.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/replace.hpp"
#include "core/store/text_table/temporary.hpp"
#include "temp_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace relayctl;
using namespace std::chrono_literals;

namespace {

// Writes a temporary whose text is one piece. model: the file whose owner and mode it gets, or
// empty.
void write_text(const std::string& path, std::string_view text, const std::string& model)
{
    const auto opened = model.empty() ? std::nullopt : open_resolved_if_any(model, 1 << 20);
    write_temporary(path, std::span(&text, 1), opened ? &*opened : nullptr);
}

} // namespace

TEST_CASE("a replacement leaves only the new file if it is finished, else the old one")
{
    const bool is_finished = GENERATE(false, true);
    const TempDir dir;
    dir.write("t", "old");
    write_text(dir / "t.new", "new", dir / "t");
    {
        Replacement replacement(dir / "t.new", dir / "t");
        replacement.swap_in();
        CHECK(dir.read("t") == "new");
        CHECK(dir.read("t.new") == "old");
        if (is_finished) {
            replacement.finish();
        }
    }
    CHECK(dir.read("t") == (is_finished ? "new" : "old"));
    CHECK(dir.count() == 1);
}

TEST_CASE("a new name is never taken from one who came first")
{
    const TempDir dir;
    write_text(dir / "t.new", "mine", "");
    {
        Replacement replacement(dir / "t.new", dir / "t");
        dir.write("t", "theirs");
        CHECK_THROWS_AS(replacement.swap_in(), Error);
    }
    CHECK(dir.read("t") == "theirs");
    CHECK(dir.count() == 1);
}

TEST_CASE("a temporary has the owner and mode of its model, without set-id bits")
{
    const TempDir dir;
    dir.write("t", "old");
    REQUIRE(::chmod((dir / "t").c_str(), 04640) == 0);
    if (::geteuid() == 0) {
        REQUIRE(::chown((dir / "t").c_str(), 1, 2) == 0);
        REQUIRE(::chmod((dir / "t").c_str(), 04640) == 0);
    }
    write_text(dir / "n", "new", dir / "t");
    const auto model = stat_of(dir / "t");
    const auto made = stat_of(dir / "n");
    CHECK((made->st_mode & 07777) == 0640);
    CHECK(made->st_uid == model->st_uid);
    CHECK(made->st_gid == model->st_gid);
    const mode_t usual = ::umask(0077);
    write_text(dir / "first", "new", "");
    ::umask(usual);
    CHECK((stat_of(dir / "first")->st_mode & 07777) == 0644);
}

TEST_CASE("a temporary never follows a link")
{
    const TempDir dir;
    dir.write("victim", "precious");
    REQUIRE(::symlink((dir / "victim").c_str(), (dir / "n").c_str()) == 0);
    write_text(dir / "n", "new", "");
    CHECK(dir.read("victim") == "precious");
    CHECK(dir.read("n") == "new");
    REQUIRE(::symlink((dir / "victim").c_str(), (dir / "l").c_str()) == 0);
    CHECK_THROWS_AS(FileLock(dir / "l", 0ms), Error);
}

TEST_CASE("a held lock is waited for, then its holder is named")
{
    const TempDir dir;
    FileLock held(dir / "l", 0ms);
    held.set_record("words");
    CHECK(held.record() == "words");
    CHECK((stat_of(dir / "l")->st_mode & 07777) == 0600);
    const auto start = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH(
        FileLock(dir / "l", 300ms), contains("locked by process " + std::to_string(::getpid())));
    CHECK(std::chrono::steady_clock::now() - start >= 300ms);
}

TEST_CASE("paths are resolved: the source behind a link, the map beside it")
{
    const TempDir dir;
    REQUIRE(::mkdir((dir / "real").c_str(), 0755) == 0);
    dir.write("real/rc.txt", "");
    REQUIRE(::symlink("real/rc.txt", (dir / "link").c_str()) == 0);
    const auto of = [](const std::string& path) {
        return resolve_paths({ "hash", path }, { "lmdb", path });
    };
    const TablePaths paths = of(dir / "link");
    CHECK(paths.source == dir / "real/rc.txt");
    CHECK(paths.trial.path == dir / "link.relayctl-new");
    CHECK(paths.trial.type == "lmdb");
    CHECK(paths.is_link());
    CHECK_FALSE(of(dir / "real/rc.txt").is_link());
    CHECK_THROWS_AS(of(dir / "real"), Error);
    CHECK_THROWS_AS(of(dir / "nowhere/x"), Error);
    REQUIRE(::symlink("gone", (dir / "dangling").c_str()) == 0);
    CHECK_THROWS_WITH(of(dir / "dangling"), contains("dangling"));
}

TEST_CASE(
    "until its model has been confirmed a temporary is nobody else's, and it goes where that fails")
{
    const TempDir dir;
    dir.write("t", "old");
    REQUIRE(::chmod((dir / "t").c_str(), 0666) == 0);
    if (::geteuid() == 0) {
        REQUIRE(::chown((dir / "t").c_str(), 1, 1) == 0);
    }
    const auto opened = open_resolved_if_any(dir / "t", 1 << 20);
    const std::string_view text = "secret";
    const auto refuse = [&] {
        const auto status = stat_of(dir / "n");
        REQUIRE(status);
        CHECK((status->st_mode & 07777) == 0600);
        CHECK(status->st_uid == ::geteuid());
        throw Error(ErrorKind::permission, "moved");
    };
    CHECK_THROWS_AS(write_temporary(dir / "n", std::span(&text, 1), &*opened, refuse), Error);
    CHECK(dir.count() == 1);
}

TEST_CASE("the rights come from what was opened, not from what has its name now")
{
    const TempDir dir;
    dir.write("t", "old");
    REQUIRE(::chmod((dir / "t").c_str(), 0600) == 0);
    const auto opened = open_resolved_if_any(dir / "t", 1 << 20);
    dir.write("other", "theirs");
    REQUIRE(::chmod((dir / "other").c_str(), 0644) == 0);
    REQUIRE(::rename((dir / "other").c_str(), (dir / "t").c_str()) == 0);
    const std::string_view text = "secret";
    write_temporary(dir / "n", std::span(&text, 1), &*opened);
    CHECK((stat_of(dir / "n")->st_mode & 07777) == 0600);
}

TEST_CASE("a resolved path is opened without any link in it")
{
    const TempDir dir;
    REQUIRE(::mkdir((dir / "real").c_str(), 0755) == 0);
    dir.write("real/t", "text");
    REQUIRE(::symlink("real", (dir / "link").c_str()) == 0);
    REQUIRE(::symlink("t", (dir / "real/last").c_str()) == 0);
    CHECK(open_without_links(dir / "real/t", O_RDONLY));
    for (const char* name : { "link/t", "real/last" }) {
        CHECK_FALSE(open_without_links(dir / name, O_RDONLY));
        CHECK(errno == ELOOP);
    }
    CHECK_FALSE(open_resolved_if_any(dir / "real/nothing", 1));
}
