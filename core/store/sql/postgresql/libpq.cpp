#include "core/store/sql/postgresql/libpq.hpp"

#include "core/base/error.hpp"

#include <dlfcn.h>

#include <string>

namespace relayctl::postgresql {

namespace {

[[noreturn]] void throw_missing(const std::string& cause)
{
    throw Error(ErrorKind::database, "libpq: " + cause,
        { "PostgreSQL's client library, 14 or later, is needed for pgsql: tables: apt install "
          "libpq5" });
}

template <typename Function> void find(void* library, const char* name, Function& function)
{
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) {
        throw_missing("has no " + std::string(name));
    }
}

Libpq load()
{
    void* library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw_missing("cannot be loaded");
    }
    Libpq pq{};
    find(library, "PQconninfoParse", pq.conninfo_parse);
    find(library, "PQconninfoFree", pq.conninfo_free);
    find(library, "PQfreemem", pq.freemem);
    find(library, "PQconnectStartParams", pq.connect_start_params);
    find(library, "PQconnectPoll", pq.connect_poll);
    find(library, "PQstatus", pq.status);
    find(library, "PQerrorMessage", pq.error_message);
    find(library, "PQfinish", pq.finish);
    find(library, "PQparameterStatus", pq.parameter_status);
    find(library, "PQsetNoticeProcessor", pq.set_notice_processor);
    find(library, "PQenterPipelineMode", pq.enter_pipeline_mode);
    find(library, "PQexitPipelineMode", pq.exit_pipeline_mode);
    find(library, "PQpipelineSync", pq.pipeline_sync);
    find(library, "PQsendQueryParams", pq.send_query_params);
    find(library, "PQgetResult", pq.get_result);
    find(library, "PQsocket", pq.socket);
    find(library, "PQisBusy", pq.is_busy);
    find(library, "PQconsumeInput", pq.consume_input);
    find(library, "PQsetnonblocking", pq.set_nonblocking);
    find(library, "PQflush", pq.flush);
    find(library, "PQgetCancel", pq.get_cancel);
    find(library, "PQcancel", pq.cancel);
    find(library, "PQfreeCancel", pq.free_cancel);
    find(library, "PQresultStatus", pq.result_status);
    find(library, "PQresultErrorField", pq.result_error_field);
    find(library, "PQresultErrorMessage", pq.result_error_message);
    find(library, "PQntuples", pq.ntuples);
    find(library, "PQgetvalue", pq.getvalue);
    find(library, "PQgetlength", pq.getlength);
    find(library, "PQgetisnull", pq.getisnull);
    find(library, "PQcmdTuples", pq.cmd_tuples);
    find(library, "PQclear", pq.clear);
    find(library, "PQputCopyData", pq.put_copy_data);
    find(library, "PQputCopyEnd", pq.put_copy_end);
    return pq;
}

} // namespace

namespace {

const Libpq* loaded = nullptr;

} // namespace

const Libpq& libpq()
{
    static const Libpq pq = load();
    loaded = &pq;
    return pq;
}

const Libpq& loaded_libpq() noexcept
{
    return *loaded;
}

} // namespace relayctl::postgresql
