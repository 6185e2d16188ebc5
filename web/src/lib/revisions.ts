// An item's history as a person remembers it: what was saved in one sitting is one line.
import type { Revision } from './entry';

export interface Sitting {
  newest: Revision;
  /** From the newest to the oldest. */
  saves: Revision[];
  fields: string[];
}

const tenMinutes = 600_000;
const saves = new Set(['draft', 'update']);

/** Neighbours by one hand, of one kind, each within ten minutes of the next. `rows`: the newest first. */
export function foldSaves(rows: readonly Revision[]): Sitting[] {
  const out: Sitting[] = [];
  for (const row of rows) {
    const last = out.at(-1);
    const before = last?.saves.at(-1);
    const goesOn =
      before !== undefined && saves.has(row.verb) && before.verb === row.verb && before.user === row.user && before.who === row.who && Date.parse(before.at) - Date.parse(row.at) < tenMinutes;
    if (last && goesOn) {
      last.saves.push(row);
      last.fields.push(...row.fields.filter((name) => !last.fields.includes(name)));
    } else out.push({ newest: row, saves: [row], fields: [...row.fields] });
  }
  return out;
}
