/** The guard's one file: what it watches, and what it does. */
import type { Ports, Protocol } from '../bans/ban';
import { FORMAT_NAMES, type FormatName } from '../bans/formats/formats';
import { Mismatch } from '../errors';
import { patternShape } from './patterns';
import {
  address,
  choice,
  duration,
  integer,
  list,
  number,
  object,
  oneOrMore,
  path,
  ports,
  record,
  shorthand,
  text,
  word,
} from './shape';

/** Whom the file itself names. */
export interface Named {
  readonly address: string;
  readonly reason?: string;
  readonly ports?: readonly Ports[];
  readonly protocol?: Protocol;
  readonly direction?: 'in' | 'out' | 'both';
}
export interface ListSettings {
  readonly file: string;
  readonly format?: FormatName;
  readonly every?: number;
}
export interface Watch {
  readonly files?: readonly string[];
  readonly units?: readonly string[];
  /** Names of patterns that are known, and own ones. */
  readonly patterns: readonly string[];
  readonly except?: readonly string[];
  readonly ports?: readonly Ports[];
  readonly protocol?: Protocol;
  readonly maxRetry?: number;
  readonly findTime?: number;
  readonly banTime?: number | 'ever';
  readonly ignore?: readonly string[];
}
export interface Notify {
  readonly webhook?: { readonly url: string; readonly timeout?: number };
  readonly command?: readonly string[];
  readonly on?: readonly ('ban' | 'unban' | 'expire')[];
}
export interface GuardConfig {
  readonly name?: string;
  readonly uses?: 'ip_set' | 'rules' | 'auto';
  readonly journal?: string;
  readonly state?: string;
  readonly target?: string;
  readonly limit?: number;
  readonly maxRetry?: number;
  readonly findTime?: number;
  readonly banTime?: number | 'ever';
  readonly recidive?: { readonly factor?: number; readonly most?: number; readonly memory?: number };
  readonly ignore?: readonly string[];
  readonly allow?: readonly Named[];
  readonly deny?: readonly Named[];
  readonly lists?: Readonly<Record<string, ListSettings>>;
  readonly watch: Readonly<Record<string, Watch>>;
  readonly notify?: Notify;
}

const banTime = {
  check: (value: unknown) => (value === 'ever' ? value : duration.check(value)),
  schema: { anyOf: [{ const: 'ever' }, duration.schema] },
} as const;
const protocol = choice('tcp', 'udp');
const httpUrl = word('an http or https URL', /^https?:\/\/[^\s]+$/);
const url = {
  ...httpUrl,
  check: (value: unknown) => {
    const given = httpUrl.check(value);
    try {
      new URL(given);
    } catch {
      throw new Mismatch('an http or https URL', value);
    }
    return given;
  },
} as const;
const named = shorthand(
  address,
  object<Named>(
    {
      address: ['An address, a network or a range.', address],
      reason: ['Why; what `iptc bans` lists.', text],
      ports: ['Only these ports, each a number or [first, last].', ports],
      protocol: ['Whose ports these are: of both unless told.', protocol],
      direction: [
        'Which packets: from it (in, unless told), to it (out), or both. Of deny alone.',
        choice('in', 'out', 'both'),
      ],
    },
    'address',
  ),
  'address',
);
const retries = integer(1, 10_000);
const limits = {
  maxRetry: ['So many failures within findTime, and it is banned: 5 unless told.', retries],
  findTime: ['Within how long failures are counted together: 10m unless told.', duration],
  banTime: ['How long it is banned then: 1h unless told; or ever.', banTime],
} as const;

const watch = object<Watch>(
  {
    files: ['Log files, by their absolute paths; rotated and cut ones, too.', oneOrMore(path)],
    units: ['Units whose messages journald has: sshd.service.', oneOrMore(word('the name of a unit', /^[\w@.:\\-]+$/))],
    patterns: [
      'sshd, nginx, nginx-scan, postfix or dovecot; or own ones, in the syntax of RE2, with <ADDRESS> in them.',
      oneOrMore(patternShape(true)),
    ],
    except: ['What is no failure, though a pattern fits.', oneOrMore(patternShape(false))],
    ports: ['Bans from these ports alone: from all unless told.', ports],
    protocol: ['Whose ports these are: of both unless told.', protocol],
    ...limits,
    ignore: ['Whose failures are not counted.', list(address)],
  },
  'patterns',
); // prettier-ignore

export const config = object<GuardConfig>(
  {
    name: [
      'What chains and sets are called, or begin with: bans unless told.',
      word('a name of at most 16 letters and digits', /^[A-Za-z0-9_.-]{1,16}$/),
    ],
    uses: [
      'How packets are kept away: by ip_set where there is one (auto, unless told), or by rules alone.',
      choice('auto', 'ip_set', 'rules'),
    ],
    journal: ['Where bans are kept over a reboot: /var/lib/libiptc/bans unless told.', path],
    state: ['Where is kept how far logs have been read: /var/lib/libiptc/guard.json unless told.', path],
    target: ['What becomes of packets: DROP unless told.', word('a target, and its options', /^[^\s-].*$/)],
    limit: ['How many addresses are banned at most; then the oldest are let go.', integer(1, 0xffffffff)],
    ...limits,
    recidive: [
      'Who is banned again is banned for longer.',
      object<NonNullable<GuardConfig['recidive']>>({
        factor: ['How many times as long as the time before: 2 unless told.', number(1)],
        most: ['At most so long: 4w unless told.', duration],
        memory: ['After so long without a ban all is forgotten: 4w unless told.', duration],
      }),
    ],
    ignore: ['Whose failures are not counted.', list(address)],
    allow: ['Who passes, whatever is banned.', list(named)],
    deny: ['Who is banned for good.', list(named)],
    lists: [
      'Block lists, by names of their own.',
      record(
        /^[A-Za-z0-9_.-]{1,12}$/,
        'a name of at most 12 letters and digits',
        shorthand(
          path,
          object<ListSettings>(
            {
              file: ['Addresses and networks, a line each.', path],
              format: ['Seen by its lines unless told.', choice(...FORMAT_NAMES)],
              every: ['How often the file is looked at: 5m unless told. It is read when it has changed.', duration],
            },
            'file',
          ),
          'file',
        ),
      ),
    ],
    watch: [
      'What is watched, by names of your own.',
      record(/^[\w.-]{1,32}$/, 'a name of at most 32 letters and digits', somewhere(watch)),
    ],
    notify: [
      'Who is told of bans.',
      object<Notify>({
        webhook: [
          'A POST with JSON.',
          shorthand(
            url,
            object<NonNullable<Notify['webhook']>>(
              {
                url: ['Where to.', url],
                timeout: ['How long it may take: 5s unless told.', duration],
              },
              'url',
            ),
            'url',
          ),
        ],
        command: [
          'A program by its absolute path, and its words; {event}, {address}, {reason}, {until} and {times} stand for those of the ban. There is no shell.',
          { ...list(text, 1), check: commandGiven },
        ],
        on: ['Of which events: ban alone unless told.', list(choice('ban', 'unban', 'expire'), 1)],
      }),
    ],
  },
  'watch',
); // prettier-ignore

function commandGiven(value: unknown): readonly string[] {
  const words = list(text, 1).check(value);
  path.check(words[0]);
  return words;
}

/** It has to be said where. */
function somewhere({ check, schema }: typeof watch): typeof watch {
  return {
    check: (value) => {
      const found = check(value);
      if (found.files || found.units) return found;
      throw new Mismatch('files or units', value);
    },
    schema: { ...schema, anyOf: [{ required: ['files'] }, { required: ['units'] }] },
  };
}

/** The schema, for editors: schema/guard.json. */
export const guardSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Settings of iptc guard',
  ...config.schema,
};
