/** What was opened lately, for the palette. Forgotten with the page: titles do not belong into storage. */
export interface Visit {
  path: string;
  label: string;
  group: string;
}

class Recent {
  all: Visit[] = $state([]);

  visit(entry: Visit): void {
    this.all = [entry, ...this.all.filter((one) => one.path !== entry.path)].slice(0, 6);
  }
  forget(path: string): void {
    this.all = this.all.filter((one) => one.path !== path);
  }
}

export const recent = new Recent();
