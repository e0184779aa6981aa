/** `check<Equal<A, B>>()` compiles only if A and B are the same type. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export function check<_Holds extends true>(): void {}

check<Equal<{ a: 1 }, { a: 1 }>>();
// @ts-expect-error
check<Equal<{ a: 1 }, { a: 1; b?: 2 }>>();
// @ts-expect-error
check<Equal<unknown, 1>>();
