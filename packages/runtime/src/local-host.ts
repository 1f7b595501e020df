const LOCAL_AUTHORITY = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** Whether the header `host` names this machine: a page whose name was re-bound to 127.0.0.1 shows in it. */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL_AUTHORITY.test(host);
}
