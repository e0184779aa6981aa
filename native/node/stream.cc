#include "node/stream.h"

#include <errno.h>

#include "node/values.h"

namespace iptc {

TableEdit& Stream::Require() const {
  if (edit_) return *edit_;
  if (failure_) throw *failure_;
  throw Failure(Stage::kClosed, EINVAL, "The program has ended");
}

Timing Stream::Commit() {
  Require();
  const std::unique_ptr<TableEdit> edit = std::move(edit_);  // let go of, whatever happens
  return edit->Commit();
}

void BeginTask::Execute() {
  stream_->Open(
      std::unique_ptr<TableEdit>(new TableEdit(context_.lock, context_.PlaceOf(table_), options_, interrupt_)));
}

Napi::Value StreamSnapshotTask::Result(Napi::Env env) {
  return ToJavaScript(env, std::move(bytes_));
}

void WriteTask::Execute() {
  if (stream_->edit() == nullptr) return;
  try {
    stream_->edit()->Run(std::move(program_));
  } catch (const Failure& failure) {
    stream_->Break(failure);
  } catch (const std::bad_alloc&) {
    stream_->Break(Failure(Stage::kEdit, ENOMEM, "Out of memory"));
  }
}

Napi::Value EndTask::Result(Napi::Env env) {
  return ToJavaScript(env, timing_);
}

}  // namespace iptc
