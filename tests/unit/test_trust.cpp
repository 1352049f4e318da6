#include "catch.hpp"
#include "core/base/trust.hpp"
#include "temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace relayctl;

namespace {

void set_mode(const std::string& path, mode_t mode)
{
    REQUIRE(::chmod(path.c_str(), mode) == 0);
}

} // namespace

TEST_CASE("a file is as safe as its owner and its mode")
{
    const TempDir dir;
    const std::string file = dir.write("t", "");
    CHECK_FALSE(weak_point(file));
    set_mode(file, 0646);
    REQUIRE(weak_file(file));
    CHECK_THAT(weak_file(file)->to_string(), contains("can be written by others (mode 0646)"));
    CHECK_THAT(weak_file(file)->repair, contains("chmod go-w "));
    set_mode(file, 0644);
    if (::geteuid() == 0) {
        REQUIRE(::chown(file.c_str(), 7, 0) == 0);
        CHECK_THAT(weak_file(file)->reason, contains("belongs to user "));
        CHECK_FALSE(weak_file(file, 7));
        set_mode(file, 0664); // group root
        CHECK_FALSE(weak_file(file, 7));
        REQUIRE(::chown(file.c_str(), 0, 987'654) == 0); // nobody knows who is in that group
        set_mode(file, 0664);
        CHECK_THAT(weak_file(file)->reason, contains("by group 987654"));
    }
    CHECK_FALSE(weak_file(dir / "nothing"));
}

TEST_CASE("a file is as safe as the way to it")
{
    const TempDir dir;
    REQUIRE(::mkdir((dir / "a").c_str(), 0755) == 0);
    REQUIRE(::mkdir((dir / "a/b").c_str(), 0755) == 0);
    const std::string file = dir.write("a/b/t", "");
    CHECK_FALSE(weak_way(file));
    set_mode(dir / "a", 0777);
    REQUIRE(weak_way(file));
    CHECK(weak_way(file)->path == dir / "a");
    CHECK_FALSE(weak_way(file)->has_links);
    set_mode(dir / "a", 01777); // as /tmp is: what is in it is safe from others
    CHECK_FALSE(weak_way(file));
    set_mode(dir / "a", 0755);
    set_mode(dir / "a/b", 01777); // but they can take names beside the file
    CHECK(weak_way(file));
    CHECK_FALSE(weak_way(dir / "a/../a"));
}

TEST_CASE("every directory that holds a link on the way is looked at")
{
    const TempDir dir;
    for (const char* name : { "real", "links", "links/deep" }) {
        REQUIRE(::mkdir((dir / name).c_str(), 0755) == 0);
    }
    dir.write("real/t", "");
    REQUIRE(::symlink("../../real", (dir / "links/deep/up").c_str()) == 0);
    REQUIRE(::symlink((dir / "links/deep/up/t").c_str(), (dir / "t").c_str()) == 0);
    CHECK_FALSE(weak_way(dir / "t"));
    for (const char* name : { "links/deep", "links" }) {
        set_mode(dir / name, 0777);
        REQUIRE(weak_way(dir / "t"));
        CHECK(weak_way(dir / "t")->path == dir / name);
        CHECK(weak_way(dir / "t")->has_links);
        set_mode(dir / name, 0755);
    }
    set_mode(dir / "real", 0777);
    CHECK(weak_way(dir / "t")->path == dir / "real");
    CHECK_FALSE(weak_way(dir / "t")->has_links);
    set_mode(dir / "real", 0755);
    REQUIRE(::symlink("round", (dir / "round").c_str()) == 0);
    CHECK_FALSE(weak_way(dir / "round"));
}
