// What takes hold of an entry and where it is let go; in a chunk of its own, since nothing on the screen waits for it.
import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { landing, type Place } from './sorting';

export function hold(element: HTMLElement, place: () => Place): () => void {
  const isAfter = (input: { clientX: number; clientY: number }): boolean => {
    const box = element.getBoundingClientRect();
    return input.clientY > box.top + box.height / 2;
  };
  const clear = (): void => void delete element.dataset.drop;
  const grip = element.querySelector('[data-grip]');
  return combine(
    draggable({
      element,
      ...(grip ? { dragHandle: grip } : {}),
      canDrag: () => !place().disabled,
      getInitialData: () => ({ list: place().list, index: place().index }),
      onDragStart: () => void (element.dataset.dragged = ''),
      onDrop: () => void delete element.dataset.dragged,
    }),
    dropTargetForElements({
      element,
      canDrop: ({ source }) => source.data.list === place().list && !place().disabled,
      onDrag: ({ source, location }) => {
        if (source.element === element) clear();
        else element.dataset.drop = isAfter(location.current.input) ? 'after' : 'before';
      },
      onDragLeave: clear,
      onDrop: ({ source, location }) => {
        clear();
        const from = Number(source.data.index);
        const to = landing(from, place().index, isAfter(location.current.input));
        if (to !== from) place().onmove(from, to);
      },
    }),
  );
}
