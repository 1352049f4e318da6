#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/postfix/choose_table.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/parse_output.hpp"
#include "temp_dir.hpp"

using namespace relayctl;

TEST_CASE("a table name is TYPE:PATH")
{
    CHECK(TableName::parse("hash:/a:b") == TableName{ "hash", "/a:b" });
    const std::string bad = GENERATE("", "hash", "hash:", ":/a", "/etc/postfix/relay_clients");
    CHECK_THROWS_AS(TableName::parse(bad), Error);
}

TEST_CASE("only tables with a source and those of a database are changed")
{
    const std::string good = GENERATE("hash", "btree", "lmdb", "cdb", "texthash", "pgsql");
    CHECK_NOTHROW(require_writable({ good, "/x" }));
    CHECK_NOTHROW(require_writable({ "proxy", "pgsql:/x" }));
    const std::string bad = GENERATE(
        "regexp", "pcre", "static", "mysql", "proxy", "dbm", "sdbm", "HASH", "PGSQL", "");
    CHECK_THROWS_AS(require_writable({ bad, "/x" }), Error);
    CHECK_THROWS_AS(require_writable({ "proxy", bad + ":/x" }), Error);
    CHECK_THROWS_AS(require_writable({ "proxy", "proxy:pgsql:/x" }), Error);
}

TEST_CASE("postconf's output is taken apart")
{
    const auto parameters = parse_parameters("a = b = c\nempty =\nnonsense\n = x\nlast = y");
    CHECK(parameters.at("a") == "b = c");
    CHECK(parameters.at("empty").empty());
    CHECK(parameters.at("last") == "y");
    CHECK(parameters.size() == 3);
}

TEST_CASE("a process gets its input and gives both outputs, however large")
{
    const std::string input(3'000'000, 'x');
    ProcessOptions options;
    options.input = input;
    const auto result
        = run_process({ "/bin/sh", "-c", "cat; head -c 2000000 /dev/zero >&2" }, options);
    CHECK(result.succeeded());
    CHECK(result.out == input);
    CHECK(result.err.size() == 1 << 20);
}

TEST_CASE("a process has /dev/null as input, no foreign descriptors, and a small environment")
{
    const auto result = run_process({ "/bin/sh", "-c",
        "cat; ls /proc/self/fd | tr '\\n' ' '; env | sort | cut -d= -f1 | tr '\\n' ' '" });
    CHECK(result.out
        == "0 1 2 3 LC_ALL PATH PWD "); // 3 is ls reading the directory; PWD is the shell's own
}

TEST_CASE("how a process ended is said")
{
    CHECK(run_process({ "/bin/sh", "-c", "exit 7" }).describe() == "sh exited with status 7");
    CHECK(run_process({ "/bin/sh", "-c", "kill -9 $$" }).describe() == "sh was killed by signal 9");
    CHECK_THROWS_AS(run_process({ "/nonexistent/tool" }), Error);
    ProcessOptions options;
    options.time_limit = std::chrono::seconds(1);
    CHECK_THROWS_WITH(
        run_process({ "/bin/sleep", "60" }, options), contains("did not end within 1 second,"));
    CHECK_THROWS_WITH(run_process({ "/bin/sh", "-c", "exec >&- 2>&-; sleep 60" }, options),
        contains("did not end within 1 second,"));
    options.input = std::string(1'000'000, 'x'); // nobody reads it: no SIGPIPE for us
    CHECK(run_process({ "/bin/true" }, options).succeeded());
}

TEST_CASE("a damaged cdb is said to be one")
{
    const TempDir dir;
    const auto none = [](std::string_view) {};
    CHECK_THROWS_AS(dump_cdb(dir.write("short.cdb", "abc"), none), Error);
    std::string file(
        2048, '\xff'); // hash tables beyond the end, one record that is larger than the file
    file += std::string("\xff\xff\xff\x7f\x00\x00\x00\x00", 8);
    CHECK_THROWS_AS(dump_cdb(dir.write("bad.cdb", file), none), Error);
}

TEST_CASE("messages lose the name of the command, however it was called")
{
    CHECK(parse_messages("postmap: warning: x\n/usr/sbin/postconf: fatal: open y: No\n\nother: z\n")
        == std::vector<std::string>{ "warning: x", "fatal: open y: No", "other: z" });
    CHECK(is_fatal("fatal: x"));
    CHECK_FALSE(is_fatal("warning: fatal: x"));
}

TEST_CASE("what postmap says of a type is not a warning about the table")
{
    check_each({ "redirecting hash:/x to lmdb:/x", "redirecting btree:/x to cdb:/x",
                   "warning: /x: hash/btree support is deprecated.  Please switch to cdb or lmdb.",
                   "warning: See /usr/share/doc/postfix/NON_BERKELEYDB_README.gz for more info." },
        true, is_about_type);
    check_each({ "warning: /x, line 3: expected format: key whitespace value",
                   "warning: /x: duplicate entry: \"redirecting hash:\"" },
        false, is_about_type);
}

TEST_CASE("wrappers and spellings of a directory are the same table")
{
    const TableName table{ "hash", "/etc/postfix/relay" };
    const std::string same = GENERATE("hash:/etc/postfix/relay", "proxy:hash:/etc/postfix/relay",
        "debug:hash:/etc/postfix/relay", "debug:proxy:hash:/etc/postfix/relay",
        "hash:/etc//postfix/./relay");
    CHECK(names_table(same, table, "/queue"));
    const std::string other = GENERATE("lmdb:/etc/postfix/relay", "hash:/etc/postfix/relay2",
        "hash", "hash:", "static:all", "proxy:", "debug:hash:");
    CHECK_FALSE(names_table(other, table, "/queue"));
}

TEST_CASE("a relative name begins in the queue directory, and a database keeps its proxy")
{
    CHECK(folded_table({ "hash", "relay" }, "/queue") == TableName{ "hash", "/queue/relay" });
    CHECK(folded_table({ "proxy", "debug:texthash:relay" }, "/queue")
        == TableName{ "texthash", "/queue/relay" });
    CHECK(folded_table({ "debug", "proxy:pgsql:/rows.cf" }, "/queue")
        == TableName{ "proxy", "pgsql:/rows.cf" });
    CHECK(folded_table({ "pgsql", "./rows.cf" }, "/queue")
        == TableName{ "pgsql", "/queue/./rows.cf" });
    CHECK(folded_table({ "pgsql", "rows" }, "/queue") == TableName{ "pgsql", "rows" });
    CHECK(folded_table({ "static", "all" }, "/queue") == TableName{ "static", "all" });
}
