#pragma once

#include <libiptc/libiptc.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <climits>
#include <cstdint>
#include <cstring>

// Unlike libiptc.h, it doesn't say so itself. What it includes in C++, <climits>, has been included above.
extern "C" {
#include <libiptc/libip6tc.h>
}

namespace iptc {

/// An interface's name is compared as far as its mask reaches: what is beyond, after a `+`, says nothing.
inline bool SameInterface(const char* a, const unsigned char* a_mask, const char* b, const unsigned char* b_mask) {
  if (memcmp(a_mask, b_mask, IFNAMSIZ) != 0) return false;
  for (int i = 0; i < IFNAMSIZ; i++) {
    if (((a[i] ^ b[i]) & a_mask[i]) != 0) return false;
  }
  return true;
}

/// What differs between the families: the entry's head, and the names of libiptc's functions and socket options.
struct Ipv4 {
  typedef ipt_entry Entry;
  typedef ipt_getinfo Info;
  typedef ipt_get_entries GetEntries;
  typedef ipt_replace Replacement;

  static const int kNumber = 4;
  static const int kDomain = AF_INET;
  static const int kLevel = IPPROTO_IP;
  static const int kGetInfo = IPT_SO_GET_INFO;
  static const int kGetEntries = IPT_SO_GET_ENTRIES;
  static const int kReplace = IPT_SO_SET_REPLACE;
  static const int kAddCounters = IPT_SO_SET_ADD_COUNTERS;
  static const int kGetRevisionMatch = IPT_SO_GET_REVISION_MATCH;
  static const int kGetRevisionTarget = IPT_SO_GET_REVISION_TARGET;

  static bool IsGoto(const Entry& e) { return (e.ip.flags & IPT_F_GOTO) != 0; }
  static bool SameHead(const Entry& a, const Entry& b) {
    const ipt_ip &x = a.ip, &y = b.ip;
    return x.src.s_addr == y.src.s_addr && x.dst.s_addr == y.dst.s_addr && x.smsk.s_addr == y.smsk.s_addr &&
           x.dmsk.s_addr == y.dmsk.s_addr && x.proto == y.proto && x.flags == y.flags && x.invflags == y.invflags &&
           SameInterface(x.iniface, x.iniface_mask, y.iniface, y.iniface_mask) &&
           SameInterface(x.outiface, x.outiface_mask, y.outiface, y.outiface_mask);
  }

  static xtc_handle* Init(const char* table) { return iptc_init(table); }
  static void Free(xtc_handle* h) { iptc_free(h); }
  static const char* Strerror(int error) { return iptc_strerror(error); }

  static const char* FirstChain(xtc_handle* h) { return iptc_first_chain(h); }
  static const char* NextChain(xtc_handle* h) { return iptc_next_chain(h); }
  static const Entry* FirstRule(const char* chain, xtc_handle* h) { return iptc_first_rule(chain, h); }
  static const Entry* NextRule(const Entry* e, xtc_handle* h) { return iptc_next_rule(e, h); }
  static const char* GetTarget(const Entry* e, xtc_handle* h) { return iptc_get_target(e, h); }
  static int IsChain(const char* name, xtc_handle* h) { return iptc_is_chain(name, h); }
  /// 0 if it isn't built in, or isn't there.
  static int Builtin(const char* name, xtc_handle* h) { return iptc_builtin(name, h); }
  static const char* GetPolicy(const char* chain, xt_counters* c, xtc_handle* h) {
    return iptc_get_policy(chain, c, h);
  }
  static int GetReferences(unsigned* n, const char* chain, xtc_handle* h) { return iptc_get_references(n, chain, h); }

  static int Append(const char* chain, const Entry* e, xtc_handle* h) { return iptc_append_entry(chain, e, h); }
  static int Insert(const char* chain, const Entry* e, unsigned i, xtc_handle* h) {
    return iptc_insert_entry(chain, e, i, h);
  }
  static int Replace(const char* chain, const Entry* e, unsigned i, xtc_handle* h) {
    return iptc_replace_entry(chain, e, i, h);
  }
  static int DeleteAt(const char* chain, unsigned i, xtc_handle* h) { return iptc_delete_num_entry(chain, i, h); }
  static int Flush(const char* chain, xtc_handle* h) { return iptc_flush_entries(chain, h); }
  static int Zero(const char* chain, xtc_handle* h) { return iptc_zero_entries(chain, h); }
  static int ZeroAt(const char* chain, unsigned number, xtc_handle* h) { return iptc_zero_counter(chain, number, h); }
  static int Create(const char* chain, xtc_handle* h) { return iptc_create_chain(chain, h); }
  static int Delete(const char* chain, xtc_handle* h) { return iptc_delete_chain(chain, h); }
  static int Rename(const char* chain, const char* name, xtc_handle* h) { return iptc_rename_chain(chain, name, h); }
  static int SetPolicy(const char* chain, const char* policy, xt_counters* c, xtc_handle* h) {
    return iptc_set_policy(chain, policy, c, h);
  }
};

struct Ipv6 {
  typedef ip6t_entry Entry;
  typedef ip6t_getinfo Info;
  typedef ip6t_get_entries GetEntries;
  typedef ip6t_replace Replacement;

  static const int kNumber = 6;
  static const int kDomain = AF_INET6;
  static const int kLevel = IPPROTO_IPV6;
  static const int kGetInfo = IP6T_SO_GET_INFO;
  static const int kGetEntries = IP6T_SO_GET_ENTRIES;
  static const int kReplace = IP6T_SO_SET_REPLACE;
  static const int kAddCounters = IP6T_SO_SET_ADD_COUNTERS;
  static const int kGetRevisionMatch = IP6T_SO_GET_REVISION_MATCH;
  static const int kGetRevisionTarget = IP6T_SO_GET_REVISION_TARGET;

  static bool IsGoto(const Entry& e) { return (e.ipv6.flags & IP6T_F_GOTO) != 0; }
  static bool SameHead(const Entry& a, const Entry& b) {
    const ip6t_ip6 &x = a.ipv6, &y = b.ipv6;
    return memcmp(&x.src, &y.src, sizeof x.src) == 0 && memcmp(&x.dst, &y.dst, sizeof x.dst) == 0 &&
           memcmp(&x.smsk, &y.smsk, sizeof x.smsk) == 0 && memcmp(&x.dmsk, &y.dmsk, sizeof x.dmsk) == 0 &&
           x.proto == y.proto && x.tos == y.tos && x.flags == y.flags && x.invflags == y.invflags &&
           SameInterface(x.iniface, x.iniface_mask, y.iniface, y.iniface_mask) &&
           SameInterface(x.outiface, x.outiface_mask, y.outiface, y.outiface_mask);
  }

  static xtc_handle* Init(const char* table) { return ip6tc_init(table); }
  static void Free(xtc_handle* h) { ip6tc_free(h); }
  static const char* Strerror(int error) { return ip6tc_strerror(error); }

  static const char* FirstChain(xtc_handle* h) { return ip6tc_first_chain(h); }
  static const char* NextChain(xtc_handle* h) { return ip6tc_next_chain(h); }
  static const Entry* FirstRule(const char* chain, xtc_handle* h) { return ip6tc_first_rule(chain, h); }
  static const Entry* NextRule(const Entry* e, xtc_handle* h) { return ip6tc_next_rule(e, h); }
  static const char* GetTarget(const Entry* e, xtc_handle* h) { return ip6tc_get_target(e, h); }
  static int IsChain(const char* name, xtc_handle* h) { return ip6tc_is_chain(name, h); }
  static int Builtin(const char* name, xtc_handle* h) { return ip6tc_builtin(name, h); }
  static const char* GetPolicy(const char* chain, xt_counters* c, xtc_handle* h) {
    return ip6tc_get_policy(chain, c, h);
  }
  static int GetReferences(unsigned* n, const char* chain, xtc_handle* h) { return ip6tc_get_references(n, chain, h); }

  static int Append(const char* chain, const Entry* e, xtc_handle* h) { return ip6tc_append_entry(chain, e, h); }
  static int Insert(const char* chain, const Entry* e, unsigned i, xtc_handle* h) {
    return ip6tc_insert_entry(chain, e, i, h);
  }
  static int Replace(const char* chain, const Entry* e, unsigned i, xtc_handle* h) {
    return ip6tc_replace_entry(chain, e, i, h);
  }
  static int DeleteAt(const char* chain, unsigned i, xtc_handle* h) { return ip6tc_delete_num_entry(chain, i, h); }
  static int Flush(const char* chain, xtc_handle* h) { return ip6tc_flush_entries(chain, h); }
  static int Zero(const char* chain, xtc_handle* h) { return ip6tc_zero_entries(chain, h); }
  static int ZeroAt(const char* chain, unsigned number, xtc_handle* h) { return ip6tc_zero_counter(chain, number, h); }
  static int Create(const char* chain, xtc_handle* h) { return ip6tc_create_chain(chain, h); }
  static int Delete(const char* chain, xtc_handle* h) { return ip6tc_delete_chain(chain, h); }
  static int Rename(const char* chain, const char* name, xtc_handle* h) { return ip6tc_rename_chain(chain, name, h); }
  static int SetPolicy(const char* chain, const char* policy, xt_counters* c, xtc_handle* h) {
    return ip6tc_set_policy(chain, policy, c, h);
  }
};

}  // namespace iptc
