// Hit marks of a search (docs/search.md): everything but <mark> is escaped in them. They are shown as text, never as markup.
export interface Piece {
  text: string;
  hit: boolean;
}

const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'", '#x27': "'" };
const plain = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos|#39|#x27);/g, (_whole, name: string) => signs[name] ?? '');

export function pieces(marked: string): Piece[] {
  return marked
    .split(/(<mark>[\s\S]*?<\/mark>)/)
    .filter((part) => part !== '')
    .map((part) => {
      const inner = /^<mark>([\s\S]*)<\/mark>$/.exec(part);
      return { text: plain(inner ? inner[1]! : part), hit: inner !== null };
    });
}

export const hasHit = (marked: unknown): marked is string => typeof marked === 'string' && marked.includes('<mark>');
