/** Why the kernel refuses: a code, a reason, ipset's sentence, what to do about it. */
import { constants } from 'node:os';
import type { ErrorCode } from '../errors';
import { IPSET_ERR, IPSET_ERR_BITMAP, IPSET_ERR_HASH } from './constants';

const { EPERM, ENOENT, EEXIST, ERANGE } = constants.errno;

export interface Cause {
  readonly code: ErrorCode;
  readonly why: string;
  readonly iptables?: string;
  readonly hint?: string;
}

export const cause = (code: ErrorCode, why: string, iptables?: string, hint?: string): Cause => ({
  code,
  why,
  ...(iptables !== undefined && { iptables }),
  ...(hint !== undefined && { hint }),
});
const lacks = (option: string, why: string, iptables: string) =>
  cause('ERR_BAD_ELEMENT', why, iptables, `Create the set with the option ${option}.`);

/** Of each errno, and of some operations before that. */
export const CAUSES: Readonly<Record<string, Cause>> = {
  [ENOENT]: cause(
    'ERR_NO_SET',
    'there is no such set',
    'The set with the given name does not exist',
    'Create it first, or look which there are: ipset list -n.',
  ),
  [EPERM]: cause(
    'ERR_PERMISSION',
    'it needs CAP_NET_ADMIN',
    'Kernel error received: Operation not permitted',
    'Run it as root, or give the process CAP_NET_ADMIN.',
  ),
  [ERANGE]: cause(
    'ERR_BAD_ELEMENT',
    'the range is too large',
    'The specified range is too large, split it up into smaller ranges',
    'Split it, or use a set of networks (hash:net).',
  ),
  [`create ${EEXIST}`]: cause(
    'ERR_SET_EXISTS',
    'a set of that name exists',
    'Set cannot be created: set with the same name already exists',
    'Destroy it first, or use the one that is there.',
  ),
  [IPSET_ERR.PROTOCOL]: cause(
    'ERR_KERNEL',
    'the kernel did not understand it',
    'Kernel error received: ipset protocol error',
  ),
  [IPSET_ERR.FIND_TYPE]: cause(
    'ERR_UNSUPPORTED_BY_KERNEL',
    'this kernel has no such type of sets',
    'Kernel error received: set type not supported',
    'Its module may be missing: modprobe ip_set_hash_… (CONFIG_IP_SET_…).',
  ),
  [IPSET_ERR.MAX_SETS]: cause(
    'ERR_KERNEL',
    'the kernel can have no more sets',
    'Kernel error received: maximal number of sets reached, cannot create more.',
    'Destroy some; the parameter max_sets of the module ip_set says how many.',
  ),
  [`destroy ${IPSET_ERR.BUSY}`]: cause(
    'ERR_SET_IN_USE',
    'rules or other sets use it',
    'Set cannot be destroyed: it is in use by a kernel component',
    'Delete them first.',
  ),
  [`rename ${IPSET_ERR.EXIST_SETNAME2}`]: cause(
    'ERR_SET_EXISTS',
    'a set of the new name exists',
    'Set cannot be renamed: a set with the new name already exists',
    'Take another name, or swap the two.',
  ),
  [`rename ${IPSET_ERR.REFERENCED}`]: cause(
    'ERR_SET_IN_USE',
    'rules or other sets use it',
    'Set cannot be renamed: it is in use by another system',
    'Delete them first, or swap it with another.',
  ),
  [`swap ${IPSET_ERR.EXIST_SETNAME2}`]: cause(
    'ERR_NO_SET',
    'there is no second set of that name',
    'Sets cannot be swapped: the second set does not exist',
    'Create it first.',
  ),
  [`swap ${IPSET_ERR.TYPE_MISMATCH}`]: cause(
    'ERR_BAD_ARGUMENT',
    'the two are of different types',
    'The sets cannot be swapped: their type does not match',
    'Only sets of one type and family can be swapped.',
  ),
  [IPSET_ERR.INVALID_CIDR]: cause(
    'ERR_BAD_ELEMENT',
    'the prefix length is none that this type takes',
    'The value of the CIDR parameter of the IP address is invalid',
  ),
  [IPSET_ERR.INVALID_NETMASK]: cause(
    'ERR_BAD_ARGUMENT',
    'the netmask is invalid',
    'The value of the netmask parameter is invalid',
  ),
  [IPSET_ERR.INVALID_MARKMASK]: cause(
    'ERR_BAD_ARGUMENT',
    'the markmask is invalid',
    'The value of the markmask parameter is invalid',
  ),
  [IPSET_ERR.INVALID_FAMILY]: cause(
    'ERR_BAD_ARGUMENT',
    'the type has no sets of this family',
    'Protocol family not supported by the set type',
  ),
  [IPSET_ERR.BITMASK_NETMASK_EXCL]: cause(
    'ERR_BAD_ARGUMENT',
    'netmask and bitmask exclude each other',
    'netmask and bitmask options are mutually exclusive, provide only one',
  ),
  [IPSET_ERR.TIMEOUT]: lacks(
    'timeout: 0',
    'the set was created without timeout',
    'Timeout cannot be used: set was created without timeout support',
  ),
  [IPSET_ERR.COUNTER]: lacks(
    'counters: true',
    'the set was created without counters',
    'Packet/byte counters cannot be used: set was created without counter support',
  ),
  [IPSET_ERR.COMMENT]: lacks(
    'comment: true',
    'the set was created without comment',
    'Comment cannot be used: set was created without comment support',
  ),
  [IPSET_ERR.SKBINFO]: lacks(
    'skbinfo: true',
    'the set was created without skbinfo',
    'Skbinfo mapping cannot be used: set was created without skbinfo support',
  ),
  [IPSET_ERR.IPADDR_IPV4]: cause(
    'ERR_BAD_ELEMENT',
    'the set is of IPv4 addresses',
    'An IPv4 address is expected, but not received',
  ),
  [IPSET_ERR.IPADDR_IPV6]: cause(
    'ERR_BAD_ELEMENT',
    'the set is of IPv6 addresses',
    'An IPv6 address is expected, but not received',
  ),
  [`add ${IPSET_ERR.EXIST}`]: cause(
    'ERR_ELEMENT_EXISTS',
    'it is in the set already',
    "Element cannot be added to the set: it's already added",
    'With { exist: true } that is no error, and what stands beside it is replaced.',
  ),
  [`delete ${IPSET_ERR.EXIST}`]: cause(
    'ERR_NO_ELEMENT',
    "it isn't in the set",
    "Element cannot be deleted from the set: it's not added",
    'With { exist: true } that is no error.',
  ),
  [`bitmap ${IPSET_ERR_BITMAP.RANGE}`]: cause(
    'ERR_BAD_ELEMENT',
    "it is out of the set's range",
    'Element is out of the range of the set',
  ),
  [`bitmap ${IPSET_ERR_BITMAP.RANGE_SIZE}`]: cause(
    'ERR_BAD_ARGUMENT',
    'the range is larger than a bitmap can be',
    'The range you specified exceeds the size limit of the set type',
    'A bitmap has at most 65,536 elements; use hash:ip, or a netmask.',
  ),
  [`hash ${IPSET_ERR_HASH.FULL}`]: cause(
    'ERR_SET_FULL',
    'the set is full',
    'Hash is full, cannot add more elements',
    'Create it with a larger maxelem (65,536 unless told), or with forceadd.',
  ),
  [`hash ${IPSET_ERR_HASH.ELEM}`]: cause(
    'ERR_BAD_ELEMENT',
    'an element of zeroes cannot be in a hash',
    'Null-valued element, cannot be stored in a hash type of set',
  ),
  [`hash ${IPSET_ERR.INVALID_PROTO}`]: cause(
    'ERR_BAD_ELEMENT',
    'the protocol has no ports',
    'Invalid protocol specified',
  ),
  [`hash ${IPSET_ERR.MISSING_PROTO}`]: cause(
    'ERR_BAD_ELEMENT',
    'the protocol is missing',
    'Protocol missing, but must be specified',
  ),
  [`hash ${IPSET_ERR_HASH.RANGE_UNSUPPORTED}`]: cause(
    'ERR_BAD_ELEMENT',
    'this type takes no range there',
    'Range is not supported in the "net" component of the element',
  ),
  [`hash ${IPSET_ERR_HASH.RANGE}`]: cause(
    'ERR_BAD_ELEMENT',
    'the range covers all addresses',
    'Invalid range, covers the whole address space',
  ),
  [`list ${IPSET_ERR.NAME}`]: cause(
    'ERR_NO_SET',
    'there is no set of the name that is to be in it',
    'Set to be added/deleted/tested as element does not exist.',
    'Create it first.',
  ),
  [`list ${IPSET_ERR.LOOP}`]: cause(
    'ERR_BAD_ELEMENT',
    'a list cannot hold a list',
    'Sets with list:set type cannot be added to the set.',
  ),
  [`list ${IPSET_ERR.BEFORE}`]: cause(
    'ERR_BAD_ELEMENT',
    'before what it is to stand is missing',
    'No reference set specified.',
  ),
  [`list ${IPSET_ERR.NAMEREF}`]: cause(
    'ERR_NO_SET',
    'there is no set of the name that it is to stand beside',
    "The set to which you referred with 'before' or 'after' does not exist.",
  ),
  [`list ${IPSET_ERR.LIST_FULL}`]: cause(
    'ERR_SET_FULL',
    'the list is full',
    'The set is full, more elements cannot be added.',
    'Create it with a larger size (8 unless told).',
  ),
  [`list ${IPSET_ERR.REF_EXIST}`]: cause(
    'ERR_NO_ELEMENT',
    'what it is to stand beside is not in the list',
    "The set to which you referred with 'before' or 'after' is not added to the set.",
  ),
};
export const NO_SETS = cause(
  'ERR_NO_SUPPORT',
  'this kernel has no ip_set',
  'Cannot open session to kernel.',
  'Load it with modprobe ip_set; if there is no such module, the kernel was built without CONFIG_IP_SET.',
);
