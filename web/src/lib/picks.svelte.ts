// What is picked of a list: single rows, ranges, a page, or all that match.
export class Picks {
  ids: string[] = $state.raw([]);
  /** All that match search and filters, also beyond the page. */
  everything = $state(false);
  #last = -1;

  pick(rows: readonly { _id: string }[], at: number, range: boolean): void {
    const id = rows[at]?._id;
    if (id === undefined) return;
    const on = !this.ids.includes(id);
    const from = range && this.#last >= 0 ? this.#last : at;
    const ids = rows.slice(Math.min(from, at), Math.max(from, at) + 1).map((row) => row._id);
    this.ids = on ? [...new Set([...this.ids, ...ids])] : this.ids.filter((one) => !ids.includes(one));
    this.everything = false;
    this.#last = at;
  }

  page(rows: readonly { _id: string }[]): void {
    const all = rows.length > 0 && rows.every((row) => this.ids.includes(row._id));
    this.ids = all ? [] : rows.map((row) => row._id);
    this.everything = false;
  }

  set(ids: string[]): void {
    this.ids = ids;
    this.everything = false;
  }

  clear(): void {
    this.set([]);
    this.#last = -1;
  }
}
