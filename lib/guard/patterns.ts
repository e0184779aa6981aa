/**
 * What failures look like. Patterns are those of RE2, which takes time in proportion to a line's length, whatever the
 * pattern and whatever the line. A line is matched without the time and the host that syslog puts before it.
 */
import { RE2JS } from 're2js';
import { Mismatch } from '../errors';
import type { Shape } from './shape';

/** What stands for the address; fail2ban's word for it is known, too. */
const ADDRESS = '(?P<address>[0-9A-Fa-f:.]{2,45})';
const PLACE = /<(?:ADDRESS|HOST)>/g;

/** What a program calls itself in its messages. */
const by = (program: string) => `^${program}(?:\\[\\d+\\])?: `;
const SSHD = by('sshd(?:-session|-auth)?');
const POSTFIX = by('postfix[\\w/-]*/smtpd');
const NGINX = '^\\d{4}/\\d\\d/\\d\\d [\\d:]{8} \\[\\w+\\] \\d+#\\d+: (?:\\*\\d+ )?';

/**
 * Each is anchored where others' words could be taken for the program's: what a client says stands in the middle of a
 * line, and the address that counts is the last, or the first.
 */
export const KNOWN: Readonly<
  Record<string, { readonly fails: readonly string[]; readonly except?: readonly string[] }>
> = {
  sshd: {
    fails: [
      `${SSHD}(?:error: )?(?:PAM: )?Failed (?:password|keyboard-interactive/pam|hostbased) for .* from <ADDRESS>(?: port \\d+)?(?: ssh\\d*)?$`,
      `${SSHD}(?:Invalid|Illegal) user .* from <ADDRESS>(?: port \\d+)?$`,
      `${SSHD}(?:error: )?PAM: (?:Authentication failure|User not known to the underlying authentication module|Permission denied) for .* from <ADDRESS>$`,
      `${SSHD}(?:error: )?maximum authentication attempts exceeded for .* from <ADDRESS> port \\d+ ssh2 \\[preauth\\]$`,
      `${SSHD}User .* from <ADDRESS> not allowed because [^:]*$`,
      `${SSHD}(?:ROOT LOGIN REFUSED FROM|refused connect from [^(]*\\() ?<ADDRESS>\\)?(?: port \\d+)?$`,
      `${SSHD}(?:error: )?Unable to negotiate with <ADDRESS> port \\d+: no matching .*$`,
      `${SSHD}(?:error: )?(?:banner exchange: Connection from <ADDRESS> port \\d+: (?:invalid format|could not read protocol version))$`,
    ],
    // Invalid users are counted when they are called so.
    except: [`${SSHD}Failed \\S+ for (?:invalid|illegal) user `],
  },
  nginx: {
    fails: [
      `${NGINX}user "[^"]*"(?:: password mismatch| was not found in "[^"]*"), client: <ADDRESS>, `,
      `${NGINX}limiting (?:requests|connections)[^"]*by zone "[^"]*", client: <ADDRESS>, `,
    ],
  },
  'nginx-scan': { fails: ['^<ADDRESS> - \\S+ \\[[^\\]]*\\] "[^"]*" (?:400|401|403|404|405|444) '] },
  postfix: {
    fails: [
      `${POSTFIX}warning: [^\\[]*\\[<ADDRESS>\\]: SASL [\\w-]+ authentication failed`,
      `${POSTFIX}(?:NOQUEUE|[\\dA-Za-z]+): reject: (?:RCPT|MAIL|HELO|EHLO|VRFY|CONNECT) from [^\\[]*\\[<ADDRESS>\\](?::\\d+)?: 5\\d\\d `,
      `${POSTFIX}(?:improper command pipelining|too many errors) after \\S+ from [^\\[]*\\[<ADDRESS>\\]`,
    ],
  },
  dovecot: {
    fails: [
      `${by('dovecot')}(?:imap|pop3|submission|managesieve)-login: (?:Info: )?(?:Disconnected|Aborted login|Login aborted)[^(]*\\([^)]*auth failed[^)]*\\):.* rip=<ADDRESS>, lip=[0-9A-Fa-f:.]+,`,
      `${by('dovecot')}auth(?:-worker)?(?:\\(\\d+\\))?: (?:Info: )?(?:pam|passwd-file|sql|ldap)\\([^,]*,<ADDRESS>(?:,<[^>]*>)?\\): (?:pam_authenticate\\(\\) failed|unknown user|Password mismatch)`,
    ],
  },
};

const isKnown = (pattern: string): boolean => Object.hasOwn(KNOWN, pattern);
const compiled = (pattern: string): RE2JS => RE2JS.compile(pattern.replace(PLACE, () => ADDRESS));

/** One of those that are known, or one of its own. */
export const patternShape = (failure: boolean): Shape<string> => ({
  check: (value) => {
    if (typeof value !== 'string' || value === '') throw new Mismatch('a pattern', value);
    if (failure && isKnown(value)) return value;
    const places = value.match(PLACE)?.length ?? 0;
    if (failure && places !== 1)
      throw new Mismatch(`${Object.keys(KNOWN).join(', ')}, or a pattern with <ADDRESS> in it once,`, value);
    try {
      compiled(value);
    } catch (error) {
      throw new Mismatch(`a pattern in the syntax of RE2 (${(error as Error).message})`, value);
    }
    return value;
  },
  schema: { type: 'string', minLength: 1 },
});

/** Whose failure a line is. */
export class Patterns {
  private readonly fails: readonly RE2JS[];
  private readonly except: readonly RE2JS[];

  constructor(patterns: readonly string[], except: readonly string[] = []) {
    const known = patterns.filter(isKnown).map((name) => KNOWN[name]!);
    this.fails = [...known.flatMap(({ fails }) => fails), ...patterns.filter((each) => !isKnown(each))].map(compiled);
    this.except = [...known.flatMap((each) => each.except ?? []), ...except].map(compiled);
  }

  /** What stands where the address is; undefined if it is no failure. */
  find(line: string): string | undefined {
    for (const pattern of this.fails) {
      // Whether it fits is cheap; where, isn't.
      if (!pattern.test(line)) continue;
      const matcher = pattern.matcher(line);
      if (!matcher.find() || this.except.some((each) => each.test(line))) continue;
      return matcher.group('address') ?? undefined;
    }
    return undefined;
  }
}
