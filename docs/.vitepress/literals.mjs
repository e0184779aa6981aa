/** Has TypeDoc name the words that a type is of, where it is written as those of a list: `(typeof STATES)[number]`. */
import { Converter, LiteralType, ReflectionKind, UnionType } from 'typedoc';

export function load({ converter }) {
  const words = new Map();
  converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.TypeAlias)) return;
    const symbol = context.getSymbolFromReflection(reflection);
    const type = symbol && context.checker.getDeclaredTypeOfSymbol(symbol);
    if (type?.isUnion() && type.types.every((each) => each.isLiteral())) words.set(reflection, type.types);
  });
  // Until then its type is that of the source.
  converter.on(Converter.EVENT_RESOLVE_BEGIN, () => {
    for (const [reflection, types] of words)
      reflection.type = new UnionType(types.map(({ value }) => new LiteralType(value)));
  });
}
