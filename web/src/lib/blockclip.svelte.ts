// A block that was copied: kept here for the next entry, and in the clipboard for another window.
import type { Component, Json, JsonObject } from './types';
import { isObject } from './types';

const mark = 'vitrine-block';

export function written(block: JsonObject): string {
  return JSON.stringify({ [mark]: block });
}

/** The block in a text from the clipboard, if it is one that may stand here. */
export function blockIn(text: string, allowed: readonly Component[]): JsonObject | undefined {
  if (!text.includes(mark)) return undefined;
  try {
    const parsed = JSON.parse(text) as Json;
    const block = isObject(parsed) ? parsed[mark] : undefined;
    return isObject(block) && allowed.some((component) => component.name === block._component) ? block : undefined;
  } catch {
    return undefined;
  }
}

class BlockClip {
  #block: JsonObject | undefined = $state.raw();

  copy(block: JsonObject): void {
    this.#block = structuredClone(block);
    void navigator.clipboard?.writeText(written(block)).catch(() => undefined);
  }
  /** What was copied, if it may stand here. */
  for(allowed: readonly Component[]): JsonObject | undefined {
    const block = this.#block;
    return block && allowed.some((component) => component.name === block._component) ? block : undefined;
  }
}

export const blockClip = new BlockClip();
