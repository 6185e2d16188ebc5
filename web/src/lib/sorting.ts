// Dragging within one list. Whoever uses it has buttons that do the same.
import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';

export interface Place {
  /** Which list it is; things do not leave it. */
  list: string;
  index: number;
  disabled?: boolean;
  /** Entries that stand side by side, and not below each other. */
  sideways?: boolean;
  onmove: (from: number, to: number) => void;
}

/** Where an entry ends that was let go before or after another one. */
export function landing(from: number, over: number, after: boolean): number {
  const to = after ? over + 1 : over;
  return from < to ? to - 1 : to;
}

/** An attachment for an entry; what is inside [data-grip] takes hold of it. The element says by data-drop where the line is. */
export function sortable(place: () => Place): (element: HTMLElement) => () => void {
  return (element) => {
    const isAfter = (input: { clientX: number; clientY: number }): boolean => {
      const box = element.getBoundingClientRect();
      return place().sideways ? input.clientX > box.left + box.width / 2 : input.clientY > box.top + box.height / 2;
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
  };
}
