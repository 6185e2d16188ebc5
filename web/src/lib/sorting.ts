// Dragging within one list. Whoever uses it has buttons that do the same.
export interface Place {
  /** Which list it is; things do not leave it. */
  list: string;
  index: number;
  disabled?: boolean;
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
    let gone = false;
    let release: (() => void) | undefined;
    void import('./dragging').then(({ hold }) => {
      if (!gone) release = hold(element, place);
    });
    return () => {
      gone = true;
      release?.();
    };
  };
}
