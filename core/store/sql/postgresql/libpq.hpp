// libpq, loaded when the first database is asked: it and the libraries that it needs would double
// the time in which relayctl starts.
#pragma once

#include <libpq-fe.h>
#include <memory>

namespace relayctl::postgresql {

struct Libpq {
    decltype(&::PQconninfoParse) conninfo_parse;
    decltype(&::PQconninfoFree) conninfo_free;
    decltype(&::PQfreemem) freemem;
    decltype(&::PQconnectStartParams) connect_start_params;
    decltype(&::PQconnectPoll) connect_poll;
    decltype(&::PQstatus) status;
    decltype(&::PQerrorMessage) error_message;
    decltype(&::PQfinish) finish;
    decltype(&::PQparameterStatus) parameter_status;
    decltype(&::PQsetNoticeProcessor) set_notice_processor;
    decltype(&::PQenterPipelineMode) enter_pipeline_mode;
    decltype(&::PQexitPipelineMode) exit_pipeline_mode;
    decltype(&::PQpipelineSync) pipeline_sync;
    decltype(&::PQsendQueryParams) send_query_params;
    decltype(&::PQgetResult) get_result;
    decltype(&::PQsocket) socket;
    decltype(&::PQisBusy) is_busy;
    decltype(&::PQconsumeInput) consume_input;
    decltype(&::PQsetnonblocking) set_nonblocking;
    decltype(&::PQflush) flush;
    decltype(&::PQgetCancel) get_cancel;
    decltype(&::PQcancel) cancel;
    decltype(&::PQfreeCancel) free_cancel;
    decltype(&::PQresultStatus) result_status;
    decltype(&::PQresultErrorField) result_error_field;
    decltype(&::PQresultErrorMessage) result_error_message;
    decltype(&::PQntuples) ntuples;
    decltype(&::PQgetvalue) getvalue;
    decltype(&::PQgetlength) getlength;
    decltype(&::PQgetisnull) getisnull;
    decltype(&::PQcmdTuples) cmd_tuples;
    decltype(&::PQclear) clear;
    decltype(&::PQputCopyData) put_copy_data;
    decltype(&::PQputCopyEnd) put_copy_end;
};

// Returns the library, loaded. Errors: ErrorKind::database if it is not installed or older than 14.
const Libpq& libpq();
// Returns the same; libpq() must have been called before.
const Libpq& loaded_libpq() noexcept;

struct FreeResult {
    void operator()(PGresult* result) const noexcept { loaded_libpq().clear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

} // namespace relayctl::postgresql
