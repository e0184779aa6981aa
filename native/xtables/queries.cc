#include "xtables/queries.h"

#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>

#include "xtables/family.h"

namespace iptc {

namespace {

/// ip_set_req_get_set_family and its op, which CentOS 7's headers don't have.
struct FamilyRequest {
  unsigned op;
  unsigned version;
  unsigned family;
  ip_set_name_index set;
};
const unsigned kGetFamilyByName = 8;

/// False where the kernel would read another name.
template <size_t kSize>
bool PutName(char (&field)[kSize], const std::string& name) {
  if (name.size() >= kSize || name.find('\0') != std::string::npos) return false;
  memcpy(field, name.data(), name.size());
  return true;
}

/// No extension has so many revisions.
const uint8_t kHighestRevision = 15;

/// The kernel only says whether it knows a revision, so the newest is found by asking.
template <class F>
int NewestRevision(const KernelSocket& socket, bool target, const xt_get_revision& known) {
  const int option = target ? F::kGetRevisionTarget : F::kGetRevisionMatch;
  xt_get_revision request = known;
  const int result = socket.Get(F::kLevel, option, &request, sizeof request);
  if (result < 0) return result;
  for (uint8_t revision = kHighestRevision; revision > known.revision; revision--) {
    request = known;
    request.revision = revision;
    if (socket.Get(F::kLevel, option, &request, sizeof request) >= 0) return revision;
  }
  return known.revision;
}

}  // namespace

KernelQueries::KernelQueries(int family)
    : family_(family), socket_(family == Ipv4::kNumber ? Ipv4::kDomain : Ipv6::kDomain) {
  if (family != Ipv4::kNumber) set_socket_ = KernelSocket(Ipv4::kDomain);
}

int KernelQueries::Revision(bool target, const std::string& name, uint8_t revision) const {
  xt_get_revision request;
  memset(&request, 0, sizeof request);
  if (!PutName(request.name, name)) return -ENOENT;
  request.revision = revision;
  return family_ == Ipv4::kNumber ? NewestRevision<Ipv4>(socket_, target, request)
                                  : NewestRevision<Ipv6>(socket_, target, request);
}

int KernelQueries::SetByName(const std::string& name, unsigned* family) const {
  FamilyRequest request;
  memset(&request, 0, sizeof request);
  request.op = kGetFamilyByName;
  if (!PutName(request.set.name, name)) return -ENOENT;
  int result = AskSet(&request);
  if (result == -EBADMSG) {
    ip_set_req_get_set older;
    memset(&older, 0, sizeof older);
    older.op = IP_SET_OP_GET_BYNAME;
    older.set = request.set;
    result = AskSet(&older);
    request.set = older.set;
  }
  if (result < 0) return result;
  *family = request.family;
  return request.set.index == IPSET_INVALID_ID ? -ENOENT : request.set.index;
}

int KernelQueries::SetByIndex(uint16_t index, std::string* name) const {
  ip_set_req_get_set request;
  memset(&request, 0, sizeof request);
  request.op = IP_SET_OP_GET_BYINDEX;
  request.set.index = index;
  const int result = AskSet(&request);
  if (result == -EINVAL) return -ENOENT;  // beyond the indexes that there can be
  if (result < 0) return result;
  name->assign(request.set.name, strnlen(request.set.name, sizeof request.set.name));
  return name->empty() ? -ENOENT : 0;
}

template <class Request>
int KernelQueries::AskSet(Request* request) const {
  const KernelSocket& socket = family_ == Ipv4::kNumber ? socket_ : set_socket_;
  ip_set_req_version version;
  version.op = IP_SET_OP_VERSION;
  version.version = 0;
  const int result = socket.Get(SOL_IP, SO_IP_SET, &version, sizeof version);
  if (result < 0) return result;
  request->version = version.version;
  return socket.Get(SOL_IP, SO_IP_SET, request, sizeof *request);
}

}  // namespace iptc
