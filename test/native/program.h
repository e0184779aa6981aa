#pragma once

#include <string>
#include <vector>

#include "dice.h"
#include "xtables/operation.h"
#include "xtables/rule.h"

/// Random programs: most of them make sense.
template <class F>
class RandomProgram {
 public:
  static std::vector<uint8_t> Edits(Dice* dice, int most) {
    RandomProgram program(dice);
    for (uint32_t n = 1 + dice->Below(static_cast<uint32_t>(most)); n > 0; n--) program.Edit();
    if (dice->Chance(5)) program.Spoil();
    return program.bytes_;
  }
  static std::vector<uint8_t> Chains(Dice* dice) {
    RandomProgram program(dice);
    for (uint32_t n = dice->Below(20); n > 0; n--) {
      program.Chain(program.UserChain());
      program.Op(iptc::Operation::kEmptyChain);
    }
    return program.bytes_;
  }
  /// Of chains that others may jump to, or that say by their jumps where others are.
  static std::vector<uint8_t> Emptying(Dice* dice) {
    RandomProgram program(dice);
    for (uint32_t n = 1 + dice->Below(3); n > 0; n--) {
      program.Chain(program.AnyChain());
      program.Op(iptc::Operation::kFlush);
    }
    return program.bytes_;
  }
  /// As a restore's.
  static std::vector<uint8_t> Refill(Dice* dice) {
    RandomProgram program(dice);
    program.Op(iptc::Operation::kFlushAll);
    program.Op(iptc::Operation::kDeleteChains);
    for (uint32_t n = dice->Below(5); n > 0; n--) {
      program.Chain(program.UserChain());
      program.Op(iptc::Operation::kCreate);
    }
    for (const char* chain : {"INPUT", "FORWARD", "OUTPUT"}) {
      program.Chain(chain);
      if (dice->Chance(70)) program.Policy();
    }
    for (uint32_t n = dice->Below(9); n > 0; n--) {
      program.Chain(program.AnyChain());
      program.Rule(iptc::Operation::kAppend, false, false);
    }
    if (dice->Chance(10)) program.Edit();
    if (dice->Chance(5)) program.Spoil();
    return program.bytes_;
  }

 private:
  typedef typename F::Entry Entry;

  explicit RandomProgram(Dice* dice) : dice_(dice) {}

  const char* UserChain() {
    static const char* const kNames[] = {"a", "b", "c", "web", "zone-of-twenty-eight-letters"};
    return kNames[dice_->Below(5)];
  }
  const char* AnyChain() {
    static const char* const kNames[] = {"INPUT", "FORWARD", "OUTPUT"};
    return dice_->Chance(60) ? kNames[dice_->Below(3)] : UserChain();
  }

  void Edit() {
    using iptc::Operation;
    if (bytes_.empty() || dice_->Chance(50)) Chain(AnyChain());
    switch (dice_->Below(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        return Rule(Operation::kAppend, false, false);
      case 6:
      case 7:
        return Rule(Operation::kInsert, true, false);
      case 8:
        return Rule(Operation::kReplace, true, false);
      case 9:
        return Index(Operation::kDeleteAt);
      case 10:
        return dice_->Chance(80) ? Rule(Operation::kAppend, false, false)
                                 : Rule(dice_->Chance(50) ? Operation::kDelete : Operation::kCheck, false, true);
      case 11:
        return dice_->Chance(80) ? Op(Operation::kZero) : Rule(Operation::kExpectAt, true, true);
      case 12:
        return Op(dice_->Chance(80) ? Operation::kFlush : Operation::kFlushAll);
      case 13:
        return Op(dice_->Chance(70) ? Operation::kZero : Operation::kZeroAll);
      case 14:
        return Index(Operation::kZeroAt);
      case 15:
      case 16:
        Chain(UserChain());
        return Op(dice_->Chance(20) ? Operation::kCreate : Operation::kEmptyChain);
      case 17:
        return Op(dice_->Chance(80) ? Operation::kDeleteChain : Operation::kDeleteChains);
      case 18: {  // at times to the name of one that goes
        if (dice_->Chance(40)) {
          Chain(UserChain());
          Op(Operation::kFlush);
          Op(Operation::kDeleteChain);
          Chain(UserChain());
        }
        const iptc::Label name(UserChain());
        return Op(Operation::kRename, Bytes(name.text, iptc::Label::kSize));
      }
      default:
        return Policy();
    }
  }

  typedef std::vector<uint8_t> Body;
  static Body Bytes(const void* bytes, size_t size) {
    const uint8_t* first = static_cast<const uint8_t*>(bytes);
    return Body(first, first + size);
  }
  template <class T>
  static void Put(Body* body, const T& value) {
    const Body bytes = Bytes(&value, sizeof value);
    body->insert(body->end(), bytes.begin(), bytes.end());
  }
  xt_counters Counters() {
    if (dice_->Chance(60)) return xt_counters{0, 0};
    return xt_counters{dice_->Below(1000), dice_->Below(100000)};
  }

  void Op(uint32_t opcode, const Body& body = Body()) {
    Put(&bytes_, opcode);
    Put(&bytes_, static_cast<uint32_t>(8 + body.size()));
    bytes_.insert(bytes_.end(), body.begin(), body.end());
  }
  void Chain(const char* name) {
    const iptc::Label label(name);
    Op(iptc::Operation::kChain, Bytes(label.text, iptc::Label::kSize));
  }
  void Index(uint32_t opcode) {
    Body body;
    Put(&body, dice_->Below(2));
    Put(&body, 0u);
    Op(opcode, body);
  }
  void Policy() {
    const iptc::Label verdict(dice_->Chance(50) ? "ACCEPT" : "DROP");
    Body body = Bytes(verdict.text, iptc::Label::kSize);
    Put(&body, dice_->Below(2));
    Put(&body, 0u);
    Put(&body, Counters());
    Op(iptc::Operation::kPolicy, body);
  }
  void Rule(uint32_t opcode, bool indexed, bool masked) {
    const Body entry = RandomEntry();
    Body body;
    if (masked) {
      Put(&body, indexed ? dice_->Below(3) : static_cast<uint32_t>(entry.size()));
      Put(&body, indexed ? static_cast<uint32_t>(entry.size()) : 0u);
    } else if (indexed) {
      Put(&body, dice_->Below(2));
      Put(&body, 0u);
    }
    body.insert(body.end(), entry.begin(), entry.end());
    if (masked) body.insert(body.end(), entry.size(), 255);
    Op(opcode, body);
  }

  Body RandomEntry() {
    Body matches;
    for (uint32_t n = dice_->Below(3); n > 0; n--)
      Element(&matches, dice_->Chance(50) ? "tcp" : "limit", 8 * dice_->Below(3), 0);
    Body target;
    switch (dice_->Below(4)) {
      case 0:
        Element(&target, dice_->Chance(50) ? "ACCEPT" : "RETURN", 8, 255);
        break;
      case 1:
        Element(&target, "", 8, 255);
        break;
      case 2:
        Element(&target, UserChain(), 8, 255);
        break;
      default:
        Element(&target, dice_->Chance(98) ? "LOG" : "web", 8 * dice_->Below(4), 0);
    }
    Entry entry;
    memset(&entry, 0, sizeof entry);
    SetSource(&entry, static_cast<uint8_t>(dice_->Below(3)));
    entry.target_offset = static_cast<uint16_t>(sizeof entry + matches.size());
    entry.next_offset = static_cast<uint16_t>(entry.target_offset + target.size());
    entry.counters = Counters();
    if (dice_->Chance(10)) entry.comefrom = dice_->Below(9);
    if (dice_->Chance(10)) entry.nfcache = 7;
    Body body = Bytes(&entry, sizeof entry);
    body.insert(body.end(), matches.begin(), matches.end());
    body.insert(body.end(), target.begin(), target.end());
    return body;
  }
  /// A match or a target: they have the same form.
  void Element(Body* body, const char* name, size_t data, uint8_t revision) {
    xt_entry_match match;
    memset(&match, 0, sizeof match);
    match.u.match_size = static_cast<uint16_t>(sizeof match + data);
    strcpy(match.u.user.name, name);
    match.u.user.revision = revision;
    Put(body, match);
    const uint8_t filler = revision == 255 ? 0 : static_cast<uint8_t>(dice_->Below(2));
    body->insert(body->end(), data, filler);
  }
  static void SetSource(ipt_entry* e, uint8_t last) { e->ip.src.s_addr = last; }
  static void SetSource(ip6t_entry* e, uint8_t last) { e->ipv6.src.s6_addr[15] = last; }

  void Spoil() {
    for (uint32_t n = 1 + dice_->Below(3); n > 0; n--) {
      bytes_[dice_->Below(static_cast<uint32_t>(bytes_.size()))] ^= static_cast<uint8_t>(1u << dice_->Below(8));
    }
    if (dice_->Chance(20)) bytes_.resize(dice_->Below(static_cast<uint32_t>(bytes_.size() + 1)));
  }

  Dice* const dice_;
  std::vector<uint8_t> bytes_;
};
