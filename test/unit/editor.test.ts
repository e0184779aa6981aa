import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from '../harness';

/** What an editor shows while a rule is being written: the compiler's language service is asked, as editors do. */
const ROOT = join(__dirname, '../..');
const PROGRAM = `import { Firewall, IptcError, matchOf, type Rule } from './lib';
import { Bans } from './lib/bans';
import { apply, plan, watch } from './lib/policy';
declare const firewall: Firewall<'ipv4'>;
const input = firewall.table('filter').chain('INPUT');
`;
const FILE = join(ROOT, 'program.ts');

class Editor {
  private text = '';
  private version = 0;
  private readonly service: ts.LanguageService;

  constructor() {
    const { options } = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'tsconfig.json'), undefined, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
      },
    })!;
    this.service = ts.createLanguageService({
      getCompilationSettings: () => ({ ...options, noEmit: true }),
      getScriptFileNames: () => [FILE],
      getScriptVersion: (name) => (name === FILE ? String(this.version) : '0'),
      getScriptSnapshot: (name) => {
        const text = name === FILE ? this.text : ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }
  /** Writes a statement; gives where `^` stands in it. */
  private write(statement: string): number {
    const at = PROGRAM.length + statement.indexOf('^');
    this.text = PROGRAM + statement.replace('^', '');
    this.version++;
    return at;
  }
  completions(statement: string): string[] {
    const found = this.service.getCompletionsAtPosition(FILE, this.write(statement), {});
    return (found?.entries ?? []).map(({ name }) => name);
  }
  hover(statement: string): string {
    const info = this.service.getQuickInfoAtPosition(FILE, this.write(statement));
    return ts.displayPartsToString(info?.documentation);
  }
  /** What a name is, and of which type. */
  type(statement: string): string {
    return ts.displayPartsToString(this.service.getQuickInfoAtPosition(FILE, this.write(statement))?.displayParts);
  }
  /** The first complaint, and the text that it is about. */
  complaint(statement: string): { blamed: string; message: string } | undefined {
    this.write(`^${statement}`);
    const [found] = this.service.getSemanticDiagnostics(FILE);
    if (found === undefined) return undefined;
    const { start = 0, length = 0 } = found;
    return {
      blamed: this.text.slice(start, start + length),
      message: ts.flattenDiagnosticMessageText(found.messageText, '\n'),
    };
  }
}

let editor: Editor;
beforeAll(() => {
  editor = new Editor();
});

describe('completion', () => {
  test('of a target has no methods of strings among it', () => {
    const offered = editor.completions('input.append({ target: { ^ } });');
    expect(offered.slice(0, 3)).toEqual(['AUDIT', 'CHECKSUM', 'CLASSIFY']);
    expect(offered).not.toContain('charAt');
  });
  test.each([
    ["input.append({ target: '^' });", ['ACCEPT', 'DROP', 'QUEUE', 'RETURN']],
    ["const rule: Rule<'ipv4'> = { target: '^' };", ['ACCEPT', 'DROP']],
    ['input.append({ match: [{ ^ }] });', ['conntrack', 'tcp', 'comment']],
    ['input.append({ match: [{ tcp: { ^ } }] });', ['dport', 'sport', 'tcpFlags', 'syn']],
    ["input.append({ match: [{ conntrack: { ctstate: ['^'] } }] });", ['NEW', 'ESTABLISHED', 'RELATED']],
    ['input.append({ target: { ^ } });', ['REJECT', 'LOG', 'goto']],
    ["input.append({ protocol: '^' });", ['tcp', 'udp', 'icmp']],
    ['input.append({ ^ });', ['protocol', 'source', 'match', 'target']],
    ["input.setPolicy('^');", ['ACCEPT', 'DROP']],
    ["firewall.table('nat').chain('^');", ['PREROUTING', 'POSTROUTING']],
  ])('%s', (statement, expected) => {
    const offered = editor.completions(statement);
    console.info(statement, '→', offered.slice(0, 12).join(' '));
    expect(offered).toEqual(expect.arrayContaining(expected));
  });
});

describe('hovering', () => {
  test.each([
    ["input.append({ match: [{ con^ntrack: { ctstate: ['NEW'] } }] });", /connection tracking/],
    ['input.append({ match: [{ tcp: { dp^ort: 22 } }] });', /destination port.*--dport port/],
    ["input.append({ target: { REJECT: { reject^With: 'tcp-reset' } } });", /answer.*--reject-with/],
    ["input.append({ inInter^face: 'lo' });", /-i/],
    ['input.app^end({});', /at the end \(`-A`\)/],
  ])('%s', (statement, expected) => {
    const shown = editor.hover(statement);
    console.info(statement, '→', shown);
    expect(shown).toMatch(expected);
  });
});

describe('what is wrong', () => {
  test.each([
    ['input.append({ match: [{ tcp: { dprt: 22 } }] });', 'dprt', /Did you mean to write 'dport'/],
    ["input.append({ protcol: 'tcp' });", 'protcol', /Did you mean to write 'protocol'/],
    ["input.append({ match: [{ contrack: { ctstate: ['NEW'] } }] });", 'ctstate', /'UnknownExtension'/],
    ["input.append({ match: [{ conntrack: { ctstate: ['NWE'] } }] });", "'NWE'", /"ESTABLISHED"/],
    ["input.append({ target: 'REJECT' });", 'target', /"REJECT"/],
    [
      "input.append({ target: { REJECT: { rejectWth: 'tcp-reset' } } });",
      'rejectWth',
      /Did you mean to write 'rejectWith'/,
    ],
    ["input.append({ tcp: { dport: 22 }, target: 'ACCEPT' });", 'tcp', /does not exist in type 'PlainRule/],
    ["input.append({ protocol: 'tcp', dport: 22 });", 'dport', /does not exist in type 'PlainRule/],
    ['input.append({ match: { tcp: { dport: 22 } } });', 'tcp', /'tcp' does not exist in type/],
    ["input.append({ match: [{ tcp: { dport: '22' } }] });", 'dport', /'string' is not assignable to type .*Range/],
    ["input.append({ match: [{ conntrack: { ctstate: 'NEW' } }] });", 'ctstate', /readonly \("DNAT"/],
    ['input.append({ match: [{ tcp: {}, udp: {} }] });', '{ tcp: {}, udp: {} }', /MatchElement/],
    ["input.append({ target: { DNAT: '192.0.2.1' } });", 'DNAT', /Known<DNATTarget>/],
    ["input.append({ target: { LOG: { prefix: 'x' } } });", 'prefix', /does not exist in type 'Known<LOGTarget>'/],
    ["input.append('-j DROP'.slice());", "'-j DROP'.slice()", /'string' is not assignable to .* 'RuleInput/],
    ["input.insert(1, { target: 'DROP' });", '1', /'RuleInput/],
    ["input.setPolicy('REJECT');", "'REJECT'", /'Policy'/],
    ["firewall.table('filters');", "'filters'", /'TableName'/],
    ["firewall.table('nat').chain('FORWARD');", "'FORWARD'", /./],
    ["Firewall.open({ famly: 'ipv6' });", 'famly', /Did you mean to write 'family'/],
    ["const six: Firewall<'ipv6'> = Firewall.openSync({ namespace: 'new' });", 'six', /'Firewall<"ipv4">'/],
    ['for (const rule of input.list()) console.log(rule);', 'input.list()', /Promise/],
    ["(rule: Rule<'ipv4'>) => matchOf(rule, 'coment');", "'coment'", /"comment"/],
    ["(error: IptcError) => error.code === 'ERR_BADRULE';", "error.code === 'ERR_BADRULE'", /no overlap/],
    ["plan(firewall, { filter: { INPUT: { polcy: 'DROP' } } });", 'plan', /Did you mean to write 'policy'/],
    ["apply(firewall, { filter: { web: { rles: ['-j DROP'] } } });", 'apply', /Did you mean to write 'rules'/],
    [
      'apply(firewall, { filter: { web: {} } }, { guard: { confirmWithn: 5 } });',
      'confirmWithn',
      /Did you mean to write 'confirmWithin'/,
    ],
    ['watch(firewall, { filter: { web: { ruls: [] } } });', 'watch', /Did you mean to write 'rules'/],
    ["Bans.open(firewall).then((bans) => bans.ban('192.0.2.1', '2h'));", "'2h'", /'BanOptions'/],
  ])('%s', (statement, blamed, expected) => {
    const complaint = editor.complaint(statement);
    console.info(statement, '→', complaint?.blamed, complaint?.message.split('\n').pop());
    expect(complaint?.blamed).toBe(blamed);
    expect(complaint?.message).toMatch(expected);
  });
});

describe('what is right', () => {
  test.each([
    'async () => Bans.open(await Firewall.open());',
    "async () => Bans.open(await Firewall.open({ namespace: 'new' }));",
    "async () => Bans.open(await Firewall.open({ family: 'ipv6' }));",
    "for (const family of ['ipv4', 'ipv6'] as const) Bans.open(Firewall.openSync({ family }));",
    'async () => Bans.open(await Firewall.openBoth());',
    "async () => plan(await Firewall.open(), { filter: { INPUT: { policy: 'DROP' } } });",
    "<F extends 'ipv4' | 'ipv6'>(family: F): Promise<Firewall<F>> => Firewall.open({ family });",
    "input.append({ target: 'mine' });",
    "(chain: string, rule: Rule<'ipv4'>) => { input.append({ target: chain }); input.append(rule); };",
    'async () => { for (const rule of await input.list()) rule.match?.[0]?.tcp?.dport; };',
    'async (host: string) => input.append(`-s $HOST -j DROP`);'.replace('$HOST', '$' + '{host}'),
  ])('%s', (statement) => {
    expect(editor.complaint(statement)).toBeUndefined();
  });
  test.each([
    ['async () => { const fire^wall = await Firewall.open(); };', 'const firewall: Firewall<"ipv4">'],
    ["async () => { const fire^wall = await Firewall.open({ family: 'ipv6' }); };", 'const firewall: Firewall<"ipv6">'],
  ])('%s', (statement, expected) => {
    expect(editor.type(statement)).toBe(expected);
  });
});
