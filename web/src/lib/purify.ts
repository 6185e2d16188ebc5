// HTML from outside becomes nodes in one way: DOMPurify parses it under its own trusted-types policy into a document that runs nothing
// and loads nothing. What comes out is nodes, never a string.
import DOMPurify, { type Config } from 'dompurify';

const rules: Config = {
  USE_PROFILES: { html: true },
  ADD_ATTR: ['target'],
  FORBID_TAGS: ['style', 'form', 'input', 'button', 'select', 'option', 'textarea', 'dialog'],
};

export const fragmentOf = (html: string): DocumentFragment => DOMPurify.sanitize(html, { ...rules, RETURN_DOM_FRAGMENT: true });

/** What the last call took away, as "<iframe>" and "onclick". */
export function removed(): string[] {
  const words = DOMPurify.removed.map((one) => ('attribute' in one && one.attribute ? one.attribute.name : 'element' in one ? `<${one.element.nodeName.toLowerCase()}>` : ''));
  return [...new Set(words.filter((word) => word && word !== '<body>' && !word.startsWith('<#')))];
}

/** Pictures of other hosts are named and not fetched: who reads an entry here tells nobody. */
export const isOurs = (address: string): boolean => {
  if (/^(data:image\/|blob:)/i.test(address)) return true;
  try {
    return new URL(address, location.href).origin === location.origin;
  } catch {
    return false;
  }
};

export function withoutForeign(fragment: DocumentFragment): DocumentFragment {
  for (const image of fragment.querySelectorAll('img')) {
    if (isOurs(image.getAttribute('src') ?? '')) continue;
    const words = document.createElement('span');
    words.className = 'elsewhere';
    words.textContent = `${image.getAttribute('alt') ?? ''} ${image.getAttribute('src') ?? ''}`.trim();
    image.replaceWith(words);
  }
  for (const media of fragment.querySelectorAll('video, audio, source, picture, track')) media.remove();
  for (const link of fragment.querySelectorAll('a[href]')) {
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer');
  }
  return fragment;
}
