#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/passwords.hpp"
#include "core/store/sql/database_file.hpp"
#include "core/store/sql/lookup_query.hpp"
#include "core/store/sql/sql_words.hpp"
#include "core/store/sql/table_shape.hpp"
#include "core/table/content_sum.hpp"
#include "core/table/editor.hpp"
#include "core/table/rows.hpp"
#include "temp_dir.hpp"

#include <random>

using namespace relayctl;

namespace {

std::optional<TableShape> shape(const std::string& query)
{
    DatabaseFile file;
    file.query = query;
    file.query_is_given = true;
    return shape_of(file);
}

} // namespace

TEST_CASE("a pgsql_table(5) file is read as Postfix reads it")
{
    std::vector<std::string> problems;
    const auto settings
        = parse_settings("# a comment\n\nhosts = db1.example:5433,\n  # in between\n\tunix:/run/db "
                         "inet:[::1]:5432 db4\nuser=postfix\n"
                         "password = a = b # c\nquery =\n SELECT host\n FROM t WHERE k = "
                         "'%s'\nuser = last\nnonsense\n",
            problems);
    CHECK(problems == std::vector<std::string>{ "line 12" });
    const DatabaseFile file = parse_database_file(settings, { "pgsql", "/x.cf" });
    CHECK(file.user == "last");
    CHECK(file.password == "a = b # c");
    CHECK(file.query == "SELECT host FROM t WHERE k = '%s'");
    REQUIRE(file.hosts.size() == 4);
    CHECK((file.hosts[0].host == "db1.example" && file.hosts[0].port == "5433"));
    CHECK((file.hosts[1].host == "/run/db" && file.hosts[1].port.empty()));
    CHECK((file.hosts[3].host == "db4" && file.hosts[3].port.empty()));
    CHECK(parse_database_file({}, { "pgsql", "/x.cf" }).hosts.front().host == "localhost");
}

TEST_CASE("a password in an URI is one, and never shown")
{
    const auto of = [](const std::string& host) {
        return parse_database_file({ { "hosts", host } }, { "pgsql", "/x.cf" });
    };
    const DatabaseFile file = of("postgresql://postfix:sec%20ret@db.example:5433/relay");
    CHECK(file.has_password());
    CHECK(file.hosts.front().shown() == "postgresql://db.example:5433/relay");
    CHECK(of("postgresql://db.example/relay?password=x").has_password());
    CHECK(of("postgresql://db.example/relay?password=sesam&user=x").hosts.front().shown()
        == "postgresql://db.example/relay");
    CHECK_FALSE(of("postgresql://postfix@db.example:5433/relay").has_password());
    CHECK_FALSE(of("db.example").has_password());
}

TEST_CASE("the file beside gives relayctl a role of its own")
{
    const TempDir dir;
    dir.write("t.cf",
        "user = postfix\npassword = one\ndbname = relay\nquery = SELECT a FROM b WHERE c = '%s'\n");
    CHECK(read_database_file({ "pgsql", dir / "t.cf" }, true).user == "postfix");
    dir.write("t.cf.admin", "user = relayctl\n");
    const DatabaseFile file = read_database_file({ "pgsql", dir / "t.cf" }, true);
    CHECK((file.user == "relayctl" && file.password.empty() && file.dbname == "relay"
        && file.has_own_role));
    CHECK(read_database_file({ "pgsql", dir / "t.cf" }, false).password == "one");
    CHECK_THROWS_AS(read_database_file({ "pgsql", "relay" }, false), Error);
    CHECK_THROWS_AS(read_database_file({ "pgsql", dir / "absent" }, false), Error);
}

TEST_CASE("a parts' query is what db_common_sql_build_query() makes")
{
    const auto file
        = parse_database_file({ { "table", "t" }, { "select_field", "h" }, { "where_field", "f" },
                                  { "additional_conditions", "AND a" } },
            { "pgsql", "/x.cf" });
    CHECK(file.query == "SELECT h FROM t WHERE f='%s' AND a");
    CHECK(parse_database_file({ { "select_function", "f" } }, { "pgsql", "/x.cf" }).query
        == "SELECT f('%s')");
    CHECK(parse_database_file({ { "table", "t" } }, { "pgsql", "/x.cf" }).query.empty());
}

TEST_CASE("the key of a query becomes a parameter")
{
    const auto bound = [](const char* query) { return bind_query(query).sql; };
    CHECK(bound("SELECT a FROM b WHERE c = '%s' AND d = 'e'")
        == "SELECT a FROM b WHERE c = $1 AND d = 'e'");
    CHECK(bound("SELECT a FROM b WHERE lower(c) = lower('%S')")
        == "SELECT a FROM b WHERE lower(c) = lower($1)");
    CHECK(bound("SELECT a FROM b WHERE c = 'x%u%%'")
        == "SELECT a FROM b WHERE c = ('x' || $1::text || '%')");
    CHECK(
        bound("SELECT a -- '%x'\nFROM b WHERE c = E'%s'; -- x") == "SELECT a FROM b WHERE c = $1");
    CHECK(bound("SELECT \"a'b\" FROM b WHERE c = '%s'") == "SELECT \"a'b\" FROM b WHERE c = $1");
}

TEST_CASE("queries that Postfix cannot use are told apart")
{
    const auto fault = [](const char* query) { return bind_query(query).fault; };
    CHECK(fault("") == QueryFault::missing);
    CHECK(fault("SELECT 1") == QueryFault::no_key);
    CHECK(fault("SELECT a FROM b WHERE c = %s") == QueryFault::unquoted);
    CHECK(fault("SELECT a FROM b WHERE c=%s") == QueryFault::unquoted);
    for (const char* part : { "'%d'", "'%D'", "'%1'", "'x%9'" }) {
        CHECK(fault((std::string("SELECT a FROM b WHERE c = ") + part).c_str())
            == QueryFault::suppressed);
    }
    CHECK(fault("SELECT a FROM b WHERE c = '%x'") == QueryFault::malformed);
    CHECK(fault("SELECT a FROM b WHERE c = '%s") == QueryFault::malformed);
    CHECK(bind_query("SELECT a FROM b WHERE c = '%d'").sql.empty());
}

TEST_CASE("a plain query tells its table and columns")
{
    const auto found = shape("select host from relay.clients where fingerprint='%s';");
    REQUIRE(found);
    CHECK((found->table == "relay.clients" && found->value_column == "host"
        && found->key_column == "fingerprint" && found->conditions.empty()));
    CHECK(shape("SELECT host FROM \"Relay Clients\" WHERE \"Print\" = '%s' LIMIT 1")->key_column
        == "\"Print\"");
    CHECK(shape("SELECT host FROM t WHERE active AND fp = '%s' AND site IN ('a', 'b')")->conditions
        == "active AND site IN ('a', 'b')");
    CHECK(shape("SELECT host FROM t WHERE level >= 10 AND fp = '%s' AND kind <> 'x' LIMIT 10")
              ->conditions
        == "level >= 10 AND kind <> 'x'");
    CHECK(shape("SELECT host FROM t WHERE \"my.col\" = '%s'")->key_column == "\"my.col\"");
    CHECK_FALSE(shape("SELECT host FROM t WHERE fp = '%s'")->ignores_case);
    CHECK(shape("SELECT host FROM t WHERE lower(fp) = '%s'")->ignores_case);
    CHECK(shape("SELECT host FROM t WHERE lower(fp) = lower('%s')")->ignores_case);
    CHECK_FALSE(shape("SELECT host FROM t WHERE fp = lower('%u')")->ignores_case);
}

TEST_CASE("what is more than that is not guessed at")
{
    for (const char* query : { "", "SELECT f('%s')", "SELECT host FROM a, b WHERE fp = '%s'",
             "SELECT host FROM a JOIN b USING (c) WHERE fp = '%s'",
             "SELECT host FROM a WHERE fp = '%s' OR true",
             "SELECT host FROM a WHERE fp = '%s' UNION SELECT 'x'",
             "SELECT a || b FROM t WHERE fp = '%s'",
             "SELECT host FROM a WHERE fp = '%s' AND x = '%s'",
             "SELECT host FROM t AS c WHERE fp = '%s' AND c.active",
             "SELECT host FROM (SELECT 1) WHERE fp = '%s'", "DELETE FROM t WHERE fp = '%s'",
             "SELECT host FROM t", "SELECT host FROM t WHERE fp <> '%s'",
             "SELECT host FROM t WHERE md5(fp) = '%s'",
             "SELECT c.host FROM t AS c WHERE c.fp = '%s'",
             "SELECT host::text FROM t WHERE fp = '%s'", "SELECT host FROM t WHERE '%s' = fp",
             "SELECT host FROM t WHERE fp ILIKE '%s'", "SELECT host FROM t WHERE fp LIKE '%s'",
             "SELECT host FROM t WHERE fp = upper('%s')", "SELECT host FROM t WHERE fp = '%s' AND",
             "SELECT host FROM t WHERE fp = '%s' || 'x'" }) {
        INFO(query);
        CHECK_FALSE(shape(query));
    }
    DatabaseFile file;
    file.query = "SELECT f('%s')";
    file.query_is_given = true;
    file.table = "t";
    file.where_field = "fp";
    file.select_field = "host";
    REQUIRE(shape_of(file));
    CHECK(shape_of(file)->is_named_beside);
    file.table = "t; DROP TABLE t";
    CHECK_FALSE(shape_of(file));
}

TEST_CASE("words of SQL are the text again")
{
    std::mt19937 random(1);
    const std::string letters = "ab'\"%s -/*\n(=:E\\$;.";
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (int length = static_cast<int>(random() % 20); length > 0; --length) {
            text += letters[random() % letters.size()];
        }
        std::string again;
        for (const SqlWord& word : sql_words(text)) {
            again += word.text + word.space;
        }
        CHECK(text.ends_with(again));
        bind_query(text);
        shape(text);
    }
}

TEST_CASE("rows are a document, whatever they hold")
{
    Annotation annotation;
    annotation.kind = "cert";
    annotation.note = "two\nlines";
    const std::vector<std::string> odd = { "", " a", "a ", "a b", "#a", "\"", "a\nb",
        "a\n# relayctl: cert", "\\", std::string("a\0b", 3), "\xff", "\xe2\x80\xae", "{a,b}" };
    RowsBuilder builder;
    for (const std::string& key : odd) {
        builder.add(key, key, annotation, false);
        builder.add("AA:BB", key, {});
    }
    const Document document = builder.build(7);
    REQUIRE(document.entries().size() == 2 * odd.size());
    CHECK(document.entries_in_table() == 2 * odd.size() + 7);
    for (std::size_t i = 0; i < odd.size(); ++i) {
        const Entry& entry = document.entries()[2 * i];
        CHECK(document.key(entry) == odd[i]);
        CHECK(document.value(entry) == odd[i]);
        CHECK(document.annotation(entry) == annotation);
        CHECK(entry.is_never_found == 1);
        CHECK(document.annotation(document.entries()[2 * i + 1]) == Annotation());
    }
}

TEST_CASE("a row that no lookup finds is listed by nobody's fingerprint")
{
    RowsBuilder builder;
    builder.add("AA:BB:CC:DD:AA:BB:CC:DD:AA:BB:CC:DD:AA:BB:CC:DD", "a.example", {}, false);
    const Document document = builder.build();
    const auto fingerprint = document.meant_fingerprint(document.entries().front());
    REQUIRE(fingerprint);
    CHECK(document.find(*fingerprint) == nullptr);
}

TEST_CASE("the state id of sorted entries is that of a source")
{
    const Document source(std::string("BB:01 b\nAA:01 a\naa:01 hidden\n"));
    StateId id;
    id.add("aa:01", "a");
    id.add("aa:01", "hidden");
    id.add("bb:01", "b");
    CHECK(id.finish() == state_id(source));
}

TEST_CASE("of an URI only what can be nothing else is shown")
{
    const std::vector<std::pair<std::string, std::string>> cases = {
        { "postgresql://db.example/relay", "postgresql://db.example/relay" },
        { "postgresql://u:p@db.example:5433/relay?x=y", "postgresql://db.example:5433/relay" },
        { "postgresql://u:p@h1:1,h2,[::1]:3/relay", "postgresql://h1:1,h2,[::1]:3/relay" },
        { "postgresql://u:a?b@h/relay", "postgresql://h/relay" },
        { "postgresql://%2Frun%2Fdb/relay", "postgresql://%2Frun%2Fdb/relay" },
        { "postgresql:///relay?host=h&password=p", "postgresql:///relay" },
        { "postgresql://h/relay&password=p", "postgresql://h/..." },
        { "postgresql://u:a@b@h/relay", "postgresql://..." },
        { "postgresql://u:a/b@h/relay", "postgresql://..." },
        { "postgresql://u:secret/relay", "postgresql://..." },
        { "postgres://u:p@h/relay", "postgres://h/relay" },
    };
    for (const auto& [uri, shown] : cases) {
        CAPTURE(uri);
        CHECK(printable_uri(uri) == shown);
    }
    CHECK(printable_host("inet:db:5432") == "inet:db:5432");
    CHECK(printable_host("b@h/relay") == "...");
}

TEST_CASE("passwords go from messages, whoever they are from")
{
    const std::vector<std::pair<std::string, std::string>> cases = {
        { "connect to pgsql server postgresql://u:p@h:1/relay: refused",
            "connect to pgsql server postgresql://h:1/relay: refused" },
        { "x (postgresql://u@h/d?password=p), y", "x (postgresql://h/d), y" },
        { "no password supplied", "no password supplied" },
        { "password = 'it\\'s p' dbname=x", "password = ... dbname=x" },
        { "password=a\\ p x", "password=... x" },
        { "sslpassword=p&PASSWORD=q", "sslpassword=...&PASSWORD=..." },
        { "oauth_client_secret=p password=q", "oauth_client_secret=... password=..." },
        { "fatal: x.cf, line 3: missing '=' after attribute name: \"password p\"\nnext",
            "fatal: x.cf, line 3: missing '=' after attribute name\nnext" },
    };
    for (const auto& [message, shown] : cases) {
        CAPTURE(message);
        CHECK(without_passwords(message) == shown);
    }
}

TEST_CASE("a connection string has a password, or none")
{
    check_each({ "postgresql://u:p@h/d", "postgresql://:p@h", "postgresql://h/d?password=p",
                   "postgresql://h?sslpassword=p", "postgresql://h/d?%70assword=p",
                   "postgresql://h/d?%50ASSWORD=p", "postgresql://h?x=y&oauth_client_secret=p",
                   "password=p", "host=h password = 'a b'" },
        true, has_password_in);
    check_each({ "postgresql://u@h/d", "postgresql://u:@h/d", "postgresql://h:5432/d",
                   "postgresql://h/d?password=", "postgresql://h/d?password=&x=y",
                   "postgresql://h/d?passfile=/x&require_auth=password", "host=h password=''",
                   "dbname=password" },
        false, has_password_in);
    check_each({ "postgres://h", "host = h" }, true, is_connection_string);
    CHECK_FALSE(is_connection_string("relay"));
}

TEST_CASE("edits of rows show as a diff of a source")
{
    Annotation annotation;
    annotation.kind = "cert";
    RowsBuilder builder;
    builder.add("AA:01", "one.example", annotation);
    builder.add("AA:02", "two.example", {});
    const Document rows = builder.build();
    Editor editor(rows);
    editor.erase(rows.entries()[0]);
    editor.set_value(rows.entries()[1], "other.example");
    editor.set_annotation(rows.entries()[1], annotation);
    editor.append("AA:03", "three.example", {});
    CHECK(diff_of_rows(rows, editor.take(), "pgsql:/x.cf")
        == "--- pgsql:/x.cf\n+++ pgsql:/x.cf\n@@ -1,3 +1,3 @@\n-# relayctl: cert\n"
           "-AA:01 one.example\n-AA:02 two.example\n+# relayctl: cert\n+AA:02 other.example\n"
           "+AA:03 three.example\n");
}
