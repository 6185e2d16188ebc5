// A definition is an item of the collection `collections`: who may write those may change the model.
import { session } from '../../lib/session.svelte';

const can = () => session.model('collections')?.can;

export const mayCreate = (): boolean => can()?.create ?? false;
export const mayChange = (): boolean => can()?.update ?? false;
export const mayDrop = (): boolean => can()?.delete ?? false;
