/** False where a process forbids it: https://nodejs.org/api/cli.html#--frozen-intrinsics */
const adjustable = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")?.writable === true;

/**
 * Makes an error without a stack. Where a socket or a timer speaks, or a caller is turned away, the stack says nothing, and
 * taking it costs more than all the rest: under overload there are tens of thousands of them in a second.
 */
export function cheapError<E extends Error>(make: () => E): E {
  if (!adjustable) return make();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
