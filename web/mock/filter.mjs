// As much of the filter language as the dashboard writes.
const values = (item, path) => {
  let now = [item];
  for (const part of path.split('.'))
    now = now.flatMap((one) => (Array.isArray(one) ? one : [one])).map((one) => (one === null || one === undefined ? undefined : one[part]));
  return now.length === 1 ? now[0] : now;
};
const empty = (value) => value === null || value === undefined;
// A reference is compared by its id.
const bare = (value) => (typeof value === 'object' && value !== null && '_id' in value ? value._id : value);
const some = (value, test) => (Array.isArray(value) ? value.some((one) => test(bare(one))) : test(bare(value)));
const below = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : NaN);

const tests = {
  $eq: (v, x) => (x === null ? empty(v) : some(v, (one) => one === x)),
  $ne: (v, x) => !tests.$eq(v, x),
  $gt: (v, x) => some(v, (one) => below(one, x) > 0),
  $gte: (v, x) => some(v, (one) => below(one, x) >= 0),
  $lt: (v, x) => some(v, (one) => below(one, x) < 0),
  $lte: (v, x) => some(v, (one) => below(one, x) <= 0),
  $in: (v, x) => x.some((one) => tests.$eq(v, one)),
  $nin: (v, x) => !tests.$in(v, x),
  $contains: (v, x) => some(v, (one) => typeof one === 'string' && one.toLowerCase().includes(String(x).toLowerCase())),
  $startsWith: (v, x) => some(v, (one) => typeof one === 'string' && one.startsWith(x)),
  $endsWith: (v, x) => some(v, (one) => typeof one === 'string' && one.endsWith(x)),
  $regex: (v, x) => some(v, (one) => typeof one === 'string' && new RegExp(x, 'i').test(one)),
  $exists: (v, x) => (v !== undefined) === x,
};

/** Throws {pointer, detail} for what it does not know. */
export function matches(item, filter, known) {
  return Object.entries(filter).every(([key, condition]) => {
    if (key === '$and') return condition.every((one) => matches(item, one, known));
    if (key === '$or') return condition.some((one) => matches(item, one, known));
    if (!known.has(key.split('.')[0])) throw { pointer: `/filter/${key}`, detail: `There is no field "${key}".` };
    const value = values(item, key);
    if (typeof condition !== 'object' || condition === null) return tests.$eq(value, condition);
    return Object.entries(condition).every(([op, operand]) => {
      if (!tests[op]) throw { pointer: `/filter/${key}/${op}`, detail: `There is no operator "${op}".` };
      return tests[op](value, operand);
    });
  });
}

export function sorted(items, sort) {
  const keys = Object.entries(sort);
  return [...items].sort((a, b) => {
    for (const [key, way] of keys) {
      const [x, y] = [a[key], b[key]];
      const order = empty(x) ? (empty(y) ? 0 : -1) : empty(y) ? 1 : x < y ? -1 : x > y ? 1 : 0;
      if (order) return way === -1 ? -order : order;
    }
    return 0;
  });
}
