/** The package's public functions and what they take, as its types tell them: whatever is exported is among them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../../..');

/** A kind of value, as `typeof` has it, but for what is more exact. */
export type Kind =
  | 'undefined'
  | 'null'
  | 'boolean'
  | 'number'
  | 'bigint'
  | 'string'
  | 'symbol'
  | 'function'
  | 'array'
  | 'object';

export interface Value {
  /** What fits its type, roughly. */
  readonly kinds: ReadonlySet<Kind>;
  /** Whether no string fits but certain ones. */
  readonly words: boolean;
  /** The keys of an object of ours, which takes no other; undefined for any other type. */
  readonly keys: ReadonlyMap<string, Value> | undefined;
  /** What a list holds. */
  readonly element: Value | undefined;
}
export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly value: Value;
}
/** `Firewall.open`, `Chain.append`, `parseRule`, `new MemoryBackend`. */
export interface PublicFunction {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** What may be constructed by its users. */
const CONSTRUCTED = new Set(['MemoryBackend']);
/** What has no arguments that are looked at: errors are made by the library, for others to tell them from further out. */
const EXEMPT = new Set(['IptcError']);

export function publicFunctions(): PublicFunction[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { require: { types: string } }>;
  };
  const files = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string'
      ? []
      : [join(ROOT, entry.require.types.replace('./dist/', 'lib/').replace(/\.d\.ts$/, '.ts'))],
  );
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    ROOT,
  );
  const program = ts.createProgram(files, options);
  const surface = new Surface(program.getTypeChecker());
  for (const file of files) surface.entryPoint(program.getSourceFile(file)!);
  return [...surface.found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

class Surface {
  readonly found = new Map<string, PublicFunction>();
  constructor(private readonly checker: ts.TypeChecker) {}

  entryPoint(file: ts.SourceFile): void {
    const { checker } = this;
    for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(file)!)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (EXEMPT.has(symbol.name)) continue;
      if (symbol.flags & ts.SymbolFlags.Class) this.classOf(symbol, file);
      else if (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable))
        this.add(exported.name, checker.getTypeOfSymbolAtLocation(symbol, file).getCallSignatures());
    }
  }

  private classOf(symbol: ts.Symbol, at: ts.Node): void {
    const { checker } = this;
    const contract = this.contractOf(symbol);
    const statics = checker.getTypeOfSymbolAtLocation(symbol, at);
    if (CONSTRUCTED.has(symbol.name)) this.add(`new ${symbol.name}`, statics.getConstructSignatures());
    for (const property of [...statics.getProperties(), ...checker.getDeclaredTypeOfSymbol(symbol).getProperties()]) {
      const [declaration] = property.declarations ?? [];
      if (!declaration || !isPublic(declaration) || contract.has(property.name)) continue;
      this.add(`${symbol.name}.${property.name}`, checker.getTypeOfSymbolAtLocation(property, at).getCallSignatures());
    }
  }

  /** What a class does for the library, which calls it and nobody else. */
  private contractOf(symbol: ts.Symbol): ReadonlySet<string> {
    const declaration = symbol.valueDeclaration as ts.ClassDeclaration;
    const implemented = (declaration.heritageClauses ?? [])
      .filter(({ token }) => token === ts.SyntaxKind.ImplementsKeyword)
      .flatMap(({ types }) => types.map((type) => this.checker.getTypeAtLocation(type)));
    return new Set(implemented.flatMap((type) => type.getProperties().map(({ name }) => name)));
  }

  private add(name: string, signatures: readonly ts.Signature[]): void {
    for (const signature of signatures) {
      const parameters = signature.getParameters().map((parameter): Parameter => {
        const declaration = parameter.valueDeclaration as ts.ParameterDeclaration;
        const type = this.checker.getTypeOfSymbolAtLocation(parameter, declaration);
        return {
          name: parameter.name,
          optional: declaration.questionToken !== undefined || declaration.initializer !== undefined,
          value: this.value(type, declaration),
        };
      });
      const others = this.found.get(name)?.parameters ?? [];
      if (parameters.length > 0)
        this.found.set(name, { name, parameters: parameters.map((each, i) => either(each, others[i])) });
    }
  }

  private value(type: ts.Type, at: ts.Node): Value {
    const kinds = new Set<Kind>();
    const objects: ts.Type[] = [];
    const elements: ts.Type[] = [];
    let anyString = false;
    const look = (part: ts.Type) => {
      const { flags } = part;
      if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) for (const kind of ALL) kinds.add(kind);
      else if (part.isUnion()) part.types.forEach(look);
      else if (part.isIntersection()) look(part.types[0]!);
      else if (flags & ts.TypeFlags.TypeParameter) look(this.checker.getBaseConstraintOfType(part) ?? part);
      else if (flags & ts.TypeFlags.StringLike) {
        kinds.add('string');
        if (!(flags & ts.TypeFlags.StringLiteral)) anyString = true;
      } else if (flags & ts.TypeFlags.NumberLike) kinds.add('number');
      else if (flags & ts.TypeFlags.BigIntLike) kinds.add('bigint');
      else if (flags & ts.TypeFlags.BooleanLike) kinds.add('boolean');
      else if (flags & ts.TypeFlags.Undefined) kinds.add('undefined');
      else if (flags & ts.TypeFlags.Null) kinds.add('null');
      else if (part.getCallSignatures().length > 0) kinds.add('function');
      else if (this.checker.isArrayType(part)) {
        kinds.add('array');
        elements.push(...this.checker.getTypeArguments(part as ts.TypeReference));
      } else {
        kinds.add('object');
        objects.push(part);
        if (part.getProperties().some(({ name }) => name.startsWith('__@iterator'))) kinds.add('array');
      }
    };
    look(type);
    const [element] = elements;
    return {
      kinds,
      words: kinds.has('string') && !anyString,
      keys: this.keys(objects, at),
      element: element && this.value(element, at),
    };
  }

  /** Of an object that is nothing but options: declared by us, and no class. */
  private keys(objects: readonly ts.Type[], at: ts.Node): ReadonlyMap<string, Value> | undefined {
    const [only, another] = objects;
    if (
      !only ||
      another ||
      ((only.symbol?.flags ?? 0) & ts.SymbolFlags.Class) !== 0 ||
      (only.getStringIndexType() ?? only.getNumberIndexType())
    )
      return undefined;
    const properties = only.getProperties();
    const ours = properties.every(({ declarations = [] }) =>
      declarations.every((each) => !each.getSourceFile().fileName.includes('node_modules')),
    );
    // One that can do something is a backend or a guard.
    const methods = properties.some(({ declarations = [] }) => declarations.some(ts.isMethodSignature));
    if (properties.length === 0 || !ours || methods) return undefined;
    return new Map(
      properties.map((property) => [
        property.name,
        this.value(this.checker.getTypeOfSymbolAtLocation(property, at), at),
      ]),
    );
  }
}

/** What any of two forms of a call takes. */
function either(parameter: Parameter, other: Parameter = parameter): Parameter {
  const [a, b] = [parameter.value, other.value];
  const words = [a, b].every((value) => value.words || !value.kinds.has('string'));
  return { ...parameter, value: { ...a, kinds: new Set([...a.kinds, ...b.kinds]), words } };
}

export const ALL: readonly Kind[] = [
  'undefined',
  'null',
  'boolean',
  'number',
  'bigint',
  'string',
  'symbol',
  'function',
  'array',
  'object',
];

function isPublic(declaration: ts.Declaration): boolean {
  const modifiers = ts.getCombinedModifierFlags(declaration);
  if (modifiers & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return false;
  return !ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');
}
