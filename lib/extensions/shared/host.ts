/** What conntrack and ipvs share: an address that listings treat as a host. */
import type { ListContext } from '../../codec/extension';
import { type Context, network, type Operand } from '../../codec/operand';
import type { Member } from '../../codec/struct';

/** An address with a mask; a listing with names says `anywhere` for zero, whatever its mask. */
export const host = (place: Member<Uint8Array>, mask: Member<Uint8Array>): Operand<string> => {
  const inner = network(place, mask);
  return {
    ...inner,
    print: (value, context) =>
      isListing(context) && !context.numeric && /^(0\.0\.0\.0|::)(\/|$)/.test(value)
        ? 'anywhere'
        : inner.print(value, context),
  };
};
const isListing = (context: Context): context is ListContext => 'numeric' in context;
