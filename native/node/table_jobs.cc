#include "node/table_jobs.h"

#include <errno.h>

#include "node/values.h"
#include "xtables/look.h"

namespace iptc {

void SnapshotJob::Execute() {
  bytes_ = Table::Read(context_.PlaceOf(table_));
}

Napi::Value SnapshotJob::Result(Napi::Env env) {
  return ToJavaScript(env, std::move(bytes_));
}

void DigestJob::Execute() {
  digest_ = Digest(context_.PlaceOf(table_));
}

Napi::Value DigestJob::Result(Napi::Env env) {
  return Napi::BigInt::New(env, digest_);
}

void ApplyJob::Execute() {
  TableEdit edit(context_.lock, context_.PlaceOf(table_), options_, interrupt_);
  edit.Run(std::move(program_));
  if (halted()) throw Failure(Stage::kClosed, ECANCELED, "The process is ending");
  outcome_ = edit.Commit();
}

Napi::Value ApplyJob::Result(Napi::Env env) {
  return ToJavaScript(env, std::move(outcome_));
}

}  // namespace iptc
