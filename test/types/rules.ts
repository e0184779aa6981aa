import type { CommentMatch, Firewall, MatchSettings, matchOf, Rule, TargetSettings } from '../../lib';
import type {
  InferredMatches4,
  InferredMatches6,
  InferredTargets4,
  InferredTargets6,
} from '../../lib/extensions/registry';
import { check, type Equal } from './check';

declare const v4: Firewall<'ipv4'>;
declare const v6: Firewall<'ipv6'>;
const filter = v4.table('filter');
const input = filter.chain('INPUT');

input.append({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' });
input.append({
  source: { not: '10.0.0.0/8' },
  match: [{ tcp: { sport: [1024, 65535] } }, { conntrack: { ctstate: { not: ['NEW'] } } }],
});
input.append({ target: 'my-chain' });
input.append({ target: { goto: 'my-chain' } });
input.append({ target: { REJECT: { rejectWith: 'icmp-host-prohibited' } } });
input.append({ match: [{ unknown: { revision: 0, data: '00' } }] });
input.append({ entry: '00' });
input.append('-p tcp --dport ssh -j ACCEPT');
input.setPolicy('DROP');

// @ts-expect-error: an extension isn't a plain name
input.append({ target: 'REJECT' });
// @ts-expect-error: no such option
input.append({ match: [{ tcp: { dprot: 22 } }] });
// @ts-expect-error: no such state
input.append({ match: [{ conntrack: { ctstate: ['NEWISH'] } }] });
// @ts-expect-error: a port is a number
input.append({ match: [{ tcp: { dport: '22' } }] });
// @ts-expect-error: the direction can't be negated
input.append({ match: [{ conntrack: { ctdir: { not: 'REPLY' } } }] });
// @ts-expect-error: two matches in one element
input.append({ match: [{ tcp: { dport: 22 }, comment: { comment: 'ssh' } }] });
// @ts-expect-error: a comment needs its text
input.append({ match: [{ comment: {} }] });
// @ts-expect-error: an answer of IPv6
input.append({ target: { REJECT: { rejectWith: 'icmp6-no-route' } } });
// @ts-expect-error: no such field
input.append({ protokoll: 'tcp' });
// @ts-expect-error: text begins with an option
input.append('tcp --dport 22');
// @ts-expect-error: not a policy
input.setPolicy('REJECT');

v6.table('filter')
  .chain('INPUT')
  .append({ target: { REJECT: { rejectWith: 'icmp6-adm-prohibited' } } });
// @ts-expect-error: IPv6 has no -f
v6.table('filter').chain('INPUT').append({ fragment: true });
input.append({ fragment: { not: true } });

// @ts-expect-error: no such table
v4.table('fitler');
// @ts-expect-error: a built-in chain of other tables
filter.chain('PREROUTING');
v4.table('nat').chain('PREROUTING').setPolicy('ACCEPT');
// @ts-expect-error: a chain of the user's has no policy
filter.chain('mine').setPolicy('DROP');

// What is written from the definitions is what the compiler infers from them.
type Flat<T> = { readonly [N in keyof T]: { [K in keyof T[N]]: T[N][K] } };
check<Equal<Flat<MatchSettings<'ipv4'>>, Flat<InferredMatches4>>>();
check<Equal<Flat<MatchSettings<'ipv6'>>, Flat<InferredMatches6>>>();
check<Equal<Flat<TargetSettings<'ipv4'>>, Flat<InferredTargets4>>>();
check<Equal<Flat<TargetSettings<'ipv6'>>, Flat<InferredTargets6>>>();
check<Equal<MatchSettings<'ipv4'>['comment'], CommentMatch>>();
check<Equal<'icmp6' extends keyof MatchSettings<'ipv4'> ? true : false, false>>();
check<Equal<'icmp6' extends keyof MatchSettings<'ipv6'> ? true : false, true>>();
check<Equal<TargetSettings<'ipv6'>['REJECT']['rejectWith'] extends string | undefined ? true : false, true>>();
const stored: Rule = JSON.parse('{}');
input.append(stored as Rule<'ipv4'>);

// What is read can be looked at: a rule that is opaque as a whole has none of the others' fields.
async function reading() {
  for (const rule of await input.list()) {
    check<Equal<typeof rule.source, Rule<'ipv4'>['source']>>();
    if (rule.entry === undefined) check<Equal<typeof rule.entry, undefined>>();
    input.append(rule);
    for (const match of rule.match ?? []) {
      const comment: string | undefined = match.comment?.comment;
      const bytes: string | undefined = match.comment?.data;
      void [comment, bytes, match.tcp?.dport, match.icmp?.icmpType];
    }
    if (typeof rule.target === 'object') void [rule.target.REJECT?.rejectWith, rule.target.goto];
  }
}
void reading;

declare const wide: Rule;
void wide.match?.[0]?.icmp6?.icmpv6Type;
declare const found: typeof matchOf;
check<Equal<ReturnType<typeof found<'ipv4', 'comment'>>, CommentMatch | undefined>>();
// @ts-expect-error: no such match
found(wide, 'commnt');
// @ts-expect-error: a chain or an extension
input.append({ target: { goto: 'mine', REJECT: {} } });
