// libpq, loaded when the first database is asked: it and the libraries that it needs would double
// the time in which relayctl starts.
#pragma once

#include "core/store/sql/sql_failure.hpp"
#include "core/store/sql/sql_result.hpp"

#include <libpq-fe.h>
#include <memory>
#include <string>
#include <string_view>

namespace relayctl::postgresql {

// A function of the library by its name, as any type of function. Making one loads the library.
// Errors: those of libpq().
class LibpqFunction {
public:
    explicit LibpqFunction(const char* name);
    template <typename Function> operator Function*() const noexcept // NOLINT(*-explicit-*)
    {
        return reinterpret_cast<Function*>(address_);
    }

private:
    void* address_;
};

// The functions that relayctl calls. The pipeline mode is the reason for version 14.
struct Libpq {
    decltype(&::PQconninfoParse) conninfo_parse = LibpqFunction("PQconninfoParse");
    decltype(&::PQconninfoFree) conninfo_free = LibpqFunction("PQconninfoFree");
    decltype(&::PQfreemem) freemem = LibpqFunction("PQfreemem");
    decltype(&::PQconnectStartParams) connect_start_params = LibpqFunction("PQconnectStartParams");
    decltype(&::PQconnectPoll) connect_poll = LibpqFunction("PQconnectPoll");
    decltype(&::PQstatus) status = LibpqFunction("PQstatus");
    decltype(&::PQerrorMessage) error_message = LibpqFunction("PQerrorMessage");
    decltype(&::PQfinish) finish = LibpqFunction("PQfinish");
    decltype(&::PQparameterStatus) parameter_status = LibpqFunction("PQparameterStatus");
    decltype(&::PQsetNoticeProcessor) set_notice_processor = LibpqFunction("PQsetNoticeProcessor");
    decltype(&::PQenterPipelineMode) enter_pipeline_mode = LibpqFunction("PQenterPipelineMode");
    decltype(&::PQexitPipelineMode) exit_pipeline_mode = LibpqFunction("PQexitPipelineMode");
    decltype(&::PQpipelineSync) pipeline_sync = LibpqFunction("PQpipelineSync");
    decltype(&::PQsendQueryParams) send_query_params = LibpqFunction("PQsendQueryParams");
    decltype(&::PQgetResult) get_result = LibpqFunction("PQgetResult");
    decltype(&::PQsocket) socket = LibpqFunction("PQsocket");
    decltype(&::PQisBusy) is_busy = LibpqFunction("PQisBusy");
    decltype(&::PQconsumeInput) consume_input = LibpqFunction("PQconsumeInput");
    decltype(&::PQsetnonblocking) set_nonblocking = LibpqFunction("PQsetnonblocking");
    decltype(&::PQflush) flush = LibpqFunction("PQflush");
    decltype(&::PQgetCancel) get_cancel = LibpqFunction("PQgetCancel");
    decltype(&::PQcancel) cancel = LibpqFunction("PQcancel");
    decltype(&::PQfreeCancel) free_cancel = LibpqFunction("PQfreeCancel");
    decltype(&::PQresultStatus) result_status = LibpqFunction("PQresultStatus");
    decltype(&::PQresultErrorField) result_error_field = LibpqFunction("PQresultErrorField");
    decltype(&::PQresultErrorMessage) result_error_message = LibpqFunction("PQresultErrorMessage");
    decltype(&::PQntuples) ntuples = LibpqFunction("PQntuples");
    decltype(&::PQgetvalue) getvalue = LibpqFunction("PQgetvalue");
    decltype(&::PQgetlength) getlength = LibpqFunction("PQgetlength");
    decltype(&::PQgetisnull) getisnull = LibpqFunction("PQgetisnull");
    decltype(&::PQcmdTuples) cmd_tuples = LibpqFunction("PQcmdTuples");
    decltype(&::PQclear) clear = LibpqFunction("PQclear");
    decltype(&::PQputCopyData) put_copy_data = LibpqFunction("PQputCopyData");
    decltype(&::PQputCopyEnd) put_copy_end = LibpqFunction("PQputCopyEnd");
};

// Returns the library, loaded. Errors: ErrorKind::database if it is not installed or older than 14.
const Libpq& libpq();
// Returns the same; libpq() must have been called before.
const Libpq& loaded_libpq() noexcept;

// Frees a result of libpq, for ResultPtr.
struct FreeResult {
    void operator()(PGresult* result) const noexcept { loaded_libpq().clear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

// Returns the rows of a result of libpq, which they own.
SqlResult result_of(ResultPtr result);

// Returns what the server said against a statement. statement: its number in the run.
SqlFailure failure_of(const PGresult* result, std::size_t statement);

// Returns a message of libpq in one line, without the "ERROR:" in front and without passwords.
std::string in_one_line(std::string_view message);

} // namespace relayctl::postgresql
