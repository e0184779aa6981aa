#include "node/tasks.h"

#include <errno.h>

#include "node/values.h"

namespace iptc {

void SnapshotTask::Execute() {
  bytes_ = Table::Read(context_.PlaceOf(table_));
}

Napi::Value SnapshotTask::Result(Napi::Env env) {
  return ToJavaScript(env, std::move(bytes_));
}

void ApplyTask::Execute() {
  TableEdit edit(context_.lock, context_.PlaceOf(table_), options_, interrupt_);
  edit.RunAll(program_.bytes, program_.size);
  if (context_.stopping) throw Failure(Stage::kClosed, ECANCELED, "The process is ending");
  timing_ = edit.Commit();
}

Napi::Value ApplyTask::Result(Napi::Env env) {
  return ToJavaScript(env, timing_);
}

void RevisionTask::Execute() {
  result_ = context_.queries.Revision(target_, name_, revision_);
}

Napi::Value RevisionTask::Result(Napi::Env env) {
  return Napi::Number::New(env, result_);
}

}  // namespace iptc
