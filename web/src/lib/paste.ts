// What word processors put into the clipboard, turned into the HTML that their writers meant.
const unwrap = (element: Element): void => element.replaceWith(...element.childNodes);

function rename(element: Element, name: string): Element {
  const next = element.ownerDocument.createElement(name);
  next.append(...element.childNodes);
  element.replaceWith(next);
  return next;
}

function wrap(element: Element, name: string): void {
  const inner = element.ownerDocument.createElement(name);
  inner.append(...element.childNodes);
  element.append(inner);
}

const style = (element: Element): string => element.getAttribute('style')?.toLowerCase() ?? '';
const isBold = (css: string): boolean => /font-weight:\s*(bold|[6-9]00)/.test(css);
const isPlain = (css: string): boolean => /font-weight:\s*(normal|[1-4]00)/.test(css);

/** Word's lists are paragraphs: "mso-list:l0 level2 lfo1", with the bullet as text in front. */
function listsOf(root: ParentNode): void {
  let open: { list: Element; level: number }[] = [];
  let last: Element | null = null;
  for (const paragraph of [...root.querySelectorAll('p')]) {
    const level = Number(/mso-list:[^;]*level(\d)/.exec(style(paragraph))?.[1] ?? 0);
    const looks = level > 0 || /^Mso(List|ListParagraph)/.test(paragraph.className);
    if (!looks) {
      open = [];
      continue;
    }
    const mark = paragraph.querySelector('[style*="mso-list:Ignore" i], [style*="mso-list: Ignore" i]');
    const sign = (mark?.textContent ?? paragraph.textContent ?? '').trim();
    const ordered = /^(\d+|[a-z]|[ivx]+)[.)]/i.test(sign);
    if (!mark && level === 0) continue;
    mark?.remove();
    if (!last || paragraph.previousElementSibling !== last) open = [];
    const depth = level || 1;
    while (open.length && (open.at(-1)?.level ?? 0) > depth) open.pop();
    let top = open.at(-1);
    if (!top || top.level < depth) {
      const list = paragraph.ownerDocument.createElement(ordered ? 'ol' : 'ul');
      if (top) top.list.lastElementChild?.append(list);
      else paragraph.before(list);
      top = { list, level: depth };
      open.push(top);
    }
    const item = paragraph.ownerDocument.createElement('li');
    item.append(...paragraph.childNodes);
    top.list.append(item);
    paragraph.remove();
    last = open[0]?.list ?? null;
  }
}

const kept: Record<string, string[]> = { a: ['href', 'title'], img: ['src', 'alt', 'title', 'width', 'height'], td: ['colspan', 'rowspan'], th: ['colspan', 'rowspan'], ol: ['start'] };

/** Changes the fragment: meaning stays, looks go. */
export function cleaned(fragment: DocumentFragment): DocumentFragment {
  listsOf(fragment);
  for (const element of [...fragment.querySelectorAll('*')]) {
    if (!element.parentNode) continue;
    const name = element.nodeName.toLowerCase();
    const css = style(element);
    // Google Docs puts everything into a <b> that is not bold.
    if ((name === 'b' || name === 'strong') && isPlain(css)) unwrap(element);
    else if (name === 'span' || name === 'font') {
      const text = (element.textContent ?? '').trim() !== '';
      if (text && isBold(css) && !element.closest('b, strong, h1, h2, h3, h4, h5, h6')) wrap(element, 'strong');
      if (text && /font-style:\s*italic/.test(css) && !element.closest('i, em')) wrap(element, 'em');
      if (text && /text-decoration[^;]*line-through/.test(css)) wrap(element, 's');
      unwrap(element);
    } else if (/^(o|w|v|m|st1):/.test(name) || name === 'meta' || name === 'link' || name === 'title') {
      unwrap(element);
    } else if (name === 'img' && !/^(https?:|\/)/i.test(element.getAttribute('src') ?? '')) {
      // A picture on the writer's own disk is nobody else's.
      element.remove();
    } else if (name === 'p' && /MsoTitle/.test(element.className)) {
      strip(rename(element, 'h2'), 'h2');
    } else if (name === 'h1') {
      // The entry's own title is the first heading.
      strip(rename(element, 'h2'), 'h2');
    } else {
      strip(element, name);
    }
  }
  for (const element of [...fragment.querySelectorAll('p, h2, h3, h4')]) if (!element.textContent?.replace(/\u00a0/g, ' ').trim() && !element.querySelector('img, br')) element.remove();
  return fragment;
}

function strip(element: Element, name: string): void {
  for (const attribute of [...element.attributes]) if (!kept[name]?.includes(attribute.name)) element.removeAttribute(attribute.name);
}
