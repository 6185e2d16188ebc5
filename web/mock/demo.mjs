// Enough content to see a screen as its readers will. The person: ada@example.org, "correct horse battery".
export function demo(state, { id, now }) {
  const ada = { _id: id(), email: 'ada@example.org', name: 'Ada Lovelace', password: 'correct horse battery' };
  state.users.push(ada);
  const add = (model, item, published = 1, age = 0) => {
    const when = now() - age;
    const definition = state.models.find((one) => one.name === model);
    const fields = Object.fromEntries(definition.fields.map((field) => [field.name, null]));
    const whole = { ...fields, ...item, _id: id(), _state: published, _created: when - 86400, _modified: when, _cby: ada._id, _mby: ada._id, _rev: 1 };
    state.items.get(model).push(whole);
    return whole;
  };
  const ref = (model, item) => ({ _model: model, _id: item._id });

  const authors = ['Grace Hopper', 'Ada Lovelace', 'Alan Kay', 'Barbara Liskov'].map((name, i) =>
    add('authors', { name, email: `${name.split(' ')[0].toLowerCase()}@example.org`, born: `19${i + 1}6-12-0${i + 1}`, bio: `${name} writes here now and then.` }, 1, i * 90000),
  );
  const categories = ['News', 'Field notes', 'Guides', 'Releases'].map((name) => add('categories', { name, slug: name.toLowerCase().replace(' ', '-') }));
  const titles = ['A quiet release', 'Field notes from the archive', 'How we name things', 'Glass, light and patience', 'The shelf life of a page', 'Small servers, long lives', 'What a curator sees', 'Letters to the editor', 'Winter opening hours', 'On keeping things', 'A map of the rooms', 'Reading by daylight'];
  const tags = ['news', 'craft', 'archive', 'guides', 'c'];
  const posts = [];
  for (let i = 0; i < 63; i += 1) {
    const title = i < titles.length ? titles[i] : `${titles[i % titles.length]}, part ${Math.floor(i / titles.length) + 1}`;
    posts.push(
      add(
        'posts',
        {
          title,
          slug: title.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
          lead: 'Content is what remains when the page is turned. A note on how it is kept.',
          body: `<p>${title}. A paragraph about glass, light and the patience of those who look after things.</p>`,
          author: ref('authors', authors[i % authors.length]),
          category: ref('categories', categories[i % categories.length]),
          tags: tags.slice(i % 3, (i % 3) + 1 + (i % 3)),
          featured: i % 5 === 0,
          views: (i * 7919) % 12000,
          appears: `2026-${String((i % 12) + 1).padStart(2, '0')}-${String((i % 28) + 1).padStart(2, '0')}`,
        },
        i % 7 === 3 ? 0 : i % 11 === 10 ? -1 : 1,
        i * i * 1200,
      ),
    );
  }
  add('samples', {
    title: 'One of everything',
    notes: 'Two lines\nof notes.',
    body: '<p>Some <em>rich</em> text.</p>',
    snippet: 'int main(void)\n{\n    return 0;\n}',
    active: true,
    rating: 4.5,
    level: 'high',
    audience: ['readers', 'partners'],
    tags: ['craft', 'archive'],
    day: '2026-11-21',
    at: '09:30',
    starts: '2026-11-21T17:00:00Z',
    accent: '#0f6b62',
    slug: 'one-of-everything',
    email: 'ada@example.org',
    link: 'https://example.org/',
    author: ref('authors', authors[0]),
    related: [ref('posts', posts[0]), ref('posts', posts[4])],
    extra: { depth: 2, notes: ['a', 'b'] },
    seo: { title: 'Everything', index: true },
    links: [{ label: 'Home', url: 'https://example.org/' }],
  });
  state.items.get('site').push({ _id: id(), _state: 1, _created: now(), _modified: now(), _rev: 1, name: 'The Vitrine', tagline: 'Things worth keeping', per_page: 20 });
}
