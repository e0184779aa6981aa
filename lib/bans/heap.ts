/** Things by their times, the earliest first. */
export class Heap<T> {
  private readonly items: { readonly at: number; readonly item: T }[] = [];

  get first(): { readonly at: number; readonly item: T } | undefined {
    return this.items[0];
  }
  push(at: number, item: T): void {
    const { items } = this;
    let i = items.length;
    items.push({ at, item });
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (items[parent]!.at <= at) break;
      items[i] = items[parent]!;
      i = parent;
    }
    items[i] = { at, item };
  }
  pop(): T | undefined {
    const { items } = this;
    const [first] = items;
    const last = items.pop();
    if (first === undefined || last === undefined) return undefined;
    if (items.length === 0) return first.item;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]!.at < items[child]!.at) child++;
      if (items[child]!.at >= last.at) break;
      items[i] = items[child]!;
      i = child;
    }
    items[i] = last;
    return first.item;
  }
}
