// The rows of a collection that are made and changed in a drawer, and deleted after a question: which of them it is about now.
import * as api from './api';
import { Rows } from './rows.svelte';
import { session } from './session.svelte';
import { t } from './text.svelte';
import { toasts } from './toasts.svelte';
import type { Rights } from './types';

export class EditedRows<Row extends { _id: string }> extends Rows<Row> {
  readonly nameOf: (row: Row) => string;
  adding = $state(false);
  editing: Row | undefined = $state.raw();
  deleting: Row | undefined = $state.raw();

  constructor(model: string, nameOf: (row: Row) => string) {
    super(model);
    this.nameOf = nameOf;
  }

  get can(): Rights | undefined {
    return session.model(this.model)?.can;
  }
  /** The button that makes one stands above the list once there is one; an empty list has its own. */
  get mayAdd(): boolean {
    return this.can?.create === true && (this.items?.length ?? 0) > 0;
  }

  close(): void {
    this.adding = false;
    this.editing = undefined;
  }

  async remove(): Promise<void> {
    if (!this.deleting) return;
    await api.remove(this.model, this.deleting._id);
    toasts.say(t('{name} was deleted', { name: this.nameOf(this.deleting) }));
    await this.load();
  }
}
