/** How the id begins of somebody whom nobody but one device or browser knows, until a login says who they are. */
export const HELD_ID_PREFIX = 'anon:';

/** Whether what an id did is kept on the timeline and folded by nothing: nobody knows yet whose it is. */
export function isHeldId(customerId: string): boolean {
  return customerId.startsWith(HELD_ID_PREFIX);
}
