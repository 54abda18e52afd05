/** The expression of servertech-chat, so that both accept the same addresses. Not `u`: its lone `]` would be an error. */
const EMAIL =
  /^(([^<>()[\]\\.,;:\s@"]+(\.[^<>()[\]\\.,;:\s@"]+)*)|(".+"))@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$/s;

/** Whether a text looks like an email address. Check its length first: the expression backtracks. */
export function isEmail(text: string): boolean {
  return EMAIL.test(text);
}
